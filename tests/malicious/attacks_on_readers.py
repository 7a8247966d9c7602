"""Readers: the server wants acme to grant mallory the next key, or to seal it to her."""

from dataclasses import replace
from datetime import date, timedelta
from time import time

from apps.client.acts import sharing
from apps.client.session import Session, Stream
from apps.client.trust import pins, rotation, succeeded
from apps.envelope import keys
from apps.envelope.grants import Grant, seal_grant
from apps.envelope.keys import make_card
from apps.envelope.primitives import random
from tests.malicious.attacks import Attack, Deed, off
from tests.malicious.lying import Answer, Asked, PassOn
from tests.malicious.parties import Party, World

PINNED = off(pins, "pinned", lambda card, fingerprint: card)
OWN_GRANTS = off(rotation, "check_own")
REVOKED = off(rotation, "is_revoked", lambda session, stream, reader: False)
TIME_IS_OVER = off(succeeded, "whose_time_is_over", lambda session, last, memory: set())
NOT_SHORTER = off(sharing, "check_not_shorter")
CARD_SIGNED = off(keys, "verify")
DAY = 24 * 3600
_may_be_regranted = rotation.may_be_regranted


def _of_any_generation(session: Session, stream: Stream, grant: Grant, last: int) -> bool:
    return _may_be_regranted(session, stream, grant, grant.gen)


LAST_GENERATION = off(rotation, "may_be_regranted", _of_any_generation)


def mallory_reads(world: World) -> Deed:
    """acme writes the canary; mallory wins if what she was granted opens it."""
    return Deed(lambda: world.write("contact"), lambda _: world.opened_by(world.mallory.keys))


def take_the_place_of(world: World, party: Party) -> None:
    """Put mallory's keys under another party's id, wherever the server keeps them."""
    card = make_card(keys=world.mallory.keys, id=party.id, name="marketing")
    row = party.row
    row.kem_pk, row.sig_pk, row.recovery = card.kem_pk, card.sig_pk, card.recovery
    row.card_sig = card.sig
    row.save()


def a_new_readers_card(world: World) -> Deed:
    take_the_place_of(world, world.marketing)

    def act() -> None:
        marketing = world.marketing
        world.acme.client().share(
            "contact", marketing.id, fingerprint=marketing.fingerprint, allow_empty=True
        )
        world.write("contact")

    return Deed(act, lambda _: world.opened_by(world.mallory.keys))


def a_remaining_readers_card(world: World) -> Deed:
    world.share("contact", world.marketing)
    world.share("contact", world.clinic)
    take_the_place_of(world, world.marketing)
    world.acme.client().revoke("contact", world.clinic.id)
    return mallory_reads(world)


def a_readers_name(world: World) -> Deed:
    """The name is not in the fingerprint; the card's own signature covers it."""

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("GET", start=f"/clients/{world.marketing.id}"):
            return answer
        renamed = answer.json["card"] | {"name": "Your bank"}
        return answer.telling(answer.json | {"card": renamed})

    world.server.lie = lie
    marketing = world.marketing
    return Deed(
        lambda: world.acme.client().share(
            "contact", marketing.id, fingerprint=marketing.fingerprint, allow_empty=True
        ),
        lambda shared: shared is not None and shared.reader.name == "Your bank",
    )


def an_injected_reader(world: World) -> Deed:
    """acme knows mallory, and shares another type with her."""
    world.share("news", world.mallory)
    world.share("contact", world.marketing)
    world.share("contact", world.clinic)
    [true] = world.grants(world.marketing, "contact")
    mallory = world.mallory
    forged = seal_grant(
        granter=mallory.keys, reader=mallory.card, writer=world.acme.id, type="contact",
        gen=1, akid=true.akid, keys={"*": random(32)},
    )  # fmt: skip
    world.plant(forged, mallory)
    world.acme.client().revoke("contact", world.clinic.id)
    return mallory_reads(world)


def a_reader_for_new_keys(world: World) -> Deed:
    """acme goes on under new keys, and grants all that it shares anew."""
    world.share("news", world.mallory)
    world.share("contact", world.marketing)
    [true] = world.grants(world.marketing, "contact")
    mallory = world.mallory
    forged = seal_grant(
        granter=mallory.keys, reader=mallory.card, writer=world.acme.id, type="contact",
        gen=1, akid=true.akid, keys={"*": random(32)},
    )  # fmt: skip
    world.plant(forged, mallory)

    def act() -> None:
        world.acme.rotate()
        world.write("contact")

    return Deed(act, lambda _: world.opened_by(mallory.keys))


def a_relabelled_reader(world: World) -> Deed:
    """acme's own grant of another type, its label changed."""
    world.share("news", world.mallory)
    world.share("contact", world.clinic)
    [news] = world.grants(world.mallory, "news")
    [contact] = world.grants(world.clinic, "contact")
    world.plant(replace(news, type="contact", akid=contact.akid), world.mallory)
    world.acme.client().revoke("contact", world.clinic.id)
    return mallory_reads(world)


def a_revoked_reader(world: World) -> Deed:
    """Her grant stays in the list from which acme would grant the next generation."""
    world.share("contact", world.mallory)
    [kept] = world.grants(world.mallory, "contact")
    world.acme.client().revoke("contact", world.mallory.id)
    world.plant(kept, world.mallory)
    return mallory_reads(world)


def a_reader_of_long_ago(world: World) -> Deed:
    """Revoked on acme's other machine, so that this one does not remember."""
    world.share("contact", world.mallory)
    world.share("contact", world.clinic)
    [kept] = world.grants(world.mallory, "contact")
    other = world.acme.on_another_machine(world.folder)
    other.knows(world.clinic)
    other.client().revoke("contact", world.mallory.id)
    other.client().write("contact", {"name": "first"})
    world.plant(kept, world.mallory)
    world.acme.client().revoke("contact", world.clinic.id)
    return mallory_reads(world)


def an_end_that_was_changed(world: World) -> Deed:
    """acme gives mallory's access an end; the server still shows the grant without one."""
    world.share("contact", world.mallory)
    world.share("contact", world.clinic)
    [endless] = world.grants(world.mallory, "contact")

    def act() -> None:
        client, tomorrow = world.acme.client(), date.today() + timedelta(days=1)
        client.share("contact", world.mallory.id, until=tomorrow)
        world.plant(endless, world.mallory)
        client.revoke("contact", world.clinic.id)
        world.write("contact")

    def won(_: None) -> bool:
        grants = world.grants(world.mallory, "contact")
        return grants[-1].gen == 2 and grants[-1].not_after == 0

    return Deed(act, won)


def a_reader_whose_time_is_over(world: World) -> Deed:
    """She has the key in force, and the server's help or its database."""
    world.share("contact", world.mallory, until=date.today() + timedelta(days=1))

    def act() -> None:
        client = world.acme.client()
        client.session.now = lambda: int(time()) + 10 * DAY
        client.write("contact", {"name": world.canary})

    return Deed(act, lambda _: world.opened_by(world.mallory.keys))


def a_hidden_reader_whose_time_is_over(world: World) -> Deed:
    """The server lists no grant of hers, so that nothing tells acme of it but its memory."""

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("GET", start="/grants"):
            return answer
        items = [one for one in answer.json["items"] if one["grant"]["reader"] != world.mallory.id]
        return answer.telling(answer.json | {"items": items})

    deed = a_reader_whose_time_is_over(world)
    world.server.lie = lie
    return deed


ATTACKS: dict[str, Attack] = {
    "substitutes a new reader's card": Attack(a_new_readers_card, (PINNED,), "fingerprint"),
    "substitutes a remaining reader's card": Attack(
        a_remaining_readers_card, (PINNED,), "fingerprint"
    ),
    "renames a reader": Attack(a_readers_name, (CARD_SIGNED,), "signature"),
    "injects a reader": Attack(an_injected_reader, (OWN_GRANTS,), "signature"),
    "injects a reader into a rotation": Attack(a_reader_for_new_keys, (OWN_GRANTS,), "signature"),
    "relabels a reader's grant": Attack(a_relabelled_reader, (OWN_GRANTS,), "signature"),
    "keeps a revoked reader": Attack(a_revoked_reader, (REVOKED,), "", "was revoked"),
    "brings back a grant without an end": Attack(
        an_end_that_was_changed, (NOT_SHORTER,), "UsageError"
    ),
    "keeps a reader whose time is over": Attack(a_reader_whose_time_is_over, (TIME_IS_OVER,), ""),
    "hides a reader whose time is over": Attack(
        a_hidden_reader_whose_time_is_over, (TIME_IS_OVER,), ""
    ),
    "brings back a reader of long ago": Attack(a_reader_of_long_ago, (LAST_GENERATION,), ""),
}
