"""GET /records?writer&type&after&limit"""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.envelope.encoding import dump_json, load_json
from apps.envelope.records import parse_record, verify_record
from apps.vault import listings
from tests.people import Person, Type, accepted, error


def listed(reader: Person, type: Type, **query: Any) -> dict[str, Any]:
    answer = reader.get("/records", writer=type.owner.id, type=type.type, **query)
    page: dict[str, Any] = accepted(answer)
    return page


def ids(page: dict[str, Any]) -> list[str]:
    return [item["record"]["id"] for item in page["items"]]


def test_records_come_in_the_order_of_commit(acme: Person, contact: Type) -> None:
    records = [record for _ in range(3) for record in contact.write()]

    page = listed(acme, contact)

    assert ids(page) == [record.id for record in records]
    assert page["more"] is False


def test_the_answer_is_canonical_json(acme: Person, marketing: Person, contact: Type) -> None:
    contact.write(contact.record(), contact.record())
    contact.share(marketing, fields=("zip",))

    for reader in (acme, marketing):
        raw = reader.get("/records", writer=acme.id, type="contact").content
        assert dump_json(load_json(raw)) == raw
        assert len(load_json(raw)["items"]) == 2


def test_pages_go_on_where_the_last_one_ended(acme: Person, contact: Type) -> None:
    records = contact.write(*(contact.record() for _ in range(5)))

    first = listed(acme, contact, limit=2)
    second = listed(acme, contact, limit=2, after=first["next"])
    third = listed(acme, contact, limit=2, after=second["next"])
    fourth = listed(acme, contact, limit=2, after=third["next"])

    assert ids(first) + ids(second) + ids(third) == [record.id for record in records]
    assert [page["more"] for page in (first, second, third)] == [True, True, False]
    assert fourth == {"items": [], "next": third["next"], "more": False}


def test_an_update_moves_a_record_behind_what_was_read(acme: Person, contact: Type) -> None:
    moved, kept = contact.write(contact.record(), contact.record())
    cursor = listed(acme, contact)["next"]
    accepted(acme.put(f"/records/{moved.id}", contact.record(id=moved.id, rev=2).to_wire()))

    assert ids(listed(acme, contact, after=cursor)) == [moved.id]
    assert ids(listed(acme, contact)) == [kept.id, moved.id]


def test_a_reader_sees_only_the_generations_that_it_was_granted(
    acme: Person, marketing: Person, clinic: Person, mallory: Person, contact: Type
) -> None:
    contact.share(clinic)
    [old] = contact.write()
    accepted(acme.post("/revocations", contact.revocation(clinic).to_wire()))
    contact.open().share(marketing)
    [new] = contact.write()

    assert ids(listed(acme, contact)) == [old.id, new.id]
    assert ids(listed(marketing, contact)) == [new.id]
    assert ids(listed(clinic, contact)) == []
    assert ids(listed(mallory, contact)) == []


def test_single_records_are_listed_for_whom_they_were_granted(
    acme: Person, clinic: Person, contact: Type
) -> None:
    record, _ = contact.write(contact.record(), contact.record())
    contact.share(clinic, record=record, fields=("name",))

    [item] = listed(clinic, contact)["items"]

    read = parse_record(item["record"])
    assert (read.id, set(read.fields), set(read.hidden)) == (record.id, {"name"}, {"zip"})
    verify_record(read, acme.card)


def test_a_stream_that_is_not_there_looks_like_one_without_grants(
    mallory: Person, contact: Type
) -> None:
    contact.write()

    nothing = listed(mallory, Type(mallory, "contact"))

    assert listed(mallory, contact) == nothing == {"items": [], "next": "0", "more": False}


def test_the_number_of_queries_does_not_grow_with_the_number_of_records(
    acme: Person,
    marketing: Person,
    contact: Type,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    contact.share(marketing, fields=("zip",))
    contact.write(*(contact.record() for _ in range(2)))
    for reader in (acme, marketing):
        listed(reader, contact)  # notes the use of the API key
    for _ in range(2):
        with django_assert_num_queries(5):  # API key, stream, grants, sizes, records
            listed(acme, contact)
        with django_assert_num_queries(6):  # and the grants of single records
            listed(marketing, contact)
        contact.write(*(contact.record() for _ in range(10)))


def test_a_page_ends_early_when_it_grows_too_large(
    acme: Person, contact: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = contact.write(*(contact.record({"text": "x" * 1000}) for _ in range(3)))
    monkeypatch.setattr(listings, "PAGE_BYTES", 5000)

    first = listed(acme, contact)
    monkeypatch.setattr(listings, "PAGE_BYTES", 1)
    second = listed(acme, contact, after=first["next"])

    assert (ids(first), first["more"]) == ([records[0].id, records[1].id], True)
    assert (ids(second), second["more"]) == ([records[2].id], False)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"type": "contact"},
        {"writer": "x", "type": "contact"},
        {"type": "Contact"},
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "-1"},
        {"limit": "x"},
        {"limit": "٣"},
        {"after": "x"},
        {"after": "9" * 30},
        {"afer": "1"},
        {"limit": ["1", "2"]},
    ],
)
def test_it_refuses_other_parameters(acme: Person, query: dict[str, Any]) -> None:
    known = {"writer": acme.id, "type": "contact"} if "type" not in query and query else {}

    status, code = error(acme.get("/records", **known | query))

    assert status == 400
    assert code in {"invalid", "malformed"}
