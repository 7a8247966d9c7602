"""GET /records?writer&type&shard&from&after&limit"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_bytes
from sqlite3 import SQLITE_LIMIT_VARIABLE_NUMBER
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.envelope.encoding import b64, dump_json, load_json, unb64
from apps.envelope.records import Record, parse_record, verify_record
from apps.vault import page_selection
from apps.vault.lanes import LANES
from apps.vault.models import Generation, Grant, Stream
from tests.people import Person, Type, accepted, error, id_in
from tests.tools.selection import slow

pytestmark = pytest.mark.database


def listed(reader: Person, type: Type, **query: Any) -> dict[str, Any]:
    answer = reader.get("/records", writer=type.owner.id, type=type.type, **query)
    page: dict[str, Any] = accepted(answer)
    return page


def ids(page: dict[str, Any]) -> list[str]:
    return [item["record"]["id"] for item in page["items"]]


def by_lane(records: list[Record]) -> list[str]:
    """The ids of records in the order of a listing, given in the order of commit."""
    return [record.id for record in sorted(records, key=lambda record: int(record.id[0], 16))]


def in_all_lanes(type: Type, times: int) -> list[Record]:
    """Write records, the same number into each lane, in no particular order."""
    lanes = list(range(LANES)) * times
    random.Random(times).shuffle(lanes)
    return type.write(*(type.record(id=id_in(lane)) for lane in lanes))


def read_all(reader: Person, type: Type, **query: Any) -> list[list[str]]:
    """The ids of each page of a whole listing."""
    pages, more = [], True
    while more:
        page = listed(reader, type, **query)
        query["after"], more = page["next"], page["more"]
        pages.append(ids(page))
    return pages


def test_records_come_by_lane_in_the_order_of_commit(acme: Person, contact: Type) -> None:
    records = [*in_all_lanes(contact, 2), *in_all_lanes(contact, 1)]

    page = listed(acme, contact)

    assert ids(page) == by_lane(records)
    assert page["more"] is False


def test_the_answer_is_canonical_json(acme: Person, marketing: Person, contact: Type) -> None:
    contact.write(contact.record(), contact.record())
    contact.share(marketing, fields=("zip",))

    for reader in (acme, marketing):
        raw = reader.get("/records", writer=acme.id, type="contact").content
        assert dump_json(load_json(raw)) == raw
        assert len(load_json(raw)["items"]) == 2


@pytest.mark.parametrize("limit", [7, *slow(1, 2, 31, 32, 33)])
def test_pages_go_on_where_the_last_one_ended(acme: Person, contact: Type, limit: int) -> None:
    records = in_all_lanes(contact, 2)

    pages = read_all(acme, contact, limit=limit)

    assert [id for page in pages for id in page] == by_lane(records)
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert 0 < len(pages[-1]) <= limit


def test_the_last_cursor_stays_good(acme: Person, contact: Type) -> None:
    contact.write()
    last = listed(acme, contact)["next"]
    assert listed(acme, contact, after=last) == {"items": [], "next": last, "more": False}

    new = contact.write(contact.record(id=id_in(0)), contact.record(id=id_in(15)))

    assert ids(listed(acme, contact, after=last)) == [record.id for record in new]


def test_an_update_moves_a_record_behind_what_was_read(acme: Person, contact: Type) -> None:
    moved, kept = contact.write(contact.record(id=id_in(7)), contact.record(id=id_in(7)))
    cursor = listed(acme, contact)["next"]
    contact.update(contact.record(id=moved.id, rev=2))

    assert ids(listed(acme, contact, after=cursor)) == [moved.id]
    assert ids(listed(acme, contact)) == [kept.id, moved.id]


@pytest.mark.parametrize("count", [4, *slow(1, 2, 8, 16)])
def test_shards_are_read_apart_and_make_the_whole(acme: Person, contact: Type, count: int) -> None:
    records = in_all_lanes(contact, 2)

    shards = [
        read_all(acme, contact, shard=f"{number}/{count}", limit=5) for number in range(count)
    ]

    each = [[id for page in pages for id in page] for pages in shards]
    assert [id for shard in each for id in shard] == by_lane(records)
    for number, shard in enumerate(each):
        assert {int(id[0], 16) * count // 16 for id in shard} == {number}


@pytest.mark.parametrize("query", [{}, *slow({"shard": "1/2"}, {"shard": "5/16"})])
@pytest.mark.parametrize("limit", [20, *slow(1, 3, 16, 100)])
def test_from_the_end_each_lane_gives_its_last_records(
    acme: Person, contact: Type, limit: int, query: dict[str, Any]
) -> None:
    in_all_lanes(contact, 3)
    forwards = read_all(acme, contact, **query)[0]

    pages = read_all(acme, contact, limit=limit, **query, **{"from": "end"})

    everything = [id for page in pages for id in page]
    assert sorted(everything) == sorted(forwards)
    for lane in "0123456789abcdef":
        backwards = [id for id in everything if id[0] == lane]
        assert backwards == [id for id in reversed(forwards) if id[0] == lane]
    for page in pages:
        assert len(page) <= limit
        assert [id[0] for id in page] == sorted(id[0] for id in page)


def test_the_first_page_from_the_end_has_the_last_of_every_lane(
    acme: Person, contact: Type
) -> None:
    in_all_lanes(contact, 2)
    latest = in_all_lanes(contact, 1)

    assert ids(listed(acme, contact, limit=16, **{"from": "end"})) == by_lane(latest)


def test_from_the_end_no_lane_waits_for_another(
    acme: Person, contact: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a page ends early, the next one begins with those that it left out."""
    size = len(dump_json(in_all_lanes(contact, 2)[0].to_wire()))
    monkeypatch.setattr(page_selection, "PAGE_BYTES", 9 * size)

    pages = read_all(acme, contact, limit=100, **{"from": "end"})

    assert len(pages) > 3
    assert len({id[0] for page in pages[:2] for id in page}) == 16


def test_a_reader_sees_only_the_generations_that_it_was_granted(
    acme: Person, marketing: Person, clinic: Person, mallory: Person, contact: Type
) -> None:
    contact.share(clinic)
    [old] = contact.write()
    accepted(acme.post("/revocations", contact.revocation(clinic).to_wire()))
    contact.open().share(marketing)
    [new] = contact.write()

    assert ids(listed(acme, contact)) == by_lane([old, new])
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

    assert listed(mallory, contact) == nothing
    assert nothing == {"items": [], "next": nothing["next"], "more": False}


def test_a_cursor_says_nothing_of_what_may_not_be_seen(
    acme: Person, mallory: Person, contact: Type
) -> None:
    before = [listed(mallory, contact, **query)["next"] for query in ({}, {"from": "end"})]

    in_all_lanes(contact, 1)

    assert [listed(mallory, contact, **query)["next"] for query in ({}, {"from": "end"})] == before


@pytest.mark.slow
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
        with django_assert_num_queries(5):  # API key, lanes, grants, places, records
            listed(acme, contact)
        with django_assert_num_queries(6):  # and the grants of single records
            listed(marketing, contact)
        contact.write(*(contact.record() for _ in range(10)))


@contextmanager
def fewer_parameters(most: int) -> Iterator[None]:
    """Let SQLite take fewer in a statement than it was built for; PostgreSQL takes any number."""
    if connection.vendor != "sqlite":
        yield
        return
    sqlite = connection.connection
    before = sqlite.setlimit(SQLITE_LIMIT_VARIABLE_NUMBER, most)
    try:
        yield
    finally:
        sqlite.setlimit(SQLITE_LIMIT_VARIABLE_NUMBER, before)


@pytest.mark.slow
def test_a_query_does_not_grow_with_the_generations_that_are_granted(
    acme: Person, contact: Type
) -> None:
    stream = Stream.objects.get()
    closed = [
        Generation(stream=stream, number=number, akid=token_bytes(32), closed=timezone.now())
        for number in range(2, 202)
    ]
    grants = [
        Grant(stream=stream, generation=one, reader=acme.row, akid=one.akid, body=b"{}")
        for one in Generation.objects.bulk_create(closed)
    ]
    Grant.objects.bulk_create(grants)
    records = in_all_lanes(contact, 1)

    with fewer_parameters(200):
        for query in ({}, {"from": "end"}):
            assert ids(listed(acme, contact, **query)) == by_lane(records)


def test_a_page_ends_early_when_it_grows_too_large(
    acme: Person, contact: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = (contact.record({"text": "x" * 1000}, id=id_in(lane)) for lane in (1, 1, 2))
    records = contact.write(*large)
    monkeypatch.setattr(page_selection, "PAGE_BYTES", 5000)

    first = listed(acme, contact)
    monkeypatch.setattr(page_selection, "PAGE_BYTES", 1)
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
        {"after": "0"},
        {"after": ""},
        {"after": "9" * 30},
        {"after": "A" * 175},
        {"after": "A" * 100_000},
        {"shard": "1"},
        {"shard": "0/3"},
        {"shard": "2/2"},
        {"shard": "-1/2"},
        {"shard": "01/2"},
        {"shard": "0/32"},
        {"shard": ""},
        {"shard": "0/1 "},
        {"from": "start"},
        {"from": ""},
        {"afer": "1"},
        {"limit": ["1", "2"]},
    ],
)
def test_it_refuses_other_parameters(acme: Person, query: dict[str, Any]) -> None:
    known = {"writer": acme.id, "type": "contact"} if "type" not in query and query else {}

    status, code = error(acme.get("/records", **known | query))

    assert status == 400
    assert code in {"invalid", "malformed"}


def changed(cursor: str, at: int, value: int) -> str:
    raw = bytearray(unb64(cursor))
    raw[at] = value
    return b64(bytes(raw))


@pytest.mark.slow
def test_it_refuses_the_cursor_of_another_listing(acme: Person, contact: Type) -> None:
    contact.write()
    queries: list[dict[str, Any]] = [
        {}, {"shard": "0/2"}, {"shard": "1/2"}, {"shard": "0/16"}, {"from": "end"},
        {"from": "end", "shard": "1/2"},
    ]  # fmt: skip
    cursors = [listed(acme, contact, **query)["next"] for query in queries]
    assert len(set(cursors)) == len(cursors)
    assert max(map(len, cursors)) == 175

    for query, own in zip(queries, cursors, strict=True):
        listed(acme, contact, **query, after=own)
        damaged = [own[:-1], own + "A", own + "=", changed(own, 0, 2), changed(own, 3, 0x80)]
        for cursor in [each for each in cursors if each != own] + damaged:
            answer = acme.get("/records", writer=acme.id, type="contact", **query, after=cursor)
            assert error(answer) == (400, "invalid")


def test_the_whole_may_be_called_shard_0_of_1(acme: Person, contact: Type) -> None:
    in_all_lanes(contact, 1)

    assert listed(acme, contact, shard="0/1") == listed(acme, contact)
