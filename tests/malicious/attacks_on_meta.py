"""Meta: the server wants plaintext to be believed that no writer said, or other records found.

And the key-value store: it wants a record that is asked for by its id to be an older one.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from apps.client import Opened
from apps.client.acts import fetching, reading, writing
from apps.client.session import Stream
from apps.envelope.records import Record, parse_record, seal_record
from tests.malicious.attacks import VERIFY_RECORD, Attack, Deed, off
from tests.malicious.attacks_on_records import ALL_OPEN, ASKED_FOR, NEWS, listing
from tests.malicious.lying import Answer, Asked, PassOn, answering
from tests.malicious.parties import Party, World

SAYS = off(reading, "check_says")
WRITER = off(fetching, "check_writer")
NOT_OLDER = off(fetching, "check_not_older")
OPEN, CLOSED = {"state": "open"}, {"state": "closed"}
QUERY = "/records/query"


def written(world: World, meta: Mapping[str, str], type: str = "contact") -> Record:
    """One of acme's, which marketing may read."""
    world.share(type, world.marketing)
    return world.stored(world.acme.client().write(type, {"name": "Ann"}, meta=meta))


def reads_meta(party: Party, id: str, meta: Mapping[str, str]) -> Deed:
    """The party reads contacts; won if the record is said to say so."""

    def won(shown: list[Opened]) -> bool:
        return any(one.id == id and dict(one.meta) == dict(meta) for one in shown or ())

    return Deed(lambda: list(party.client().query("contact")), won)


def asks(party: Party, won: Callable[[list[Opened]], bool]) -> Deed:
    """The party asks for contacts that are open."""
    return Deed(
        lambda: list(party.client().query("contact", meta=OPEN)), lambda shown: won(shown or [])
    )


def answers(world: World, change: Callable[[list[Any]], list[Any]]) -> None:
    """Change every answer to a query on its way out."""

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("POST", start=QUERY):
            return answer
        return answer.telling(answer.json | {"items": change(answer.json["items"])})

    world.server.lie = lie


def item(record: Record) -> dict[str, Any]:
    return {"stored": "2026-01-01", "record": record.to_wire()}


# --- What a record says -------------------------------------------------------------------


def altered(world: World) -> Deed:
    record = written(world, OPEN)
    world.put(record.id, replace(record, meta=CLOSED))
    return reads_meta(world.marketing, record.id, CLOSED)


def removed(world: World) -> Deed:
    record = written(world, OPEN)
    world.put(record.id, replace(record, meta={}))
    return reads_meta(world.marketing, record.id, {})


def added(world: World) -> Deed:
    record = written(world, {})
    world.put(record.id, replace(record, meta=OPEN))
    return reads_meta(world.marketing, record.id, OPEN)


def swapped(world: World) -> Deed:
    first, second = written(world, OPEN), written(world, CLOSED)
    world.put(first.id, replace(first, meta=CLOSED))
    world.put(second.id, replace(second, meta=OPEN))
    return reads_meta(world.marketing, first.id, CLOSED)


def added_to_a_partial_record(world: World) -> Deed:
    """marketing sees one column, and digests for the rest."""
    world.share("contact", world.marketing, columns=["name"])
    id = world.write("contact", name="Ann", zip="1")

    def add(items: list[Any]) -> list[Any]:
        partial = [parse_record(one["record"]) for one in items]
        assert all(record.hidden for record in partial)
        return [item(replace(record, meta=OPEN)) for record in partial]

    listing(world, add)
    return reads_meta(world.marketing, id, OPEN)


def of_an_earlier_revision(world: World) -> Deed:
    record = written(world, OPEN)
    world.acme.client().update(record.id, {"name": "Bea"}, meta=CLOSED)
    world.put(record.id, replace(world.stored(record.id), meta=OPEN))
    return reads_meta(world.marketing, record.id, OPEN)


# --- What a query is answered with --------------------------------------------------------


def what_does_not_match(world: World) -> Deed:
    written(world, OPEN)
    other = written(world, CLOSED)
    answers(world, lambda items: [*items, item(other)])
    return asks(world.marketing, lambda shown: other.id in {one.id for one in shown})


def what_is_made_to_match(world: World) -> Deed:
    other = written(world, CLOSED)
    answers(world, lambda items: [*items, item(replace(other, meta=OPEN))])
    return asks(world.marketing, lambda shown: other.id in {one.id for one in shown})


def of_another_type(world: World) -> Deed:
    """acme's own, which marketing may not read; that it exists is what it learns."""
    written(world, OPEN)
    id = world.acme.client().write("health", {"age": "36"}, meta=OPEN)
    other = world.stored(id)
    answers(world, lambda items: [*items, item(other)])
    return asks(world.marketing, lambda shown: id in {one.id for one in shown})


def of_another_writer(world: World) -> Deed:
    """Truly mallory's, whom marketing knows; under acme's key, which she has as a reader."""
    written(world, OPEN)
    world.share("contact", world.mallory)
    world.marketing.knows(world.mallory)
    other = seal_record(
        keys=world.mallory.keys, writer=world.mallory.id, id=str(uuid4()), type="contact", rev=1,
        access_key=world.key(world.mallory, "contact"), values={"name": "forged"}, meta=OPEN,
    )  # fmt: skip
    answers(world, lambda items: [*items, item(other)])
    return asks(world.marketing, lambda shown: other.id in {one.id for one in shown})


def twice(world: World) -> Deed:
    """Whoever adds up what comes would count it twice."""
    record = written(world, OPEN)
    answers(world, lambda items: [*items, *items])
    return asks(world.marketing, lambda shown: [one.id for one in shown].count(record.id) == 2)


def at_two_revisions(world: World) -> Deed:
    record = written(world, OPEN)
    world.acme.client().update(record.id, {"name": "Bea"})
    answers(world, lambda items: [*items, item(record)])
    return asks(world.marketing, lambda shown: bool(shown) and shown[-1].data == {"name": "Ann"})


# --- What is read by its id ---------------------------------------------------------------


def an_older_one_by_its_id(world: World) -> Deed:
    old = written(world, OPEN)
    client = world.acme.client()
    client.update(old.id, {"name": "Bea"})

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if asked.is_about("POST", start="/records/lookup"):
            return answer.telling({"items": [item(old)]})
        return answer

    world.server.lie = lie
    return Deed(lambda: client.read(old.id).data, lambda data: data == {"name": "Ann"})


def a_change_of_an_older_one(world: World) -> Deed:
    """It says that somebody came first, shows what was there before, and takes what comes of it."""
    old = written(world, {})
    world.acme.client().update(old.id, {"name": "Bea", "zip": "1"})
    puts: list[Asked] = []

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        if asked.is_about("PUT", start="/records"):
            puts.append(asked)
            if len(puts) == 1:
                error = {"code": "revision_conflict", "message": "", "hint": ""}
                return answering({"error": error}, status="409 Conflict")
            [wire] = asked.json["records"]
            world.put(old.id, parse_record(wire))
            return answering({"results": [{"id": old.id, "status": "updated"}]})
        if puts and asked.is_about("POST", start="/records/lookup"):
            return answering({"items": [item(old)]})
        return pass_on()

    world.server.lie = lie

    def act() -> set[str]:
        world.acme.client().change(old.id, {"name": "Cleo"})
        return set(world.stored(old.id).fields)

    return Deed(act, lambda fields: fields == {"name"})


def of_another_writer_by_its_id(world: World) -> Deed:
    """mallory shares with acme, and writes under the id of acme's record."""
    own = written(world, OPEN)
    world.share("contact", world.acme, owner=world.mallory)
    forged = seal_record(
        keys=world.mallory.keys, writer=world.mallory.id, id=own.id, type="contact", rev=1,
        access_key=key_of(world.mallory), values={"name": "forged"},
    )  # fmt: skip

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        if asked.is_about("POST", start="/records/lookup"):
            return answering({"items": [item(forged)]})
        return pass_on()

    world.server.lie = lie
    client = world.acme.client()
    return Deed(
        lambda: client.read(own.id, writer=client.id).data, lambda data: data == {"name": "forged"}
    )


def key_of(party: Party) -> bytes:
    """The key under which somebody writes contacts of their own."""
    return writing.open_generation(party.client().session, Stream(party.id, "contact")).key


ATTACKS: dict[str, Attack] = {
    "alters it": Attack(altered, (VERIFY_RECORD,), "signature"),
    "removes it": Attack(removed, (VERIFY_RECORD,), "signature"),
    "adds some": Attack(added, (VERIFY_RECORD,), "signature"),
    "swaps that of two records": Attack(swapped, (VERIFY_RECORD,), "signature"),
    "adds some to a partial record": Attack(
        added_to_a_partial_record, (VERIFY_RECORD,), "signature"
    ),
    "takes that of an earlier revision": Attack(
        of_an_earlier_revision, (VERIFY_RECORD,), "signature"
    ),
    "answers with what does not match": Attack(what_does_not_match, (SAYS,), "mismatch"),
    "answers with what it made to match": Attack(
        what_is_made_to_match, (VERIFY_RECORD,), "signature"
    ),
    "answers with another type": Attack(of_another_type, (ASKED_FOR, ALL_OPEN), "mismatch"),
    "answers with another writer": Attack(
        of_another_writer, (ASKED_FOR, VERIFY_RECORD), "mismatch"
    ),
    "answers twice": Attack(twice, (NEWS,), ""),
    "answers with an older revision, too": Attack(at_two_revisions, (NEWS,), "rollback"),
    "shows an older one by its id": Attack(an_older_one_by_its_id, (NOT_OLDER,), "rollback"),
    "shows another writer's by its id": Attack(of_another_writer_by_its_id, (WRITER,), "mismatch"),
    "has an older one changed": Attack(a_change_of_an_older_one, (NOT_OLDER,), "rollback"),
}
