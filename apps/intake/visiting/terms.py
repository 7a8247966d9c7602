"""On which terms a form takes a submission: all that can change is read anew for each one."""

from typing import Any, NamedTuple
from uuid import UUID

from apps.envelope.encoding import FORM
from apps.intake.errors import FormNotFound
from apps.intake.models import Form, Manifest

OF_FORM = ("closed", "min_seconds", "work_bits", "origins")


class Terms(NamedTuple):
    """Of one form, for what was sealed for one of its manifests.

    ``expires`` is that manifest's end in seconds since 1970, 0 if the form never had it.
    """

    form: UUID
    closed: bool
    min_seconds: int
    work_bits: int
    origins: list[str]
    expires: int

    @property
    def writer(self) -> str:
        """The writer of this form's records."""
        return f"{FORM}{self.form}"


def terms_for(*, form: UUID, manifest: bytes) -> Terms:
    """Return the terms of a form for a manifest's hash (32 bytes); raises FormNotFound."""
    of_manifest = Manifest.objects.filter(form=form, hash=manifest).order_by()
    names = [f"form__{name}" for name in OF_FORM]
    known: list[Any] = list(of_manifest.values_list(*names, "expires"))
    if not known:
        without = Form.objects.filter(id=form).order_by().values_list(*OF_FORM)
        known = [(*row, 0) for row in without]
    if not known:
        raise FormNotFound
    return Terms(form, *known[0])
