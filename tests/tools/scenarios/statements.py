"""§9: deletions and revocations."""

from apps.envelope.encoding import b64
from apps.envelope.statements import Deletion, Revocation, sign_deletion, sign_revocation
from tests.envelope.operations import Json
from tests.tools.scenarios.book import PYTHON, Book
from tests.tools.scenarios.world import (
    ACME,
    FORM,
    MALLORY,
    MARKETING,
    OTHER_RECORD,
    RECORD,
    flipped,
    without,
)

ASKED: Json = {"id": RECORD, "writer": ACME.id, "type": "contact", "rev": 2}
REVOKED: Json = {
    "writer": f"form:{FORM}",
    "type": "contact",
    "gen": 1,
    "reader": MARKETING.id,
}
DELETION = sign_deletion(Deletion(**ASKED), ACME.keys)
REVOCATION = sign_revocation(Revocation(**REVOKED), ACME.keys)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    statement(book, "deletion", ASKED, DELETION, {"id": OTHER_RECORD, "rev": 3, "type": "health"})
    changes = {"gen": 2, "reader": MALLORY.id, "type": "health"}
    statement(book, "revocation", REVOKED, REVOCATION, changes)


def statement(
    book: Book,
    kind: str,
    bare: dict[str, object],
    signed: Deletion | Revocation,
    changes: dict[str, object],
) -> None:
    """Tell how one kind of statement is parsed, signed and verified."""
    wire = signed.to_wire()
    book.ok(
        f"{kind}-parse",
        f"parse_{kind}",
        "and what is signed",
        {kind: wire},
        expect={"message": signed.message.hex()},
    )
    book.ok(
        f"{kind}-sign",
        f"sign_{kind}",
        "Ed25519 is deterministic",
        {"seed": ACME.seed.hex(), kind: bare},
        expect={kind: wire},
        languages=PYTHON,
    )
    book.ok(
        f"{kind}-verify",
        "verify_statement",
        "acme asks",
        {kind: wire, "signer": ACME.wire},
        expect={},
    )
    number = "rev" if kind == "deletion" else "gen"
    for name, comment, changed in (
        ("other-version", "sealform/2", wire | {"v": "sealform/2"}),
        ("missing-signature", "no sig", without(wire, "sig")),
        ("unknown-member", "a member too many", wire | {"reason": ""}),
        ("bad-type", "no name", wire | {"type": "Contact"}),
        ("bad-writer", "no writer", wire | {"writer": "acme"}),
        ("zero", "from 1", wire | {number: 0}),
        ("short-signature", "63 bytes", wire | {"sig": b64(bytes(63))}),
        ("null", "no object", None),
    ):
        book.bad(f"{kind}-refuses-{name}", f"{kind}-parse", "malformed", comment, {kind: changed})
    for name, value in changes.items():
        book.bad(
            f"{kind}-verify-refuses-other-{name}",
            f"{kind}-verify",
            "signature",
            "not what acme signed",
            {kind: wire | {name: value}},
        )
    for name, comment, sig in (
        ("altered-signature", "a bit of it", flipped(signed.sig)),
        ("signature-of-mallory", "mallory asks", MALLORY.keys.sig.sign(signed.message)),
    ):
        changed = {kind: wire | {"sig": b64(sig)}}
        book.bad(f"{kind}-verify-refuses-{name}", f"{kind}-verify", "signature", comment, changed)
