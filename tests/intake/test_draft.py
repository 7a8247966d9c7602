"""GET /api/v1/forms/ID/draft"""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client as Browser

from apps.envelope.manifests import Manifest
from apps.intake.drafting.composition import differs
from apps.intake.models import Form, FormField, FormSection, FormTranslation
from tests.intake.people import Person, Publisher, error


def path(form: Form) -> str:
    return f"/api/v1/forms/{form.id}/draft"


def test_the_owner_gets_the_draft_in_the_words_of_a_manifest(acme: Person, form: Form) -> None:
    draft = acme.get(path(form)).json()

    assert list(draft) == ["form", "slug", "title", "description", "confirmation", "fields"]
    assert [field["name"] for field in draft["fields"]] == [
        "fullname", "address1", "address2", "city", "state", "zip", "age", "height", "weight",
        "comments",
    ]  # fmt: skip
    assert draft["fields"][0] == {
        "name": "fullname",
        "type": "account",
        "kind": "text",
        "label": "Full name",
        "help": "",
        "required": True,
        "options": [],
        "autocomplete": "name",
        "sensitive": False,
    }
    assert list(draft["fields"][-1]) == [
        "name", "type", "kind", "label", "help", "required", "options",
    ]  # fmt: skip
    assert {field["name"] for field in draft["fields"] if field["required"]} == {"fullname"}


def test_options_come_in_order(acme: Person, form: Form) -> None:
    options = [{"value": "b", "label": "Bee"}, {"value": "a", "label": "Ay"}]
    FormField.objects.create(
        form=form, order=99, name="pick", kind="radio", label="Pick", options=options
    )

    assert acme.get(path(form)).json()["fields"][-1]["options"] == options


def test_fields_come_in_the_order_of_the_draft(acme: Person, form: Form) -> None:
    form.fields.filter(name="comments").update(order=0)

    assert acme.get(path(form)).json()["fields"][0]["name"] == "comments"


def test_line_ends_of_browsers_become_plain(acme: Person, form: Form) -> None:
    Form.objects.update(description="one\r\ntwo")

    assert acme.get(path(form)).json()["description"] == "one\ntwo"


def test_mallory_and_readers_are_refused(mallory: Person, marketing: Person, form: Form) -> None:
    assert error(mallory.get(path(form))) == (404, "form_not_found")
    assert error(marketing.get(path(form))) == (404, "form_not_found")
    assert error(Browser().get(path(form))) == (401, "not_authenticated")


def test_an_unknown_form_is_not_found(acme: Person) -> None:
    assert error(acme.get(f"/api/v1/forms/{uuid4()}/draft")) == (404, "form_not_found")


def test_what_says_nothing_is_left_out_and_the_rest_stands_in_order(
    acme: Person, form: Form
) -> None:
    question = {"kind": "rating", "min": "0", "max": "5", "low": "Never", "high": "Always"}
    when = [{"field": "fullname", "in": ["x"]}]
    FormField.objects.create(form=form, order=99, name="q", label="Q", when=when, **question)

    field = acme.get(path(form)).json()["fields"][-1]

    assert list(field)[7:] == ["min", "max", "low", "high", "when"]
    assert field["when"] == when


def test_sections_hold_the_fields_from_their_place_to_the_next_ones(
    acme: Person, form: Form
) -> None:
    FormSection.objects.create(form=form, order=10, page=False, title="Last", text="One\r\nmore")
    FormSection.objects.create(form=form, order=7, page=True, title="Health")

    assert acme.get(path(form)).json()["sections"] == [
        {
            "page": True,
            "title": "",
            "text": "",
            "fields": ["fullname", "address1", "address2", "city", "state", "zip"],
        },
        {"page": True, "title": "Health", "text": "", "fields": ["age", "height", "weight"]},
        {"page": False, "title": "Last", "text": "One\nmore", "fields": ["comments"]},
    ]


def test_the_first_section_begins_a_page_whatever_was_ticked(acme: Person, form: Form) -> None:
    FormSection.objects.create(form=form, order=1, page=False, title="You")

    [section] = acme.get(path(form)).json()["sections"]

    assert section["page"] is True
    assert len(section["fields"]) == 10


def test_a_form_says_its_language_even_if_it_has_no_other(acme: Person, form: Form) -> None:
    Form.objects.update(language="en")

    assert acme.get(path(form)).json()["languages"] == ["en"]


def test_words_come_in_every_language_and_fall_back_to_the_forms_own(
    acme: Person, form: Form
) -> None:
    Form.objects.update(language="en")
    FormSection.objects.create(form=form, order=7, title="Health")
    FormTranslation.objects.create(
        form=form, language="ar", texts={"title": "\u0627", "section.7.title": "\u0635"}
    )
    FormTranslation.objects.create(form=form, language="de", texts={"field.age.label": "Alter"})

    draft = acme.get(path(form)).json()

    assert draft["languages"] == ["en", "ar", "de"]
    assert draft["title"] == {"en": "Sign up", "ar": "\u0627", "de": "Sign up"}
    assert draft["fields"][6]["label"] == {"en": "Age", "ar": "Age", "de": "Alter"}
    assert draft["fields"][0]["label"] == "Full name"
    assert draft["sections"][1]["title"] == {"en": "Health", "ar": "\u0635", "de": "Health"}


@pytest.mark.parametrize(
    "change",
    [
        lambda form: form.fields.filter(name="age").update(label="Years"),
        lambda form: form.fields.filter(name="age").update(order=1),
        lambda form: form.fields.filter(name="zip").update(autocomplete=""),
        lambda form: form.fields.filter(name="age").delete(),
        lambda form: form.sections.update(title="Body"),
        lambda form: form.sections.update(order=8),
        lambda form: form.sections.all().delete(),
        lambda form: form.translations.update(texts={"title": "Anmelden"}),
        lambda form: form.translations.all().delete(),
        lambda form: Form.objects.update(title="Join"),
        lambda form: Form.objects.update(language=""),
    ],
)
def test_every_change_of_the_draft_is_told_from_what_was_signed(
    change: Callable[[Form], object], form: Form, publisher: Publisher
) -> None:
    Form.objects.update(language="en")
    FormSection.objects.create(form=form, order=7, title="Health")
    FormTranslation.objects.create(form=form, language="de", texts={"title": "Anmeldung"})
    form.refresh_from_db()
    manifest = publisher.publish()
    assert not differs(form=form, manifest=manifest)

    change(form)

    assert differs(form=Form.objects.get(), manifest=manifest)


def test_what_is_effective_at_once_is_no_difference(form: Form, manifest: Manifest) -> None:
    Form.objects.update(closed=True, accent="#5b2a86", work_bits=12, origins=["*"])

    assert not differs(form=Form.objects.get(), manifest=manifest)
