"""POST /api/v1/forms/ID/receipts, for whoever holds a receipt"""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from apps.envelope.encoding import dump_json
from apps.envelope.errors import MismatchError
from apps.envelope.manifests import Manifest
from apps.envelope.receipts import record_id, verify_receipt
from apps.envelope.records import parse_record
from apps.envelope.submissions import dump_submission, seal_submission
from apps.intake.models import Form, FormField
from apps.intake.models import Manifest as StoredManifest
from apps.vault.models import Record
from tests.intake.people import Answer, Person, Publisher, error, post
from tests.intake.test_submit import ANSWERS, sealed, submit

pytestmark = pytest.mark.database


@pytest.fixture
def two_types(publisher: Publisher) -> Manifest:
    """The sign-up form, of whose answers one goes to a type of its own."""
    FormField.objects.filter(name="age").update(type="health")
    return publisher.publish()


def ask(publisher: Publisher, ids: object) -> Answer:
    return post(f"{publisher.path}/receipts", {"ids": ids})


def ids_of(body: dict[str, Any]) -> list[str]:
    return [record["id"] for record in body["records"]]


def found(response: Answer) -> set[str]:
    assert response.status_code == 200, response.content
    return {record["id"] for record in response.json()["records"]}


def test_a_receipt_finds_and_proves_what_was_stored(
    publisher: Publisher, two_types: Manifest
) -> None:
    records, receipt = seal_submission(two_types, ANSWERS)
    post(f"{publisher.path}/submissions", dump_submission(records))
    ids = [record_id(receipt[:16], two_types.form, inbox.type) for inbox in two_types.types]

    stored = [parse_record(record) for record in ask(publisher, ids).json()["records"]]

    verify_receipt(receipt, two_types, stored)


def test_a_receipt_shows_that_something_else_is_stored(
    publisher: Publisher, two_types: Manifest
) -> None:
    records, receipt = seal_submission(two_types, ANSWERS)
    post(f"{publisher.path}/submissions", dump_submission(records))
    other = seal_submission(two_types, ANSWERS)[0][0].to_wire() | {"id": records[0].id}
    Record.objects.filter(pk=records[0].id).update(body=dump_json(other))

    answer = ask(publisher, [record.id for record in records]).json()["records"]

    with pytest.raises(MismatchError):
        verify_receipt(receipt, two_types, [parse_record(record) for record in answer])


def test_it_answers_with_the_very_bytes(publisher: Publisher, manifest: Manifest) -> None:
    body = sealed(manifest)
    submit(publisher, body)

    response = ask(publisher, ids_of(body))

    assert response.content == dump_json({"records": body["records"]})
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


def test_what_is_not_there_is_left_out(publisher: Publisher, two_types: Manifest) -> None:
    body = sealed(two_types)
    submit(publisher, body)

    assert found(ask(publisher, [str(uuid4()), *ids_of(body)])) == set(ids_of(body))
    assert found(ask(publisher, [str(uuid4())])) == set()


def test_a_deleted_record_is_not_there(publisher: Publisher, two_types: Manifest) -> None:
    body = sealed(two_types)
    submit(publisher, body)
    gone, kept = ids_of(body)
    Record.objects.filter(pk=gone).update(deleted_at=timezone.now(), body=b"")

    assert found(ask(publisher, [gone, kept])) == {kept}


def test_records_of_another_form_are_not_given_out(
    acme: Person, mallory: Person, publisher: Publisher, manifest: Manifest
) -> None:
    body = sealed(manifest)
    submit(publisher, body)

    for owner in (acme, mallory):
        form = Form.objects.create(slug=f"of-{owner.name}", owner=owner.row, title="Other")
        FormField.objects.create(form=form, name="fullname", label="Name")
        other = Publisher(owner, form)
        other.publish()
        assert found(ask(other, ids_of(body))) == set()
    assert found(ask(publisher, ids_of(body))) == set(ids_of(body))


def test_a_clients_own_records_are_not_given_out(publisher: Publisher, manifest: Manifest) -> None:
    body = sealed(manifest)
    submit(publisher, body)
    stream = Record.objects.get().stream
    stream.writer = str(publisher.owner.row.id)
    stream.save()

    assert found(ask(publisher, ids_of(body))) == set()


def test_who_asks_does_not_matter(
    mallory: Person, publisher: Publisher, manifest: Manifest
) -> None:
    body = sealed(manifest)
    submit(publisher, body)
    question = {"ids": ids_of(body)}

    assert mallory.post(f"{publisher.path}/receipts", question).content == (
        ask(publisher, ids_of(body)).content
    )


@pytest.mark.parametrize("end", ["closed", "expired"])
def test_a_form_that_takes_no_answers_still_shows_what_it_took(
    end: str, publisher: Publisher, manifest: Manifest
) -> None:
    body = sealed(manifest)
    submit(publisher, body)
    if end == "closed":
        Form.objects.update(closed=True)
    else:
        StoredManifest.objects.update(expires=1)

    assert found(ask(publisher, ids_of(body))) == set(ids_of(body))


def test_an_unknown_form_has_none(db: None) -> None:
    response = post(f"/api/v1/forms/{uuid4()}/receipts", {"ids": [str(uuid4())]})

    assert error(response) == (404, "form_not_found")


ID = "6e1f1b1e-4d0e-4a39-9d3b-0f9c5b1f2c3d"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"ids": []},
        {"ids": ID},
        {"ids": [ID, ID]},
        {"ids": [ID.upper()]},
        {"ids": ["x"]},
        {"ids": [None]},
        {"ids": [[ID]]},
        {"ids": [ID], "receipt": "R-"},
    ],
)
def test_a_malformed_question_is_refused(
    body: object, publisher: Publisher, manifest: Manifest
) -> None:
    response = post(f"{publisher.path}/receipts", body)

    assert error(response) == (400, "malformed")


def test_nobody_asks_for_more_than_one_submission_has(
    publisher: Publisher, manifest: Manifest
) -> None:
    sixteen = [str(uuid4()) for _ in range(16)]

    assert found(ask(publisher, sixteen)) == set()
    assert error(ask(publisher, [*sixteen, str(uuid4())])) == (400, "limit")


def test_one_address_is_slowed_down_form_by_form(
    acme: Person, publisher: Publisher, manifest: Manifest, settings: Settings
) -> None:
    settings.RECEIPT_RATE = "2/minute"
    other = Publisher(acme, Form.objects.create(slug="other", owner=acme.row, title="Other"))
    for _ in range(2):
        found(ask(publisher, [str(uuid4())]))

    assert error(ask(publisher, [str(uuid4())])) == (429, "throttled")
    assert found(ask(other, [str(uuid4())])) == set()
    assert submit(publisher, sealed(manifest)).status_code == 201


def test_nothing_of_it_is_to_be_had_by_get(publisher: Publisher, manifest: Manifest) -> None:
    response = Browser().get(f"{publisher.path}/receipts")

    assert error(response) == (405, "method_not_allowed")
