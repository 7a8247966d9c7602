"""Grants of single records, and encrypting anew: the server wants mallory to go on reading."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from apps.client.acts import reading, rewriting, writing
from apps.client.session import Session, Stream
from apps.client.trust import generations, rotation, single_grants
from apps.client.trust.generations import Generation
from apps.envelope.encoding import dump_json
from apps.envelope.grants import Grant, seal_grant
from apps.envelope.primitives import random
from apps.envelope.records import Record
from apps.vault.models import Generation as GenerationRow
from apps.vault.models import Grant as GrantRow
from apps.vault.models import Record as Row
from tests.malicious.attacks import PLACE, VERIFY_RECORD, Attack, Deed, off
from tests.malicious.attacks_on_keys import reopen
from tests.malicious.lying import Answer, Asked, PassOn
from tests.malicious.parties import World

OWN_GRANTS = off(rotation, "check_own")
ENDED = off(single_grants, "has_ended", lambda session, stream, grant: False) + off(
    single_grants, "still", lambda session, stream, standing, ids: standing
)
OF_LAST = off(single_grants, "is_of_last", lambda grant, before: True)
NOT_OLDER = off(reading, "check_not_older")


def _whatever_is_open(session: Session, stream: Stream, *, above: int) -> Generation:
    return writing.open_generation(session, stream)


NOT_REOPENED = off(generations, "check_not_reopened") + off(
    rewriting, "open_generation", _whatever_is_open
)
LATER = off(rewriting, "check_later")


def granted(world: World, id: str, *fields: str, until: date | None = None) -> Grant:
    """Share fields of one record with mallory, and return what she was granted."""
    mallory = world.mallory
    world.acme.client().share_records(
        [id], mallory.id, fields=fields, until=until, fingerprint=mallory.fingerprint
    )
    return world.grants(mallory, "contact")[-1]


def update(world: World, id: str, **values: Any) -> None:
    """acme replaces the values of a record, as it is served."""
    client = world.acme.client()
    [record] = [one for one in client.query("contact") if one.id == id]
    client.update(record, values or {"name": world.canary})


def mallory_reads(world: World, act: Callable[[], Any]) -> Deed:
    return Deed(act, lambda _: world.opened_singly(world.mallory.keys))


def put_back(world: World, record: Record) -> None:
    """Show a record as it was in the first generation."""
    first = GenerationRow.objects.get(stream=world.stream("contact"), number=1)
    Row.objects.filter(pk=record.id).update(
        body=dump_json(record.to_wire()), rev=record.rev, generation=first
    )


# --- What is granted ----------------------------------------------------------------------


def another_body(world: World) -> Deed:
    """acme grants a harmless record; under its id stands one that is not."""
    harmless, secret = world.write("contact", name="Ann"), world.write("contact")
    world.put(harmless, replace(world.stored(secret), id=harmless))
    return mallory_reads(world, lambda: granted(world, harmless))


def a_record_of_another_type(world: World) -> Deed:
    """The same, and the record says that it is one of another type."""
    harmless, secret = world.write("contact", name="Ann"), world.write("health")
    swapped = replace(world.stored(secret), id=harmless)
    mallory = world.mallory

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("POST", start="/records/lookup"):
            return answer
        return answer.telling({"items": [{"stored": "2026-01-01", "record": swapped.to_wire()}]})

    world.server.lie = lie
    health = Row.objects.get(pk=secret)
    Row.objects.filter(pk=harmless).update(
        stream=health.stream, generation=health.generation, position=7
    )
    Row.objects.filter(pk=harmless).update(body=dump_json(swapped.to_wire()))
    return mallory_reads(
        world,
        lambda: world.acme.client().share_records(
            [harmless], mallory.id, fingerprint=mallory.fingerprint
        ),
    )


def values_that_were_replaced(world: World) -> Deed:
    """acme grants what it has read; the server shows it the revision before."""
    id = world.write("contact")
    old, client, mallory = world.stored(id), world.acme.client(), world.mallory
    update(world, id, name="harmless")
    [record] = client.query("contact")

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("POST", start="/records/lookup"):
            return answer
        return answer.telling({"items": [{"stored": "2026-01-01", "record": old.to_wire()}]})

    world.server.lie = lie
    return Deed(
        lambda: client.share_records([record], mallory.id, fingerprint=mallory.fingerprint),
        lambda _: world.opened_singly(mallory.keys, old),
    )


# --- What is granted anew -----------------------------------------------------------------


def forged(world: World, id: str) -> None:
    """A grant of a record to mallory, whom acme knows, which mallory signed."""
    world.acme.knows(world.mallory)
    record, mallory = world.stored(id), world.mallory
    grant = seal_grant(
        granter=mallory.keys, reader=mallory.card, writer=world.acme.id, type="contact",
        gen=1, akid=record.akid, keys={"name": random(32)}, record=id,
    )  # fmt: skip
    world.plant(grant, mallory, record=id)


def a_stranger_at_an_update(world: World) -> Deed:
    id = world.write("contact", name="Ann")
    forged(world, id)
    return mallory_reads(world, lambda: update(world, id))


def a_stranger_when_it_is_encrypted_anew(world: World) -> Deed:
    id = world.write("contact")
    world.share("contact", world.clinic)
    closed = world.acme.client().revoke("contact", world.clinic.id).closed
    forged(world, id)
    return mallory_reads(world, lambda: world.acme.client().encrypt_anew("contact", above=closed))


def a_revoked_reader(world: World) -> Deed:
    """acme ends all that mallory had of the type; her grant of one record stays in the list."""
    id = world.write("contact")
    kept = granted(world, id)
    closed = world.acme.client().revoke("contact", world.mallory.id).closed
    world.plant(kept, world.mallory, record=id)
    return Deed(
        lambda: world.acme.client().encrypt_anew("contact", above=closed),
        lambda _: world.opened_singly(world.mallory.keys),
    )


def a_record_that_was_taken_back(world: World) -> Deed:
    """The record is shown as it was, too, so that the old grant fits it."""
    id = world.write("contact", name="Ann")
    first, kept = world.stored(id), granted(world, id)
    world.acme.client().revoke_records([id], world.mallory.id)
    put_back(world, first)
    GrantRow.objects.filter(record__pk=id).delete()  # what was made since does not fit it
    world.plant(kept, world.mallory, record=id)
    return mallory_reads(world, lambda: update(world, id))


def what_another_machine_took_back(world: World) -> Deed:
    """This one does not remember that; the old grant is of another key than the record."""
    id = world.write("contact", name="Ann")
    kept = granted(world, id)
    other = world.acme.on_another_machine(world.folder)
    other.knows(world.mallory)
    other.client().revoke_records([id], world.mallory.id)
    world.plant(kept, world.mallory, record=id)
    return mallory_reads(world, lambda: update(world, id))


def more_fields(world: World) -> Deed:
    id = world.write("contact", name="Ann", zip="1")
    kept = granted(world, id, "name")
    world.plant(replace(kept, fields=("name", "zip")), world.mallory, record=id)
    return mallory_reads(world, lambda: update(world, id, name="Ann", zip=world.canary))


def without_its_end(world: World) -> Deed:
    id = world.write("contact", name="Ann")
    kept = granted(world, id, until=date.today() + timedelta(days=1))
    world.plant(replace(kept, not_after=0), world.mallory, record=id)

    def won(_: object) -> bool:
        [grant] = [one for one in world.grants(world.mallory, "contact") if one.record]
        return world.stored(id).rev == 2 and grant.not_after == 0

    return Deed(lambda: update(world, id), won)


# --- What is encrypted anew ---------------------------------------------------------------


def under_the_key_that_she_has(world: World) -> Deed:
    """The generation that was closed is shown as open: acme is to take it for the new one."""
    world.share("contact", world.mallory)
    world.write("contact")
    key = world.key(world.mallory, "contact")
    closed = world.acme.client().revoke("contact", world.mallory.id).closed
    reopen(world, 1)
    return Deed(
        lambda: world.acme.client().encrypt_anew("contact", above=closed),
        lambda done: done is not None and world.opened_with(key),
    )


def what_was_replaced(world: World) -> Deed:
    """acme is to sign values anew that it replaced: listed at one revision, shown at another."""
    id = world.write("contact")
    old = world.stored(id)
    update(world, id, name="harmless")
    new = world.stored(id)
    world.share("contact", world.mallory)
    closed = world.acme.client().revoke("contact", world.mallory.id).closed
    put_back(world, old)

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if asked.method != "GET" or asked.path != "/records":
            return answer
        items = [item | {"record": new.to_wire()} for item in answer.json["items"]]
        return answer.telling(answer.json | {"items": items})

    world.server.lie = lie

    def won(done: object) -> bool:
        world.server.lie = lambda asked, pass_on: pass_on()
        return done is not None and world.acme.reads("contact") == [{"name": world.canary}]

    return Deed(lambda: world.acme.client().encrypt_anew("contact", above=closed), won)


ATTACKS: dict[str, Attack] = {
    "puts another record under an id that is granted": Attack(
        another_body, (VERIFY_RECORD, PLACE), "signature"
    ),
    "says that a record is of another type": Attack(
        a_record_of_another_type, (VERIFY_RECORD, PLACE), "signature"
    ),
    "has an older revision granted": Attack(values_that_were_replaced, (NOT_OLDER,), "rollback"),
    "has a stranger granted what is updated": Attack(
        a_stranger_at_an_update, (OWN_GRANTS,), "signature"
    ),
    "has a stranger granted what is encrypted anew": Attack(
        a_stranger_when_it_is_encrypted_anew, (OWN_GRANTS,), "signature"
    ),
    "keeps a revoked reader of one record": Attack(a_revoked_reader, (ENDED,), ""),
    "brings back a record that was taken back": Attack(a_record_that_was_taken_back, (ENDED,), ""),
    "brings back what another machine took back": Attack(
        what_another_machine_took_back, (OF_LAST,), ""
    ),
    "widens what is granted anew": Attack(more_fields, (OWN_GRANTS,), "signature"),
    "takes the end from what is granted anew": Attack(without_its_end, (OWN_GRANTS,), "signature"),
    "has it encrypted anew under a key that was closed": Attack(
        under_the_key_that_she_has, (NOT_REOPENED, LATER), "rollback"
    ),
    "has replaced values encrypted anew": Attack(what_was_replaced, (NOT_OLDER,), "rollback"),
}
