"""Copies of key files: the server hands out another one than was left with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from apps.client import credentials, slots
from apps.client.acts import key_slots, server_copies
from apps.client.client import Client
from apps.client.credentials import Credentials
from apps.client.slots import Recovery, Way
from apps.client.state import State, dump_state
from apps.client.trust.unconfirmed import Unconfirmed
from apps.client.unlocking import Unlock
from apps.directory.models import KeyFileCopy
from apps.envelope import key_copies, key_files, passphrases
from apps.envelope.encoding import b64
from apps.envelope.errors import EnvelopeError
from apps.envelope.key_copies import fetch_digest, seal_memory
from apps.envelope.key_files import KeyFile, Secrets, open_key_file, seal_key_file
from apps.envelope.keys import make_card
from apps.envelope.passphrases import LEAST_MEMORY, LEAST_PASSES, Cost
from apps.envelope.primitives import KEY, random
from config import inprocess
from tests.malicious.attacks import Attack, Deed, off
from tests.malicious.parties import World

WORDS = "rely kilowatt endearing spyglass unwashed purse"
CHEAP = Cost(LEAST_MEMORY, LEAST_PASSES)
MADE_WITH = Cost(LEAST_MEMORY, LEAST_PASSES + 1)
BOMB = 2**40
NEXT_TO_NOTHING = 8
MADE = 1_700_000_000_000
NOT_BOUND = off(KeyFile, "context", property(lambda self: b""))
MEMORY_NOT_BOUND = off(key_copies, "ctx", lambda label, *_: label.encode())


class Kept:
    """acme's key file as it left it with the server, and the sheet in acme's drawer."""

    def __init__(self, world: World) -> None:
        self.world, acme = world, world.acme
        self.sheet: Recovery = slots.recovery()
        card = make_card(keys=acme.keys, id=acme.id, name="acme", recovery=self.sheet.public)
        self.secrets = replace(acme.credentials.secrets, fetch=random(KEY))
        self.words = slots.passphrase(WORDS, generated=True, cost=MADE_WITH)
        ways = [self.words.slot, self.sheet.slot(card)]
        self.file = seal_key_file(card, serial=5, slots=ways, secrets=self.secrets)

    def serve(self, file: KeyFile, memory: bytes = b"") -> None:
        """Let the server hand out this file for acme's."""
        fetch = fetch_digest(self.secrets.fetch)
        KeyFileCopy.objects.create(
            client=self.world.acme.row,
            serial=file.serial,
            made=MADE,
            file=file.raw,
            memory=memory,
            fetch=fetch,
        )

    def fetched(self) -> server_copies.Copy:
        return server_copies.fetch(
            client_id=self.world.acme.id,
            code=self.secrets.fetch,
            api_url="",
            transport=inprocess.transport(),
        )

    def restored(self, *, without_memory: bool = True) -> Credentials:
        """What acme does with the sheet on a new machine."""
        path = self.world.folder / f"restored-{random(4).hex()}.json"
        way: Way = slots.plain("new machine")
        return key_slots.restore(
            self.fetched(),
            [" ".join(self.sheet.code)],
            path=path,
            way=way,
            without_memory=without_memory,
        )

    def memory(self, state: State, serial: int = 5) -> bytes:
        return seal_memory(
            self.secrets.state, dump_state(state), client_id=self.file.id, serial=serial, made=MADE
        )


def a_file_of_its_own(world: World) -> Deed:
    """Whole and sound, sealed to the public keys that stand in acme's: with mallory's seeds."""
    kept, keys = Kept(world), world.mallory.keys
    secrets = Secrets(
        seeds=(keys.seed,), ids=(keys.ids,), state=keys.state, fetch=kept.secrets.fetch,
        api_key=kept.secrets.api_key,
    )  # fmt: skip
    card = make_card(keys=keys, id=kept.file.id, name="acme", recovery=kept.sheet.public)
    kept.serve(seal_key_file(card, serial=6, slots=kept.file.slots, secrets=secrets))
    return Deed(kept.restored, lambda found: found and found.keys.seed == keys.seed)


def a_slot_of_its_own(world: World) -> Deed:
    """acme is to seal the next file key to it."""
    kept, intruder = Kept(world), slots.plain("nothing")
    planted = replace(intruder.slot, kind="openbao", params={"key": "k"}, sealed=bytes(1168))
    kept.serve(replace(kept.file, slots=(*kept.file.slots, planted)))

    def won(found: Credentials | None) -> bool:
        return found is not None and opens(found.file, planted.id, intruder.secret)

    return Deed(kept.restored, won)


def opens(file: KeyFile, slot: str, secret: bytes) -> bool:
    try:
        open_key_file(file, file.slot(slot), secret)
    except EnvelopeError:
        return False
    return True


def a_slot_less(world: World) -> Deed:
    kept = Kept(world)
    kept.serve(replace(kept.file, slots=kept.file.slots[1:]))

    def won(found: Credentials | None) -> bool:
        return found is not None and kept.words.slot.id not in {s.id for s in found.file.slots}

    return Deed(kept.restored, won)


def another_serial(world: World) -> Deed:
    """An older file under the number that stands on the newest sheet."""
    kept = Kept(world)
    kept.serve(replace(kept.file, serial=9))
    return Deed(kept.restored, lambda found: found and found.file.serial == 9)


def an_older_file(world: World) -> Deed:
    """Older than what acme changed since: it is sound, and acme is to write under it."""
    kept = Kept(world)
    kept.serve(kept.file)

    def act() -> bytes:
        client = Client(kept.restored(), transport=inprocess.transport())
        return client.session.keys.sign(b"a record, a grant, a manifest")

    return Deed(act, bool)


def somebody_elses(world: World) -> Deed:
    """mallory's own file, which is to be taken for acme's and given back as such."""
    kept = Kept(world)
    sheet, keys = slots.recovery(), world.mallory.keys
    card = make_card(keys=keys, id=world.mallory.id, name="acme", recovery=sheet.public)
    secrets = Secrets((keys.seed,), (keys.ids,), keys.state, random(KEY))
    kept.serve(seal_key_file(card, serial=6, slots=[sheet.slot(card)], secrets=secrets))
    return Deed(kept.fetched, lambda found: found and found.file.id == world.mallory.id)


def a_file_that_it_opens(kept: Kept, way: Way) -> KeyFile:
    """Whole and sound, under acme's id and name, with mallory's keys and mallory's slot."""
    keys = kept.world.mallory.keys
    card = make_card(keys=keys, id=kept.file.id, name="acme", recovery=kept.sheet.public)
    secrets = Secrets((keys.seed,), (keys.ids,), keys.state, random(KEY))
    return seal_key_file(card, serial=6, slots=[way.slot], secrets=secrets)


def a_file_that_needs_nobody(world: World) -> Deed:
    kept = Kept(world)
    kept.serve(a_file_that_it_opens(kept, slots.plain()))
    return Deed(kept.fetched, lambda copy: copy and copy.file.slots[0].kind == "plain")


def a_file_to_be_used_as_it_is(world: World) -> Deed:
    """acme fetches what it takes for its keys, and works with them; mallory told it the words."""
    kept = Kept(world)
    kept.serve(a_file_that_it_opens(kept, slots.passphrase(WORDS, generated=True, cost=CHEAP)))

    def act() -> Credentials:
        path = world.folder / f"fetched-{random(4).hex()}.json"
        server_copies.write_copy(path, kept.fetched())
        return credentials.from_file(path, Unlock(WORDS))

    return Deed(act, lambda found: found and found.keys.seed == world.mallory.keys.seed)


def no_memory(world: World) -> Deed:
    """What acme remembered is left out: whom it revoked, and whose fingerprints it knows."""
    kept = Kept(world)
    kept.serve(kept.file)
    return Deed(lambda: kept.restored(without_memory=False), lambda found: found is not None)


def guessed_at(kept: Kept, memory: int) -> Callable[[], list[int]]:
    """acme types its words for a file that asks for so much memory (KiB).

    What comes of it is what Argon2id was asked for, if it was.
    """
    asked: list[int] = []

    def argon2id(passphrase: bytes, salt: bytes, memory: int, passes: int) -> bytes:
        asked.append(memory)
        return bytes(KEY)

    kept.serve(costing(kept, salt=b64(bytes(16)), memory=memory))

    def act() -> list[int]:
        patch = pytest.MonkeyPatch()
        patch.setattr(passphrases, "argon2id", argon2id)
        try:
            copy = kept.fetched()
            path = kept.world.folder / f"typed-{random(4).hex()}.json"
            credentials.write(path, copy.file)
            try:
                credentials.from_file(path, Unlock(WORDS))
            except Exception:  # what comes of it is not the question
                return asked
        finally:
            patch.undo()
        return asked

    return act


def costing(kept: Kept, **params: Any) -> KeyFile:
    """acme's file, in which something else stands of what a guess at its words costs."""
    first, *rest = kept.file.slots
    return replace(kept.file, slots=(replace(first, params={**first.params, **params}), *rest))


def a_bomb(world: World) -> Deed:
    """A terabyte of memory for one guess."""
    return Deed(guessed_at(Kept(world), BOMB), bool)


def a_guess_for_nothing(world: World) -> Deed:
    """So little that whoever sees what comes of it tries all passphrases."""
    return Deed(guessed_at(Kept(world), NEXT_TO_NOTHING), bool)


def a_cheaper_guess(world: World) -> Deed:
    """Within the bounds, and less than acme chose: it is to go on with that."""
    kept = Kept(world)
    kept.serve(costing(kept, passes=CHEAP.passes))

    def won(found: Credentials | None) -> bool:
        return found is not None and found.file.slots[0].params["passes"] < MADE_WITH.passes

    return Deed(kept.restored, won)


def older_memory(world: World) -> Deed:
    """What acme remembered before it revoked mallory, beside the newest file."""
    kept = Kept(world)
    before = State(pins={world.mallory.id: bytes(32)})
    kept.serve(kept.file, kept.memory(before, serial=4))

    def act() -> State:
        found = kept.restored()
        return Client(found, transport=inprocess.transport()).session.state.load()

    return Deed(act, lambda state: state and world.mallory.id in state.pins)


def confirmed(self: Unconfirmed, message: bytes) -> bytes:
    """Sign without asking anybody."""
    signer: Any = self._keys
    signature: bytes = signer.sign(message)
    return signature


WITHOUT_COST = (
    *off(key_files, "check_cost", lambda cost: cost),
    *off(passphrases, "check_cost", lambda cost: cost),
)

ATTACKS: dict[str, Attack] = {
    "makes a file of its own from public keys": Attack(
        a_file_of_its_own, (off(key_files, "open_signer"),), "CredentialsError"
    ),
    "slips in a slot of its own": Attack(a_slot_of_its_own, (NOT_BOUND,), "CredentialsError"),
    "drops a slot": Attack(a_slot_less, (NOT_BOUND,), "CredentialsError"),
    "numbers an old file anew": Attack(another_serial, (NOT_BOUND,), "CredentialsError"),
    "hands out an older file": Attack(
        an_older_file, (off(Unconfirmed, "sign", confirmed),), "UsageError"
    ),
    "hands out somebody else's file": Attack(
        somebody_elses, (off(server_copies, "check_is_of"),), "mismatch"
    ),
    "asks for a terabyte of memory": Attack(a_bomb, (WITHOUT_COST,), "limit"),
    "makes a passphrase cheap to guess": Attack(a_guess_for_nothing, (WITHOUT_COST,), "limit"),
    "lowers what a passphrase costs": Attack(a_cheaper_guess, (NOT_BOUND,), "CredentialsError"),
    "hands out a file that needs nobody": Attack(
        a_file_that_needs_nobody,
        (off(server_copies, "for_a_server", lambda file: file),),
        "mismatch",
    ),
    "hands out a file of its own, to be used as it is": Attack(
        a_file_to_be_used_as_it_is,
        (off(server_copies, "dump_copy", lambda copy: copy.file.raw),),
        "CredentialsError",
    ),
    "leaves out the memory": Attack(no_memory, (off(key_slots, "check_memory"),), "UsageError"),
    "hands out older memory": Attack(older_memory, (MEMORY_NOT_BOUND,), "open"),
}
