"""§8: inboxes and submissions."""

from typing import Any

from apps.envelope.encoding import VERSION, b64, ctx
from apps.envelope.fields import Place
from apps.envelope.keys import akid
from apps.envelope.manifests import parse_manifest
from apps.envelope.records import Record
from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.manifests import MANIFEST, TEXT, written
from tests.tools.scenarios.records import sealed_fields
from tests.tools.scenarios.world import (
    CONTACT_INBOX,
    FORM,
    HEALTH_INBOX,
    OTHER_FORM,
    OTHER_INBOX,
    OTHER_KEY,
    OTHER_RECORD,
    RECORD,
    SEALS,
    fixed,
    flipped,
    inbox_public,
    without,
)

HASH = parse_manifest(TEXT.encode()).hash
CONTACT = {"fullname": "Ada Lovelace", "zip": "12345"}
HEALTH: Json = {"blood": "ab", "height": "165", "smoker": False}
LATER = written(MANIFEST | {"version": 2})


def form_record(type: str = "contact", **changes: Any) -> Record:
    """Return a form's record, really sealed; ``changes`` say what else was sealed into it."""
    values, inbox, id = (
        (CONTACT, CONTACT_INBOX, RECORD)
        if type == "contact"
        else (HEALTH, HEALTH_INBOX, OTHER_RECORD)
    )
    use: Json = {
        "form": FORM,
        "id": id,
        "manifest": HASH,
        "inbox": inbox,
        "values": values,
        "key": fixed(f"{type} access key"),
        "named": None,
        "info": {},
        "sealed_key": None,
    } | changes
    where = {
        "id": use["id"],
        "writer": f"form:{use['form']}",
        "type": type,
        "rev": 1,
        "akid": use["named"] or akid(use["key"]),
    }
    info = {
        "form": use["form"],
        "id": use["id"],
        "type": type,
        "akid": where["akid"],
        "manifest": use["manifest"],
    } | use["info"]
    ak = SEALS.seal(
        inbox_public(use["inbox"]), use["sealed_key"] or use["key"], ctx("inbox", *info.values())
    )
    fields = sealed_fields(Place(**where), use["key"], use["values"])
    return Record(**where, fields=fields, manifest=use["manifest"], ak=ak)


def submission(*records: Record) -> Json:
    """Return the body of a submission."""
    return {"v": VERSION, "records": [record.to_wire() for record in records]}


def tell(book: Book) -> None:
    """Tell the scenarios."""
    given = {"text": TEXT, "id": RECORD, "type": "contact", "akid": form_record().akid.hex()}
    book.ok("inbox-info", "inbox_info", "what binds a sealed access key", given)
    opening(book)


def opening(book: Book) -> None:
    """The inbox's seed opens the access key, and that opens the fields."""
    for type, seed, values in (
        ("contact", CONTACT_INBOX, CONTACT),
        ("health", HEALTH_INBOX, HEALTH),
    ):
        record = form_record(type)
        given = {"record": record.to_wire(), "text": TEXT, "inbox_seed": seed.hex()}
        book.ok(
            f"form-record-open-{type}",
            "open_form_record",
            "all of it",
            given,
            expect={"values": values},
        )
        book.ok(
            f"form-record-open-access-key-{type}",
            "open_access_key",
            "the first step",
            given,
            expect={"access_key": fixed(f"{type} access key").hex()},
        )
    moved = "the access key was sealed for another place"
    for name, error, comment, changed in (
        ("access-key-for-another-form", "open", moved, {"info": {"form": OTHER_FORM}}),
        ("access-key-for-another-record", "open", moved, {"info": {"id": OTHER_RECORD}}),
        ("access-key-for-another-type", "open", moved, {"info": {"type": "health"}}),
        ("access-key-for-another-akid", "open", moved, {"info": {"akid": akid(OTHER_KEY)}}),
        ("access-key-for-another-manifest", "open", moved, {"info": {"manifest": fixed("hash")}}),
        ("access-key-for-another-inbox", "open", "sealed to another key", {"inbox": OTHER_INBOX}),
        (
            "other-access-key",
            "commitment",
            "not the one that akid names",
            {"sealed_key": OTHER_KEY},
        ),
    ):
        good, wire = "form-record-open-contact", form_record(**changed).to_wire()
        book.bad(f"form-record-open-refuses-{name}", good, error, comment, {"record": wire})
    record = form_record()
    wire = record.to_wire()
    for name, error, comment, changes in (
        (
            "another-inbox",
            "mismatch",
            "the seed of another inbox",
            {"inbox_seed": OTHER_INBOX.hex()},
        ),
        (
            "the-inbox-of-another-type",
            "mismatch",
            "health's seed",
            {"inbox_seed": HEALTH_INBOX.hex()},
        ),
        ("another-manifest", "mismatch", "version 2", {"text": LATER}),
        (
            "altered-access-key",
            "open",
            "a bit of ak",
            {"record": wire | {"ak": b64(flipped(record.ak, 9100))}},
        ),
        (
            "swapped-fields",
            "open",
            "values exchanged",
            {
                "record": wire
                | {"fields": {"fullname": wire["fields"]["zip"], "zip": wire["fields"]["fullname"]}}
            },
        ),
        (
            "a-missing-field",
            "mismatch",
            "the server dropped zip",
            {"record": wire | {"fields": without(wire["fields"], "zip")}},
        ),
        (
            "a-field-of-another-submission",
            "open",
            "zip of another record",
            {
                "record": wire
                | {
                    "fields": wire["fields"]
                    | {"zip": form_record(id=OTHER_RECORD).to_wire()["fields"]["zip"]}
                }
            },
        ),
    ):
        book.bad(
            f"form-record-open-refuses-{name}", "form-record-open-contact", error, comment, changes
        )
    book.bad(
        "form-record-open-access-key-refuses-another-inbox",
        "form-record-open-access-key-contact",
        "mismatch",
        "the seed of another inbox",
        {"inbox_seed": OTHER_INBOX.hex()},
    )
