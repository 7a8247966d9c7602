"""Drafts are kept and thrown away: here, and nowhere else."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from apps.intake.models import Form, FormField, FormSection, FormTranslation

Part = FormField | FormSection | FormTranslation


@transaction.atomic
def save_draft(*, form: Form, changed: Iterable[Part], removed: Iterable[Part]) -> None:
    """Keep a draft: the form's own part, and those that were added, changed or removed.

    They have been checked, each for itself and together (``rules``). What is signed and in force
    stays as it is; ``origins``, ``closed``, look and what is asked of senders count at once.
    """
    form.save()
    for part in removed:
        part.delete()
    for part in changed:
        part.save()


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
