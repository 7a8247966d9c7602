"""GET /records/ID and POST /records/lookup"""

import re
import time
from uuid import uuid4

import pytest

from apps.envelope.records import open_record, parse_record, verify_record
from apps.vault import listings
from tests.people import Person, Type, accepted, error, send

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def test_the_writer_reads_what_it_wrote(acme: Person, contact: Type) -> None:
    [record] = contact.write()

    answer = accepted(acme.get(f"/records/{record.id}"))

    assert answer.keys() == {"stored", "record"}
    assert parse_record(answer["record"]) == record


def test_a_reader_of_the_type_reads_and_verifies_it(
    acme: Person, marketing: Person, contact: Type
) -> None:
    contact.share(marketing)
    [record] = contact.write()

    read = parse_record(accepted(marketing.get(f"/records/{record.id}"))["record"])

    verify_record(read, acme.card)
    assert open_record(read, contact.access_keys[1]) == {"name": "Ann", "zip": "12345"}


def test_the_writer_learns_the_time_and_others_the_day(
    acme: Person, marketing: Person, contact: Type
) -> None:
    contact.share(marketing)
    [record] = contact.write()

    assert TIME.fullmatch(accepted(acme.get(f"/records/{record.id}"))["stored"])
    assert DAY.fullmatch(accepted(marketing.get(f"/records/{record.id}"))["stored"])


def test_mallory_cannot_tell_a_record_that_she_may_not_read_from_none(
    mallory: Person, clinic: Person, contact: Type
) -> None:
    [record] = contact.write()
    Type(mallory, "contact").open().write()

    refused, missing = mallory.get(f"/records/{record.id}"), mallory.get(f"/records/{uuid4()}")

    assert error(refused) == (404, "not_found")
    assert refused.content == missing.content
    assert error(clinic.get(f"/records/{record.id}")) == (404, "not_found")


def test_a_reader_of_columns_gets_digests_for_the_rest(
    acme: Person, marketing: Person, contact: Type
) -> None:
    contact.share(marketing, fields=("zip",))
    [record] = contact.write()

    read = parse_record(accepted(marketing.get(f"/records/{record.id}"))["record"])

    assert (set(read.fields), set(read.hidden)) == ({"zip"}, {"name"})
    verify_record(read, acme.card)


def test_columns_that_a_record_lacks_show_nothing_of_it(
    acme: Person, marketing: Person, contact: Type
) -> None:
    contact.share(marketing, fields=("age",))
    [record] = contact.write()

    read = parse_record(accepted(marketing.get(f"/records/{record.id}"))["record"])

    assert (set(read.fields), set(read.hidden)) == (set(), {"name", "zip"})


def test_a_reader_of_one_record_gets_its_fields_and_no_other_record(
    acme: Person, clinic: Person, contact: Type
) -> None:
    record, other = contact.write(contact.record(), contact.record())
    contact.share(clinic, record=record, fields=("name",))

    read = parse_record(accepted(clinic.get(f"/records/{record.id}"))["record"])

    assert (set(read.fields), set(read.hidden)) == ({"name"}, {"zip"})
    assert error(clinic.get(f"/records/{other.id}")) == (404, "not_found")


def test_of_several_grants_the_widest_counts(clinic: Person, contact: Type) -> None:
    [record] = contact.write()
    contact.share(clinic, record=record, fields=("name",))
    contact.share(clinic, fields=("zip",))

    both = parse_record(accepted(clinic.get(f"/records/{record.id}"))["record"])
    contact.share(clinic)
    whole = parse_record(accepted(clinic.get(f"/records/{record.id}"))["record"])

    assert (set(both.fields), both.hidden) == ({"name", "zip"}, {})
    assert whole == record


def test_a_grant_of_another_generation_opens_nothing(
    marketing: Person, clinic: Person, contact: Type
) -> None:
    [old] = contact.write()
    contact.share(clinic)
    accepted(contact.owner.post("/revocations", contact.revocation(clinic).to_wire()))
    contact.open().share(marketing)
    [new] = contact.write()

    assert error(marketing.get(f"/records/{old.id}")) == (404, "not_found")
    accepted(marketing.get(f"/records/{new.id}"))
    assert error(clinic.get(f"/records/{old.id}")) == (404, "not_found")
    assert error(clinic.get(f"/records/{new.id}")) == (404, "not_found")


@pytest.mark.parametrize(("seconds", "status"), [(60, 200), (-1, 404)])
def test_a_grant_counts_until_it_ends(
    marketing: Person, contact: Type, seconds: int, status: int
) -> None:
    [record] = contact.write()
    contact.share(marketing, not_after=int(time.time()) + seconds)

    assert marketing.get(f"/records/{record.id}").status_code == status


def test_a_deleted_record_is_gone_for_everybody(
    acme: Person, marketing: Person, contact: Type
) -> None:
    contact.share(marketing)
    [record] = contact.write()
    accepted(acme.post("/deletions", {"deletions": [contact.deletion(record).to_wire()]}))

    for person in (acme, marketing):
        assert error(person.get(f"/records/{record.id}")) == (404, "not_found")
        assert accepted(person.post("/records/lookup", {"ids": [record.id]})) == {"items": []}


def test_lookup_returns_what_may_be_read_and_is_silent_about_the_rest(
    acme: Person, marketing: Person, mallory: Person, contact: Type
) -> None:
    health = Type(acme, "health").open()
    [shared], [private] = contact.write(), health.write()
    contact.share(marketing)
    ids = [private.id, shared.id, str(uuid4())]

    def found(person: Person) -> set[str]:
        items = accepted(person.post("/records/lookup", {"ids": ids}))["items"]
        return {item["record"]["id"] for item in items}

    assert found(acme) == {private.id, shared.id}
    assert found(marketing) == {shared.id}
    assert found(mallory) == set()


@pytest.mark.parametrize("ids", [[], ["x"], [1], "x", None, [str(uuid4()).upper()]])
def test_lookup_refuses_what_is_no_list_of_ids(acme: Person, ids: object) -> None:
    assert error(acme.post("/records/lookup", {"ids": ids})) == (400, "malformed")


def test_it_wants_an_api_key(contact: Type) -> None:
    [record] = contact.write()

    assert error(send("GET", f"/records/{record.id}", b"")) == (401, "not_authenticated")
    assert error(send("POST", "/records/lookup", {"ids": [record.id]})) == (
        401,
        "not_authenticated",
    )


def test_a_lookup_of_more_than_one_answer_holds_is_refused(
    acme: Person, contact: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [record.id for record in contact.write(*(contact.record() for _ in range(3)))]
    monkeypatch.setattr(listings, "LOOKUP_BYTES", 2_000)

    response = acme.post("/records/lookup", {"ids": ids})

    assert error(response) == (400, "limit")
    assert len(accepted(acme.post("/records/lookup", {"ids": ids[:2]}))["items"]) == 2
