"""Drafts are kept and thrown away: here, and nowhere else."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from apps.intake.models import Form, FormField, FormSection, FormTranslation

Part = FormField | FormSection | FormTranslation


@transaction.atomic
def save_draft(*, form: Form, changed: Iterable[Part], removed: Iterable[Part]) -> bool:
    """Keep a draft: the form's own part, and those that were added, changed or removed.

    Return whether its owner is who the draft names. Of a form that was published since the draft
    was begun the owner stays: its answers are sealed to the keys of who signed it.

    They have been checked, each for itself and together (``rules``). What is signed and in force
    stays as it is; ``origins``, ``closed``, look and what is asked of senders count at once.
    """
    as_drafted = _settle_owner(form)
    form.save()
    for part in removed:
        part.delete()
    for part in changed:
        part.save()
    return as_drafted


def _settle_owner(form: Form) -> bool:
    """Lock the form, as who publishes it does, and only then look whether it was published."""
    stored = Form.objects.select_for_update().filter(pk=form.pk).first()
    if stored is None or stored.owner_id == form.owner_id or stored.latest is None:
        return True
    form.owner = stored.owner
    return False


@transaction.atomic
def discard_drafts(*, forms: QuerySet[Form]) -> list[Form]:
    """Throw forms away, and return them; those that were ever published stay.

    Their records could not be read without their manifests.
    """
    unpublished = Form.objects.filter(pk__in=forms.values("pk"), manifests=None)
    never = unpublished.select_for_update(of=("self",))  # PostgreSQL locks no row that is not there
    discarded = list(never)
    Form.objects.filter(pk__in=[form.pk for form in discarded], manifests=None).delete()
    return discarded
