"""POST /deletions"""

from dataclasses import replace
from uuid import uuid4

from apps.envelope.statements import Deletion
from apps.vault import models
from tests.people import Person, Type, accepted, error, send, wires


def delete(person: Person, *deletions: Deletion) -> list[str]:
    answer = accepted(person.post("/deletions", {"deletions": wires(list(deletions))}))
    return [result["status"] for result in answer["results"]]


def test_the_body_goes_and_a_tombstone_stays(acme: Person, contact: Type) -> None:
    [record] = contact.write()

    assert delete(acme, contact.deletion(record)) == ["deleted"]

    row = models.Record.objects.get()
    assert (bytes(row.body), row.deleted_at is None) == (b"", False)


def test_a_repeat_gives_the_same_answer(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    delete(acme, contact.deletion(record))
    before = models.Record.objects.get().deleted_at

    assert delete(acme, contact.deletion(record)) == ["deleted"]

    assert models.Record.objects.get().deleted_at == before


def test_grants_of_the_record_go_with_it(acme: Person, clinic: Person, contact: Type) -> None:
    record, other = contact.write(contact.record(), contact.record())
    contact.share(clinic, record=record, fields=("name",))
    contact.share(clinic, record=other, fields=("name",))

    delete(acme, contact.deletion(record))

    held = models.Grant.objects.filter(reader=clinic.row).values_list("record", flat=True)
    assert [str(id) for id in held] == [other.id]


def test_what_is_not_there_is_missing(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    nothing = contact.deletion(record, id=str(uuid4()))

    assert delete(acme, nothing, contact.deletion(record)) == ["missing", "deleted"]


def test_another_type_than_the_record_has_is_missing(acme: Person, contact: Type) -> None:
    [record] = contact.write()

    assert delete(acme, contact.deletion(record, type="health")) == ["missing"]

    assert models.Record.objects.get().deleted_at is None


def test_mallory_cannot_delete_and_learns_nothing(
    acme: Person, mallory: Person, contact: Type
) -> None:
    [record] = contact.write()
    own = Type(mallory, "contact")

    signed_by_herself = own.deletion(record)
    stolen = contact.deletion(record)

    assert delete(mallory, signed_by_herself) == ["missing"]
    assert error(mallory.post("/deletions", {"deletions": [stolen.to_wire()]})) == (
        422,
        "signature",
    )
    assert models.Record.objects.get().deleted_at is None


def test_a_stolen_api_key_alone_deletes_nothing(
    acme: Person, mallory: Person, contact: Type
) -> None:
    [record] = contact.write()
    forged = Type(mallory, "contact").deletion(record)

    response = acme.post("/deletions", {"deletions": [forged.to_wire()]})

    assert error(response) == (422, "signature")
    assert models.Record.objects.get().deleted_at is None


def test_a_reader_cannot_delete(marketing: Person, contact: Type) -> None:
    contact.share(marketing)
    [record] = contact.write()

    assert delete(marketing, Type(marketing, "contact").deletion(record)) == ["missing"]

    assert models.Record.objects.get().deleted_at is None


def test_another_revision_than_was_signed_stops_everything(acme: Person, contact: Type) -> None:
    record, other = contact.write(contact.record(), contact.record())
    contact.update(contact.record(id=record.id, rev=2))

    deletions = [contact.deletion(other), contact.deletion(record)]
    response = acme.post("/deletions", {"deletions": wires(deletions)})

    assert error(response) == (409, "revision_conflict")
    assert not models.Record.objects.filter(deleted_at__isnull=False).exists()
    assert delete(acme, contact.deletion(replace(record, rev=2))) == ["deleted"]


def test_it_refuses_one_id_twice(acme: Person, contact: Type) -> None:
    [record] = contact.write()
    deletion = contact.deletion(record).to_wire()

    assert error(acme.post("/deletions", {"deletions": [deletion] * 2})) == (400, "malformed")


def test_it_wants_an_api_key(contact: Type) -> None:
    [record] = contact.write()
    body = {"deletions": [contact.deletion(record).to_wire()]}

    assert error(send("POST", "/deletions", body)) == (401, "not_authenticated")
