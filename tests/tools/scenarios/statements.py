"""§9: deletions, revocations, and leaving a group."""

from apps.envelope.encoding import b64
from apps.envelope.statements import (
    Deletion,
    Leave,
    Revocation,
    sign_deletion,
    sign_leave,
    sign_revocation,
)
from tests.envelope.operations import Json
from tests.tools.scenarios.book import PYTHON, Book
from tests.tools.scenarios.groups import GROUP, OTHER_GROUP
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
LEFT: Json = {"group": GROUP, "member": MARKETING.id, "since": 3}
LEAVE = sign_leave(Leave(**LEFT), MARKETING.keys)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    statement(book, "deletion", ASKED, DELETION, {"id": OTHER_RECORD, "rev": 3, "type": "health"})
    changes = {"gen": 2, "reader": MALLORY.id, "type": "health"}
    statement(book, "revocation", REVOKED, REVOCATION, changes)
    readers(book)
    leave(book)


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


def readers(book: Book) -> None:
    """A group is revoked as a client is."""
    bare = REVOKED | {"writer": ACME.id, "reader": f"group:{GROUP}"}
    revocation = sign_revocation(Revocation(**bare), ACME.keys)
    wire = revocation.to_wire()
    book.ok(
        "revocation-parse-of-a-group", "parse_revocation", "and what is signed",
        {"revocation": wire}, expect={"message": revocation.message.hex()},
    )  # fmt: skip
    given = {"revocation": wire, "signer": ACME.wire}
    book.ok("revocation-verify-of-a-group", "verify_statement", "acme asks", given, expect={})
    for name, reader in (
        ("group-without-id", "group:"),
        ("group-of-version-8", f"group:{GROUP[:14]}8{GROUP[15:]}"),
        ("upper-case-prefix", f"Group:{GROUP}"),
        ("group-twice", f"group:group:{GROUP}"),
        ("form-as-reader", f"form:{FORM}"),
        ("group-with-more", f"group:{GROUP} "),
    ):
        book.bad(
            f"revocation-refuses-{name}", "revocation-parse-of-a-group", "malformed", "no reader",
            {"revocation": wire | {"reader": reader}},
        )  # fmt: skip
    for name, changes in (
        ("a-group-for-a-client", {"reader": GROUP}),
        ("another-group", {"reader": f"group:{OTHER_GROUP}"}),
    ):
        book.bad(
            f"revocation-verify-refuses-{name}", "revocation-verify-of-a-group", "signature",
            "not what acme signed", {"revocation": wire | changes},
        )  # fmt: skip
    book.bad(
        "revocation-refuses-a-group-as-writer", "revocation-parse-of-a-group", "malformed",
        "epochs end with the roster", {"revocation": wire | {"writer": f"group:{GROUP}"}},
    )  # fmt: skip


def leave(book: Book) -> None:
    """A member says that it goes."""
    wire = LEAVE.to_wire()
    book.ok("leave-parse", "parse_leave", "and what is signed", {"leave": wire},
            expect={"message": LEAVE.message.hex()})  # fmt: skip
    book.ok(
        "leave-sign", "sign_leave", "Ed25519 is deterministic",
        {"seed": MARKETING.seed.hex(), "leave": LEFT}, expect={"leave": wire},
    )  # fmt: skip
    given = {"leave": wire, "signer": MARKETING.wire}
    book.ok("leave-verify", "verify_statement", "marketing goes", given, expect={})
    for name, changed in (
        *((f"missing-{member}", without(wire, member)) for member in wire),
        ("other-version", wire | {"v": "sealform/2"}),
        ("unknown-member", wire | {"reason": ""}),
        ("prefixed-group", wire | {"group": f"group:{GROUP}"}),
        ("upper-case-group", wire | {"group": GROUP.upper()}),
        ("group-as-member", wire | {"member": f"group:{GROUP}"}),
        ("since-0", wire | {"since": 0}),
        ("since-as-text", wire | {"since": "3"}),
        ("short-signature", wire | {"sig": b64(bytes(63))}),
        ("null", None),
    ):
        book.bad(
            f"leave-refuses-{name}", "leave-parse", "malformed", "one thing", {"leave": changed}
        )
    for name, changes in (
        ("another-group", {"leave": wire | {"group": OTHER_GROUP}}),
        ("another-member", {"leave": wire | {"member": MALLORY.id}}),
        ("a-later-membership", {"leave": wire | {"since": 4}}),
        ("altered-signature", {"leave": wire | {"sig": b64(flipped(LEAVE.sig))}}),
        ("its-owner-s-word", {"signer": ACME.wire}),
        ("mallory-s", {"leave": wire | {"sig": b64(MALLORY.keys.sign(LEAVE.message))}}),
    ):
        book.bad(
            f"leave-verify-refuses-{name}", "leave-verify", "signature",
            "not what marketing signed", changes,
        )  # fmt: skip
