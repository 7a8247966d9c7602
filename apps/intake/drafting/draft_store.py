"""Drafts are kept and thrown away: here, and nowhere else."""

from collections.abc import Iterable
from itertools import count
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from apps.envelope.manifests import LENGTHS
from apps.intake.models import Address, Form, FormField, FormSection, FormTranslation
from apps.intake.models.forms import MAX_SLUG

COPY = " (copy)"

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


def mark_of(*, form: Form, lock: bool = False) -> str:
    """Return 16 hex digits that change with whatever is kept of a form and its draft.

    With ``lock`` nobody else saves it before the transaction ends.
    """
    rows = Form.objects.filter(pk=form.pk)
    kept = (rows.select_for_update(of=("self",)) if lock else rows).get()
    parts: list[Form | Part] = [
        kept, *kept.fields.all(), *kept.sections.all(), *kept.translations.all()
    ]  # fmt: skip
    said = [
        [str(field.value_from_object(part)) for field in part._meta.concrete_fields
         if field.name != "logo"]
        for part in parts
    ]  # fmt: skip
    return salted_hmac("mark of a draft", repr((said, bytes(kept.logo)))).hexdigest()[:16]


def _settle_owner(form: Form) -> bool:
    """Lock the form, as who publishes it does, and only then look whether it was published."""
    stored = Form.objects.select_for_update().filter(pk=form.pk).first()
    if stored is None or stored.owner_id == form.owner_id or stored.latest is None:
        return True
    form.owner = stored.owner
    return False


@transaction.atomic
def set_closed(*, forms: QuerySet[Form], closed: bool) -> list[Form]:
    """Let forms take answers, or no more; return those that changed. Effective at once."""
    changing = list(Form.objects.select_for_update().filter(pk__in=forms.values("pk")))
    changed = [form for form in changing if form.closed != closed]
    for form in changed:
        form.closed = closed
        form.save(update_fields=["closed"])
    return changed


@transaction.atomic
def duplicate_draft(*, form: Form) -> Form:
    """Begin a new draft with all that this one says; it has no answers, and no signature."""
    parts: list[Part] = [*form.fields.all(), *form.sections.all(), *form.translations.all()]
    copy = Form.objects.get(pk=form.pk)
    copy.pk, copy._state.adding = uuid4(), True
    copy.slug, copy.title, copy.closed = free_slug(form.slug), _copied(form.title), False
    copy.save(force_insert=True)
    for part in parts:
        part.pk, part._state.adding, part.form = None, True, copy
        part.save(force_insert=True)
    return copy


def free_slug(slug: str) -> str:
    """Return a slug like this one that no form has or had."""
    numbered = (f"{slug[: MAX_SLUG - 5]}-{number}" for number in count(2))
    return next(each for each in numbered if not Address.objects.filter(slug=each).exists())


def _copied(title: str) -> str:
    most = LENGTHS["title"].most - len(COPY)
    return f"{title[:most]}{COPY}"


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
