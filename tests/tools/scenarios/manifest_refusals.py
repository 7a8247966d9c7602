"""§8: what is no manifest."""

import json

from apps.envelope.encoding import b64
from tests.envelope.operations import Json
from tests.tools.scenarios.book import ABSENT, Book
from tests.tools.scenarios.manifests import FIELDS, MANIFEST, TEXT, TYPES, question, written
from tests.tools.scenarios.world import (
    CONTACT_INBOX,
    FORM,
    inbox_public,
    uuid_like,
    without,
)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    members(book)
    inboxes(book)
    questions(book)
    texts(book)


def refused(book: Book, name: str, comment: str, wire: Json, error: str = "malformed") -> None:
    """Tell one manifest that does not parse."""
    changes = {"text": written(wire)}
    book.bad(f"manifest-refuses-{name}", "manifest-parse", error, comment, changes)


def members(book: Book) -> None:
    """Its own members."""
    for name, comment, wire in (
        ("other-version", "sealform/2", MANIFEST | {"v": "sealform/2"}),
        ("missing-owner", "no owner", without(MANIFEST, "owner")),
        ("unknown-member", "a member too many", MANIFEST | {"script": ""}),
        ("form-of-version-8", "a random id", MANIFEST | {"form": uuid_like("form", "8")}),
        ("form-as-owner", "no client", MANIFEST | {"owner": f"form:{FORM}"}),
        ("version-zero", "from 1", MANIFEST | {"version": 0}),
        ("negative-issued", "from 0", MANIFEST | {"issued": -1}),
        ("expires-null", "a manifest has an end", MANIFEST | {"expires": None}),
        ("empty-title", "at least one character", MANIFEST | {"title": ""}),
        ("long-title", "201 characters", MANIFEST | {"title": "a" * 201}),
        ("long-description", "4001 characters", MANIFEST | {"description": "a" * 4001}),
        ("long-confirmation", "2001 characters", MANIFEST | {"confirmation": "a" * 2001}),
        ("null-character", "U+0000", MANIFEST | {"title": "a\0"}),
        ("types-as-object", "no list", MANIFEST | {"types": {"contact": 1}}),
        ("no-fields", "at least one", MANIFEST | {"fields": [], "types": []}),
    ):
        refused(book, name, comment, wire)


def inboxes(book: Book) -> None:
    """Its types."""
    contact, health = TYPES
    public = inbox_public(CONTACT_INBOX)
    for name, comment, types in (
        ("duplicate-types", "contact twice", [contact, contact, health]),
        ("type-without-fields", "nothing goes there", [*TYPES, contact | {"type": "money"}]),
        ("type-without-inbox", "health goes nowhere", [contact]),
        ("bad-type-name", "no name", [*TYPES, contact | {"type": "Contact"}]),
        ("generation-zero", "from 1", [contact | {"gen": 0}, health]),
        ("short-inbox", "1215 bytes", [contact | {"inbox": b64(public[:-1])}, health]),
        (
            "bad-inbox",
            "no ML-KEM key",
            [contact | {"inbox": b64(b"\xff\xff\xff" + public[3:])}, health],
        ),
        ("unknown-inbox-member", "a member too many", [contact | {"seed": ""}, health]),
    ):
        refused(book, name, comment, MANIFEST | {"types": types})
    many = [contact | {"type": f"t{i}"} for i in range(17)]
    fields = [question(f"f{i}", f"t{i}", "text") for i in range(17)]
    book.ok(
        "manifest-parse-16-types",
        "parse_manifest",
        "the most",
        {"text": written(MANIFEST | {"types": many[:16], "fields": fields[:16]})},
    )
    refused(book, "17-types", "one too many", MANIFEST | {"types": many, "fields": fields}, "limit")


def questions(book: Book) -> None:
    """Its fields."""
    for name, comment, field in (
        ("unknown-kind", "a kind of a later version", question("x", "contact", "file")),
        ("kind-null", "no kind", question("x", "contact", "text") | {"kind": None}),
        ("duplicate-field", "zip twice", question("zip", "health", "text")),
        ("bad-field-name", "no name", question("Zip", "contact", "text")),
        ("empty-label", "at least one character", question("x", "contact", "text", label="")),
        ("long-label", "501 characters", question("x", "contact", "text", label="a" * 501)),
        ("long-help", "2001 characters", question("x", "contact", "text", help="a" * 2001)),
        ("required-as-number", "true or false", question("x", "contact", "text", required=1)),
        ("unknown-field-member", "a member too many", question("x", "contact", "text", html="")),
        ("missing-help", "no help", without(question("x", "contact", "text"), "help")),
        ("options-of-a-text", "only choices have some", question("x", "contact", "text", "a")),
        ("choice-without-options", "at least one", question("x", "contact", "radio")),
        ("options-null", "none is []", question("x", "contact", "text", options=None)),
        ("duplicate-options", "a twice", question("x", "contact", "select", "a", "a")),
        (
            "options-with-another-space",
            "alike",
            question("x", "contact", "radio", "a b", "a\u00a0b"),
        ),
        ("options-composed-otherwise", "alike", question("x", "contact", "select", "é", "e\u0301")),
        (
            "empty-option",
            "a value has a character",
            question("x", "contact", "select", options=[{"value": "", "label": "none"}]),
        ),
        ("long-option", "201 characters", question("x", "contact", "select", "a" * 201)),
        ("option-as-string", "no object", question("x", "contact", "select", options=["a"])),
    ):
        refused(book, name, comment, MANIFEST | {"fields": [*FIELDS, field]})
    fields = [question(f"f{i}", "contact", "text") for i in range(129)]
    one = MANIFEST | {"types": TYPES[:1]}
    book.ok(
        "manifest-parse-128-fields",
        "parse_manifest",
        "the most",
        {"text": written(one | {"fields": fields[:128]})},
    )
    refused(book, "129-fields", "one too many", one | {"fields": fields}, "limit")
    many = question("x", "contact", "select", *(f"o{i}" for i in range(257)))
    refused(book, "257-options", "one too many", MANIFEST | {"fields": [*FIELDS, many]}, "limit")


def texts(book: Book) -> None:
    """Its bytes."""
    for name, comment, changes in (
        ("white-space", "not canonical", {"text": json.dumps(MANIFEST)}),
        ("escaped-title", "not canonical", {"text": TEXT.replace("Sign-up", "\\u0053ign-up")}),
        (
            "duplicate-member",
            "version twice",
            {"text": TEXT.replace('"version":1', '"version":2,"version":1')},
        ),
        ("fraction", "1.0", {"text": TEXT.replace('"version":1', '"version":1.0')}),
        ("trailing-newline", "not canonical", {"text": TEXT + "\n"}),
        ("byte-order-mark", "not canonical", {"text": "\ufeff" + TEXT}),
        ("list", "no object", {"text": f"[{TEXT}]"}),
        (
            "invalid-utf-8",
            "a byte that never is",
            {"text": ABSENT, "hex": TEXT.encode().replace(b"Sign", b"S\xffgn").hex()},
        ),
        ("lone-surrogate", "in the title", {"text": TEXT.replace("Sign-up", "\\ud83d")}),
    ):
        book.bad(f"manifest-refuses-{name}", "manifest-parse", "malformed", comment, changes)
