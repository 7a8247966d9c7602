"""PUT /records/ID"""

from uuid import uuid4

from apps.envelope.records import Record
from apps.vault import models
from tests.people import Person, Type, accepted, error, send


def put(person: Person, record: Record) -> dict[str, str]:
    answer: dict[str, str] = accepted(person.put(f"/records/{record.id}", record.to_wire()))
    return answer


def test_the_next_revision_takes_the_place_of_the_last(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    second = contact.record({"name": "Ann Smith", "zip": "12345"}, id=record.id, rev=2)

    assert put(acme, second) == {"id": record.id, "status": "updated"}

    assert accepted(acme.get(f"/records/{record.id}"))["record"] == second.to_wire()
    assert put(acme, second) == {"id": record.id, "status": "existing"}
    assert models.Record.objects.get().position == 2


def test_it_refuses_any_other_revision(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    put(acme, contact.record(id=record.id, rev=2))

    for rev in (1, 2, 4):
        changed = contact.record(id=record.id, rev=rev)
        response = acme.put(f"/records/{record.id}", changed.to_wire())
        assert error(response) == (409, "revision_conflict")


def test_it_is_sealed_anew_after_a_revocation(
    acme: Person, marketing: Person, contact: Type
) -> None:
    [record] = contact.write()
    accepted(acme.post("/revocations", contact.revocation(marketing).to_wire()))
    contact.open()

    old = contact.record(id=record.id, rev=2, gen=1)
    response = acme.put(f"/records/{record.id}", old.to_wire())

    assert error(response) == (409, "generation_closed")
    assert put(acme, contact.record(id=record.id, rev=2))["status"] == "updated"
    assert models.Record.objects.get().generation.number == 2


def test_mallory_cannot_update_and_learns_nothing(
    acme: Person, mallory: Person, contact: Type
) -> None:
    [record] = contact.write()
    own = Type(mallory, "contact").open()
    path = f"/records/{record.id}"

    as_acme = mallory.put(path, contact.record(id=record.id, rev=2).to_wire())
    as_herself = mallory.put(path, own.record(id=record.id, rev=2).to_wire())
    missing = str(uuid4())
    nothing = mallory.put(f"/records/{missing}", own.record(id=missing, rev=2).to_wire())

    assert error(as_acme) == (422, "mismatch")
    assert error(as_herself) == error(nothing) == (404, "not_found")
    assert accepted(acme.get(path))["record"] == record.to_wire()


def test_a_reader_cannot_update(marketing: Person, contact: Type) -> None:
    contact.share(marketing)
    [record] = contact.write()

    response = marketing.put(f"/records/{record.id}", contact.record(id=record.id, rev=2).to_wire())

    assert error(response) == (422, "mismatch")


def test_a_deleted_record_stays_deleted(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    accepted(acme.post("/deletions", {"deletions": [contact.deletion(record).to_wire()]}))

    response = acme.put(f"/records/{record.id}", contact.record(id=record.id, rev=2).to_wire())

    assert error(response) == (410, "record_deleted")


def test_it_refuses_another_id_than_the_path_names(acme: Person, contact: Type) -> None:
    one, other = contact.write(contact.record(), contact.record())

    response = acme.put(f"/records/{one.id}", contact.record(id=other.id, rev=2).to_wire())

    assert error(response) == (422, "mismatch")


def test_a_record_does_not_change_its_type(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    health = Type(acme, "health").open()

    response = acme.put(f"/records/{record.id}", health.record(id=record.id, rev=2).to_wire())

    assert error(response) == (404, "not_found")


def test_it_refuses_what_is_no_record(acme: Person, contact: Type) -> None:
    [record] = contact.write()

    assert error(acme.put(f"/records/{record.id}", {})) == (400, "malformed")


def test_it_wants_an_api_key(contact: Type) -> None:
    [record] = contact.write()

    response = send("PUT", f"/records/{record.id}", record.to_wire())

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
