"""GET /api/v1/forms/ID/draft"""

from uuid import uuid4

from django.test import Client as Browser

from apps.intake.models import Form, FormField
from tests.intake.people import Person, error


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
    }
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
