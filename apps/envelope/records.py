"""Records: one document of one type (docs/protocol.md §6).

A client's record carries its writer's signature. A form's record, made by a
visitor who has no key, carries instead the hash of the manifest it was sealed
for and its access key, sealed to the inbox that this manifest names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

from . import encoding
from .encoding import FORM, MAX_FIELDS, VERSION, WireObject, b64, ctx, load_json
from .errors import CommitmentError, LimitError, MalformedError, MismatchError
from .fields import (
    OVERHEAD,
    Place,
    Sealed,
    Value,
    open_field,
    open_value,
    read_all_sealed,
    seal_field,
    show_sealed,
)
from .fields import open_data_key as _open_data_key
from .holders import Signer
from .keys import Card, akid, column_key
from .primitives import KEM_ENC, KEY, SIG, TAG, H, random, verify
from .shapes import Integer, Name, Object, Octets, Parsed, Shape, Uuid, Visible, Writer

DIGEST = 32
SEALED_AK = KEM_ENC + KEY + TAG
MAX_META = 16
MAX_META_TEXT = 200

Meta = Mapping[str, str]
"""What a client says of a record in plaintext, by name."""

NO_META: Meta = MappingProxyType({})


class Named(Shape):
    """What each of some fields has: an object by their names."""

    def __init__(self, what: str, of: Shape) -> None:
        self.what, self.of = what, of

    def read(self, value: object) -> dict[str, Any]:
        names = _names(value, self.what, least=1)
        return {name: self.of.read(item) for name, item in names.items()}


class Fields(Shape):
    """The sealed fields of a record, decoded in one go; none only where all are hidden."""

    def read(self, value: object) -> dict[str, Sealed]:
        return read_all_sealed(_names(value, "fields", least=0))


META_TEXT = Visible("a text of meta", MAX_META_TEXT)


class Labels(Named):
    """The plaintext that a client signs with a record: 1 to 16 visible texts, by name."""

    def __init__(self) -> None:
        super().__init__("meta", META_TEXT)

    def read(self, value: object) -> dict[str, str]:
        if isinstance(value, dict) and len(value) > MAX_META:
            raise LimitError(f"meta has at most {MAX_META} names")
        return super().read(value)


class First(Integer):
    """A revision that is never another."""

    def read(self, value: object) -> int:
        if type(value) is not int or value != 1:
            raise MalformedError("a form's record has revision 1")
        return 1


def _record(
    what: str, id: Shape, writer: Writer, rev: Shape, meta: Mapping[str, Shape], **tail: Shape
) -> Object:
    """A record of a client or of a form, which differ in ids, revisions, meta and what follows."""
    members = {
        "id": id,
        "writer": writer,
        "type": Name("type"),
        "rev": rev,
        "akid": Octets(DIGEST),
        **meta,
        "fields": Fields(),
        "hidden": Named("hidden", Octets(DIGEST)),
        **tail,
    }
    return Object(what, members, optional={"hidden", *meta})


META = Labels()
CLIENT_RECORD = _record(
    "client record",
    Uuid("record id", "48"),
    Writer(""),
    Integer("rev"),
    {"meta": META},
    sig=Octets(SIG),
)
FORM_RECORD = _record(
    "form record",
    Uuid("record id"),
    Writer(FORM),
    First("rev", most=1),
    {},
    manifest=Octets(DIGEST),
    ak=Octets(SEALED_AK),
)


@dataclass(frozen=True)
class Record(WireObject):
    """One record; ``sig`` if a client wrote it, ``manifest`` and ``ak`` if a form did.

    ``hidden`` holds the digests (32 bytes) of columns that this reader may not see, ``meta`` the
    plaintext of a client's record, which everybody sees who sees the record.
    """

    id: str
    writer: str
    type: str
    rev: int
    akid: bytes
    fields: Mapping[str, Sealed]
    sig: bytes = b""
    manifest: bytes = b""
    ak: bytes = b""
    hidden: Mapping[str, bytes] = field(default_factory=dict)
    meta: Meta = field(default_factory=dict)

    @cached_property
    def from_form(self) -> bool:
        """Whether a visitor wrote it through a form."""
        return self.writer.startswith(FORM)

    @property
    def names(self) -> set[str]:
        """All field names, the hidden ones included."""
        return {*self.fields, *self.hidden}

    @cached_property
    def place(self) -> Place:
        """Where its fields stand."""
        return Place(id=self.id, writer=self.writer, type=self.type, rev=self.rev, akid=self.akid)

    def to_wire(self) -> dict[str, Any]:
        """Return the record as a JSON object, fields in sorted order."""
        wire: dict[str, Any] = {
            "v": VERSION,
            "id": self.id,
            "writer": self.writer,
            "type": self.type,
            "rev": self.rev,
            "akid": b64(self.akid),
        }
        if self.meta:
            wire["meta"] = {name: self.meta[name] for name in sorted(self.meta)}
        wire["fields"] = {name: show_sealed(self.fields[name]) for name in sorted(self.fields)}
        if self.hidden:
            wire["hidden"] = {name: b64(self.hidden[name]) for name in sorted(self.hidden)}
        if self.from_form:
            return wire | {"manifest": b64(self.manifest), "ak": b64(self.ak)}
        return wire | {"sig": b64(self.sig)}


def read_record(raw: bytes) -> Record:
    """Parse a record's canonical JSON; raises MalformedError, LimitError."""
    return parse_record(load_json(raw), raw)


def parse_record(value: object, raw: bytes = b"") -> Record:
    """Parse a record strictly, whole or partial; raises MalformedError, LimitError.

    ``raw`` is its canonical JSON, where that is at hand.
    """
    if not isinstance(value, dict):
        raise MalformedError("a record must be an object")
    from_form = str(value.get("writer", "")).startswith(FORM)
    shape = FORM_RECORD if from_form else CLIENT_RECORD
    wire = shape.check(value)
    record = Record(**shape.read_members(wire))
    if not record.fields and not record.hidden:
        raise MalformedError("fields must be an object with at least one name")
    if record.fields.keys() & record.hidden.keys():
        raise MalformedError("a field cannot be both present and hidden")
    encoding.field_count([*record.fields, *record.hidden], "a record")
    if not all(_are_ascending(tuple(x)) for x in (record.fields, record.hidden, record.meta)):
        return record
    return record.came_as(wire, shape.order(wire), raw)


RECORD = Parsed(parse_record, (CLIENT_RECORD, FORM_RECORD), "record")


def _names(value: object, what: str, *, least: int) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) < least:
        raise MalformedError(f"{what} must be an object with at least one name")
    if len(value) <= MAX_FIELDS:
        _check_names(tuple(value))
    else:  # too many for any record: checked, and not kept in mind
        for name in value:
            encoding.name(name, "field name")
    return value


# The records of a page have the same fields.
@lru_cache(maxsize=256)
def _check_names(names: tuple[str, ...]) -> None:
    for name in names:
        encoding.name(name, "field name")


@lru_cache(maxsize=256)
def _are_ascending(names: tuple[str, ...]) -> bool:
    return list(names) == sorted(names)


def field_digest(name: str, sealed: Sealed) -> bytes:
    """Return H("field", name, k, c), 32 bytes: what a signature covers of a field."""
    return H("field", name, sealed.k, sealed.c)


def record_message(record: Record) -> bytes:
    """Return the context that the writer signs: the plaintext, each name and digest, sorted."""
    digests = {name: field_digest(name, sealed) for name, sealed in record.fields.items()}
    digests |= record.hidden
    plain = [part for name in sorted(record.meta) for part in (name, record.meta[name])]
    parts = [part for name in sorted(digests) for part in (name, digests[name])]
    about = (record.id, record.writer, record.type, record.rev, record.akid)
    return ctx("record", *about, len(record.meta), *plain, *parts)


def seal_record(
    *,
    keys: Signer,
    writer: str,
    id: str,
    type: str,
    rev: int,
    access_key: bytes,
    values: Mapping[str, Value],
    rooms: Mapping[str, int] | None = None,
    meta: Meta = NO_META,
) -> Record:
    """Seal and sign one record of a client under its access key (32 bytes).

    ``rooms`` says how many bytes the JSON of a value has at least; ``meta`` stays plaintext.
    Raises MalformedError or LimitError where a name, id or value is not allowed.
    """
    encoding.field_count(values, "a record")
    name = akid(access_key)
    place = Place(id=id, writer=writer, type=type, rev=rev, akid=name)
    fields = seal_fields(place=place, access_key=access_key, values=values, rooms=rooms or {})
    record = Record(id, writer, type, rev, name, fields, meta=meta)
    return parse_record(replace(record, sig=keys.sign(record_message(record))).to_wire())


def seal_fields(
    *, place: Place, access_key: bytes, values: Mapping[str, Value], rooms: Mapping[str, int]
) -> dict[str, Sealed]:
    """Seal each value under the column key of its name, in the room that ``rooms`` gives it."""
    return {
        encoding.name(name, "field name"): seal_field(
            column_key(access_key, name), place, name, value, room=rooms.get(name, 0)
        )
        for name, value in values.items()
    }


def verify_record(record: Record, card: Card) -> None:
    """Check that the client with this card wrote and signed the record.

    Raises MismatchError if the writer is another, SignatureError if altered.
    """
    if record.writer != card.id:
        raise MismatchError("the record names another writer")
    verify(card.sig_pk, record.sig, record_message(record), "record")


def hide_fields(record: Record, visible: Iterable[str]) -> Record:
    """Return the record for a reader who sees only ``visible`` columns: digests for the rest."""
    seen = set(visible)
    return replace(
        record,
        fields={name: sealed for name, sealed in record.fields.items() if name in seen},
        hidden={
            **record.hidden,
            **{
                name: field_digest(name, sealed)
                for name, sealed in record.fields.items()
                if name not in seen
            },
        },
    )


def rooms_of(record: Record) -> dict[str, int]:
    """Return how much JSON each sealed field has room for, as it is."""
    return {name: len(sealed.c) - OVERHEAD - 1 for name, sealed in record.fields.items()}


def open_record(record: Record, access_key: bytes) -> dict[str, Value]:
    """Open all fields under the access key; raises CommitmentError, OpenError, PaddingError.

    The caller has verified the record: ``verify_record``, or for a form's record
    ``submissions.open_form_record``, which ends here.
    """
    if akid(access_key) != record.akid:
        raise CommitmentError("the access key is not the one that the record names")
    place = record.place
    return {
        name: open_field(column_key(access_key, name), place, name, sealed)
        for name, sealed in record.fields.items()
    }


def open_columns(record: Record, column_keys: Mapping[str, bytes]) -> dict[str, Value]:
    """Open the fields that column keys (32 bytes each) were granted for."""
    place = record.place
    return {
        name: open_field(column_keys[name], place, name, sealed)
        for name, sealed in record.fields.items()
        if name in column_keys
    }


def open_data_keys(record: Record, access_key: bytes, names: Iterable[str]) -> dict[str, bytes]:
    """Return the data keys (32 bytes) of these fields, to grant them; raises as open_record."""
    if akid(access_key) != record.akid:
        raise CommitmentError("the access key is not the one that the record names")
    wanted = set(names)
    missing = wanted - record.fields.keys()
    if missing:
        raise MismatchError(f"the record has no field {min(missing)}")
    place = record.place
    return {
        name: _open_data_key(column_key(access_key, name), place, name, record.fields[name])
        for name in sorted(wanted)
    }


def open_values(record: Record, data_keys: Mapping[str, bytes]) -> dict[str, Value]:
    """Open the fields of one record that data keys (32 bytes each) were granted for."""
    place = record.place
    return {
        name: open_value(data_keys[name], place, name, sealed)
        for name, sealed in record.fields.items()
        if name in data_keys
    }


def new_access_key() -> bytes:
    """Return a random access key, 32 bytes."""
    return random(KEY)
