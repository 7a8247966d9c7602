"""Cards: the server wants mallory's keys, or old ones that she stole, to count as today's."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from apps.client.acts import opening
from apps.client.trust import followed_cards, pins, verified_manifests
from apps.directory.models import Succession as Row
from apps.envelope import grants, successions
from apps.envelope.encoding import dump_json
from apps.envelope.grants import seal_grant
from apps.envelope.holders import Signer
from apps.envelope.keys import Card, ClientKeys, akid, make_card
from apps.envelope.manifests import Manifest, dump_manifest, parse_manifest, sign_manifest
from apps.envelope.primitives import random
from apps.envelope.primitives import verify as really_verify
from apps.envelope.records import new_access_key, seal_record
from apps.envelope.successions import NO_PAST, Succession, sign_succession
from apps.intake.models import Manifest as ManifestRow
from apps.vault.models import Generation
from tests.malicious.attacks import Attack, Deed, off
from tests.malicious.lying import Answer, Asked, PassOn
from tests.malicious.parties import Party, World

SIGNED = off(successions, "verify")
STEP = off(successions, "verify_succession", lambda step, card: step.card)
NEW_KEYS = off(successions, "_keys_of", lambda card: {random(32)})
COMPARED = off(followed_cards, "check_not_stolen")
SAME_LINE = off(followed_cards, "check_same_line")
IN_LINE = off(followed_cards, "check_has")
PINNED = off(pins, "pinned", lambda card, fingerprint: card)
STANDS = off(opening, "stands_for", lambda old, record, gen: True)
STANDS_FOR_MANIFEST = off(verified_manifests, "check_stands")
VERIFY_GRANT = off(grants, "verify_grant")


def _but_recovery(public: bytes, sig: bytes, message: bytes, what: str) -> None:
    if "recovery" not in what:
        really_verify(public, sig, message, what)


BY_RECOVERY = off(successions, "verify", _but_recovery)


def card_of(party: Party, keys: ClientKeys, recovery: bytes | None = None) -> Card:
    """A card of the party under these keys; its recovery key stays unless another is named."""
    name = party.card.name
    public = recovery or party.card.recovery
    return make_card(keys=keys, id=party.id, name=name, recovery=public)


def claimed(world: World, party: Party, step: Succession) -> None:
    """Let the server say that this is how the party's cards went on."""
    row = party.row
    Row.objects.filter(client=row, number=step.number).delete()
    Row.objects.create(
        client=row, number=step.number, old_card=dump_json(party.card.to_wire()),
        body=step.raw, past=dump_json(NO_PAST.to_wire()), compromised=step.compromised,
    )  # fmt: skip
    row.go_on_under(step.card)


def step_to(
    party: Party,
    keys: ClientKeys,
    *,
    old: Signer | None,
    recovery: Signer,
    number: int = 1,
    fingerprint: bytes = b"",
    card: Card | None = None,
) -> Succession:
    """A step of the party's to a card of these keys, signed by whoever signs it."""
    bare = Succession(
        client=party.id,
        number=number,
        fingerprint=fingerprint or party.card.fingerprint,
        card=card or card_of(party, keys),
        compromised=old is None,
        past=NO_PAST.digest,
    )
    return sign_succession(bare, old=old, next=keys, recovery=recovery)


def mallory_reads(world: World, keys: ClientKeys | None = None) -> Deed:
    """acme writes the canary; she wins if what was granted opens it."""
    opens = keys or world.mallory.keys
    return Deed(lambda: world.write("contact"), lambda _: world.opened_by(opens))


def a_forged_step(world: World) -> Deed:
    """Nobody but mallory signed that marketing goes on under her keys."""
    world.share("contact", world.marketing)
    keys = world.mallory.keys
    claimed(world, world.marketing, step_to(world.marketing, keys, old=keys, recovery=keys))
    return mallory_reads(world)


def a_thief_who_rotates_first(world: World) -> Deed:
    """mallory stole marketing's credentials file, which has no recovery key in it."""
    marketing, keys = world.marketing, world.mallory.keys
    world.share("contact", marketing)
    step = step_to(marketing, keys, old=marketing.keys, recovery=marketing.keys)
    claimed(world, marketing, step)
    return mallory_reads(world)


def anothers_step(world: World) -> Deed:
    """mallory's own rotation, in the place of one of marketing's."""
    mallory = world.mallory
    world.share("contact", world.marketing)
    mallory.rotate()

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("GET", start=f"/clients/{world.marketing.id}"):
            return answer
        step = Row.objects.get(client=mallory.row)
        told = {"card": mallory.card.to_wire(), "successions": [step.signed().to_wire()]}
        return answer.telling(answer.json | {"first": world.marketing.card.to_wire(), **told})

    world.server.lie = lie
    return mallory_reads(world)


def a_thief_of_the_paper(world: World) -> Deed:
    """mallory found marketing's recovery sheet, and says that its keys were stolen."""
    marketing, keys = world.marketing, world.mallory.keys
    world.share("contact", marketing)
    claimed(world, marketing, step_to(marketing, keys, old=None, recovery=marketing.recovery))
    return mallory_reads(world)


def a_way_back(world: World) -> Deed:
    """marketing gave up keys that mallory has; the server says it took them again."""
    marketing = world.marketing
    world.share("contact", marketing)
    first = marketing.card
    stolen = marketing.rotate(compromised=True)
    world.acme.client().pin(marketing.id, marketing.fingerprint)
    world.write("contact", name="first")
    forged = step_to(marketing, stolen, old=stolen, recovery=stolen, number=2, card=first)
    claimed(world, marketing, forged)
    return mallory_reads(world, stolen)


def a_fork(world: World) -> Deed:
    """mallory has marketing's recovery secret too, and comes after acme has followed."""
    marketing = world.marketing
    world.share("contact", marketing)
    first, old = marketing.card, marketing.keys
    marketing.rotate()
    world.write("contact", name="first")
    keys = world.mallory.keys
    other = step_to(
        marketing, keys, old=old, recovery=marketing.recovery, fingerprint=first.fingerprint
    )
    marketing.row.successions.all().delete()
    row = marketing.row
    row.go_on_under(first)
    Row.objects.create(
        client=row, number=1, old_card=dump_json(first.to_wire()), body=other.raw,
        past=dump_json(NO_PAST.to_wire()), compromised=False,
    )  # fmt: skip
    row.go_on_under(other.card)
    return shared_again(world, world.mallory.keys)


def shared_again(world: World, keys: ClientKeys) -> Deed:
    """acme shares with marketing once more, and writes; whoever has these keys wins."""

    def act() -> None:
        world.acme.client().share("contact", world.marketing.id)
        world.write("contact")

    return Deed(act, lambda _: world.opened_by(keys))


def a_line_that_was_cut(world: World) -> Deed:
    """The server takes back the step by which marketing gave up keys that mallory has."""
    marketing = world.marketing
    world.share("contact", marketing)
    first = marketing.card
    stolen = marketing.rotate(compromised=True)
    world.acme.client().pin(marketing.id, marketing.fingerprint)
    world.write("contact", name="first")
    row = marketing.row
    row.successions.all().delete()
    row.go_on_under(first)
    return shared_again(world, stolen)


def a_record_by_an_old_key(world: World) -> Deed:
    """mallory reads acme's type, and stole the keys that acme has given up since."""
    world.share("contact", world.marketing)
    world.share("contact", world.mallory)
    world.write("contact", name="first")
    stolen = world.acme.rotate(compromised=True)
    for reader in (world.mallory, world.marketing):
        reader.client().pin(world.acme.id, world.acme.fingerprint)
    grant = world.grants(world.mallory, "contact")[-1]
    key = world.key(world.mallory, "contact")
    assert akid(key) == grant.akid
    record = seal_record(
        keys=stolen, writer=world.acme.id, id=str(uuid4()), type="contact", rev=1,
        access_key=key, values={"name": world.canary},
    )  # fmt: skip
    world.insert(record)

    def act() -> list[dict[str, Any]]:
        return world.marketing.reads("contact")

    def won(read: list[dict[str, Any]] | None) -> bool:
        return {"name": world.canary} in (read or [])

    return Deed(act, won)


def a_manifest_by_an_old_key(world: World) -> Deed:
    """The keys that acme has given up sign a further version of its form."""
    form, manifest = world.published()
    world.share("account", world.marketing, form=form.slug)
    first = world.acme.card
    stolen = world.acme.rotate(compromised=True)
    world.marketing.client().pin(world.acme.id, world.acme.fingerprint)
    world.marketing.reads("account")
    forged = parse_manifest(dump_manifest(replace(manifest, version=9, title="Forged", raw=b"")))
    signed, sig = sign_manifest(forged, stolen)
    ManifestRow.objects.create(
        form=form, version=9, hash=signed.hash, text=signed.raw.decode(), sig=sig,
        card=dump_json(first.to_wire()), expires=signed.expires,
    )  # fmt: skip

    def act() -> Manifest:
        return verified_manifests.latest(world.marketing.client().session, str(form.id))

    return Deed(act, lambda found: found is not None and found.title == "Forged")


def a_generation_by_an_old_key(world: World) -> Deed:
    """The keys that acme has given up grant acme a key of mallory's."""
    acme = world.acme
    world.write("contact", name="first")
    stolen = acme.rotate(compromised=True)
    key = new_access_key()
    forged = seal_grant(
        granter=stolen, reader=acme.card, writer=acme.id, type="contact", gen=3,
        akid=akid(key), keys={"*": key},
    )  # fmt: skip
    Generation.objects.filter(stream=world.stream("contact")).update(closed=acme.row.created)
    world.plant(forged, acme)
    return Deed(lambda: world.write("contact"), lambda _: world.opened_with(key))


ATTACKS: dict[str, Attack] = {
    "forges a succession": Attack(a_forged_step, (SIGNED,), "signature"),
    "helps a thief of the credentials file to rotate first": Attack(
        a_thief_who_rotates_first, (BY_RECOVERY,), "signature"
    ),
    "says that a client's keys were stolen": Attack(
        a_thief_of_the_paper, (COMPARED,), "compromised"
    ),
    "replays another client's succession": Attack(anothers_step, (STEP,), "mismatch"),
    "loops back to stolen keys": Attack(a_way_back, (SIGNED, NEW_KEYS), "signature"),
    "forks a client's cards": Attack(a_fork, (SAME_LINE, IN_LINE), "fork"),
    "cuts a client's cards short": Attack(a_line_that_was_cut, (SAME_LINE, PINNED), "rollback"),
    "shows a new record by an old key": Attack(a_record_by_an_old_key, (STANDS,), "signature"),
    "shows a new manifest by an old key": Attack(
        a_manifest_by_an_old_key, (STANDS_FOR_MANIFEST,), "fingerprint"
    ),
    "opens a generation by an old key": Attack(
        a_generation_by_an_old_key, (VERIFY_GRANT,), "signature"
    ),
}
