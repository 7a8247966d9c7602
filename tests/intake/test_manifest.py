"""GET /api/v1/forms/ID/manifest and /manifests/HASH, for everybody"""

from uuid import uuid4

import pytest
from django.test import Client as Browser

from apps.envelope.encoding import b64
from apps.envelope.keys import parse_card
from apps.envelope.manifests import Manifest, read_signature, verify_manifest
from apps.intake.models import Form
from tests.intake.people import Person, Publisher, error


def test_it_can_be_verified_with_the_pin_alone(
    acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    wire = Browser().get(f"{publisher.path}/manifest").json()

    assert list(wire) == ["manifest", "sig", "card"]
    verified = verify_manifest(
        wire["manifest"].encode(),
        read_signature(wire["sig"]),
        parse_card(wire["card"]),
        fingerprint=acme.card.fingerprint,
        form=str(publisher.form.id),
    )
    assert verified == manifest


def test_it_is_the_latest(publisher: Publisher, manifest: Manifest) -> None:
    publisher.publish(2, title="Join")

    assert '"version":2' in Browser().get(f"{publisher.path}/manifest").json()["manifest"]


def test_an_old_one_is_found_by_its_hash(publisher: Publisher, manifest: Manifest) -> None:
    publisher.publish(2, title="Join")

    response = Browser().get(f"{publisher.path}/manifests/{b64(manifest.hash)}")

    assert response.json()["manifest"] == manifest.raw.decode()
    assert "immutable" in response.headers["Cache-Control"]


def test_the_latest_is_asked_for_each_time(publisher: Publisher, manifest: Manifest) -> None:
    assert Browser().get(f"{publisher.path}/manifest").headers["Cache-Control"] == "no-cache"


def test_credentials_do_not_matter(
    mallory: Person, publisher: Publisher, manifest: Manifest
) -> None:
    path = f"{publisher.path}/manifest"

    assert mallory.get(path).json() == Browser().get(path).json()
    assert Browser().get(path, headers={"authorization": "Basic nonsense"}).status_code == 200


def test_no_cookie_is_set_nor_looked_at(publisher: Publisher, manifest: Manifest) -> None:
    response = Browser().get(f"{publisher.path}/manifest")

    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_an_unpublished_form_has_none(form: Form) -> None:
    response = Browser().get(f"/api/v1/forms/{form.id}/manifest")

    assert error(response) == (404, "manifest_not_found")


def test_an_unknown_form_has_none(db: None) -> None:
    response = Browser().get(f"/api/v1/forms/{uuid4()}/manifest")

    assert error(response) == (404, "form_not_found")


@pytest.mark.parametrize("hash", ["x", "A" * 43, "A" * 44])
def test_an_unknown_hash_is_not_found(hash: str, publisher: Publisher, manifest: Manifest) -> None:
    response = Browser().get(f"{publisher.path}/manifests/{hash}")

    assert error(response) == (404, "manifest_not_found")


def test_a_manifest_is_not_found_under_another_form(
    acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    other = Form.objects.create(slug="other", owner=acme.row, title="Other")

    response = Browser().get(f"/api/v1/forms/{other.id}/manifests/{b64(manifest.hash)}")

    assert error(response) == (404, "manifest_not_found")
