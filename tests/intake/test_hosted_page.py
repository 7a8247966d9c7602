"""GET /f/SLUG/, for everybody"""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client as Browser

from apps.envelope.forms import Manifest
from apps.envelope.integrity import script_integrity
from apps.envelope.keys import show_fingerprint
from apps.intake.models import Form, FormField
from apps.intake.models import Manifest as StoredManifest
from tests.intake.people import Answer, Person, Publisher

PATH = "/f/signup/"
CHOICES = [{"value": "a", "label": "Ay"}, {"value": "b", "label": "Bee & <b>"}]


class Tags(HTMLParser):
    """Every start tag of a page with its attributes."""

    def __init__(self, response: Answer) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.all if tag in names]


def get(path: str = PATH) -> Answer:
    return Browser().get(path)


def policy(response: Answer) -> dict[str, str]:
    directives = response.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (each.partition(" ") for each in directives)}


@pytest.fixture
def every_kind(publisher: Publisher) -> Manifest:
    """A published form with a field of each kind, all required."""
    kinds = ["text", "textarea", "number", "date", "select", "radio", "checkbox", "checkboxes"]
    publisher.form.fields.all().delete()
    for order, kind in enumerate(kinds):
        options = CHOICES if kind in {"select", "radio", "checkboxes"} else []
        FormField.objects.create(
            form=publisher.form,
            order=order,
            name=f"a_{kind}",
            kind=kind,
            label=f"A {kind} <script>",
            help="So & so",
            required=True,
            options=options,
        )
    return publisher.publish()


def test_it_shows_the_form_as_it_was_signed(publisher: Publisher, manifest: Manifest) -> None:
    Form.objects.update(title="Not published yet")

    page = get().content.decode()

    assert '<h1 dir="auto">Sign up</h1>' in page
    assert "Not published yet" not in page


def test_the_form_carries_id_pin_and_version(acme: Person, manifest: Manifest) -> None:
    [form] = Tags(get()).named("form")

    assert form["data-sealform"] == manifest.form
    assert form["data-pin"] == show_fingerprint(acme.card.fingerprint)
    assert form["data-min-version"] == "1"


def test_each_field_has_a_control_and_no_control_a_name(every_kind: Manifest) -> None:
    controls = Tags(get()).named("input", "select", "textarea")

    assert {each["data-sealform-field"] for each in controls} == every_kind.routes["account"]
    assert not any("name" in control for control in controls)


def test_nothing_can_be_sent_before_the_script_allows_it(manifest: Manifest) -> None:
    response = get()
    [form] = Tags(response).named("form")
    [button] = Tags(response).named("button")

    assert form["method"] == "dialog"
    assert "action" not in form
    assert "disabled" in button
    assert policy(response)["form-action"] == "'none'"


def test_labels_and_help_belong_to_their_controls(every_kind: Manifest) -> None:
    tags = Tags(get())
    ids = {attributes["id"] for _, attributes in tags.all if attributes.get("id")}
    labelled = {label["for"] for label in tags.named("label") if "for" in label}
    described = {
        attributes["aria-describedby"]
        for _, attributes in tags.all
        if "aria-describedby" in attributes
    }

    assert labelled <= ids
    assert len(described) == len(every_kind.fields)
    assert described <= ids


def test_what_the_owner_wrote_is_text_and_no_markup(every_kind: Manifest) -> None:
    page = get().content.decode()

    assert "A text &lt;script&gt;" in page
    assert "Bee &amp; &lt;b&gt;" in page
    assert "<b>" not in page


def test_the_script_is_named_by_its_digest(manifest: Manifest) -> None:
    [script] = Tags(get()).named("script")
    served = b"".join(Browser().get(script["src"] or "").streaming_content)  # type: ignore[attr-defined]

    assert script["integrity"] == script_integrity(served)
    assert script["crossorigin"] == "anonymous"
    assert "defer" in script


def test_nothing_is_inline(every_kind: Manifest) -> None:
    page = get().content.decode()

    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "<style" not in page
    assert not any(
        name == "style" or name.startswith("on")
        for _, attributes in Tags(get()).all
        for name in attributes
    )


def test_the_policy_is_strict(manifest: Manifest) -> None:
    found = policy(get())

    assert found["default-src"] == "'none'"
    assert found["script-src"] == found["style-src"] == found["connect-src"] == "'self'"
    assert found["frame-ancestors"] == found["base-uri"] == "'none'"
    assert found["require-trusted-types-for"] == "'script'"
    assert found["trusted-types"] == "'none'"
    assert "unsafe" not in str(found)


def test_it_sets_no_cookie(manifest: Manifest) -> None:
    response = get()

    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_it_says_who_can_read_the_answers(acme: Person, manifest: Manifest) -> None:
    page = get().content.decode()

    assert "acme" in page
    assert show_fingerprint(acme.card.fingerprint) in page


@pytest.mark.parametrize("path", ["/f/nothing/", PATH])
def test_an_unknown_or_unpublished_form_is_a_friendly_404(path: str, form: Form) -> None:
    response = get(path)

    assert response.status_code == 404
    assert "This form" in response.content.decode()
    assert "<form" not in response.content.decode()


def test_a_closed_form_is_gone(manifest: Manifest) -> None:
    Form.objects.update(closed=True)

    response = get()

    assert response.status_code == 410
    assert "This form is closed" in response.content.decode()


def test_an_expired_form_is_gone(manifest: Manifest) -> None:
    StoredManifest.objects.update(expires=1)

    response = get()

    assert response.status_code == 410
    assert "This form has expired" in response.content.decode()


def test_it_takes_no_post(manifest: Manifest) -> None:
    assert Browser().post(PATH, {"fullname": "Ada"}).status_code == 405
