"""Generations: the server wants new records under a key that mallory has."""

from django.utils import timezone

from apps.client.trust import generations, keyring, rotation
from apps.envelope.grants import inbox_id, seal_grant
from apps.envelope.keys import akid
from apps.envelope.manifests import Manifest
from apps.envelope.primitives import KemKey, random
from apps.envelope.records import new_access_key
from apps.vault.models import Generation
from tests.malicious.attacks import VERIFY_GRANT, Attack, Deed, off
from tests.malicious.lying import Answer, Asked, PassOn
from tests.malicious.parties import World

NOT_ROLLED_BACK = off(generations, "check_not_rolled_back")
NOT_REOPENED = off(generations, "check_not_reopened")
OWN_GRANTS = off(rotation, "check_own")
SERVED = off(keyring, "check_served")


def a_forged_self_grant(world: World) -> Deed:
    """HPKE authenticates nobody: anyone can seal a key to acme."""
    key, acme = new_access_key(), world.acme
    grant = seal_grant(
        granter=world.mallory.keys, reader=acme.card, writer=acme.id, type="contact",
        gen=1, akid=akid(key), keys={"*": key},
    )  # fmt: skip
    world.plant(grant, acme)
    return Deed(lambda: world.write("contact"), lambda _: world.opened_with(key))


def a_forged_inbox_grant(world: World) -> Deed:
    form, seed = world.drafted(), random(32)
    public = KemKey(seed).public
    grant = seal_grant(
        granter=world.mallory.keys, reader=world.acme.card, writer=form.writer, type="account",
        gen=1, akid=inbox_id(public), keys={"@": seed},
    )  # fmt: skip
    world.plant(grant, world.acme)

    def won(published: tuple[object, Manifest] | None) -> bool:
        return published is not None and published[1].inbox("account").public == public

    return Deed(lambda: world.published(form), won)


def another_key_of_the_generation(world: World) -> Deed:
    """acme's first try to open generation 1 was refused, and kept: mallory has that key."""
    world.write("contact", name="first")
    key, acme = new_access_key(), world.acme
    kept = seal_grant(
        granter=acme.keys, reader=acme.card, writer=acme.id, type="contact",
        gen=1, akid=akid(key), keys={"*": key},
    )  # fmt: skip
    Generation.objects.filter(stream=world.stream("contact")).update(akid=akid(key))
    world.plant(kept, acme)
    return Deed(lambda: world.write("contact"), lambda _: world.opened_with(key))


def no_grants(world: World) -> Deed:
    """acme is to take an empty answer for all there is, and to replace what it has by it."""
    world.write("contact")

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("GET", start="/grants"):
            return answer
        return answer.telling(answer.json | {"items": []})

    world.server.lie = lie
    read = world.acme.client().query
    return Deed(lambda: list(read("contact", allow_empty=True)), lambda shown: shown == [])


def reopen(world: World, number: int) -> None:
    all_of_them = Generation.objects.filter(stream=world.stream("contact"))
    all_of_them.update(closed=timezone.now())
    all_of_them.filter(number=number).update(closed=None)


def an_old_generation(world: World) -> Deed:
    world.share("contact", world.mallory)
    key = world.key(world.mallory, "contact")
    world.acme.client().revoke("contact", world.mallory.id)
    world.write("contact", name="first")
    reopen(world, 1)

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("GET", start="/generations"):
            return answer
        return answer.telling({"generations": answer.json["generations"][:1]})

    world.server.lie = lie
    return Deed(lambda: world.write("contact"), lambda _: world.opened_with(key))


def a_closed_generation(world: World) -> Deed:
    world.share("contact", world.mallory)
    key = world.key(world.mallory, "contact")
    world.acme.client().revoke("contact", world.mallory.id)
    reopen(world, 1)
    return Deed(lambda: world.write("contact"), lambda _: world.opened_with(key))


ATTACKS: dict[str, Attack] = {
    "forges a self-grant": Attack(a_forged_self_grant, (VERIFY_GRANT, OWN_GRANTS), "signature"),
    "forges an inbox": Attack(a_forged_inbox_grant, (VERIFY_GRANT, OWN_GRANTS), "signature"),
    "names another key of the generation": Attack(
        another_key_of_the_generation, (NOT_ROLLED_BACK, SERVED), "rollback"
    ),
    "withholds the grants of a stream": Attack(no_grants, (SERVED,), "rollback"),
    "replays an old generation": Attack(
        an_old_generation, (NOT_ROLLED_BACK, NOT_REOPENED), "rollback"
    ),
    "reopens a closed generation": Attack(a_closed_generation, (NOT_REOPENED,), "rollback"),
}
