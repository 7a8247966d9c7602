"""Client keys, cards and fingerprints; access, column and split keys (docs/protocol.md §4)."""

from base64 import b32decode, b32encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from .encoding import VERSION, b64, ctx
from .errors import FingerprintError, MalformedError
from .holders import Holder
from .primitives import (
    KEM_PK,
    KEY,
    SIG,
    SIG_PK,
    H,
    KemKey,
    Keyed,
    SigningKey,
    expand,
    expansion,
    kem_public,
    mac,
    random,
    same,
    verify,
)
from .seen import pasted
from .shapes import Object, Octets, Uuid, Visible

FINGERPRINT_CHARACTERS = 52
NO_RECOVERY = bytes(SIG_PK)
CLIENT_NAME = Visible("a client name", 64)
CARD = Object(
    "card",
    {
        "id": Uuid("client id"),
        "name": CLIENT_NAME,
        "kem_pk": Octets(KEM_PK),
        "sig_pk": Octets(SIG_PK),
        "recovery": Octets(SIG_PK),
        "sig": Octets(SIG),
    },
)


class ClientKeys:
    """Everything that a client derives from its 32-byte seed: a Holder with bytes in memory.

    ``kem`` opens what is sealed to the client, ``sig`` signs, ``state`` (32 bytes)
    authenticates its local state file, ``ids`` (32 bytes) makes split record ids: these two
    are kept where the seed is followed by another, and handed in then, as the ids keys of before a
    theft are, the newest first.
    """

    def __init__(
        self, seed: bytes, *, state: bytes = b"", ids: bytes = b"", former_ids: Sequence[bytes] = ()
    ) -> None:
        if len(seed) != KEY:
            raise MalformedError("a client seed has 32 bytes")
        self.seed = seed
        self.kem = KemKey(expand(seed, "kem"))
        self.sig = SigningKey(expand(seed, "sig"))
        self.state = state or expand(seed, "state")
        self.ids = ids or expand(seed, "ids")
        self._former_ids = tuple(former_ids)

    @classmethod
    def generate(cls) -> "ClientKeys":
        """Return keys grown from a fresh random seed."""
        return cls(random(KEY))

    @property
    def kem_pk(self) -> bytes:
        """What is sealed to the client, 1216 bytes."""
        return self.kem.public

    @property
    def sig_pk(self) -> bytes:
        """What its signatures are checked with, 32 bytes."""
        return self.sig.public

    def sign(self, message: bytes) -> bytes:
        """Return the signature over ``message``, 64 bytes."""
        return self.sig.sign(message)

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Open what was sealed to the client; raises OpenError."""
        return self.kem.open(sealed, info)

    def split_id(self, source: str, target_type: str) -> str:
        """Return the id of what a record becomes in another type; see ``split_id``."""
        return split_id(self.ids, source, target_type)

    def former_split_ids(self, source: str, target_type: str) -> list[str]:
        """Return the ids that the same had under earlier ids keys, the newest first."""
        return [split_id(key, source, target_type) for key in self._former_ids]

    def __repr__(self) -> str:
        return "<ClientKeys>"


@dataclass(frozen=True)
class Card:
    """A client's public half; ``sig`` proves that it holds the signing key.

    ``recovery`` is an Ed25519 public key of 32 bytes, whose secret is kept apart from the client's
    seed: without its signature nobody makes another card the next one of this client. It is
    NO_RECOVERY, zeros, where the client has none.
    """

    id: str
    name: str
    kem_pk: bytes
    sig_pk: bytes
    recovery: bytes
    sig: bytes

    @property
    def fingerprint(self) -> bytes:
        """H("client", id, kem_pk, sig_pk, recovery), 32 bytes: what people compare and pin."""
        return H("client", self.id, self.kem_pk, self.sig_pk, self.recovery)

    @property
    def message(self) -> bytes:
        """What is signed."""
        return ctx("card", self.id, self.name, self.kem_pk, self.sig_pk, self.recovery)

    def to_wire(self) -> dict[str, Any]:
        """Return the card as a JSON object."""
        return {
            "v": VERSION,
            "id": self.id,
            "name": self.name,
            "kem_pk": b64(self.kem_pk),
            "sig_pk": b64(self.sig_pk),
            "recovery": b64(self.recovery),
            "sig": b64(self.sig),
        }


def make_card(*, keys: Holder, id: str, name: str, recovery: bytes = NO_RECOVERY) -> Card:
    """Return the signed card of a client that has these keys.

    ``recovery`` is the public key, 32 bytes, of what may name the next card.
    """
    bare = Card(id, name, keys.kem_pk, keys.sig_pk, recovery, bytes(SIG))
    return parse_card(replace(bare, sig=keys.sign(bare.message)).to_wire())


def parse_card(value: object) -> Card:
    """Parse a card and check that its own key signed it; raises MalformedError, SignatureError."""
    card = Card(**CARD.read(value))
    kem_public(card.kem_pk)
    verify(card.sig_pk, card.sig, card.message, "card")
    return card


def client_name(value: object) -> str:
    """Return a client's name: 1 to 64 characters, none that is invisible or reorders text."""
    return CLIENT_NAME.read(value)


def pinned(card: Card, fingerprint: bytes) -> Card:
    """Return ``card`` if it has this fingerprint, else raise FingerprintError."""
    if not same(card.fingerprint, fingerprint):
        raise FingerprintError(f"the card of client {card.id} is not the one that was pinned")
    return card


def show_fingerprint(fingerprint: bytes) -> str:
    """Return the 32 bytes as base32 in thirteen groups of four, joined by ``-``."""
    characters = b32encode(fingerprint).decode().rstrip("=")
    return "-".join(characters[i : i + 4] for i in range(0, len(characters), 4))


def read_fingerprint(shown: object) -> bytes:
    """Read what people typed or pasted; raises MalformedError.

    Case, spaces, hyphens and what nobody sees do not matter.
    """
    characters = pasted(shown).replace("-", "") if isinstance(shown, str) else ""
    if not characters.isascii():  # upper() would turn a long s into S
        raise MalformedError("a fingerprint is a string of ASCII characters")
    characters = characters.upper()
    try:
        fingerprint = b32decode(characters + "====")
    except ValueError as error:
        raise MalformedError("a fingerprint is 52 characters of base32, A-Z and 2-7") from error
    if len(characters) != FINGERPRINT_CHARACTERS or show_fingerprint(fingerprint).replace(
        "-", ""
    ) != (characters):
        raise MalformedError("a fingerprint is 52 characters of base32, A-Z and 2-7")
    return fingerprint


def akid(access_key: bytes) -> bytes:
    """Return H("akid", access key), 32 bytes: names the key and commits to it."""
    return H("akid", access_key)


def column_key(access_key: bytes, field: str) -> bytes:
    """Return the 32-byte key of one field name under this access key."""
    return _keyed(access_key).mac(_column_info(field))


# All columns of a record, and of a client's other records, are under one access key.
@lru_cache(maxsize=4)
def _keyed(access_key: bytes) -> Keyed:
    return Keyed(access_key)


@lru_cache(maxsize=1024)
def _column_info(field: str) -> bytes:
    """Return what ``expand`` would hash: the same for each record that has the field."""
    return expansion("column", field)


def split_id(ids_key: bytes, source: str, target_type: str) -> str:
    """Return the UUID (version 8) of the record that ``source`` becomes in ``target_type``.

    The same every time for one client, and unlinkable without its ``ids`` key.
    """
    return shaped(mac(ids_key, ctx("split", source, target_type))[:16], version=8)


def run_source(name: str, number: int) -> str:
    """Return the UUID (version 4) that stands for the source of what a named run writes.

    ``number`` (from 1) says which of its records: ``split_id`` of it is the record's id, the same
    whenever the run is repeated.
    """
    return shaped(H("run", name, number)[:16], version=4)


def shaped(digest: bytes, *, version: int) -> str:
    """Return 16 bytes as a UUID of this version, variant 10."""
    shape = bytearray(digest)
    shape[6] = shape[6] & 0x0F | version << 4
    shape[8] = shape[8] & 0x3F | 0x80
    plain = shape.hex()
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))
