"""Manifests: what a form is, as its owner signed it (docs/protocol.md §8).

A manifest is exact JSON bytes with its owner's signature. Its parts are in ``questions``,
``conditions`` and ``sections``; what is sealed for it in ``submissions``.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

from . import encoding
from .encoding import FORM, VERSION, b64, ctx, dump_json, load_json, unb64
from .errors import ExpiredError, MalformedError, MismatchError
from .holders import Signer
from .keys import Card, pinned
from .primitives import KEM_PK, SIG, H, kem_public, verify
from .questions import Field, any_field, dump_field
from .sections import Section, check_fields, check_sections, dump_section, sections_of
from .shapes import Integer, Items, Name, Object, Octets, Parsed, Shape, Uuid
from .words import LANGUAGES, Length, Worded, Words

MAX_TYPES = 16
SKEW = 24 * 60 * 60
LENGTHS = {
    "title": Length(1, 200),
    "description": Length(0, 4000),
    "confirmation": Length(0, 2000),
}
OPTIONAL = ("languages", "sections")


@dataclass(frozen=True)
class Inbox:
    """Where records of one type go: an X-Wing public key (1216 bytes) and its generation."""

    type: str
    gen: int
    public: bytes


@dataclass(frozen=True)
class Manifest:
    """A form as its owner signed it; times in seconds since 1970, ``raw`` the signed bytes."""

    form: str
    version: int
    owner: str
    issued: int
    expires: int
    title: Words
    description: Words
    confirmation: Words
    types: tuple[Inbox, ...]
    fields: tuple[Field, ...]
    raw: bytes = b""
    languages: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()

    @cached_property
    def hash(self) -> bytes:
        """H("manifest", bytes), 32 bytes: what a submission names."""
        return H("manifest", self.raw)

    @cached_property
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

    @cached_property
    def has_conditions(self) -> bool:
        """Whether any field or section may be hidden."""
        return any(field.when for field in self.fields) or any(one.when for one in self.sections)

    @cached_property
    def all_shown(self) -> dict[str, Literal[True]]:
        """What is shown where there are no conditions: all fields, by name."""
        return dict.fromkeys((field.name for field in self.fields), True)

    @cached_property
    def all_sections(self) -> tuple[Section, ...]:
        """Its sections; one with all fields where it has none of its own."""
        names = tuple(field.name for field in self.fields)
        return self.sections or (Section(page=True, title="", text="", fields=names),)


def dump_manifest(manifest: Manifest) -> bytes:
    """Return the bytes to sign: canonical JSON, members in the order of the specification."""
    table = manifest_of(manifest.languages)
    wire: dict[str, Any] = {"v": VERSION} | {
        name: getattr(manifest, name) for name in table.members if name not in table.optional
    }
    wire["types"] = [
        {"type": inbox.type, "gen": inbox.gen, "inbox": b64(inbox.public)}
        for inbox in manifest.types
    ]
    wire["fields"] = list(map(dump_field, manifest.fields))
    if manifest.languages:
        wire["languages"] = list(manifest.languages)
    if manifest.sections:
        wire["sections"] = list(map(dump_section, manifest.sections))
    return dump_json(wire)


def parse_manifest(raw: bytes) -> Manifest:
    """Parse a manifest's bytes strictly; it is not trusted before ``verify_manifest``."""
    wire = manifest_of(()).check(load_json(raw))
    tags = LANGUAGES.read(wire["languages"]) if "languages" in wire else ()
    manifest = Manifest(**manifest_of(tags).read_members(wire), raw=raw)
    _check(manifest)
    return manifest


def _check(manifest: Manifest) -> None:
    types = [inbox.type for inbox in manifest.types]
    encoding.distinct(types, "types")
    encoding.distinct([field.name for field in manifest.fields], "names of fields")
    if {field.type for field in manifest.fields} != set(types):
        raise MalformedError("a manifest has an inbox for each type of its fields and no other")
    check_fields(manifest.fields)
    check_sections(manifest.all_sections, manifest.fields)


def _parse_inbox(value: object) -> Inbox:
    wire = INBOX.read(value)
    kem_public(wire["inbox"])
    return Inbox(wire["type"], wire["gen"], wire["inbox"])


INBOX = Object(
    "inbox",
    {"type": Name("type"), "gen": Integer("gen"), "inbox": Octets(KEM_PK)},
    versioned=False,
)


@lru_cache(maxsize=64)
def manifest_of(languages: tuple[str, ...]) -> Object:
    """Return what a manifest in these languages is."""
    words, rest = words_of(languages), parts_of(languages)
    members = {
        "form": Uuid("form id"),
        "version": Integer("version"),
        "owner": Uuid("owner"),
        "issued": Integer("issued", 0),
        "expires": Integer("expires", 0),
        **words,
        "types": Items("types", Parsed(_parse_inbox, (INBOX,)), MAX_TYPES),
        **rest,
    }
    return Object("manifest", members, optional=OPTIONAL)


def words_of(languages: tuple[str, ...]) -> dict[str, Shape]:
    """Return what the words of a form in these languages are."""
    return {what: Worded(what, length, languages) for what, length in LENGTHS.items()}


def parts_of(languages: tuple[str, ...], *, least_fields: int = 1) -> dict[str, Shape]:
    """Return what the parts of a form in these languages are; ``OPTIONAL`` ones may be missing."""
    return {
        "fields": Items("fields", any_field(languages), encoding.MAX_FIELDS, least_fields),
        "languages": LANGUAGES,
        "sections": sections_of(languages),
    }


def sign_manifest(manifest: Manifest, keys: Signer) -> tuple[Manifest, bytes]:
    """Return the manifest with its bytes, and the owner's signature over them (64 bytes)."""
    signed = parse_manifest(dump_manifest(manifest))
    return signed, keys.sign(ctx("manifest", signed.raw))


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
