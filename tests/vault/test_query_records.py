"""POST /records/query"""

import logging
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.directory.models import Client
from apps.envelope.encoding import b64, dump_json, load_json
from apps.envelope.records import Record, parse_record, verify_record
from apps.vault import page_selection
from apps.vault.models import Arrivals, RecordMeta
from tests.people import Person, Type, accepted, error, id_in, send
from tests.tools.selection import slow

pytestmark = pytest.mark.database

NONE = {"items": [], "next": "", "more": False}


def asked(contacts: Type, /, **changes: Any) -> dict[str, Any]:
    """The body of a query for what is open."""
    body = {
        "writer": contacts.owner.id, "type": contacts.type, "meta": {"state": "open"},
        "after": "", "limit": 200,
    }  # fmt: skip
    return body | changes


def query(reader: Person, contacts: Type, /, **changes: Any) -> dict[str, Any]:
    page: dict[str, Any] = accepted(reader.post("/records/query", asked(contacts, **changes)))
    return page


def ids(page: dict[str, Any]) -> list[str]:
    return [item["record"]["id"] for item in page["items"]]


def open_ones(type: Type, count: int, **meta: str) -> list[Record]:
    """Open records, ascending by id, of several lanes."""
    records = [
        type.record(id=id_in(number % 16), meta={"state": "open", **meta})
        for number in range(count)
    ]
    return sorted(type.write(*records), key=lambda record: record.id)


def test_it_finds_what_says_so_and_nothing_else(acme: Person, contact: Type) -> None:
    other = Type(acme, "health").open()
    mine = open_ones(contact, 3)
    open_ones(other, 2)
    contact.write(
        contact.record(),
        contact.record(meta={"state": "Open"}),
        contact.record(meta={"state": "opened"}),
        contact.record(meta={"kind": "open"}),
    )

    page = query(acme, contact)

    assert ids(page) == [record.id for record in mine]
    assert page["more"] is False
    for item in page["items"]:
        record = parse_record(item["record"])
        verify_record(record, acme.card)
        assert record.meta == {"state": "open"}


def test_several_names_have_to_fit_all_of_them(acme: Person, contact: Type) -> None:
    open_ones(contact, 3, customer="1")
    [wanted] = open_ones(contact, 1, customer="2")
    contact.write(contact.record(meta={"state": "closed", "customer": "2"}))

    assert ids(query(acme, contact, meta={"state": "open", "customer": "2"})) == [wanted.id]
    assert query(acme, contact, meta={"state": "open", "customer": "3"}) == NONE


def test_the_answer_is_canonical_json(acme: Person, contact: Type) -> None:
    open_ones(contact, 2, town="Zürich")

    raw = acme.post("/records/query", asked(contact, meta={"town": "Zürich"})).content

    assert dump_json(load_json(raw)) == raw
    assert len(load_json(raw)["items"]) == 2


@pytest.mark.parametrize("limit", [3, *slow(1, 6, 7, 8)])
def test_pages_go_on_where_the_last_one_ended(acme: Person, contact: Type, limit: int) -> None:
    records = open_ones(contact, 7)
    contact.write(*(contact.record(meta={"state": "closed"}) for _ in range(5)))

    pages, after, more = [], "", True
    while more:
        page = query(acme, contact, limit=limit, after=after)
        pages.append(ids(page))
        after, more = page["next"], page["more"]

    assert [id for page in pages for id in page] == [record.id for record in records]
    assert all(len(page) <= limit for page in pages)
    assert query(acme, contact, after=after) == NONE | {"next": after}


def test_a_page_ends_early_where_it_grows_large(
    acme: Person, contact: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = open_ones(contact, 4)
    size = len(records[0].raw)
    for room, fit in ((size * 2, 2), (1, 1)):
        monkeypatch.setattr(page_selection, "PAGE_BYTES", room)
        page = query(acme, contact)
        assert ids(page) == [record.id for record in records[:fit]]
        assert page["more"] is True


# --- Who sees it --------------------------------------------------------------------------


def test_strangers_get_what_they_get_where_there_is_nothing(
    acme: Person, marketing: Person, mallory: Person, contact: Type
) -> None:
    """Not even a count: no page that is empty and goes on, no cursor that names a record."""
    health = Type(acme, "health").open()
    health.share(marketing)
    open_ones(contact, 3)

    for person in (marketing, mallory):
        assert query(person, contact, limit=1) == NONE
    for nowhere in ({"writer": mallory.id}, {"type": "health"}):
        assert query(mallory, contact, **nowhere) == NONE


def test_an_ex_reader_gets_nothing_and_a_reader_whose_time_is_over(
    acme: Person, marketing: Person, clinic: Person, contact: Type
) -> None:
    contact.share(marketing)
    contact.share(clinic, not_after=1)
    open_ones(contact, 2)
    assert len(query(marketing, contact)["items"]) == 2

    accepted(acme.post("/revocations", contact.revocation(marketing).to_wire()))

    assert query(marketing, contact, limit=1) == query(clinic, contact, limit=1) == NONE
    assert len(query(acme, contact)["items"]) == 2


def test_a_reader_of_one_generation_sees_that_one(
    acme: Person, marketing: Person, contact: Type
) -> None:
    """The pages are as if the others were not there."""
    open_ones(contact, 5)
    accepted(acme.post("/revocations", contact.revocation(marketing).to_wire()))
    contact.open()
    contact.share(marketing)
    later = open_ones(contact, 2)

    first = query(marketing, contact, limit=1)
    second = query(marketing, contact, limit=1, after=first["next"])

    assert ids(first) + ids(second) == [record.id for record in later]
    assert (first["more"], second["more"]) == (True, False)


def test_a_reader_of_columns_sees_meta_and_those(
    acme: Person, marketing: Person, contact: Type
) -> None:
    [record] = open_ones(contact, 1)
    contact.share(marketing, fields=("zip",))

    [item] = query(marketing, contact)["items"]

    found = parse_record(item["record"])
    assert (set(found.fields), set(found.hidden)) == ({"zip"}, {"name"})
    assert found.meta == record.meta
    assert len(item["stored"]) == len("2026-01-01")
    verify_record(found, acme.card)


def test_a_reader_of_one_record_finds_that_one(
    acme: Person, marketing: Person, contact: Type
) -> None:
    records = open_ones(contact, 3)
    contact.share(marketing, record=records[1], fields=("zip",))

    page = query(marketing, contact, limit=1)

    assert ids(page) == [records[1].id]
    assert page["more"] is False


def test_it_wants_an_api_key_of_a_client_that_is_not_disabled(acme: Person, contact: Type) -> None:
    open_ones(contact, 1)
    refused = (401, "not_authenticated")

    assert error(send("POST", "/records/query", asked(contact))) == refused
    Client.objects.filter(pk=acme.id).update(disabled_at=timezone.now())
    assert error(acme.post("/records/query", asked(contact))) == refused


# --- What it goes with --------------------------------------------------------------------


def test_an_update_replaces_it_and_a_deletion_removes_it(acme: Person, contact: Type) -> None:
    first, second = open_ones(contact, 2, customer="1")

    contact.update(contact.record(id=first.id, rev=2, meta={"state": "closed"}))

    assert ids(query(acme, contact)) == [second.id]
    assert ids(query(acme, contact, meta={"state": "closed"})) == [first.id]
    assert query(acme, contact, meta={"customer": "1"})["items"] == query(acme, contact)["items"]

    accepted(acme.post("/deletions", {"deletions": [contact.deletion(second).to_wire()]}))
    contact.update(contact.record(id=first.id, rev=3))

    assert query(acme, contact) == query(acme, contact, meta={"state": "closed"}) == NONE
    assert not RecordMeta.objects.exists()


def test_what_is_stored_again_is_stored_once(acme: Person, contact: Type) -> None:
    [record] = open_ones(contact, 1)

    again = acme.post("/records", {"records": [record.to_wire()]})

    assert accepted(again)["results"][0]["status"] == "existing"
    assert RecordMeta.objects.count() == 1


def test_nothing_of_a_request_that_was_refused_is_kept(acme: Person, contact: Type) -> None:
    good, bad = contact.record(meta={"state": "open"}), contact.record(rev=2)

    answer = acme.post("/records", {"records": [good.to_wire(), bad.to_wire()]})

    assert error(answer) == (409, "revision_conflict")
    assert query(acme, contact) == NONE


def test_a_record_whose_meta_was_altered_is_not_stored(acme: Person, contact: Type) -> None:
    wire = contact.record(meta={"state": "open"}).to_wire()
    for meta in ({"state": "closed"}, {"state": "open", "kind": "a"}, None):
        changed = {k: v for k, v in (wire | {"meta": meta}).items() if v is not None}
        answer = acme.post("/records", {"records": [changed]})
        assert error(answer) == (422, "signature")


def test_its_bytes_count_among_those_of_the_day(acme: Person, contact: Type) -> None:
    """It is stored twice: in the record, and to be found."""
    text = "ü" * 200
    [record] = contact.write(contact.record(meta={"state": "open", "note": text}))

    beside = len("state") + len("open") + len("note") + len(text.encode())
    assert Arrivals.objects.get().octets == len(record.raw) + beside


# --- What is no query ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"meta": {}}, "malformed"),
        ({"meta": {f"m{number}": "x" for number in range(17)}}, "limit"),
        *slow(
            ({"meta": {"State": "open"}}, "malformed"),
            ({"meta": {"state": ""}}, "malformed"),
            ({"meta": {"state": "x" * 201}}, "malformed"),
            ({"meta": {"state": "open "}}, "malformed"),
            ({"meta": {"state": 1}}, "malformed"),
            ({"meta": [["state", "open"]]}, "malformed"),
            ({"meta": None}, "malformed"),
            ({"writer": "acme"}, "malformed"),
            ({"type": "Contact"}, "malformed"),
            ({"after": "x"}, "malformed"),
            ({"after": b64(bytes(15))}, "malformed"),
            ({"after": None}, "malformed"),
            ({"limit": 0}, "malformed"),
            ({"limit": 501}, "limit"),
            ({"limit": "200"}, "malformed"),
            ({"limit": True}, "malformed"),
            ({"shard": "0/1"}, "malformed"),
        ),
    ],
)
def test_it_refuses_what_is_no_query(
    acme: Person, contact: Type, changes: dict[str, Any], code: str
) -> None:
    assert error(acme.post("/records/query", asked(contact, **changes))) == (400, code)


@pytest.mark.parametrize("name", ["writer", "type", "meta", "after", "limit"])
def test_it_refuses_a_query_that_lacks_something(acme: Person, contact: Type, name: str) -> None:
    body = {key: value for key, value in asked(contact).items() if key != name}

    assert error(acme.post("/records/query", body)) == (400, "malformed")


def test_a_cursor_of_ones_own_making_shows_no_more(
    acme: Person, mallory: Person, contact: Type
) -> None:
    records = open_ones(contact, 2)
    for after in (bytes(16), b"\xff" * 16):
        assert query(mallory, contact, after=b64(after)) == NONE | {"next": b64(after)}
    assert ids(query(acme, contact, after=b64(bytes(16)))) == [record.id for record in records]


def test_no_log_says_what_was_asked_for(
    acme: Person, contact: Type, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    query(acme, contact, meta={"state": "canary"})
    error(acme.post("/records/query", asked(contact, meta={"state": "canary "})))

    assert "/records/query" in caplog.text + str([vars(one) for one in caplog.records])
    assert "canary" not in caplog.text + str([vars(one) for one in caplog.records])


# --- What it costs ------------------------------------------------------------------------


def test_the_number_of_statements_does_not_grow_with_that_of_records(
    acme: Person, contact: Type, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    open_ones(contact, 1, customer="1")
    both = {"state": "open", "customer": "1"}
    with CaptureQueriesContext(connection) as few:
        assert len(query(acme, contact, meta=both)["items"]) == 1
    count = len(few)
    open_ones(contact, 30, customer="1")

    with django_assert_num_queries(count):
        assert len(query(acme, contact, meta=both)["items"]) == 31
