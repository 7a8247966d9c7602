"""Where a client's keys rest: one payload, sealed under one or more slots (docs/protocol.md §4).

The secret of a slot, 32 bytes, grows an X-Wing key. A change draws a new file key and seals it to
every slot's public key, so that nobody has to be asked for the secrets of the others.
"""

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import encoding
from .encoding import MAX_NAME, VERSION, b64, ctx, dump_json, load_json
from .errors import LimitError, MalformedError, MismatchError, OpenError
from .keys import Card, ClientKeys, parse_card
from .passphrases import SALT, Cost, check_cost
from .primitives import (
    KEM_ENC,
    KEM_PK,
    KEY,
    NONCE,
    TAG,
    KemKey,
    SigningKey,
    expand,
    hpke_seal,
    kem_public,
    random,
    same,
    seal,
    unseal,
)
from .shapes import (
    Boolean,
    Integer,
    Items,
    Object,
    Octets,
    OneOf,
    OrEmpty,
    Parsed,
    Shape,
    Text,
    Uuid,
    Visible,
)
from .tokens import API_SECRET, SEED, Token

MAX_FILE = 256 * 1024
MAX_SLOTS = 16
MAX_SEEDS = 17
MAX_PARAMS, MAX_PARAM = 8, 4096
SEALED_KEY = KEM_ENC + KEY + TAG
SEALED_SIGNER = NONCE + KEY + TAG

PASSPHRASE, RECOVERY, PASSKEY, PLAIN = "passphrase", "recovery", "passkey", "plain"
PKCS11, OPENBAO, AWS_KMS = "pkcs11", "openbao", "aws-kms"
SERVICES = (PKCS11, OPENBAO, AWS_KMS)
KINDS = (PASSPHRASE, RECOVERY, PASSKEY, *SERVICES, PLAIN)


class ServiceParams(Shape):
    """What a key service needs to unwrap a secret: one to eight texts by their names."""

    def read(self, value: object) -> dict[str, str]:
        if not isinstance(value, dict) or not 1 <= len(value) <= MAX_PARAMS:
            raise MalformedError(f"the parameters of a key service are 1 to {MAX_PARAMS} texts")
        return {
            encoding.name(name, "parameter"): encoding.visible(text, name, MAX_PARAM)
            for name, text in value.items()
        }


PARAMS: dict[str, Shape] = {
    PASSPHRASE: Object(
        "the parameters of a passphrase",
        {
            "salt": Octets(SALT),
            "memory": Integer("memory"),
            "passes": Integer("passes"),
            "generated": Boolean("generated"),
        },
        versioned=False,
    ),
    RECOVERY: Object(
        "the parameters of a recovery slot",
        {"threshold": Integer("threshold"), "shares": Integer("shares")},
        versioned=False,
    ),
    PASSKEY: Object(
        "the parameters of a passkey",
        {"rp": Visible("rp", 253), "credential": Octets(), "salt": Octets(KEY)},
        versioned=False,
    ),
    **dict.fromkeys(SERVICES, ServiceParams()),
    PLAIN: Object("the parameters of a plain slot", {"secret": Token(SEED)}, versioned=False),
}
MOST_SHARES = 16
MOST_CREDENTIAL = 1023

SLOT = Object(
    "slot",
    {
        "id": Uuid("slot id"),
        "kind": OneOf("kind", frozenset(KINDS)),
        "label": Visible("label", MAX_NAME),
        "made": Integer("made", 0),
        "proved": Integer("proved", 0),
        "params": Parsed(lambda value: value, ()),
        "pk": Octets(KEM_PK),
        "sealed": Octets(SEALED_KEY),
        "signer": Octets(SEALED_SIGNER),
    },
    optional=("signer",),
    versioned=False,
)
KEY_FILE = Object(
    "key file",
    {
        "id": Uuid("client id"),
        "card": Parsed(parse_card, ()),
        "serial": Integer("serial"),
        "slots": Items("slots", Parsed(lambda value: _parse_slot(value), ()), MAX_SLOTS),
        "payload": Octets(),
    },
)
API_KEY_SHAPE = Object(
    "api_key", {"id": Uuid("API key id"), "secret": Token(API_SECRET)}, versioned=False
)
TOKEN_DIGEST = OrEmpty(Octets(32))


@dataclass(frozen=True)
class Slot:
    """One way to open a key file; ``params`` are as they stand in it, in their order.

    ``pk`` (1216 bytes) is grown from the slot's secret, ``sealed`` (1168) holds the file key, and
    in a recovery slot ``signer`` (60) the seed of the client's recovery key. ``made`` is when it
    was made, ``proved`` when somebody last opened the file with it to see that it works, 0 for
    never: both in seconds since 1970.
    """

    id: str
    kind: str
    label: str
    made: int
    params: Mapping[str, Any] = field(repr=False)
    pk: bytes = field(repr=False)
    proved: int = 0
    sealed: bytes = b""
    signer: bytes = b""

    def to_wire(self) -> dict[str, Any]:
        """Return the slot as a JSON object."""
        wire = {
            "id": self.id,
            "kind": self.kind,
            "label": self.label,
            "made": self.made,
            "proved": self.proved,
            "params": dict(self.params),
            "pk": b64(self.pk),
            "sealed": b64(self.sealed),
        }
        return wire | ({"signer": b64(self.signer)} if self.signer else {})

    def context(self, client_id: str) -> bytes:
        """Return what the file key is sealed under for this slot."""
        return ctx("slot", *self._place(client_id), self.label, self.made, dump_json(self.params))

    def secret_context(self, client_id: str) -> bytes:
        """Return what a key service binds to the secret that it wraps."""
        return ctx("slot-secret", *self._place(client_id))

    def signer_context(self, card: Card) -> bytes:
        """Return what the seed of the recovery key is sealed under."""
        return ctx("signer", *self._place(card.id), card.fingerprint)

    def _place(self, client_id: str) -> tuple[str, str, str]:
        return client_id, self.id, self.kind

    @property
    def cost(self) -> Cost:
        """What a passphrase slot asks for."""
        return Cost(self.params["memory"], self.params["passes"])


@dataclass(frozen=True)
class ApiKey:
    """How a client is known to its server: an API key's id, and its secret, an ``sfs`` token."""

    id: str
    secret: str = field(repr=False)

    def to_wire(self) -> dict[str, str]:
        """Return it as a JSON object."""
        return {"id": self.id, "secret": self.secret}


@dataclass(frozen=True)
class Secrets:
    """What a key file keeps closed.

    ``seeds`` and ``ids`` are 32 bytes each, the newest first; ``state`` (32 bytes) authenticates
    the state file; ``fetch`` (32 bytes) is what the server's copy is asked for with. ``api_url``
    is "" for a server in the same process; ``api_key`` and ``token`` (the digest of the enrolment
    token used last, b"" for none) are None and b"" before an enrolment is complete, ``pending``
    the digest of a token and the API key of an enrolment whose answer has not come.
    ``unconfirmed`` says that the file was made of a copy, and that nobody has agreed so far that it
    is the newest.
    """

    seeds: tuple[bytes, ...]
    ids: tuple[bytes, ...]
    state: bytes
    fetch: bytes
    api_url: str = ""
    api_key: ApiKey | None = None
    token: bytes = b""
    pending: tuple[bytes, ApiKey] | None = None
    unconfirmed: bool = False

    def __repr__(self) -> str:
        return "<Secrets>"

    @property
    def keys(self) -> ClientKeys:
        """The client's keys of today."""
        newest, *former = self.ids
        return ClientKeys(self.seeds[0], state=self.state, ids=newest, former_ids=former)

    def to_wire(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        pending = self.pending
        return {
            "seeds": [b64(seed) for seed in self.seeds],
            "ids": [b64(key) for key in self.ids],
            "state": b64(self.state),
            "fetch": b64(self.fetch),
            "api_url": self.api_url,
            "api_key": self.api_key and self.api_key.to_wire(),
            "token": b64(self.token),
            "pending": pending and {"token": b64(pending[0]), "api_key": pending[1].to_wire()},
            "unconfirmed": self.unconfirmed,
        }


@dataclass(frozen=True)
class KeyFile:
    """A client's key file as it lies on a disk, or at a server: nothing in it is open."""

    card: Card
    serial: int
    slots: tuple[Slot, ...]
    payload: bytes = b""

    @property
    def id(self) -> str:
        """The client's id."""
        return self.card.id

    def to_wire(self) -> dict[str, Any]:
        """Return the file as a JSON object."""
        return {**self._bound(), "payload": b64(self.payload)}

    @property
    def is_recoverable(self) -> bool:
        """Whether somebody has seen that a recovery slot opens the file."""
        return any(slot.kind == RECOVERY and slot.proved for slot in self.slots)

    @property
    def raw(self) -> bytes:
        """The bytes of the file: canonical JSON."""
        return dump_json(self.to_wire())

    @property
    def context(self) -> bytes:
        """Return what the payload is sealed under: all other members."""
        return ctx("keyfile", dump_json(self._bound()))

    def slot(self, id: str) -> Slot:
        """Return the slot with this id; raises MismatchError."""
        for slot in self.slots:
            if slot.id == id:
                return slot
        raise MismatchError("the key file has no such slot")

    def _bound(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "id": self.id,
            "card": self.card.to_wire(),
            "serial": self.serial,
            "slots": [slot.to_wire() for slot in self.slots],
        }


def parse_key_file(raw: bytes) -> KeyFile:
    """Parse the bytes of a key file strictly; raises MalformedError, LimitError, SignatureError.

    What editors add, a mark before it and line ends behind it, means nothing. What a slot would
    cost to open is checked here, before anybody tries.
    """
    raw = bare(raw)
    if len(raw) > MAX_FILE:
        raise LimitError(f"a key file has at most {MAX_FILE:,} bytes")
    wire = KEY_FILE.read(load_json(raw))
    card, slots = wire["card"], wire["slots"]
    encoding.distinct([slot.id for slot in slots], "slots")
    if wire["id"] != card.id:
        raise MalformedError("the id of a key file is that of its card")
    if all(slot.kind == PASSKEY for slot in slots):
        raise MalformedError("a passkey is never the only way into a key file")
    file = KeyFile(card, wire["serial"], slots, wire["payload"])
    if file.raw != raw:
        raise MalformedError("the members of a key file stand in the order of the specification")
    return file


def bare(raw: bytes) -> bytes:
    """Return the bytes of a file without a byte order mark, and without white space around."""
    return raw.removeprefix(codecs.BOM_UTF8).strip(b" \t\r\n")


def _parse_slot(value: object) -> Slot:
    wire = SLOT.read(value)
    kind, params = wire["kind"], wire["params"]
    read = PARAMS[kind].read(params)
    if kind == PASSPHRASE:
        check_cost(Cost(read["memory"], read["passes"]))
    elif kind == RECOVERY:
        if not read["threshold"] <= read["shares"] <= MOST_SHARES:
            raise MalformedError("of the shares of a recovery slot some or all are needed")
        if (read["threshold"] == 1) != (read["shares"] == 1):
            raise MalformedError("one share alone opens a recovery slot that has only one")
    elif kind == PASSKEY and not 1 <= len(read["credential"]) <= MOST_CREDENTIAL:
        raise MalformedError(f"the id of a credential has 1 to {MOST_CREDENTIAL:,} bytes")
    if ("signer" in wire) != (kind == RECOVERY):
        raise MalformedError("each recovery slot, and no other, holds the recovery key")
    kem_public(wire["pk"])
    return Slot(**wire)


def new_slot(
    kind: str, secret: bytes, *, id: str, label: str, made: int, params: Mapping[str, Any]
) -> Slot:
    """Return a slot that ``secret`` (32 bytes) opens once a file was sealed with it."""
    return Slot(
        id=id, kind=kind, label=label, made=made, params=dict(params), pk=KemKey(secret).public
    )


def with_signer(slot: Slot, secret: bytes, card: Card, seed: bytes) -> Slot:
    """Return a recovery slot that also holds the seed (32 bytes) of the client's recovery key.

    Only who has the slot's secret can do so, for one card: so it shows whose a file is.
    """
    return replace(slot, signer=seal(expand(secret, "signer"), seed, slot.signer_context(card)))


def seal_key_file(card: Card, *, serial: int, slots: Iterable[Slot], secrets: Secrets) -> KeyFile:
    """Return a file that each of the slots opens, under a new file key.

    Whoever changes a file that he opened with ``open_key_file`` may seal to all its slots: that
    they are those of the file was checked there. Raises MalformedError, LimitError.
    """
    file_key = random(KEY)
    sealed = tuple(
        replace(slot, sealed=hpke_seal(slot.pk, file_key, slot.context(card.id))) for slot in slots
    )
    file = KeyFile(card, serial, sealed)
    payload = seal(file_key, dump_json(secrets.to_wire()), file.context)
    made = parse_key_file(replace(file, payload=payload).raw)
    _check_keys(made, secrets)
    return made


def open_key_file(file: KeyFile, slot: Slot, secret: bytes) -> Secrets:
    """Open a file with the secret (32 bytes) of one of its slots.

    A recovery slot's opens its ``signer`` first. Raises OpenError where the secret is not the
    slot's, or where anything in the file is not as it was sealed; MismatchError where the seeds
    are not those of the card.
    """
    if slot.kind == RECOVERY:
        open_signer(file, slot, secret)
    key = slot_key(slot, secret)
    file_key = key.open(slot.sealed, slot.context(file.id))
    if len(file_key) != KEY:
        raise MalformedError("a file key has 32 bytes")
    secrets = _parse_secrets(load_json(unseal(file_key, file.payload, file.context)))
    _check_keys(file, secrets)
    return secrets


def open_signer(file: KeyFile, slot: Slot, secret: bytes) -> SigningKey:
    """Return the client's recovery key with the secret (32 bytes) of a recovery slot.

    That it opens shows that the card in the file is the one that the slot was made for: who knows
    only public keys can make a whole file of his own, and seal its file key to them. Raises
    OpenError; MismatchError if the slot has none, or another than the card names.
    """
    if slot.kind != RECOVERY:
        raise MismatchError("this slot holds no recovery key")
    slot_key(slot, secret)
    seed = unseal(expand(secret, "signer"), slot.signer, slot.signer_context(file.card))
    signer = SigningKey(seed)
    if not same(signer.public, file.card.recovery):
        raise MismatchError("the recovery key in this slot is not the one on the card")
    return signer


def slot_key(slot: Slot, secret: bytes) -> KemKey:
    """Return the key that a slot's secret grows; raises OpenError if it is not the slot's."""
    key = KemKey(secret)
    if not same(key.public, slot.pk):
        raise OpenError("this is not the secret of the slot")
    return key


def _check_keys(file: KeyFile, secrets: Secrets) -> None:
    keys, card = secrets.keys, file.card
    if (keys.kem_pk, keys.sig_pk) != (card.kem_pk, card.sig_pk):
        raise MismatchError("the seeds in a key file are not those of its card")


SECRETS = Object(
    "payload",
    {
        "seeds": Items("seeds", Octets(KEY), MAX_SEEDS),
        "ids": Items("ids", Octets(KEY), MAX_SEEDS),
        "state": Octets(KEY),
        "fetch": Octets(KEY),
        "api_url": Text("api_url", 2000),
        "api_key": Parsed(lambda value: _parse_api_key(value), ()),
        "token": TOKEN_DIGEST,
        "pending": Parsed(lambda value: _parse_pending(value), ()),
        "unconfirmed": Boolean("unconfirmed"),
    },
    versioned=False,
)
PENDING = Object(
    "pending", {"token": Octets(32), "api_key": Parsed(lambda v: _api_key(v), ())}, versioned=False
)


def _parse_secrets(value: object) -> Secrets:
    wire = SECRETS.read(value)
    for name in ("seeds", "ids"):
        encoding.distinct([b64(key) for key in wire[name]], name)
    return Secrets(**wire | {"token": wire["token"] or b""})


def _parse_api_key(value: object) -> ApiKey | None:
    return None if value is None else _api_key(value)


def _api_key(value: object) -> ApiKey:
    return ApiKey(**API_KEY_SHAPE.read(value))


def _parse_pending(value: object) -> tuple[bytes, ApiKey] | None:
    if value is None:
        return None
    wire = PENDING.read(value)
    return wire["token"], wire["api_key"]
