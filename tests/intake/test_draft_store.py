"""What is kept of a draft, and what may be thrown away"""

from apps.directory.models import Client
from apps.envelope.manifests import Manifest
from apps.intake.drafting.draft_store import discard_drafts, save_draft
from apps.intake.models import Form, FormField, FormSection
from tests.intake.people import Person


def spare(owner: Client) -> Form:
    return Form(slug="spare", owner=owner, title="Spare")


def test_a_new_form_is_kept_with_all_that_belongs_to_it(acme: Person) -> None:
    form = spare(acme.row)
    question = FormField(form=form, order=1, name="a", label="A")

    save_draft(form=form, changed=[question, FormSection(form=form, order=1)], removed=[])

    assert list(Form.objects.get().fields.all()) == [question]
    assert Form.objects.get().sections.count() == 1


def test_a_name_may_pass_from_one_question_to_another(form: Form) -> None:
    gone, kept = form.fields.all()[:2]
    kept.name = gone.name

    save_draft(form=form, changed=[kept], removed=[gone])

    assert form.fields.get(name=kept.name).pk == kept.pk


def test_what_was_published_is_not_thrown_away(
    acme: Person, form: Form, manifest: Manifest
) -> None:
    never_published = spare(acme.row)
    never_published.save()

    assert discard_drafts(forms=Form.objects.all()) == [never_published]

    assert list(Form.objects.all()) == [form]
