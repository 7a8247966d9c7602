"""Grants: keys sealed to one reader and signed by the granter (docs/protocol.md §7).

There is one mechanism. What is shared differs only in the key map: a type
``{"*": access key}``, columns ``{name: column key}``, fields of one record
``{name: data key}``, an inbox, of a form or of a group's epoch, ``{"@": seed}``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import encoding
from .encoding import (
    FORM,
    GROUP,
    MAX_FIELDS,
    VERSION,
    WireObject,
    b64,
    ctx,
    dump_json,
    load_json,
    unb64,
)
from .errors import CommitmentError, ExpiredError, LimitError, MalformedError, MismatchError
from .holders import Opener, Recipient, Signer
from .keys import Card, akid
from .primitives import KEM_ENC, KEY, SIG, TAG, H, KemKey, hpke_seal, same, verify
from .records import DIGEST
from .shapes import GrantWriter, Integer, Items, Name, Object, Octets, OrEmpty, Reader, Uuid

TYPE = "*"
INBOX = "@"
EPOCH = "epoch"
MAX_KEYS = 16 * 1024


class _Names(Items):
    """Names of fields, sorted, each once."""

    def read(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise MalformedError("a grant's fields must be a list")
        names = [self.of.read(name) for name in value]
        if names != sorted(set(names)):
            raise MalformedError("a grant's fields must be sorted, each once")
        if len(names) > self.most:
            raise LimitError(f"a grant has at most {self.most} fields")
        return tuple(names)


GRANT = Object(
    "grant",
    {
        "writer": GrantWriter(),
        "type": Name("type"),
        "gen": Integer("gen"),
        "akid": Octets(DIGEST),
        "record": OrEmpty(Uuid("record id", "48")),
        "fields": _Names("fields", Name("field name"), MAX_FIELDS, 0),
        "not_after": Integer("not_after", 0),
        "reader": Reader(),
        "reader_fp": Octets(DIGEST),
        "keys": Octets(),
        "sig": Octets(SIG),
    },
)


@dataclass(frozen=True)
class Grant(WireObject):
    """A grant; ``info`` is its context, without ``keys`` (the HPKE seal) and ``sig``."""

    writer: str
    type: str
    gen: int
    akid: bytes
    record: str
    fields: tuple[str, ...]
    not_after: int
    reader: str
    reader_fp: bytes
    keys: bytes = b""
    sig: bytes = b""

    @property
    def info(self) -> bytes:
        """HPKE info, and the first part of what is signed."""
        return ctx(
            "grant", self.writer, self.type, self.gen, self.akid, self.record,
            self.not_after, self.reader, self.reader_fp, *self.fields,
        )  # fmt: skip

    @property
    def key_names(self) -> set[str]:
        """The names that the key map must have, no more and no fewer."""
        if self.fields:
            return set(self.fields)
        return {INBOX} if self.is_of_inbox else {TYPE}

    @property
    def is_of_inbox(self) -> bool:
        """Whether a form or a group is its writer: its keys are those of an inbox, or come by it.

        Who may grant them, a signed manifest or roster says.
        """
        return self.writer.startswith((FORM, GROUP))

    def to_wire(self) -> dict[str, Any]:
        """Return the grant as a JSON object."""
        return {
            "v": VERSION,
            "writer": self.writer,
            "type": self.type,
            "gen": self.gen,
            "akid": b64(self.akid),
            "record": self.record,
            "fields": list(self.fields),
            "not_after": self.not_after,
            "reader": self.reader,
            "reader_fp": b64(self.reader_fp),
            "keys": b64(self.keys),
            "sig": b64(self.sig),
        }


def inbox_id(inbox: bytes) -> bytes:
    """Return H("inbox", public key), 32 bytes: the ``akid`` of an inbox's grants."""
    return H("inbox", inbox)


def read_grant(raw: bytes) -> Grant:
    """Parse a grant's canonical JSON; raises MalformedError, LimitError."""
    return parse_grant(load_json(raw), raw)


def parse_grant(value: object, raw: bytes = b"") -> Grant:
    """Parse a grant strictly; raises MalformedError, LimitError.

    ``raw`` is its canonical JSON, where that is at hand.
    """
    wire = GRANT.check(value)
    grant = Grant(**GRANT.read_members(wire))
    if grant.record and not grant.fields:
        raise MalformedError("a grant of one record names its fields")
    if grant.fields and not grant.record and grant.is_of_inbox:
        raise MalformedError("columns of an inbox cannot be granted: each record has its own key")
    if grant.writer.startswith(GROUP):
        _check_epoch(grant)
    if len(grant.keys) <= KEM_ENC + TAG:
        raise MalformedError("the key map's seal is too short")
    if len(grant.keys) > MAX_KEYS:
        raise LimitError("the key map's seal is too long")
    return grant.came_as(wire, GRANT.order(wire), raw)


def _check_epoch(grant: Grant) -> None:
    if grant.type != EPOCH or grant.record or grant.not_after:
        raise MalformedError("of a group only its epochs are granted, whole and without an end")
    if grant.reader.startswith(GROUP):
        raise MalformedError("the members of a group are clients: it is no member of a group")


def seal_grant(
    *,
    granter: Signer,
    reader: Recipient,
    writer: str,
    type: str,
    gen: int,
    akid: bytes,
    keys: Mapping[str, bytes],
    record: str = "",
    not_after: int = 0,
) -> Grant:
    """Seal a key map (32 bytes a key) to a reader whose fingerprint the caller has verified.

    ``not_after`` is in seconds since 1970, 0 for never.
    """
    names = tuple(sorted(name for name in keys if name not in {TYPE, INBOX}))
    bare = Grant(writer, type, gen, akid, record, names, not_after, reader.id, reader.fingerprint)
    if keys.keys() != bare.key_names or any(len(key) != KEY for key in keys.values()):
        raise MalformedError("the key map does not fit what is granted")
    key_map = dump_json({name: b64(keys[name]) for name in sorted(keys)})
    sealed = replace(bare, keys=hpke_seal(reader.kem_pk, key_map, bare.info))
    return parse_grant(replace(sealed, sig=granter.sign(grant_message(sealed))).to_wire())


def grant_message(grant: Grant) -> bytes:
    """Return ctx("grant-sig", info, keys), which the granter signs."""
    return ctx("grant-sig", grant.info, grant.keys)


def verify_grant(grant: Grant, granter: Card, owner: str | None = None) -> None:
    """Check that the granter signed, and that it may: its own type, or its own form's or group's.

    ``owner`` is the client that the signed manifest or roster names, for a grant of a form or of
    a group. Raises MismatchError, SignatureError.
    """
    entitled = owner if grant.is_of_inbox else grant.writer
    if granter.id != entitled:
        raise MismatchError("the granter does not own what is granted")
    verify(granter.sig_pk, grant.sig, grant_message(grant), "grant")


def open_grant(
    grant: Grant,
    *,
    keys: Opener,
    me: Recipient,
    granter: Card,
    now: int,
    owner: str | None = None,
) -> dict[str, bytes]:
    """Verify a grant to ``me``, a card or a group's epoch, and return its key map, 32 bytes a key.

    ``now`` is in seconds since 1970. Raises MismatchError (another reader, or a
    granter who may not), SignatureError, ExpiredError, OpenError, MalformedError,
    CommitmentError (the key is not the one that ``akid`` names).
    """
    if grant.reader != me.id or not same(grant.reader_fp, me.fingerprint):
        raise MismatchError("the grant is for another reader")
    verify_grant(grant, granter, owner)
    if grant.not_after and now > grant.not_after:
        raise ExpiredError("the grant has ended")
    wire = load_json(keys.open(grant.keys, grant.info))
    names = encoding.members(wire, grant.key_names, "the key map")
    opened = {name: unb64(key, KEY) for name, key in names.items()}
    if TYPE in opened and akid(opened[TYPE]) != grant.akid:
        raise CommitmentError("the granted access key is not the one that the grant names")
    if INBOX in opened and inbox_id(KemKey(opened[INBOX]).public) != grant.akid:
        raise CommitmentError("the granted inbox is not the one that the grant names")
    return opened
