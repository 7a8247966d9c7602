"""PUT /records"""

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from apps.envelope.encoding import dump_json
from apps.envelope.grants import Grant, grant_message
from apps.envelope.keys import ClientKeys
from apps.envelope.records import Record
from apps.vault import models
from tests.people import Person, Type, accepted, error, send, wires

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer


def request(person: Person, *records: Record) -> "Answer":
    return person.put("/records", {"records": wires(list(records))})


def put(person: Person, *records: Record) -> list[str]:
    answer = accepted(request(person, *records))
    assert [result["id"] for result in answer["results"]] == [record.id for record in records]
    return [result["status"] for result in answer["results"]]


def refusal(person: Person, *records: Record) -> tuple[int, str]:
    return error(request(person, *records))


def test_the_next_revision_takes_the_place_of_the_last(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    second = contact.record({"name": "Ann Smith", "zip": "12345"}, id=record.id, rev=2)

    assert put(acme, second) == ["updated"]

    assert accepted(acme.get(f"/records/{record.id}"))["record"] == second.to_wire()
    assert put(acme, second) == ["existing"]
    assert models.Record.objects.get().position == 2


def test_it_refuses_any_other_revision(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    put(acme, contact.record(id=record.id, rev=2))

    for rev in (1, 2, 4):
        changed = contact.record(id=record.id, rev=rev)
        assert refusal(acme, changed) == (409, "revision_conflict")


def test_it_is_sealed_anew_after_a_revocation(
    acme: Person, marketing: Person, contact: Type
) -> None:
    [record] = contact.write()
    accepted(acme.post("/revocations", contact.revocation(marketing).to_wire()))
    contact.open()

    old = contact.record(id=record.id, rev=2, gen=1)

    assert refusal(acme, old) == (409, "generation_closed")
    assert put(acme, contact.record(id=record.id, rev=2)) == ["updated"]
    assert models.Record.objects.get().generation.number == 2


def test_mallory_cannot_update_and_learns_nothing(
    acme: Person, mallory: Person, contact: Type
) -> None:
    [record] = contact.write()
    own = Type(mallory, "contact").open()
    missing = str(uuid4())

    as_acme = request(mallory, contact.record(id=record.id, rev=2))
    as_herself = request(mallory, own.record(id=record.id, rev=2))
    nothing = request(mallory, own.record(id=missing, rev=2))

    assert error(as_acme) == (422, "mismatch")
    assert error(as_herself) == (404, "not_found")
    assert as_herself.content.replace(record.id.encode(), missing.encode()) == nothing.content
    assert accepted(acme.get(f"/records/{record.id}"))["record"] == record.to_wire()


def test_a_reader_cannot_update(marketing: Person, contact: Type) -> None:
    contact.share(marketing)
    [record] = contact.write()

    changed = contact.record(id=record.id, rev=2)

    assert refusal(marketing, changed) == (422, "mismatch")


def test_a_deleted_record_stays_deleted(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    accepted(acme.post("/deletions", {"deletions": [contact.deletion(record).to_wire()]}))

    changed = contact.record(id=record.id, rev=2)

    assert refusal(acme, changed) == (410, "record_deleted")


def test_a_record_does_not_change_its_type(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    health = Type(acme, "health").open()

    changed = health.record(id=record.id, rev=2)

    assert refusal(acme, changed) == (404, "not_found")


@pytest.mark.parametrize("body", [{}, {"records": []}, {"records": [{}]}, {"record": {}}])
def test_it_refuses_what_is_no_batch(acme: Person, contact: Type, body: object) -> None:
    assert error(acme.put("/records", body)) == (400, "malformed")


def test_it_refuses_more_than_500_and_one_twice(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    second = contact.record(id=record.id, rev=2)

    assert error(acme.put("/records", {"records": [second.to_wire()] * 501})) == (400, "limit")
    assert refusal(acme, second, second) == (400, "malformed")


def test_there_is_no_second_way(acme: Person, contact: Type) -> None:
    [record] = contact.write()

    response = acme.put(f"/records/{record.id}", contact.record(id=record.id, rev=2).to_wire())

    assert error(response) == (405, "method_not_allowed")


@pytest.mark.slow
def test_a_batch_has_records_of_several_types_and_lanes(acme: Person, contact: Type) -> None:
    health = Type(acme, "health").open()
    written = [type.record() for _ in range(40) for type in (contact, health)]
    post = accepted(acme.post("/records", {"records": wires(written)}))
    assert {result["status"] for result in post["results"]} == {"created"}
    types = {"contact": contact, "health": health}
    changed = [types[record.type].record(id=record.id, rev=2) for record in written]

    assert put(acme, *changed[:10]) == ["updated"] * 10
    assert put(acme, *changed) == ["existing"] * 10 + ["updated"] * 70

    for record in changed:
        assert bytes(models.Record.objects.get(pk=record.id).body) == dump_json(record.to_wire())
    places = models.Record.objects.values_list("stream", "lane", "position")
    assert len(set(places)) == 80


@pytest.mark.parametrize("wrong", ["missing", "deleted", "revision", "generation"])
def test_one_that_is_wrong_stops_them_all(acme: Person, contact: Type, wrong: str) -> None:
    good, bad = contact.write(contact.record(), contact.record())
    changed = contact.record(id=bad.id, rev=2)
    if wrong == "missing":
        changed = contact.record(rev=2)
    elif wrong == "deleted":
        accepted(acme.post("/deletions", {"deletions": [contact.deletion(bad).to_wire()]}))
    elif wrong == "revision":
        changed = contact.record(id=bad.id, rev=3)
    else:
        contact.new_key()
        changed = contact.record(id=bad.id, rev=2)
    before = list(models.Lane.objects.values_list("number", "position", "living"))

    status, code = refusal(acme, contact.record(id=good.id, rev=2, gen=1), changed)

    assert (status, code) in {
        (404, "not_found"), (410, "record_deleted"), (409, "revision_conflict"),
        (409, "generation_closed"),
    }  # fmt: skip
    assert models.Record.objects.get(pk=good.id).rev == 1
    assert list(models.Lane.objects.values_list("number", "position", "living")) == before


def test_it_wants_an_api_key(contact: Type) -> None:
    [record] = contact.write()

    response = send("PUT", "/records", {"records": [record.to_wire()]})

    assert error(response) == (401, "not_authenticated")


def test_grants_of_the_record_end_with_the_revision_whose_keys_they_hold(
    acme: Person, clinic: Person, contact: Type
) -> None:
    [record] = contact.write()
    kept = contact.grant(clinic, record=record, fields=("name",))
    accepted(acme.post("/grants", {"grants": [kept.to_wire()]}))
    second = contact.record(id=record.id, rev=2)
    put(acme, second)

    assert error(clinic.get(f"/records/{record.id}")) == (404, "not_found")
    again = acme.post("/grants", {"grants": [kept.to_wire()]})
    assert error(again) == (409, "grant_withdrawn")

    contact.share(clinic, record=second, fields=("zip",))
    seen = accepted(clinic.get(f"/records/{record.id}"))["record"]
    assert list(seen["fields"]) == ["zip"]


def put_with(person: Person, record: Record, *grants: Grant) -> "Answer":
    return person.put("/records", {"records": [record.to_wire()], "grants": wires(list(grants))})


def test_it_brings_grants_of_what_it_updates(
    acme: Person, clinic: Person, marketing: Person, contact: Type
) -> None:
    [record] = contact.write()
    contact.share(marketing, record=record, fields=("zip",))
    second = contact.record(id=record.id, rev=2)
    grant = contact.grant(clinic, record=second, fields=("name",))

    assert accepted(put_with(acme, second, grant))["results"][0]["status"] == "updated"

    [held] = models.Grant.objects.filter(record__pk=record.id)
    assert (held.reader, held.fields) == (clinic.row, ["name"])
    assert accepted(put_with(acme, second, grant))["results"][0]["status"] == "existing"


def signed(grant: Grant, keys: ClientKeys) -> Grant:
    """The same grant, of another type."""
    changed = replace(grant, type="health")
    return replace(changed, sig=keys.sig.sign(grant_message(changed)))


def test_it_brings_no_other_grant(
    acme: Person, clinic: Person, mallory: Person, contact: Type
) -> None:
    record, other = contact.write(contact.record(), contact.record())
    second = contact.record(id=record.id, rev=2)

    whole = contact.grant(clinic)
    of_another = contact.grant(clinic, record=other, fields=("name",))
    forged = contact.grant(mallory, record=second, fields=("name",), granter=mallory.keys)

    of_another_type = signed(contact.grant(clinic, record=second, fields=("name",)), acme.keys)

    assert error(put_with(acme, second, whole)) == (422, "mismatch")
    assert error(put_with(acme, second, of_another_type)) == (422, "mismatch")
    assert error(put_with(acme, second, of_another)) == (422, "mismatch")
    assert error(put_with(acme, second, forged)) == (422, "signature")
    assert not models.Grant.objects.filter(record__isnull=False).exists()
    assert models.Record.objects.get(pk=record.id).rev == 1
