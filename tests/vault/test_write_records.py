"""POST /records"""

import tracemalloc
from uuid import uuid4

import pytest

from apps.envelope.encoding import dump_json
from apps.envelope.keys import split_id
from apps.envelope.records import Record, hide_fields
from apps.vault import models
from apps.vault.stored_records import MAX_TYPES
from tests.people import Person, Type, accepted, error, id_in, send, wires


def post(owner: Person, *records: Record) -> list[str]:
    answer = accepted(owner.post("/records", {"records": wires(list(records))}))
    assert [result["id"] for result in answer["results"]] == [record.id for record in records]
    return [result["status"] for result in answer["results"]]


def test_it_stores_new_records_in_the_order_given(acme: Person, contact: Type) -> None:
    records = [contact.record(id=id_in(7)) for _ in range(3)]

    assert post(acme, *records) == ["created"] * 3

    stored = models.Record.objects.order_by("position")
    assert [str(row.pk) for row in stored] == [record.id for record in records]
    assert [row.position for row in stored] == [1, 2, 3]


@pytest.mark.slow
def test_a_request_has_records_of_a_few_types(acme: Person) -> None:
    """Each is locked, and PostgreSQL has room for some thousand such locks in all."""
    types = [Type(acme, f"type_{number}").open() for number in range(MAX_TYPES + 1)]
    records = [type.record() for type in types]
    second = [type.record(id=one.id, rev=2) for type, one in zip(types, records, strict=True)]

    assert error(acme.post("/records", {"records": wires(records)})) == (400, "limit")
    assert not models.Record.objects.exists()
    assert post(acme, *records[:-1], types[0].record()) == ["created"] * len(types)
    assert post(acme, records[-1]) == ["created"]
    assert error(acme.put("/records", {"records": wires(second)})) == (400, "limit")
    assert set(models.Record.objects.values_list("rev", flat=True)) == {1}
    accepted(acme.put("/records", {"records": wires(second[:-1])}))


def test_the_same_bytes_again_change_nothing(acme: Person, contact: Type) -> None:
    [record] = contact.write()

    assert post(acme, record) == ["existing"]

    assert models.Record.objects.get().position == 1


def test_what_was_sent_is_stored_and_not_written_again(
    acme: Person, contact: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [contact.record(), contact.record()]
    sent = dump_json({"records": records})
    monkeypatch.delattr(Record, "to_wire")

    accepted(acme.post("/records", sent))

    bodies = [bytes(models.Record.objects.get(pk=record.id).body) for record in records]
    assert sent == b'{"records":[' + b",".join(bodies) + b"]}"


def test_white_space_and_the_order_of_members_make_no_other_record(
    acme: Person, contact: Type
) -> None:
    [record] = contact.write()
    members = dict(reversed(record.to_wire().items()))
    loose = str({"records": [members]}).replace("'", '"').replace("{", "{\n ").encode()

    answer = accepted(acme.post("/records", loose))

    assert answer["results"][0]["status"] == "existing"


def test_other_bytes_under_a_known_id_are_a_conflict_and_the_rest_is_stored(
    acme: Person, contact: Type
) -> None:
    [record] = contact.write()
    other, new = contact.record(id=record.id), contact.record()

    assert post(acme, new, other) == ["created", "conflict"]

    assert models.Record.objects.count() == 2
    assert post(acme, record) == ["existing"]


def test_a_deleted_id_stays_deleted(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    accepted(acme.post("/deletions", {"deletions": [contact.deletion(record).to_wire()]}))

    assert post(acme, record) == ["deleted"]

    assert bytes(models.Record.objects.get().body) == b""


def test_a_repeat_is_known_after_its_generation_has_closed(
    acme: Person, marketing: Person, contact: Type
) -> None:
    [record] = contact.write()
    accepted(acme.post("/revocations", contact.revocation(marketing).to_wire()))

    assert post(acme, record) == ["existing"]


def test_it_refuses_a_closed_generation_and_stores_nothing(
    acme: Person, marketing: Person, contact: Type
) -> None:
    accepted(acme.post("/revocations", contact.revocation(marketing).to_wire()))
    old = contact.record()
    contact.open()

    response = acme.post("/records", {"records": wires([contact.record(), old])})

    assert error(response) == (409, "generation_closed")
    assert not models.Record.objects.exists()


def test_it_refuses_a_type_without_a_generation(acme: Person) -> None:
    health = Type(acme, "health")
    health.new_key()

    response = acme.post("/records", {"records": wires([health.record()])})

    assert error(response) == (409, "generation_closed")


def test_it_refuses_the_records_of_somebody_else(mallory: Person, contact: Type) -> None:
    response = mallory.post("/records", {"records": wires([contact.record()])})

    assert error(response) == (422, "mismatch")


def test_it_refuses_a_record_that_mallory_signed_for_acme(
    acme: Person, mallory: Person, contact: Type
) -> None:
    forged = Type(Person("acme", mallory.keys, acme.card, acme.row, ""), "contact")
    forged.access_keys = contact.access_keys
    own = contact.record()

    response = acme.post("/records", {"records": wires([own, forged.record()])})

    assert error(response) == (422, "signature")
    assert not models.Record.objects.exists()


def test_it_says_conflict_of_an_id_of_somebody_else_whether_that_is_deleted_or_not(
    acme: Person, mallory: Person, contact: Type
) -> None:
    kept, deleted = contact.write(contact.record(), contact.record())
    accepted(acme.post("/deletions", {"deletions": [contact.deletion(deleted).to_wire()]}))
    own = Type(mallory, "contact").open()

    assert post(mallory, own.record(id=kept.id), own.record(id=deleted.id)) == ["conflict"] * 2

    assert post(acme, kept) == ["existing"]


def test_it_refuses_a_first_revision_other_than_one(acme: Person, contact: Type) -> None:
    response = acme.post("/records", {"records": wires([contact.record(rev=2)])})

    assert error(response) == (409, "revision_conflict")


def test_it_refuses_a_partial_record(acme: Person, contact: Type) -> None:
    partial = hide_fields(contact.record(), ["zip"])

    response = acme.post("/records", {"records": wires([partial])})

    assert error(response) == (400, "malformed")


def test_it_refuses_one_id_twice(acme: Person, contact: Type) -> None:
    record = contact.record()

    response = acme.post("/records", {"records": wires([record, record])})

    assert error(response) == (400, "malformed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "malformed"),
        ([], "malformed"),
        ({"records": []}, "malformed"),
        ({"records": [{}] * 501}, "limit"),
        ({"records": [None]}, "malformed"),
        ({"records": [], "more": 1}, "malformed"),
    ],
)
def test_it_refuses_any_other_shape(acme: Person, body: object, code: str) -> None:
    assert error(acme.post("/records", body)) == (400, code)


def test_it_wants_an_api_key(contact: Type) -> None:
    body = {"records": wires([contact.record()])}

    assert error(send("POST", "/records", body)) == (401, "not_authenticated")


def test_a_batch_has_records_of_several_types(acme: Person, contact: Type) -> None:
    health = Type(acme, "health").open()

    records = [type.record(id=id_in(7)) for type in (contact, health, contact)]
    assert post(acme, *records) == ["created"] * 3

    places = models.Record.objects.values_list("stream__type", "position")
    assert sorted(places) == [("contact", 1), ("contact", 2), ("health", 1)]


def test_ids_of_split_records_are_welcome(acme: Person, contact: Type) -> None:
    id = split_id(acme.keys.ids, str(uuid4()), "contact")

    assert post(acme, contact.record(id=id)) == ["created"]


@pytest.mark.slow
def test_large_records_under_the_same_ids_are_not_fetched_to_be_compared(
    acme: Person, contact: Type
) -> None:
    records = contact.write(*(contact.record() for _ in range(30)))
    models.Record.objects.update(body=bytes(1024 * 1024))

    tracemalloc.start()
    try:
        response = acme.post("/records", {"records": wires(records)})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert {result["status"] for result in accepted(response)["results"]} == {"conflict"}
    assert peak < 5 * 1024 * 1024
