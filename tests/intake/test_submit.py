"""POST /api/v1/forms/ID/submissions, for everybody"""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apps.envelope.encoding import dump_json
from apps.envelope.manifests import Manifest
from apps.envelope.records import Record as SealedRecord
from apps.envelope.records import parse_record
from apps.envelope.submissions import dump_submission, open_form_record, seal_submission
from apps.intake.models import Form, FormField
from apps.intake.models import Manifest as StoredManifest
from apps.intake.publishing import stored_manifests
from apps.vault.models import Record
from tests.intake.people import Answer, Person, Publisher, error, post

pytestmark = pytest.mark.database

ANSWERS = {
    "fullname": "Ada Okafor",
    "address1": "12 Harbour Street",
    "address2": "",
    "city": "Portland",
    "state": "OR",
    "zip": "97205",
    "age": "34",
    "height": "172",
    "weight": "68",
    "comments": "",
}


def sealed(manifest: Manifest, **changes: str) -> dict[str, Any]:
    """A submission's JSON, as a browser makes it."""
    records, _ = seal_submission(manifest, ANSWERS | changes)
    return {"v": "sealform/1", "records": [record.to_wire() for record in records]}


def submit(publisher: Publisher, body: object) -> Answer:
    return post(f"{publisher.path}/submissions", body)


def test_sealed_answers_are_stored_as_they_came(publisher: Publisher, manifest: Manifest) -> None:
    body = sealed(manifest)

    response = submit(publisher, body)

    assert response.status_code == 201
    assert response.json() == {"records": [body["records"][0]["id"]]}
    stored = Record.objects.get()
    assert bytes(stored.body) == dump_json(body["records"][0])
    assert (stored.stream.type, stored.stream.writer) == ("account", publisher.form.writer)


def test_what_was_sent_is_not_written_again(
    publisher: Publisher, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = dump_submission(seal_submission(manifest, ANSWERS)[0])
    monkeypatch.delattr(SealedRecord, "to_wire")

    assert submit(publisher, body).status_code == 201
    assert submit(publisher, body).status_code == 200

    assert bytes(Record.objects.get().body) in body


def test_the_owner_can_open_what_was_stored(publisher: Publisher, manifest: Manifest) -> None:
    body = sealed(manifest)
    submit(publisher, body)
    path = f"/api/v1/records/{body['records'][0]['id']}"

    record = parse_record(publisher.owner.get(path).json()["record"])

    _, inbox, _ = publisher.inboxes["account"]
    assert open_form_record(record, manifest, inbox) == ANSWERS


def test_the_same_again_answers_200_and_stores_nothing(
    publisher: Publisher, manifest: Manifest
) -> None:
    body = sealed(manifest)
    first = submit(publisher, body)

    again = submit(publisher, body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Record.objects.count() == 1


def test_other_bytes_under_the_same_id_conflict(publisher: Publisher, manifest: Manifest) -> None:
    first, other = sealed(manifest), sealed(manifest)
    submit(publisher, first)
    other["records"][0]["id"] = first["records"][0]["id"]

    assert error(submit(publisher, other)) == (409, "record_conflict")
    assert bytes(Record.objects.get().body) == dump_json(first["records"][0])


def test_each_type_gets_its_record(publisher: Publisher) -> None:
    FormField.objects.filter(name="age").update(type="health")
    manifest = publisher.publish()

    response = submit(publisher, sealed(manifest))

    assert response.status_code == 201
    assert len(response.json()["records"]) == 2
    assert {record.stream.type for record in Record.objects.all()} == {"account", "health"}


def test_a_form_without_one_of_its_records_is_refused(publisher: Publisher) -> None:
    FormField.objects.filter(name="age").update(type="health")
    body = sealed(publisher.publish())
    body["records"].pop()

    assert error(submit(publisher, body))[1] == "mismatch"
    assert not Record.objects.exists()


@pytest.mark.parametrize("change", ["missing", "more"])
def test_another_set_of_fields_is_refused(
    change: str, publisher: Publisher, manifest: Manifest
) -> None:
    body = sealed(manifest)
    fields = body["records"][0]["fields"]
    if change == "missing":
        del fields["age"]
    else:
        fields["iban"] = fields["age"]

    assert error(submit(publisher, body))[1] == "mismatch"
    assert not Record.objects.exists()


def test_a_record_that_was_sealed_for_another_form_is_refused(
    acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    other = Form.objects.create(slug="other", owner=acme.row, title="Other")
    FormField.objects.create(form=other, name="fullname", label="Name")
    elsewhere = Publisher(acme, other).publish()
    records, _ = seal_submission(elsewhere, {"fullname": "Ada"})

    assert error(submit(publisher, dump_submission(records)))[1] == "mismatch"
    assert not Record.objects.exists()


def test_the_manifest_of_another_form_is_refused(
    acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    other = Form.objects.create(slug="other", owner=acme.row, title="Other")
    FormField.objects.create(form=other, name="fullname", label="Name")
    elsewhere = Publisher(acme, other).publish()
    body = sealed(manifest)
    body["records"][0]["manifest"] = seal_submission(elsewhere, {"fullname": "Ada"})[0][
        0
    ].to_wire()["manifest"]

    assert error(submit(publisher, body)) == (409, "manifest_superseded")


def test_an_earlier_version_with_the_same_inbox_is_still_taken(
    publisher: Publisher, manifest: Manifest
) -> None:
    publisher.publish_keeping_inboxes(2)

    assert submit(publisher, sealed(manifest)).status_code == 201


def test_a_version_whose_inbox_was_replaced_is_superseded(
    publisher: Publisher, manifest: Manifest
) -> None:
    publisher.new_inbox("account")
    publisher.publish(2)

    assert error(submit(publisher, sealed(manifest))) == (409, "manifest_superseded")
    assert not Record.objects.exists()


def test_what_arrived_before_the_inbox_was_replaced_may_be_repeated(
    publisher: Publisher, manifest: Manifest
) -> None:
    body = sealed(manifest)
    submit(publisher, body)
    publisher.new_inbox("account")
    publisher.publish(2)

    assert submit(publisher, body).status_code == 200


def test_an_earlier_version_that_has_expired_is_superseded(
    publisher: Publisher, manifest: Manifest
) -> None:
    publisher.publish_keeping_inboxes(2)
    StoredManifest.objects.filter(version=1).update(expires=1)

    assert error(submit(publisher, sealed(manifest))) == (409, "manifest_superseded")


def test_an_expired_form_takes_nothing(publisher: Publisher, manifest: Manifest) -> None:
    StoredManifest.objects.update(expires=1)

    assert error(submit(publisher, sealed(manifest))) == (410, "form_expired")
    assert not Record.objects.exists()


def test_a_closed_form_takes_nothing(publisher: Publisher, manifest: Manifest) -> None:
    Form.objects.update(closed=True)

    assert error(submit(publisher, sealed(manifest))) == (410, "form_closed")
    assert not Record.objects.exists()


def test_an_unpublished_version_is_superseded(publisher: Publisher, manifest: Manifest) -> None:
    assert error(submit(publisher, sealed(publisher.manifest(2)))) == (409, "manifest_superseded")


def test_an_unknown_form_is_not_found(publisher: Publisher, manifest: Manifest) -> None:
    response = post(f"/api/v1/forms/{uuid4()}/submissions", sealed(manifest))

    assert error(response) == (404, "form_not_found")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"v":"sealform/1","v":"sealform/1","records":[]}', b"\xff"]
)
def test_a_malformed_body_is_refused(body: bytes, publisher: Publisher, manifest: Manifest) -> None:
    assert error(submit(publisher, body))[1] == "malformed"


def test_more_than_1_mib_is_refused(publisher: Publisher, manifest: Manifest) -> None:
    padded = dump_json(sealed(manifest)) + b" " * 1024 * 1024

    assert error(submit(publisher, padded)) == (413, "body_too_large")
    assert not Record.objects.exists()


def test_exactly_1_mib_is_taken(publisher: Publisher, manifest: Manifest) -> None:
    raw = dump_json(sealed(manifest))

    assert submit(publisher, raw + b" " * (1024 * 1024 - len(raw))).status_code == 201


def test_a_form_post_of_the_page_itself_is_not_understood(
    publisher: Publisher, manifest: Manifest
) -> None:
    response = Browser().post(f"{publisher.path}/submissions", {"fullname": "Ada"})

    assert error(response) == (415, "unsupported_media_type")


def test_no_cookie_is_set_and_no_csrf_token_is_asked_for(
    publisher: Publisher, manifest: Manifest
) -> None:
    strict = Browser(enforce_csrf_checks=True)

    response = strict.post(
        f"{publisher.path}/submissions", sealed(manifest), content_type="application/json"
    )

    assert response.status_code == 201
    assert not response.cookies


def test_a_session_of_the_admin_changes_nothing(
    admin_client: Browser, publisher: Publisher, manifest: Manifest
) -> None:
    response = admin_client.post(
        f"{publisher.path}/submissions", sealed(manifest), content_type="application/json"
    )

    assert response.status_code == 201
    assert not response.cookies


def test_one_address_is_slowed_down_form_by_form(
    acme: Person, publisher: Publisher, manifest: Manifest, settings: Settings
) -> None:
    settings.SUBMISSION_RATE = "2/minute"
    other = Form.objects.create(slug="other", owner=acme.row, title="Other")
    for _ in range(2):
        assert submit(publisher, sealed(manifest)).status_code == 201

    refused = submit(publisher, sealed(manifest))

    assert error(refused) == (429, "throttled")
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    elsewhere = post(f"/api/v1/forms/{other.id}/submissions", sealed(manifest))
    assert elsewhere.status_code != 429
    again = post(f"{publisher.path}/submissions", sealed(manifest))
    assert again.status_code == 429


@pytest.mark.parametrize("path", ["submissions", "receipts", "failures"])
def test_what_is_malformed_uses_up_nobodys_turns(
    path: str, publisher: Publisher, manifest: Manifest, settings: Settings
) -> None:
    settings.SUBMISSION_RATE = settings.RECEIPT_RATE = settings.FAILURE_RATE = "1/minute"
    right = {
        "submissions": sealed(manifest),
        "receipts": {"ids": [str(uuid4())]},
        "failures": {"code": "script"},
    }[path]
    address = f"{publisher.path}/{path}"

    bodies: list[object] = [{}, [], {"v": "sealform/1"}, {"ids": ["x"]}, {"code": "nosuch"}]
    for body in bodies:
        assert error(post(address, body)) == (400, "malformed")
    assert post(address, right).status_code < 300
    assert post(address, right).status_code == 429


def test_another_address_is_not_slowed_down(
    publisher: Publisher, manifest: Manifest, settings: Settings
) -> None:
    settings.SUBMISSION_RATE = "1/minute"
    submit(publisher, sealed(manifest))

    response = Browser(REMOTE_ADDR="203.0.113.9").post(
        f"{publisher.path}/submissions", sealed(manifest), content_type="application/json"
    )

    assert response.status_code == 201


def test_other_addresses_of_one_ipv6_network_are_no_other_visitor(
    publisher: Publisher, manifest: Manifest, settings: Settings
) -> None:
    settings.SUBMISSION_RATE = "1/minute"

    def send(address: str) -> int:
        response: Answer = Browser(REMOTE_ADDR=address).post(
            f"{publisher.path}/submissions", sealed(manifest), content_type="application/json"
        )
        return int(response.status_code)

    assert send("2001:db8:1:2::1") == 201
    assert send("2001:db8:1:2::2") == 429
    assert send("2001:db8:1:3::1") == 201


def statements(publisher: Publisher, body: object) -> list[str]:
    """What a submission asks of the database, as a browser sends it."""
    with CaptureQueriesContext(connection) as asked:
        response = post(f"{publisher.path}/submissions", body, origin="https://shop.example")
    assert response.status_code == 201
    around = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [each["sql"] for each in asked if not each["sql"].startswith(around)]


@pytest.mark.parametrize(("types", "most"), [(1, 4), (2, 6), (3, 8)])
def test_a_submission_takes_four_statements_and_two_for_each_further_type(
    types: int, most: int, publisher: Publisher
) -> None:
    for name, type in list({"age": "health", "zip": "place"}.items())[: types - 1]:
        FormField.objects.filter(name=name).update(type=type)
    manifest = publisher.publish()
    submit(publisher, sealed(manifest))  # the first has its manifest parsed

    found = statements(publisher, sealed(manifest))

    assert len(found) <= most, "\n".join(found)


def test_what_was_kept_of_a_form_decides_nothing_later(
    publisher: Publisher, manifest: Manifest
) -> None:
    assert submit(publisher, sealed(manifest)).status_code == 201

    Form.objects.update(closed=True)
    assert error(submit(publisher, sealed(manifest))) == (410, "form_closed")
    Form.objects.update(closed=False, min_seconds=5)
    assert error(submit(publisher, sealed(manifest))) == (403, "proof_refused")
    Form.objects.update(min_seconds=0)
    StoredManifest.objects.update(expires=1)
    assert error(submit(publisher, sealed(manifest))) == (410, "form_expired")


def test_few_manifests_are_kept_in_memory() -> None:
    assert 0 < (stored_manifests._signed.cache_info().maxsize or 0) <= 64
