"""§8: record ids and receipts; §10: work."""

from dataclasses import replace

from apps.envelope.manifests import parse_manifest
from apps.envelope.proof_of_work import do_work, work_done
from apps.envelope.receipts import receipt_of, record_id, show_receipt
from apps.envelope.records import Record
from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.forms import LATER, form_record
from tests.tools.scenarios.manifests import TEXT
from tests.tools.scenarios.world import FORM, OTHER_FORM, RECORD, fixed, flipped

SECRET = fixed("submission")[:16]
CHALLENGE = "c" * 43


def sent(type: str, secret: bytes = SECRET) -> Record:
    """Return a record whose id is of this submission."""
    return form_record(type, id=record_id(secret, FORM, type))


def tell(book: Book) -> None:
    """Tell the scenarios."""
    for name, secret, form, type in (
        ("contact", SECRET, FORM, "contact"), ("health", SECRET, FORM, "health"),
        ("another-form", SECRET, OTHER_FORM, "contact"), ("zeros", bytes(16), FORM, "contact"),
    ):  # fmt: skip
        given = {"secret": secret.hex(), "form": form, "type": type}
        book.ok(f"record-id-{name}", "record_id", "of version 4", given)
    comparing(book)
    shown(book)
    working(book)


def comparing(book: Book) -> None:
    """The records as they are stored, and nothing else."""
    given: Json
    records: list[Record]
    contact, health = sent("contact"), sent("health")
    receipt = receipt_of(parse_manifest(TEXT.encode()), SECRET, [contact, health])
    wire = [contact.to_wire(), health.to_wire()]
    given = {"text": TEXT, "secret": SECRET.hex(), "records": wire}
    expect = {"receipt": receipt.hex()}
    book.ok("receipt-make", "receipt", "in the order of the types", given, expect=expect)
    book.ok("receipt-make-in-any-order", "receipt", "of the records",
            given | {"records": wire[::-1]}, expect=expect)  # fmt: skip
    given = {"text": TEXT, "receipt": receipt.hex(), "records": wire}
    good = "receipt-verify"
    book.ok(good, "verify_receipt", "as they were sent", given, expect={})
    book.ok("receipt-verify-in-any-order", "verify_receipt", "of the records",
            given | {"records": wire[::-1]}, expect={})  # fmt: skip
    other = sent("contact", fixed("another submission")[:16])
    swapped = {"fullname": contact.fields["zip"], "zip": contact.fields["fullname"]}
    for name, comment, records in (
        ("a-missing-record", "health was dropped", [contact]),
        ("no-records", "all were dropped", []),
        ("a-record-twice", "contact instead of health", [contact, contact]),
        ("a-record-too-many", "contact twice", [contact, contact, health]),
        ("another-record", "well made, of another submission", [other, health]),
        ("another-id", "the same otherwise", [replace(contact, id=RECORD), health]),
        ("swapped-fields", "values exchanged", [replace(contact, fields=swapped), health]),
        ("an-altered-access-key", "a bit of ak",
         [replace(contact, ak=flipped(contact.ak, 9100)), health]),
        ("another-akid", "a bit of it",
         [replace(contact, akid=flipped(contact.akid)), health]),
    ):  # fmt: skip
        changes = {"records": [record.to_wire() for record in records]}
        book.bad(f"receipt-verify-refuses-{name}", good, "mismatch", comment, changes)
    for name, comment, bit in (("another-secret", "a bit of s", 0), ("another-hash", "of T", 255)):
        altered = {"receipt": flipped(receipt, bit).hex()}
        book.bad(f"receipt-verify-refuses-{name}", good, "mismatch", comment, altered)
    book.bad("receipt-verify-refuses-another-manifest", good, "mismatch", "version 2",
             {"text": LATER})  # fmt: skip
    book.bad("receipt-verify-refuses-a-short-receipt", good, "mismatch", "31 bytes",
             {"receipt": receipt[:-1].hex()})  # fmt: skip


def shown(book: Book) -> None:
    """As people see and type it."""
    receipt, starting = SECRET + fixed("t")[:16], bytes([0x8F]) + bytes(31)
    text, with_r = show_receipt(receipt), show_receipt(starting)
    assert with_r.startswith("R-R")
    for name, data in (("", receipt), ("-that-begins-with-r", starting)):
        book.ok(f"receipt-show{name}", "show_receipt", "R- in front", {"receipt": data.hex()},
                expect={"shown": show_receipt(data)})  # fmt: skip
    bare = text.removeprefix("R-")
    typed: str | None
    for name, comment, typed, data in (
        ("", "as shown", text, receipt),
        ("-in-lower-case", "the R too", text.lower(), receipt),
        ("-without-separators", "and without its hyphen", text.replace("-", ""), receipt),
        ("-with-spaces", "separators", f" r {bare} \n", receipt),
        (
            "-with-what-nobody-sees",
            "pasted",
            "\u200e" + text.replace("-", "\u2011") + "\ufeff",
            receipt,
        ),
        ("-without-r", "52 characters", bare, receipt),
        ("-that-begins-with-r", "one R is dropped", with_r, starting),
        ("-that-begins-with-r-without-r", "none is dropped", with_r.removeprefix("R-"), starting),
    ):
        book.ok(f"receipt-read{name}", "read_receipt", comment, {"shown": typed},
                expect={"receipt": data.hex()})  # fmt: skip
    for name, comment, typed in (
        ("cut-off", "51 characters", text[:-1]),
        ("cut-off-without-r", "51 characters", bare[:-1]),
        ("a-character-too-many", "54", text + "A"),
        ("another-mark", "S", "S" + text[1:]),
        ("two-marks", "54", "R" + text),
        ("spare-bits", "not zero", text[:-1] + "B"),
        ("no-base32", "1", text[:5] + "1" + text[6:]),
        ("a-long-s", "no ASCII", text[:5] + "\u017f" + text[6:]),
        ("nothing", "no characters", ""),
        ("null", "no string", None),
    ):
        book.bad(f"receipt-read-refuses-{name}", "receipt-read", "malformed", comment,
                 {"shown": typed})  # fmt: skip


def working(book: Book) -> None:
    """Zero bits at the beginning of a hash."""
    for bits in (0, 1, 7, 8, 9, 12):
        given = {"challenge": CHALLENGE, "id": RECORD, "nonce": do_work(CHALLENGE, RECORD, bits)}
        book.ok(f"work-of-{bits}-bits", "work_done", "the least nonce", given | {"bits": bits},
                expect={"done": True})  # fmt: skip
    nonce = do_work(CHALLENGE, RECORD, 8)
    zeros = next(bits for bits in range(8, 65) if not work_done(CHALLENGE, RECORD, nonce, bits + 1))
    given = {"challenge": CHALLENGE, "id": RECORD, "nonce": nonce, "bits": zeros}
    book.ok("work-to-the-last-bit", "work_done", "the next one is set", given,
            expect={"done": True})  # fmt: skip
    for name, changes in (
        ("another-nonce", {"nonce": nonce - 1}),
        ("another-challenge", {"challenge": "d" * 43}),
        ("another-record", {"id": record_id(SECRET, FORM, "contact")}),
        ("one-bit-more", {"bits": zeros + 1}),
        ("the-largest-nonce", {"nonce": 2**53 - 1}),
    ):
        book.ok(f"work-not-done-for-{name}", "work_done", "not enough", given | changes,
                expect={"done": False})  # fmt: skip
