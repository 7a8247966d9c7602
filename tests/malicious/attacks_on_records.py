"""Records: the server wants a reader to be shown what their writer did not write so."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from apps.client import Opened
from apps.client.acts import opening, reading
from apps.envelope import records
from apps.envelope.records import Record, hide_fields, parse_record, seal_record
from apps.vault.models import Grant
from tests.malicious.attacks import (
    PLACE,
    VERIFY_RECORD,
    Attack,
    Deed,
    off,
)
from tests.malicious.lying import Answer, Asked, PassOn
from tests.malicious.parties import Party, World

ASKED_FOR = off(reading, "check_asked_for")
NEWS = off(reading, "is_news", lambda record, seen: True)
WITHHELD = off(opening, "check_nothing_withheld")
ALL_OPEN = off(opening, "check_all_open", lambda record, data, ring: data)
COLUMN_KEYS = off(records, "column_key", lambda access_key, field: access_key)
FORGED = "forged"


Shown = Callable[[list[Opened]], bool]


def reads(party: Party, type: str, won: Shown) -> Deed:
    """The party reads a type; ``won`` is told what it is shown."""
    return Deed(lambda: list(party.client().query(type)), lambda shown: bool(shown) and won(shown))


def said(shown: list[Opened], id: str) -> Any:
    """What is shown last of a record."""
    return [record.data for record in shown if record.id == id][-1]


def two_records(world: World) -> tuple[Record, Record]:
    """Two of acme's, which marketing may read."""
    world.share("contact", world.marketing)
    ids = [world.write("contact", name=name, zip=zip) for name, zip in (("Ann", "1"), ("Bob", "2"))]
    first, second = map(world.stored, ids)
    return first, second


def listing(world: World, change: Callable[[list[Any]], list[Any]]) -> None:
    """Change every list of records on its way out."""

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("GET", start="/records"):
            return answer
        return answer.telling(answer.json | {"items": change(answer.json["items"])})

    world.server.lie = lie


def a_forged_record(world: World, writer: str = "") -> Record:
    """Under acme's true key, which mallory may have as a reader; signed by mallory."""
    world.share("contact", world.marketing)
    world.share("contact", world.mallory)
    return seal_record(
        keys=world.mallory.keys,
        writer=writer or world.acme.id,
        id=str(uuid4()),
        type="contact",
        rev=1,
        access_key=world.key(world.mallory, "contact"),
        values={"name": FORGED},
    )


def in_acmes_name(world: World) -> Deed:
    record = a_forged_record(world)
    world.insert(record)
    return reads(
        world.marketing, "contact", lambda shown: said(shown, record.id) == {"name": FORGED}
    )


def of_another_writer(world: World) -> Deed:
    """Truly mallory's, whom marketing knows, among acme's; under acme's key, which she has."""
    record = a_forged_record(world, writer=world.mallory.id)
    world.marketing.knows(world.mallory)
    world.insert(record, writer=world.acme.id)
    return reads(
        world.marketing, "contact", lambda shown: said(shown, record.id) == {"name": FORGED}
    )


def of_another_type(world: World) -> Deed:
    """acme's own, which marketing may not read; that it exists is what it learns."""
    world.share("contact", world.marketing)
    world.write("contact", name="Ann")
    record = world.stored(world.write("health", age="36"))
    item = {"stored": "2026-01-01", "record": record.to_wire()}
    listing(world, lambda items: [*items, item])
    return reads(world.marketing, "contact", lambda shown: record.id in {one.id for one in shown})


def a_dropped_field(world: World) -> Deed:
    first, _ = two_records(world)
    world.put(first.id, replace(first, fields={"name": first.fields["name"]}))
    return reads(world.marketing, "contact", lambda shown: said(shown, first.id) == {"name": "Ann"})


def values_swapped(world: World) -> Deed:
    """One column of two records."""
    first, second = two_records(world)
    world.put(first.id, replace(first, fields=dict(first.fields) | {"zip": second.fields["zip"]}))
    return reads(
        world.marketing,
        "contact",
        lambda shown: said(shown, first.id) == {"name": "Ann", "zip": "2"},
    )


def fields_swapped(world: World) -> Deed:
    """Two columns of one record."""
    first, _ = two_records(world)
    swapped = {"name": first.fields["zip"], "zip": first.fields["name"]}
    world.put(first.id, replace(first, fields=swapped))
    return reads(
        world.marketing,
        "contact",
        lambda shown: said(shown, first.id) == {"name": "1", "zip": "Ann"},
    )


def ids_swapped(world: World) -> Deed:
    first, second = two_records(world)
    world.put(first.id, replace(second, id=first.id))
    world.put(second.id, replace(first, id=second.id))
    return reads(world.marketing, "contact", lambda shown: said(shown, first.id)["name"] == "Bob")


def an_older_revision(world: World) -> Deed:
    first, _ = two_records(world)
    client = world.acme.client()
    [opened] = [record for record in client.query("contact") if record.id == first.id]
    client.update(opened, {"name": "Ann", "zip": "3"})
    old = {"stored": "2026-01-01", "record": first.to_wire()}
    listing(world, lambda items: [*items, old])
    return reads(world.marketing, "contact", lambda shown: said(shown, first.id)["zip"] == "1")


def a_hidden_column(world: World) -> Deed:
    first, _ = two_records(world)

    def hide(items: list[Any]) -> list[Any]:
        return [
            item | {"record": hide_fields(parse_record(item["record"]), {"name"}).to_wire()}
            for item in items
        ]

    listing(world, hide)
    return reads(world.marketing, "contact", lambda shown: said(shown, first.id) == {"name": "Ann"})


def a_narrower_grant(world: World) -> Deed:
    """acme granted name and zip after name alone; the server still shows the first grant."""
    world.share("contact", world.marketing, columns=["name"])
    [before] = world.grants(world.marketing, "contact")
    world.share("contact", world.marketing, columns=["name", "zip"])
    id = world.write("contact", name="Ann", zip="1")
    world.plant(before, world.marketing)
    Grant.objects.filter(reader=world.marketing.row).update(fields=["name", "zip"])
    return reads(world.marketing, "contact", lambda shown: said(shown, id) == {"name": "Ann"})


ATTACKS: dict[str, Attack] = {
    "forges a record": Attack(in_acmes_name, (VERIFY_RECORD,), "signature"),
    "serves a record of another writer": Attack(
        of_another_writer, (ASKED_FOR, VERIFY_RECORD), "mismatch"
    ),
    "serves a record of another type": Attack(of_another_type, (ASKED_FOR, ALL_OPEN), "mismatch"),
    "drops a field": Attack(a_dropped_field, (VERIFY_RECORD,), "signature"),
    "swaps a column of two records": Attack(values_swapped, (VERIFY_RECORD, PLACE), "signature"),
    "swaps two fields of a record": Attack(
        fields_swapped, (VERIFY_RECORD, PLACE, COLUMN_KEYS), "signature"
    ),
    "swaps the ids of two records": Attack(ids_swapped, (VERIFY_RECORD, PLACE), "signature"),
    "replays an older revision": Attack(an_older_revision, (NEWS,), "rollback"),
    "hides a column": Attack(a_hidden_column, (WITHHELD,), "mismatch"),
    "serves a narrower grant": Attack(a_narrower_grant, (ALL_OPEN,), "mismatch"),
}
