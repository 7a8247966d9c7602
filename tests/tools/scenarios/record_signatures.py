"""§6: partial records, and what a signature covers."""

from dataclasses import replace

from apps.envelope.encoding import b64
from apps.envelope.fields import Sealed, show_sealed
from apps.envelope.keys import akid
from apps.envelope.records import Record, field_digest, hide_fields, record_message
from tests.tools.scenarios.book import PYTHON, Book
from tests.tools.scenarios.records import META, client_record, signed
from tests.tools.scenarios.world import (
    ACME,
    MALLORY,
    MARKETING,
    OTHER_KEY,
    OTHER_RECORD,
    altered,
    flipped,
    without,
)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    partial(book, client_record())
    verifying(book, client_record())
    labelled(book, client_record(meta=META))


def partial(book: Book, record: Record) -> None:
    """Some columns, and digests for the others."""
    given = {"record": record.to_wire(), "visible": ["zip"]}
    book.ok(
        "record-hide-fields", "hide_fields", "what a reader of zip gets", given, languages=PYTHON
    )
    wire = hide_fields(record, ["zip"]).to_wire()
    book.ok(
        "record-parse-partial",
        "parse_record",
        "fields and hidden",
        {"record": wire},
        expect={"record": wire},
    )
    blind = hide_fields(record, []).to_wire()
    book.ok("record-parse-all-hidden", "parse_record", "fields may be empty", {"record": blind})
    hidden = wire["hidden"]
    for name, comment, changed in (
        ("twice", "zip is both", hidden | {"zip": hidden["city"]}),
        ("short-digest", "31 bytes", hidden | {"city": b64(bytes(31))}),
        ("bad-name", "no name", hidden | {"City": hidden["city"]}),
        ("as-list", "no object", [*hidden]),
    ):
        changes = {"record": wire | {"hidden": changed}}
        book.bad(
            f"record-partial-refuses-{name}", "record-parse-partial", "malformed", comment, changes
        )
    many = {f"f{i:03}": hidden["city"] for i in range(128)}
    book.bad(
        "record-partial-refuses-129-names",
        "record-parse-partial",
        "limit",
        "one visible and 128 hidden",
        {"record": wire | {"hidden": many}},
    )
    for name, some in (("whole", record.to_wire()), ("partial", wire), ("all-hidden", blind)):
        given = {"record": some, "card": ACME.wire}
        book.ok(f"record-verify-{name}", "verify_record", "acme signed all of it", given, expect={})
        book.ok(
            f"record-message-{name}",
            "record_message",
            "the same bytes",
            {"record": some},
            expect={"message": record_message(record).hex()},
        )
    for name, comment, changed in (
        (
            "altered-digest",
            "a bit of it",
            hidden | {"city": b64(flipped(record_digest(record, "city")))},
        ),
        ("renamed", "city became town", {"town": hidden["city"], "fullname": hidden["fullname"]}),
        ("removed", "one hidden column less", {"city": hidden["city"]}),
        ("added", "one hidden column more", hidden | {"age": hidden["city"]}),
        ("swapped", "digests exchanged", {"city": hidden["fullname"], "fullname": hidden["city"]}),
    ):
        book.bad(
            f"record-verify-refuses-hidden-{name}",
            "record-verify-partial",
            "signature",
            comment,
            {"record": wire | {"hidden": changed}},
        )


def record_digest(record: Record, name: str) -> bytes:
    """Return the digest of one of the record's fields."""
    return field_digest(name, record.fields[name])


def verifying(book: Book, record: Record) -> None:
    """Every member is under the signature."""
    wire = record.to_wire()
    fields = wire["fields"]
    given = {"name": "zip", "sealed": fields["zip"]}
    book.ok("record-field-digest", "field_digest", 'H("field", name, k, c)', given)
    zip_ = record.fields["zip"]
    changed_value = show_sealed(Sealed(zip_.k, flipped(zip_.c, 333)))
    for name, changes in (
        ("other-id", {"id": OTHER_RECORD}),
        ("other-type", {"type": "health"}),
        ("other-revision", {"rev": 2}),
        ("other-akid", {"akid": b64(akid(OTHER_KEY))}),
        ("altered-field", {"fields": fields | {"zip": changed_value}}),
        ("removed-field", {"fields": without(fields, "zip")}),
        ("added-field", {"fields": fields | {"age": fields["zip"]}}),
        ("renamed-field", {"fields": without(fields, "zip") | {"zap": fields["zip"]}}),
        ("swapped-fields", {"fields": fields | {"zip": fields["city"], "city": fields["zip"]}}),
        ("altered-signature", {"sig": b64(flipped(record.sig))}),
        ("signature-of-mallory", {"sig": b64(signed(record, MALLORY).sig)}),
    ):
        book.bad(
            f"record-verify-refuses-{name}",
            "record-verify-whole",
            "signature",
            "not what acme signed",
            {"record": altered(wire, **changes)},
        )
    book.bad(
        "record-verify-refuses-another-writer",
        "record-verify-whole",
        "mismatch",
        "marketing's own record, well signed, where acme's is expected",
        {"record": client_record(MARKETING).to_wire()},
    )
    renamed = signed(replace(client_record(MALLORY, writer=ACME.id)), MALLORY).to_wire()
    book.bad(
        "record-verify-refuses-record-forged-for-acme",
        "record-verify-whole",
        "signature",
        "all is right but who signed",
        {"record": renamed},
    )


def labelled(book: Book, record: Record) -> None:
    """Meta is under the signature, of a partial record, too."""
    whole, partial = record.to_wire(), hide_fields(record, ["zip"]).to_wire()
    book.ok("record-hide-fields-keeps-meta", "hide_fields", "every reader sees it",
            {"record": whole, "visible": ["zip"]}, expect={"record": partial},
            languages=PYTHON)  # fmt: skip
    message = {"message": record_message(record).hex()}
    for name, wire in (("meta", whole), ("partial-meta", partial)):
        given = {"record": wire, "card": ACME.wire}
        book.ok(f"record-verify-{name}", "verify_record", "acme signed it", given, expect={})
        book.ok(f"record-message-{name}", "record_message", "a count, then names and texts",
                {"record": wire}, expect=message)  # fmt: skip
        for what, changed in (
            ("altered", META | {"state": "closed"}),
            ("renamed", {"customer": META["customer"], "status": META["state"]}),
            ("removed", {"customer": META["customer"]}),
            ("added", META | {"zone": "a"}),
            ("swapped", {"customer": META["state"], "state": META["customer"]}),
        ):
            book.bad(
                f"record-verify-refuses-{name}-{what}",
                f"record-verify-{name}",
                "signature",
                "not what acme signed",
                {"record": wire | {"meta": changed}},
            )
        book.bad(f"record-verify-refuses-{name}-taken-away", f"record-verify-{name}", "signature",
                 "as if there had been none", {"record": without(wire, "meta")})  # fmt: skip
    for name in ("whole", "partial"):
        wire = book.vectors[f"record-verify-{name}"]["input"]["record"]
        book.bad(f"record-verify-refuses-meta-in-a-{name}-record", f"record-verify-{name}",
                 "signature", "acme said nothing", {"record": wire | {"meta": META}})  # fmt: skip
    moved = client_record(rev=2, meta=META | {"state": "closed"}).to_wire()
    book.ok("record-verify-meta-revision-2", "verify_record", "an update with other meta",
            {"record": moved, "card": ACME.wire})  # fmt: skip
    book.bad("record-verify-refuses-meta-of-an-earlier-revision", "record-verify-meta-revision-2",
             "signature", "the update said otherwise",
             {"record": moved | {"meta": META}})  # fmt: skip
