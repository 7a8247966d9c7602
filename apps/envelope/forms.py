"""Manifests, inboxes and submissions (docs/protocol.md §8).

A manifest is exact JSON bytes with its owner's signature. A submission is one
record for each record type that the manifest routes to, each under an access
key of its own that is sealed to that type's inbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

from . import encoding
from .encoding import FORM, VERSION, b64, ctx, dump_json, load_json, unb64
from .errors import ExpiredError, LimitError, MalformedError, MismatchError
from .fields import Place, Value
from .keys import Card, ClientKeys, akid, pinned
from .primitives import KEM_PK, SIG, H, KemKey, hpke_seal, kem_public, verify
from .records import Record, new_access_key, open_record, parse_record, seal_fields

KINDS = ("text", "textarea", "number", "date", "select", "radio", "checkbox", "checkboxes")
CHOICES = {"select", "radio", "checkboxes"}
MAX_TYPES = 16
MAX_OPTIONS = 256
SKEW = 24 * 60 * 60


@dataclass(frozen=True)
class Inbox:
    """Where records of one type go: an X-Wing public key (1216 bytes) and its generation."""

    type: str
    gen: int
    public: bytes


@dataclass(frozen=True)
class Option:
    """One choice of a field: what is sealed, and what the visitor reads."""

    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One question of a form and the record type that its answer goes to."""

    name: str
    type: str
    kind: str
    label: str
    help: str
    required: bool
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Manifest:
    """A form as its owner signed it; times in seconds since 1970, ``raw`` the signed bytes."""

    form: str
    version: int
    owner: str
    issued: int
    expires: int
    title: str
    description: str
    confirmation: str
    types: tuple[Inbox, ...]
    fields: tuple[Field, ...]
    raw: bytes = b""

    @cached_property
    def hash(self) -> bytes:
        """H("manifest", bytes), 32 bytes: what a submission names."""
        return H("manifest", self.raw)

    @property
    def writer(self) -> str:
        """The writer of this form's records."""
        return FORM + self.form

    def inbox(self, type: str) -> Inbox:
        """Return the inbox of a record type; raises MismatchError."""
        for inbox in self.types:
            if inbox.type == type:
                return inbox
        raise MismatchError(f"the manifest routes nothing to type {type}")

    @cached_property
    def routes(self) -> dict[str, set[str]]:
        """The names of the fields that go to each type."""
        return {
            inbox.type: {field.name for field in self.fields if field.type == inbox.type}
            for inbox in self.types
        }


def dump_manifest(manifest: Manifest) -> bytes:
    """Return the bytes to sign: canonical JSON, members in the order of the specification."""
    return dump_json(
        {
            "v": VERSION,
            "form": manifest.form,
            "version": manifest.version,
            "owner": manifest.owner,
            "issued": manifest.issued,
            "expires": manifest.expires,
            "title": manifest.title,
            "description": manifest.description,
            "confirmation": manifest.confirmation,
            "types": [
                {"type": inbox.type, "gen": inbox.gen, "inbox": b64(inbox.public)}
                for inbox in manifest.types
            ],
            "fields": [
                {
                    "name": field.name,
                    "type": field.type,
                    "kind": field.kind,
                    "label": field.label,
                    "help": field.help,
                    "required": field.required,
                    "options": [
                        {"value": option.value, "label": option.label} for option in field.options
                    ],
                }
                for field in manifest.fields
            ],
        }
    )


def parse_manifest(raw: bytes) -> Manifest:
    """Parse a manifest's bytes strictly; it is not trusted before ``verify_manifest``."""
    wire = encoding.versioned(
        load_json(raw),
        ("form", "version", "owner", "issued", "expires", "title", "description",
         "confirmation", "types", "fields"),
        "manifest",
    )  # fmt: skip
    manifest = Manifest(
        form=encoding.uuid(wire["form"], "form id"),
        version=encoding.integer(wire["version"], "version"),
        owner=encoding.uuid(wire["owner"], "owner"),
        issued=encoding.integer(wire["issued"], "issued", 0),
        expires=encoding.integer(wire["expires"], "expires", 0),
        title=encoding.text(wire["title"], "title", 200, 1),
        description=encoding.text(wire["description"], "description", 4000),
        confirmation=encoding.text(wire["confirmation"], "confirmation", 2000),
        types=tuple(map(_parse_inbox, _parse_list(wire["types"], "types", MAX_TYPES))),
        fields=tuple(map(_parse_field, _parse_list(wire["fields"], "fields", encoding.MAX_FIELDS))),
        raw=raw,
    )
    _unique([inbox.type for inbox in manifest.types], "types")
    _unique([field.name for field in manifest.fields], "fields")
    if {field.type for field in manifest.fields} != {inbox.type for inbox in manifest.types}:
        raise MalformedError("a manifest has an inbox for each type of its fields and no other")
    return manifest


def _parse_list(value: object, what: str, most: int, least: int = 1) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedError(f"a manifest's {what} must be a list")
    if len(value) < least:
        raise MalformedError(f"a manifest has at least {least} of {what}")
    if len(value) > most:
        raise LimitError(f"a manifest has at most {most} {what}")
    return value


def _unique(names: list[str], what: str) -> None:
    if len(set(names)) != len(names):
        raise MalformedError(f"a manifest's {what} must be distinct")


def _parse_inbox(value: object) -> Inbox:
    wire = encoding.members(value, ("type", "gen", "inbox"), "inbox")
    public = unb64(wire["inbox"], KEM_PK)
    kem_public(public)
    gen = encoding.integer(wire["gen"], "gen")
    return Inbox(encoding.name(wire["type"], "type"), gen, public)


def _parse_field(value: object) -> Field:
    wire = encoding.members(
        value, ("name", "type", "kind", "label", "help", "required", "options"), "field"
    )
    if wire["kind"] not in KINDS:
        raise MalformedError("a field is of a kind that this version does not know")
    if type(wire["required"]) is not bool:
        raise MalformedError("required must be true or false")
    if wire["kind"] not in CHOICES and wire["options"] != []:
        raise MalformedError("only a choice has options")
    least = 1 if wire["kind"] in CHOICES else 0
    field = Field(
        name=encoding.name(wire["name"], "field name"),
        type=encoding.name(wire["type"], "type"),
        kind=wire["kind"],
        label=encoding.text(wire["label"], "label", 500, 1),
        help=encoding.text(wire["help"], "help", 2000),
        required=wire["required"],
        options=tuple(
            map(_parse_option, _parse_list(wire["options"], "options", MAX_OPTIONS, least))
        ),
    )
    _unique([option.value for option in field.options], "options")
    return field


def _parse_option(value: object) -> Option:
    wire = encoding.members(value, ("value", "label"), "option")
    return Option(
        encoding.text(wire["value"], "value", 200, 1), encoding.text(wire["label"], "label", 500, 1)
    )


def sign_manifest(manifest: Manifest, keys: ClientKeys) -> tuple[Manifest, bytes]:
    """Return the manifest with its bytes, and the owner's signature over them (64 bytes)."""
    signed = parse_manifest(dump_manifest(manifest))
    return signed, keys.sig.sign(ctx("manifest", signed.raw))


def verify_manifest(
    raw: bytes, sig: bytes, owner: Card, *, fingerprint: bytes, form: str
) -> Manifest:
    """Return the manifest of ``form`` if the owner with this pinned fingerprint signed it.

    Raises FingerprintError, SignatureError, MalformedError, or MismatchError if it
    is of another form or names another owner. Time is ``in_force``'s question.
    """
    pinned(owner, fingerprint)
    verify(owner.sig_pk, sig, ctx("manifest", raw), "manifest")
    manifest = parse_manifest(raw)
    if manifest.form != form:
        raise MismatchError("the manifest is of another form")
    if manifest.owner != owner.id:
        raise MismatchError("the manifest names another owner")
    return manifest


def in_force(manifest: Manifest, now: int) -> Manifest:
    """Return the manifest if it may be filled at ``now`` (seconds), else raise ExpiredError."""
    if now >= manifest.expires:
        raise ExpiredError("the form has expired: its owner has to publish it again")
    if now < manifest.issued - SKEW:
        raise ExpiredError("the form is not valid yet: is the clock of this device right?")
    return manifest


def read_signature(value: object) -> bytes:
    """Decode a base64url signature of 64 bytes; raises MalformedError."""
    return unb64(value, SIG)


def inbox_info(manifest: Manifest, id: str, type: str, akid: bytes) -> bytes:
    """Return the HPKE info of a sealed access key: form, record id, type, akid, manifest hash."""
    return ctx("inbox", manifest.form, id, type, akid, manifest.hash)


def seal_submission(manifest: Manifest, answers: Mapping[str, Value]) -> tuple[Record, ...]:
    """Seal one record for each type of a verified manifest, in the manifest's order.

    ``answers`` has a value for every field, empty ones included, and no other;
    raises MismatchError otherwise.
    """
    if answers.keys() != {field.name for field in manifest.fields}:
        raise MismatchError("answers must name each field of the manifest, and no other")
    return tuple(_seal_form_record(manifest, inbox, answers) for inbox in manifest.types)


def _seal_form_record(manifest: Manifest, inbox: Inbox, answers: Mapping[str, Value]) -> Record:
    access_key, id = new_access_key(), str(uuid4())
    name = akid(access_key)
    place = Place(id=id, writer=manifest.writer, type=inbox.type, rev=1, akid=name)
    values = {
        field.name: answers[field.name] for field in manifest.fields if field.type == inbox.type
    }
    return Record(
        id=id,
        writer=manifest.writer,
        type=inbox.type,
        rev=1,
        akid=name,
        fields=seal_fields(place=place, access_key=access_key, values=values),
        manifest=manifest.hash,
        ak=hpke_seal(inbox.public, access_key, inbox_info(manifest, id, inbox.type, name)),
    )


def dump_submission(records: tuple[Record, ...]) -> bytes:
    """Return the body of the one POST that carries a submission."""
    return dump_json({"v": VERSION, "records": [record.to_wire() for record in records]})


def parse_submission(value: object) -> tuple[Record, ...]:
    """Parse a submission strictly: records of one form and one manifest, one a type."""
    wire = encoding.versioned(value, ("records",), "submission")
    if not isinstance(wire["records"], list) or not wire["records"]:
        raise MalformedError("a submission has at least one record")
    if len(wire["records"]) > MAX_TYPES:
        raise LimitError(f"a submission has at most {MAX_TYPES} records")
    records = tuple(map(parse_record, wire["records"]))
    if any(record.hidden or not record.from_form for record in records):
        raise MalformedError("a submission holds whole records of a form")
    if len({(record.writer, record.manifest) for record in records}) != 1:
        raise MalformedError("all records of a submission are of one form and one manifest")
    if len({record.id for record in records} | {record.type for record in records}) != 2 * len(
        records
    ):
        raise MalformedError("ids and types of a submission's records must be distinct")
    return records


def check_submission(records: tuple[Record, ...], manifest: Manifest) -> None:
    """Raise MismatchError unless the records are exactly what the manifest asks for."""
    if {record.type for record in records} != {inbox.type for inbox in manifest.types}:
        raise MismatchError("the submission has not one record for each type of the form")
    for record in records:
        check_form_record(record, manifest)


def check_form_record(record: Record, manifest: Manifest) -> None:
    """Raise MismatchError unless form, manifest hash, type and the set of fields agree."""
    if record.writer != manifest.writer or record.manifest != manifest.hash:
        raise MismatchError("the record was sealed for another form or manifest")
    manifest.inbox(record.type)
    if record.names != manifest.routes[record.type]:
        raise MismatchError("the record does not have exactly the fields of its form")


def open_access_key(record: Record, manifest: Manifest, inbox: KemKey) -> bytes:
    """Return a form record's access key (32 bytes), opened with its inbox's key.

    ``manifest`` is verified and is the one that the record names. Raises
    MismatchError, OpenError.
    """
    check_form_record(record, manifest)
    if inbox.public != manifest.inbox(record.type).public:
        raise MismatchError("the inbox is not the one that the manifest names")
    return inbox.open(record.ak, inbox_info(manifest, record.id, record.type, record.akid))


def open_form_record(record: Record, manifest: Manifest, inbox: KemKey) -> dict[str, Value]:
    """Open a form's record; raises as ``open_access_key`` and ``records.open_record``."""
    return open_record(record, open_access_key(record, manifest, inbox))
