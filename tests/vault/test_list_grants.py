"""GET /grants?direction&writer&type&record&after&limit"""

import re
from typing import Any

import pytest

from apps.envelope.encoding import dump_json, load_json
from apps.envelope.grants import open_grant, parse_grant
from tests.people import Person, Type, accepted, error, send


def listed(person: Person, direction: str, **query: Any) -> list[dict[str, Any]]:
    page = accepted(person.get("/grants", direction=direction, **query))
    assert page["more"] is False
    items: list[dict[str, Any]] = page["items"]
    return items


def readers(items: list[dict[str, Any]]) -> list[str]:
    return [item["grant"]["reader"] for item in items]


def test_the_reader_gets_its_grant_as_it_was_signed(
    acme: Person, marketing: Person, contact: Type
) -> None:
    contact.share(marketing)

    [item] = listed(marketing, "incoming")

    keys = open_grant(
        parse_grant(item["grant"]), keys=marketing.keys, me=marketing.card, granter=acme.card, now=0
    )
    assert keys == {"*": contact.access_keys[1]}


def test_the_owner_sees_what_it_granted_and_to_itself(
    acme: Person, marketing: Person, clinic: Person, contact: Type
) -> None:
    contact.share(marketing)
    contact.share(clinic)

    assert readers(listed(acme, "outgoing")) == [acme.id, marketing.id, clinic.id]
    assert readers(listed(acme, "incoming")) == [acme.id]


def test_others_see_nothing_of_it(
    marketing: Person, clinic: Person, mallory: Person, contact: Type
) -> None:
    contact.share(marketing)

    for person in (clinic, mallory):
        assert listed(person, "incoming") == listed(person, "outgoing") == []
        assert listed(person, "incoming", writer=contact.owner.id, type="contact") == []
    assert listed(marketing, "outgoing") == []


def test_the_owner_learns_the_time_and_the_reader_the_day(
    acme: Person, marketing: Person, contact: Type
) -> None:
    contact.share(marketing)

    [incoming] = listed(marketing, "incoming")

    assert re.fullmatch(r"\d{4}-\d\d-\d\d", incoming["granted"])
    for item in listed(acme, "outgoing"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["granted"])


def test_it_can_be_narrowed_to_a_writer_and_a_type(
    acme: Person, clinic: Person, contact: Type
) -> None:
    health = Type(acme, "health").open()
    own = Type(clinic, "health").open()
    for type in (contact, health):
        type.share(clinic)

    def types(**query: Any) -> list[tuple[str, str]]:
        items = listed(clinic, "incoming", **query)
        return [(item["grant"]["writer"], item["grant"]["type"]) for item in items]

    assert len(types()) == 3
    assert types(type="health") == [(clinic.id, "health"), (acme.id, "health")]
    assert types(writer=acme.id) == [(acme.id, "contact"), (acme.id, "health")]
    assert types(writer=own.owner.id, type="health") == [(clinic.id, "health")]


def test_it_can_be_narrowed_to_one_record(
    acme: Person, clinic: Person, mallory: Person, contact: Type
) -> None:
    record, other = contact.write(contact.record(), contact.record())
    for one in (record, other):
        contact.share(clinic, record=one, fields=("name",))

    for person, direction in ((acme, "outgoing"), (clinic, "incoming")):
        [item] = listed(person, direction, record=record.id)
        assert item["grant"]["record"] == record.id
    assert listed(mallory, "outgoing", record=record.id) == []


def test_pages_go_on_where_the_last_one_ended(
    acme: Person, marketing: Person, clinic: Person, contact: Type
) -> None:
    contact.share(marketing)
    contact.share(clinic)

    first = accepted(acme.get("/grants", direction="outgoing", limit=2))
    second = accepted(acme.get("/grants", direction="outgoing", limit=2, after=first["next"]))
    third = accepted(acme.get("/grants", direction="outgoing", limit=2, after=second["next"]))

    assert readers(first["items"]) + readers(second["items"]) == [acme.id, marketing.id, clinic.id]
    assert (first["more"], second["more"]) == (True, False)
    assert third == {"items": [], "next": second["next"], "more": False}


def test_the_answer_is_canonical_json(acme: Person, marketing: Person, contact: Type) -> None:
    contact.share(marketing, fields=("name", "zip"))

    raw = acme.get("/grants", direction="outgoing").content

    assert dump_json(load_json(raw)) == raw


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"direction": "sideways"},
        {"direction": "incoming", "writer": "x"},
        {"direction": "incoming", "type": "X"},
        {"direction": "incoming", "record": "x"},
        {"direction": "incoming", "limit": "x"},
        {"direction": "incoming", "reader": "x"},
    ],
)
def test_it_refuses_other_parameters(acme: Person, query: dict[str, str]) -> None:
    status, code = error(acme.get("/grants", **query))

    assert (status, code in {"invalid", "malformed"}) == (400, True)


def test_it_wants_an_api_key(db: None) -> None:
    answer = send("GET", "/grants?direction=incoming", b"")

    assert error(answer) == (401, "not_authenticated")
