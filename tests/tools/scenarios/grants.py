"""§7: grants of each kind, and each way to refuse one."""

from dataclasses import replace
from typing import Any

from apps.envelope.encoding import b64, dump_json
from apps.envelope.grants import Grant, grant_message, inbox_id
from apps.envelope.keys import akid, column_key
from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.world import (
    ACCESS_KEY,
    ACME,
    CLINIC,
    CONTACT_INBOX,
    FORM,
    MARKETING,
    NOW,
    RECORD,
    SEALS,
    Person,
    fixed,
    inbox_public,
    uuid_like,
    without,
)

TYPE_MAP = {"*": ACCESS_KEY}
COLUMN_MAP = {name: column_key(ACCESS_KEY, name) for name in ("city", "zip")}
RECORD_MAP = {"zip": fixed("dk zip")}
INBOX_MAP = {"@": CONTACT_INBOX}
OF_FORM: Json = {"writer": f"form:{FORM}", "akid": inbox_id(inbox_public(CONTACT_INBOX))}


def key_text(keys: dict[str, bytes]) -> bytes:
    """Return a key map's canonical JSON."""
    return dump_json({name: b64(keys[name]) for name in sorted(keys)})


def grant(
    keys: bytes | dict[str, bytes],
    to: Person = MARKETING,
    by: Person = ACME,
    sealed_to: Person | None = None,
    **changes: Any,
) -> Grant:
    """Return a grant, really sealed to one person and signed by one, whatever it says."""
    members: Json = {
        "writer": ACME.id,
        "type": "contact",
        "gen": 1,
        "akid": akid(ACCESS_KEY),
        "record": "",
        "fields": (),
        "not_after": 0,
        "reader": to.id,
        "reader_fp": to.card.fingerprint,
    } | changes
    bare = Grant(**members)
    message = keys if isinstance(keys, bytes) else key_text(keys)
    return signed(
        replace(bare, keys=SEALS.seal((sealed_to or to).keys.kem.public, message, bare.info)), by
    )


def signed(bare: Grant, by: Person) -> Grant:
    """Return the grant with this person's signature."""
    return replace(bare, sig=by.keys.sig.sign(grant_message(bare)))


def opening(made: Grant, to: Person = MARKETING, by: Person = ACME, **changes: Any) -> Json:
    """Return the input of ``open_grant``."""
    given: Json = {
        "grant": made.to_wire(),
        "seed": to.seed.hex(),
        "me": to.wire,
        "granter": by.wire,
        "now": NOW,
        "owner": None,
    }
    return given | changes


def tell(book: Book) -> None:
    """Tell the scenarios."""
    inbox = inbox_public(CONTACT_INBOX)
    book.ok("inbox-id", "inbox_id", 'H("inbox", public key)', {"inbox": inbox.hex()})
    kinds(book)
    parsing(book)


def kinds(book: Book) -> None:
    """A type, to oneself and to another; columns; fields of a record; an inbox."""
    for name, made, to, keys, owner in (
        ("type", grant(TYPE_MAP), MARKETING, TYPE_MAP, None),
        ("type-to-itself", grant(TYPE_MAP, ACME), ACME, TYPE_MAP, None),
        ("columns", grant(COLUMN_MAP, fields=("city", "zip")), MARKETING, COLUMN_MAP, None),
        (
            "fields-of-a-record",
            grant(RECORD_MAP, CLINIC, record=RECORD, fields=("zip",)),
            CLINIC,
            RECORD_MAP,
            None,
        ),
        ("inbox", grant(INBOX_MAP, ACME, **OF_FORM), ACME, INBOX_MAP, ACME.id),
        ("inbox-to-marketing", grant(INBOX_MAP, **OF_FORM), MARKETING, INBOX_MAP, ACME.id),
        (
            "fields-of-a-form-record",
            grant(RECORD_MAP, CLINIC, writer=f"form:{FORM}", record=RECORD, fields=("zip",)),
            CLINIC,
            RECORD_MAP,
            ACME.id,
        ),
        ("that-ends-later", grant(TYPE_MAP, not_after=NOW), MARKETING, TYPE_MAP, None),
        ("of-generation-2", grant(TYPE_MAP, gen=2), MARKETING, TYPE_MAP, None),
    ):
        wire = made.to_wire()
        output = {"keys": {key: value.hex() for key, value in keys.items()}}
        given = opening(made, to, owner=owner)
        book.ok(f"grant-open-{name}", "open_grant", "verified, then opened", given, expect=output)
        book.ok(
            f"grant-parse-{name}",
            "parse_grant",
            "and the names that its key map has",
            {"grant": wire},
            expect={"grant": wire, "key_names": sorted(keys)},
        )
        for operation in ("grant_info", "grant_message"):
            label = f"{operation.replace('_', '-')}-{name}"
            book.ok(label, operation, "exact bytes", {"grant": wire})
        book.ok(
            f"grant-verify-{name}",
            "verify_grant",
            "by who may grant it",
            {"grant": wire, "granter": ACME.wire, "owner": owner},
            expect={},
        )


def parsing(book: Book) -> None:
    """Strict."""
    wire = grant(COLUMN_MAP, fields=("city", "zip")).to_wire()
    seal = SEALS.seal(MARKETING.keys.kem.public, key_text(TYPE_MAP), b"")
    for name, error, comment, changed in (
        ("other-version", "malformed", "sealform/2", wire | {"v": "sealform/2"}),
        ("missing-record", "malformed", "no record", without(wire, "record")),
        ("unknown-member", "malformed", "a member too many", wire | {"note": ""}),
        ("bad-writer", "malformed", "no writer", wire | {"writer": "acme"}),
        ("bad-type", "malformed", "no name", wire | {"type": "*"}),
        ("generation-zero", "malformed", "from 1", wire | {"gen": 0}),
        ("short-akid", "malformed", "31 bytes", wire | {"akid": b64(bytes(31))}),
        ("record-null", "malformed", 'absence is ""', wire | {"record": None}),
        ("bad-record", "malformed", "no id", wire | {"record": uuid_like("old", "1")}),
        (
            "record-without-fields",
            "malformed",
            "which fields?",
            wire | {"record": RECORD, "fields": []},
        ),
        (
            "columns-of-an-inbox",
            "malformed",
            "each record has its own key",
            wire | {"writer": f"form:{FORM}"},
        ),
        ("unsorted-fields", "malformed", "descending", wire | {"fields": ["zip", "city"]}),
        ("repeated-fields", "malformed", "each once", wire | {"fields": ["city", "city"]}),
        ("star-as-field", "malformed", "no name", wire | {"fields": ["*"]}),
        ("fields-null", "malformed", "all is []", wire | {"fields": None}),
        (
            "129-fields",
            "limit",
            "one too many",
            wire | {"fields": [f"f{i:03}" for i in range(129)]},
        ),
        ("negative-end", "malformed", "from 0", wire | {"not_after": -1}),
        ("end-null", "malformed", "never is 0", wire | {"not_after": None}),
        ("form-as-reader", "malformed", "forms read nothing", wire | {"reader": f"form:{FORM}"}),
        ("short-fingerprint", "malformed", "31 bytes", wire | {"reader_fp": b64(bytes(31))}),
        ("short-keys", "malformed", "no room for a key map", wire | {"keys": b64(seal[:1136])}),
        ("long-keys", "limit", "16385 bytes", wire | {"keys": b64(bytes(16385))}),
        ("short-signature", "malformed", "63 bytes", wire | {"sig": b64(bytes(63))}),
        ("padded-signature", "malformed", "base64 with =", wire | {"sig": wire["sig"] + "=="}),
        ("string", "malformed", "no object", "grant"),
    ):
        book.bad(f"grant-refuses-{name}", "grant-parse-columns", error, comment, {"grant": changed})
    longest = wire | {"keys": b64(bytes(16384)), "fields": [f"f{i:03}" for i in range(128)]}
    book.ok("grant-parse-the-most", "parse_grant", "128 columns, 16384 bytes", {"grant": longest})
