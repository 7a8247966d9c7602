"""§7: each way to refuse a grant that parses."""

from dataclasses import replace
from typing import Any

from apps.envelope.keys import akid
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.grants import (
    COLUMN_MAP,
    INBOX_MAP,
    OF_FORM,
    RECORD_MAP,
    TYPE_MAP,
    grant,
    key_text,
    signed,
)
from tests.tools.scenarios.world import (
    ACCESS_KEY,
    ACME,
    CLINIC,
    MALLORY,
    MARKETING,
    NOW,
    OTHER_FORM,
    OTHER_INBOX,
    OTHER_KEY,
    OTHER_RECORD,
    flipped,
)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    granters(book)
    refused_openings(book)
    refused_key_maps(book)


def granters(book: Book) -> None:
    """A client grants its own; a form's owner grants the form's."""
    changes: Any
    for name, good, error, comment, changes in (
        (
            "another-client",
            "grant-verify-type",
            "mismatch",
            "mallory grants what acme wrote",
            {"grant": grant(TYPE_MAP, by=MALLORY).to_wire(), "granter": MALLORY.wire},
        ),
        (
            "forged-signature",
            "grant-verify-type",
            "signature",
            "mallory signs as acme",
            {"grant": grant(TYPE_MAP, by=MALLORY).to_wire()},
        ),
        (
            "unknown-owner",
            "grant-verify-inbox",
            "mismatch",
            "nobody vouches for the owner",
            {"owner": None},
        ),
        (
            "another-owner",
            "grant-verify-inbox",
            "mismatch",
            "the manifest names marketing",
            {"owner": MARKETING.id},
        ),
        (
            "granter-not-owner",
            "grant-verify-inbox",
            "mismatch",
            "mallory grants acme's inbox",
            {
                "grant": grant(INBOX_MAP, ACME, MALLORY, **OF_FORM).to_wire(),
                "granter": MALLORY.wire,
            },
        ),
        (
            "owner-does-not-help-for-a-client",
            "grant-verify-type",
            "mismatch",
            "the owner of some form grants what acme wrote",
            {
                "grant": grant(TYPE_MAP, by=MALLORY).to_wire(),
                "granter": MALLORY.wire,
                "owner": MALLORY.id,
            },
        ),
    ):
        book.bad(f"grant-verify-refuses-{name}", good, error, comment, changes)
    made = grant(TYPE_MAP)
    for name, changes in (
        ("type", {"type": "health"}),
        ("generation", {"gen": 2}),
        ("akid", {"akid": akid(OTHER_KEY)}),
        ("record", {"record": OTHER_RECORD, "fields": ("zip",)}),
        ("fields", {"fields": ("zip",)}),
        ("end", {"not_after": NOW + 1}),
        ("reader", {"reader": CLINIC.id}),
        ("fingerprint", {"reader_fp": CLINIC.card.fingerprint}),
        ("keys", {"keys": flipped(made.keys)}),
        ("signature", {"sig": flipped(made.sig)}),
    ):
        changed = replace(made, **changes).to_wire()
        book.bad(
            f"grant-verify-refuses-altered-{name}",
            "grant-verify-type",
            "signature",
            "not what acme signed",
            {"grant": changed},
        )


def refused_openings(book: Book) -> None:
    """Right in everything else."""
    own = "grant-open-type-to-itself"
    forged = grant({"*": OTHER_KEY}, ACME, MALLORY, akid=akid(OTHER_KEY))
    for name, good, error, comment, changed in (
        (
            "server-forged-self-grant",
            own,
            "signature",
            "a key of the server's choosing, sealed to acme: HPKE authenticates nobody",
            forged,
        ),
        (
            "self-grant-without-signature",
            own,
            "signature",
            "64 zeros",
            replace(grant(TYPE_MAP, ACME), sig=bytes(64)),
        ),
        (
            "other-reader",
            "grant-open-type",
            "mismatch",
            "clinic's id, else marketing's",
            grant(TYPE_MAP, reader=CLINIC.id),
        ),
        (
            "other-fingerprint",
            "grant-open-type",
            "mismatch",
            "clinic's fingerprint, else marketing's",
            grant(TYPE_MAP, reader_fp=CLINIC.card.fingerprint),
        ),
        (
            "ended-grant",
            "grant-open-type",
            "expired",
            "a second ago",
            grant(TYPE_MAP, not_after=NOW - 1),
        ),
        (
            "seal-for-another",
            "grant-open-type",
            "open",
            "sealed to clinic's key",
            grant(TYPE_MAP, sealed_to=CLINIC),
        ),
        (
            "seal-of-another-generation",
            "grant-open-type",
            "open",
            "keys of generation 2 in 1",
            signed(replace(grant(TYPE_MAP), keys=grant(TYPE_MAP, gen=2).keys), ACME),
        ),
        (
            "seal-of-another-type",
            "grant-open-type",
            "open",
            "keys of health in contact",
            signed(replace(grant(TYPE_MAP), keys=grant(TYPE_MAP, type="health").keys), ACME),
        ),
        (
            "altered-seal",
            "grant-open-type",
            "open",
            "signed, but a bit is wrong",
            signed(replace(grant(TYPE_MAP), keys=flipped(grant(TYPE_MAP).keys, 9000)), ACME),
        ),
        (
            "truncated-seal",
            "grant-open-type",
            "open",
            "signed, but a byte short",
            signed(replace(grant(TYPE_MAP), keys=grant(TYPE_MAP).keys[:-1]), ACME),
        ),
        (
            "other-access-key",
            "grant-open-type",
            "commitment",
            "akid names another key",
            grant({"*": OTHER_KEY}),
        ),
        (
            "other-inbox",
            "grant-open-inbox",
            "commitment",
            "akid names another inbox",
            grant({"@": OTHER_INBOX}, ACME, **OF_FORM),
        ),
    ):
        book.bad(f"grant-open-refuses-{name}", good, error, comment, {"grant": changed.to_wire()})
    book.bad(
        "grant-open-refuses-another-form",
        "grant-open-inbox",
        "signature",
        "the server says it is of another form",
        {
            "grant": replace(
                grant(INBOX_MAP, ACME, **OF_FORM), writer=f"form:{OTHER_FORM}"
            ).to_wire()
        },
    )
    book.bad(
        "grant-open-refuses-unknown-owner",
        "grant-open-inbox",
        "mismatch",
        "no manifest was verified",
        {"owner": None},
    )
    book.bad(
        "grant-open-refuses-a-second-later",
        "grant-open-that-ends-later",
        "expired",
        "not_after is the last second",
        {"now": NOW + 1},
    )


def refused_key_maps(book: Book) -> None:
    """Signed and sealed, but not the names that the grant entails, or not strict."""
    text = key_text(TYPE_MAP)
    for name, good, error, comment, keys, members in (
        ("inbox-key-in-a-type", "type", "malformed", "@ where * is due", {"@": ACCESS_KEY}, {}),
        (
            "column-keys-in-a-type",
            "type",
            "malformed",
            "zip where * is due",
            {"zip": ACCESS_KEY},
            {},
        ),
        ("two-keys-in-a-type", "type", "malformed", "zip besides *", TYPE_MAP | RECORD_MAP, {}),
        ("no-keys", "type", "malformed", "{}", {}, {}),
        (
            "missing-column",
            "columns",
            "malformed",
            "city is missing",
            {"zip": COLUMN_MAP["zip"]},
            {"fields": ("city", "zip")},
        ),
        (
            "extra-column",
            "columns",
            "malformed",
            "age was not granted",
            COLUMN_MAP | {"age": OTHER_KEY},
            {"fields": ("city", "zip")},
        ),
        (
            "whole-type-in-columns",
            "columns",
            "malformed",
            "* where columns are due",
            TYPE_MAP,
            {"fields": ("city", "zip")},
        ),
        ("type-key-in-an-inbox", "inbox", "malformed", "* where @ is due", TYPE_MAP, OF_FORM),
        ("short-key", "type", "malformed", "31 bytes", {"*": ACCESS_KEY[:31]}, {}),
        ("white-space", "type", "malformed", "not canonical", text.replace(b":", b": "), {}),
        (
            "duplicate-key",
            "type",
            "malformed",
            "* twice",
            text[:-1] + b"," + key_text({"*": ACCESS_KEY})[1:],
            {},
        ),
        ("padded-key", "type", "malformed", "base64 with =", text.replace(b'"}', b'="}'), {}),
        ("list", "type", "malformed", "no object", b'["*"]', {}),
        ("no-json", "type", "malformed", "32 bytes as they are", ACCESS_KEY, {}),
    ):
        to = ACME if good == "inbox" else MARKETING
        changed = grant(keys, to, **members).to_wire()
        book.bad(
            f"grant-open-refuses-key-map-with-{name}",
            f"grant-open-{good}",
            error,
            comment,
            {"grant": changed},
        )
