"""GET /f/SLUG/receipt/, for whoever holds a receipt"""

import json

import pytest

from apps.embed.integrity import script_integrity
from apps.envelope.keys import show_fingerprint
from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from apps.intake.models import Manifest as StoredManifest
from tests.intake.html import Tags, content_of, get, policy
from tests.intake.people import Person, Publisher

PATH = "/f/signup/receipt/"


@pytest.fixture
def other_form(acme: Person, manifest: Manifest) -> Publisher:
    """Published too, with a type of its own."""
    publisher = Publisher(acme, Form.objects.create(slug="other", title="Other", owner=acme.row))
    publisher.form.fields.create(name="it", type="elsewhere", label="It")
    publisher.publish()
    return publisher


def test_it_names_the_form_and_its_owners_key(acme: Person, manifest: Manifest) -> None:
    [check] = Tags(get(PATH)).having("data-sealform-check")

    assert check["data-sealform-check"] == manifest.form
    assert check["data-pin"] == show_fingerprint(acme.card.fingerprint)
    assert check["data-owner"] == "acme"


def test_it_names_all_types_that_the_form_ever_had(
    publisher: Publisher, manifest: Manifest, other_form: Publisher
) -> None:
    publisher.form.fields.update(type="customer")
    publisher.publish(2)

    [check] = Tags(get(PATH)).having("data-sealform-check")
    assert (check["data-types"] or "").split() == ["account", "customer"]


def test_a_receipt_goes_nowhere(manifest: Manifest) -> None:
    response = get(PATH)
    tags = Tags(response)
    [receipt] = tags.named("textarea")

    assert "name" not in receipt
    assert not tags.named("form")
    assert policy(response)["form-action"] == "'none'"
    assert policy(response)["connect-src"] == "'self'"
    assert policy(response)["trusted-types"] == "sealform"
    assert response.headers["X-Frame-Options"] == "DENY"


def test_the_box_has_a_label_and_help_and_the_answer_is_read_out(manifest: Manifest) -> None:
    tags = Tags(get(PATH))
    [label], [receipt] = tags.named("label"), tags.named("textarea")
    ids = {each["id"] for each in tags.having("id")}

    assert label["for"] == receipt["id"]
    assert receipt["aria-describedby"] in ids
    assert [each["role"] for each in tags.having("role")] == ["status"]


def test_the_script_has_its_texts_in_the_pages_language(manifest: Manifest) -> None:
    tags = Tags(get(PATH, accept_language="de"))
    [script] = [each for each in tags.named("script") if "src" in each]

    texts = json.loads(tags.inline["data-sealform-texts"])

    assert texts["check.ok"] == "Unverändert gespeichert"
    assert all(key.startswith("check.") for key in texts)
    assert script["integrity"] == script_integrity(content_of(script["src"] or ""))


@pytest.mark.parametrize("end", ["closed", "expired"])
def test_a_form_that_takes_no_answers_still_has_it(end: str, manifest: Manifest) -> None:
    if end == "closed":
        Form.objects.update(closed=True)
    else:
        StoredManifest.objects.update(expires=1)

    assert get(PATH).status_code == 200


@pytest.mark.parametrize("path", [PATH, "/f/nothing/receipt/"])
def test_a_form_that_was_never_published_has_none(path: str, form: Form) -> None:
    response = get(path)

    assert response.status_code == 404
    assert "data-sealform" not in response.content.decode()
