"""§8: manifests."""

from typing import Any

from apps.envelope.encoding import VERSION, b64, ctx, dump_json
from tests.envelope.operations import Json
from tests.tools.scenarios.book import PYTHON, Book
from tests.tools.scenarios.world import (
    ACME,
    CONTACT_INBOX,
    FORM,
    HEALTH_INBOX,
    MALLORY,
    NOW,
    OTHER_FORM,
    Person,
    flipped,
    inbox_public,
)

DAY = 24 * 60 * 60
YEAR = 365 * DAY


def question(name: str, type: str, kind: str, *options: str, **changes: Any) -> Json:
    """Return one field of a manifest."""
    return {
        "name": name,
        "type": type,
        "kind": kind,
        "label": name.capitalize(),
        "help": "",
        "required": False,
        "options": [{"value": o, "label": o.capitalize()} for o in options],
    } | changes


TYPES: list[Json] = [
    {"type": "contact", "gen": 1, "inbox": b64(inbox_public(CONTACT_INBOX))},
    {"type": "health", "gen": 1, "inbox": b64(inbox_public(HEALTH_INBOX))},
]
FIELDS = [
    question("fullname", "contact", "text", required=True),
    question("zip", "contact", "text"),
    question("height", "health", "number", help="In centimetres."),
    question("smoker", "health", "checkbox"),
    question("blood", "health", "select", "a", "b", "ab", "0"),
]
MANIFEST: Json = {
    "v": VERSION,
    "form": FORM,
    "version": 1,
    "owner": ACME.id,
    "issued": NOW,
    "expires": NOW + YEAR,
    "title": "Sign-up",
    "description": "",
    "confirmation": "Thank you.",
    "types": TYPES,
    "fields": FIELDS,
}


def written(wire: Json) -> str:
    """Return a manifest's bytes as text."""
    return dump_json(wire).decode()


TEXT = written(MANIFEST)


def signature(text: str, by: Person = ACME) -> bytes:
    """Return a signature over a manifest's bytes."""
    return by.keys.sig.sign(ctx("manifest", text.encode()))


def tell(book: Book) -> None:
    """Tell the scenarios."""
    routes = {"contact": ["fullname", "zip"], "health": ["blood", "height", "smoker"]}
    output = book.ok("manifest-parse", "parse_manifest", "hash and routes", {"text": TEXT})
    assert output["routes"] == routes
    every = [
        question(
            kind, "contact", kind, *(("a",) if kind in {"select", "radio", "checkboxes"} else ())
        )
        for kind in (
            "text",
            "textarea",
            "number",
            "date",
            "select",
            "radio",
            "checkbox",
            "checkboxes",
        )
    ]
    astral = {"title": "😀" * 200, "description": 'é"\\\n', "types": TYPES[:1], "fields": every}
    book.ok(
        "manifest-parse-every-kind",
        "parse_manifest",
        "eight kinds, texts in code points",
        {"text": written(MANIFEST | astral)},
    )
    shuffled = dict(sorted(MANIFEST.items()))
    book.ok(
        "manifest-parse-other-order",
        "parse_manifest",
        "a parser takes any order of members: the bytes are what is signed",
        {"text": written(shuffled)},
    )
    verifying(book)
    times(book)


def verifying(book: Book) -> None:
    """Signed by the pinned owner, of the form that was asked for."""
    sig = signature(TEXT)
    given = {
        "text": TEXT,
        "sig": sig.hex(),
        "card": ACME.wire,
        "fingerprint": ACME.card.fingerprint.hex(),
        "form": FORM,
    }
    good = "manifest-verify"
    book.ok(good, "verify_manifest", "acme's", given)
    book.ok(
        "manifest-sign",
        "sign_manifest",
        "in the order of the specification",
        {"seed": ACME.seed.hex(), "text": TEXT},
        expect={"text": TEXT, "sig": sig.hex()},
        languages=PYTHON,
    )
    of_mallory = written(MANIFEST | {"owner": MALLORY.id})
    for name, error, comment, changes in (
        (
            "substituted-owner",
            "fingerprint",
            "mallory's card, manifest and signature, acme's pin",
            {"text": of_mallory, "sig": signature(of_mallory, MALLORY).hex(), "card": MALLORY.wire},
        ),
        (
            "signature-of-mallory",
            "signature",
            "mallory signed",
            {"sig": signature(TEXT, MALLORY).hex()},
        ),
        ("altered-signature", "signature", "a bit of it", {"sig": flipped(sig).hex()}),
        ("altered-title", "signature", "a word", {"text": TEXT.replace("Sign-up", "Log-in")}),
        (
            "added-field",
            "signature",
            "the server asks for more",
            {"text": written(MANIFEST | {"fields": [*FIELDS, question("pin", "contact", "text")]})},
        ),
        (
            "replaced-inbox",
            "signature",
            "the server's own key",
            {"text": TEXT.replace(TYPES[0]["inbox"], TYPES[1]["inbox"])},
        ),
        (
            "reordered-members",
            "signature",
            "the same JSON in other bytes",
            {"text": written(dict(sorted(MANIFEST.items())))},
        ),
        (
            "signature-of-bare-bytes",
            "signature",
            "without the context",
            {"sig": ACME.keys.sig.sign(TEXT.encode()).hex()},
        ),
        (
            "another-form",
            "mismatch",
            "well signed, but not the one asked for",
            {"form": OTHER_FORM},
        ),
        (
            "another-owner",
            "mismatch",
            "acme signed what mallory owns",
            {"text": of_mallory, "sig": signature(of_mallory).hex()},
        ),
    ):
        book.bad(f"manifest-verify-refuses-{name}", good, error, comment, changes)


def times(book: Book) -> None:
    """From a day before it was issued until it expires."""
    for name, now in (
        ("when-issued", NOW),
        ("a-day-early", NOW - DAY),
        ("in-its-last-second", NOW + YEAR - 1),
    ):
        given = {"text": TEXT, "now": now}
        book.ok(f"manifest-in-force-{name}", "in_force", "may be filled", given, expect={})
    for name, now in (
        ("expired", NOW + YEAR),
        ("long-expired", NOW + 2 * YEAR),
        ("too-early", NOW - DAY - 1),
    ):
        book.bad(
            f"manifest-in-force-refuses-{name}",
            "manifest-in-force-when-issued",
            "expired",
            "outside its time",
            {"now": now},
        )
