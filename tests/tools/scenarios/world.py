"""The people and keys of the vectors, all from fixed seeds."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from apps.envelope.encoding import b64, unb64
from apps.envelope.keys import NO_RECOVERY, Card, ClientKeys, make_card
from apps.envelope.primitives import H, KemKey, SigningKey, hpke_seal
from tests.envelope.operations import Json

KEPT = Path(__file__).parent.parent / "sealed_once.json"


def fixed(label: str) -> bytes:
    """Return 32 bytes that stand for randomness."""
    return H("vectors", label)


def uuid_like(label: str, version: str = "4") -> str:
    """Return an id that stays the same."""
    plain = fixed("id " + label).hex()
    return f"{plain[:8]}-{plain[8:12]}-{version}{plain[13:16]}-a{plain[17:20]}-{plain[20:32]}"


@dataclass(frozen=True)
class Person:
    """A client of the story, from its seed and, where it has a recovery key, from that one's."""

    name: str
    seed: bytes
    recovery_seed: bytes | None = None

    @cached_property
    def id(self) -> str:
        """Its client id."""
        return uuid_like(self.name)

    @cached_property
    def keys(self) -> ClientKeys:
        """All its keys."""
        return ClientKeys(self.seed)

    @cached_property
    def card(self) -> Card:
        """Its signed card."""
        return make_card(keys=self.keys, id=self.id, name=self.name, recovery=self.recovery_pk)

    @cached_property
    def recovery(self) -> SigningKey:
        """What may name its next card."""
        if self.recovery_seed is None:
            raise LookupError(f"{self.name} has no recovery key")
        return SigningKey(self.recovery_seed)

    @property
    def recovery_pk(self) -> bytes:
        """What its card says of that."""
        return self.recovery.public if self.recovery_seed else NO_RECOVERY

    @cached_property
    def wire(self) -> Json:
        """Its card as JSON."""
        return self.card.to_wire()


ACME = Person("acme", bytes(range(32)), fixed("recovery acme"))
MARKETING = Person("marketing", bytes(range(32, 64)))
CLINIC = Person("clinic", bytes(range(64, 96)), fixed("recovery clinic"))
MALLORY = Person("mallory", bytes(range(96, 128)), fixed("recovery mallory"))

FORM = uuid_like("form")
OTHER_FORM = uuid_like("other form")
RECORD = uuid_like("record")
OTHER_RECORD = uuid_like("other record")
ACCESS_KEY = fixed("access key")
OTHER_KEY = fixed("other key")
CONTACT_INBOX = fixed("contact inbox")
HEALTH_INBOX = fixed("health inbox")
OTHER_INBOX = fixed("other inbox")
NOW = 1_767_225_600  # 2026-01-01


def inbox_public(seed: bytes) -> bytes:
    """Return the public key of an inbox."""
    return KemKey(seed).public


class Seals:
    """HPKE seals that were made once: the library cannot be told its randomness.

    They are found again by the digest of (public key, message, info), so a
    scenario that does not change keeps its seal.
    """

    def __init__(self) -> None:
        self._kept: dict[str, str] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
        self._used: dict[str, str] = {}

    def start_again(self) -> None:
        """Forget which seals were asked for."""
        self._used.clear()

    def seal(self, public: bytes, message: bytes, info: bytes) -> bytes:
        """Return the one seal of this message to this key under this info."""
        name = H("sealed once", public, message, info).hex()
        if name not in self._kept:
            self._kept[name] = b64(hpke_seal(public, message, info))
        self._used[name] = self._kept[name]
        return unb64(self._kept[name])

    def text(self) -> str:
        """Return the file that keeps them, without those that nobody uses any more."""
        return json.dumps(self._used, indent=1, sort_keys=True) + "\n"


SEALS = Seals()


def altered(wire: Json, **changes: object) -> Json:
    """Return a wire object with some members replaced or added."""
    return wire | changes


def without(wire: Json, member: str) -> Json:
    """Return a wire object that lacks one member."""
    return {name: value for name, value in wire.items() if name != member}


def flipped(data: bytes, bit: int = 0) -> bytes:
    """Return the bytes with one bit turned, counted from the first byte's lowest."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
