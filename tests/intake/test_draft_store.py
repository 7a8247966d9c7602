"""What is kept of a draft, and what may be thrown away"""

import threading

import pytest
from django.db import transaction

from apps.directory.models import Client
from apps.envelope.manifests import Manifest
from apps.intake.drafting.draft_store import discard_drafts, save_draft
from apps.intake.models import Form, FormField, FormSection
from tests.intake.people import Person, Publisher
from tests.vault.threads import SOON, is_waiting, threads


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


def test_a_draft_may_get_another_owner(form: Form, mallory: Person) -> None:
    form.owner = mallory.row

    assert save_draft(form=form, changed=[], removed=[]) is True

    assert Form.objects.get().owner == mallory.row


def test_who_published_a_form_meanwhile_goes_on_to_own_it(
    acme: Person, form: Form, publisher: Publisher, mallory: Person
) -> None:
    """Its answers are sealed to the keys of who signed it."""
    begun = Form.objects.get()
    begun.owner, begun.title = mallory.row, "Changed"
    publisher.publish()

    assert save_draft(form=begun, changed=[], removed=[]) is False

    form.refresh_from_db()
    assert (form.owner, form.title) == (acme.row, "Changed")
    assert begun.owner == acme.row


@pytest.mark.postgres
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_draft_is_not_saved_in_the_middle_of_a_publication(
    acme: Person, publisher: Publisher, mallory: Person
) -> None:
    begun = Form.objects.get()
    begun.owner = mallory.row
    published, commit = threading.Event(), threading.Event()

    def publish_slowly() -> None:
        with transaction.atomic():
            publisher.publish()
            published.set()
            assert commit.wait(SOON)

    with threads(2) as run:
        publishing = run(publish_slowly)
        assert published.wait(SOON)
        saving = run(save_draft, form=begun, changed=[], removed=[])
        assert is_waiting(saving)
        commit.set()
        publishing.result(SOON)
        assert saving.result(SOON) is False

    assert Form.objects.get().owner == acme.row


def test_what_was_published_is_not_thrown_away(
    acme: Person, form: Form, manifest: Manifest
) -> None:
    never_published = spare(acme.row)
    never_published.save()

    assert discard_drafts(forms=Form.objects.all()) == [never_published]

    assert list(Form.objects.all()) == [form]
