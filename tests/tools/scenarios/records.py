"""§6: records of clients and of forms, whole and partial."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.envelope.encoding import b64
from apps.envelope.fields import Place, Sealed, _seal_field
from apps.envelope.keys import akid, column_key
from apps.envelope.records import Record, hide_fields, record_message
from tests.envelope.operations import Json
from tests.tools.scenarios.book import PYTHON, Book
from tests.tools.scenarios.world import (
    ACCESS_KEY,
    ACME,
    FORM,
    OTHER_KEY,
    OTHER_RECORD,
    RECORD,
    Person,
    fixed,
    uuid_like,
    without,
)

META: Json = {"customer": "4711", "state": "open"}
VALUES: Json = {"city": "Springfield", "fullname": "Ada Lovelace", "zip": "12345"}


def sealed_fields(place: Place, key: bytes, values: Mapping[str, Any]) -> dict[str, Sealed]:
    """Seal values with fixed randomness."""
    return {
        name: _seal_field(
            column_key(key, name),
            place,
            name,
            values[name],
            fixed(f"dk {name}"),
            fixed(f"kn {name}")[:12],
            fixed(f"vn {name}")[:12],
        )
        for name in sorted(values)
    }


def client_record(
    person: Person = ACME, values: Json = VALUES, meta: Json | None = None, **changes: Any
) -> Record:
    """Return a record that a client has really signed; ``changes`` before the sealing."""
    where: Json = {"id": RECORD, "writer": person.id, "type": "contact", "rev": 1} | changes
    where["akid"] = akid(ACCESS_KEY)
    fields = sealed_fields(Place(**where), ACCESS_KEY, values)
    return signed(Record(**where, fields=fields, meta=meta or {}), person)


def signed(record: Record, person: Person = ACME) -> Record:
    """Return the record with this person's signature, whatever the record says."""
    return replace(record, sig=person.keys.sig.sign(record_message(record)))


def form_record() -> Json:
    """Return the JSON of a form's record that parses; nothing in it opens."""
    wire = client_record(writer=f"form:{FORM}").to_wire()
    return without(wire, "sig") | {"manifest": b64(fixed("hash")), "ak": b64(bytes(1168))}


def tell(book: Book) -> None:
    """Tell the scenarios."""
    record = client_record()
    parsing(book, record.to_wire())
    labelled(book, client_record(meta=META).to_wire())
    opening(book, record)


def parsing(book: Book, wire: Json) -> None:
    """Strict, for both kinds."""
    book.ok("record-parse", "parse_record", "a client's", {"record": wire}, expect={"record": wire})
    split = wire | {"id": uuid_like("split", "8"), "rev": 2**53 - 1}
    book.ok("record-parse-split", "parse_record", "an id of version 8", {"record": split})
    of_form = form_record()
    book.ok("record-parse-of-a-form", "parse_record", "a visitor's", {"record": of_form})
    most = {f"f{i:03}": wire["fields"]["zip"] for i in range(128)}
    book.ok(
        "record-parse-128-fields", "parse_record", "the most", {"record": wire | {"fields": most}}
    )
    field = wire["fields"]["zip"]
    for name, error, comment, changed in (
        ("other-version", "malformed", "sealform/2", wire | {"v": "sealform/2"}),
        ("missing-signature", "malformed", "no sig", without(wire, "sig")),
        ("missing-akid", "malformed", "no akid", without(wire, "akid")),
        ("unknown-member", "malformed", "a member too many", wire | {"created": "today"}),
        ("manifest-member", "malformed", "a client's record has none", wire | {"manifest": ""}),
        (
            "form-signature",
            "malformed",
            "a client's tail on a form's",
            wire | {"writer": f"form:{FORM}"},
        ),
        ("id-of-version-1", "malformed", "4 or 8", wire | {"id": uuid_like("old", "1")}),
        ("bad-type", "malformed", "no name", wire | {"type": "Contact"}),
        ("revision-zero", "malformed", "from 1", wire | {"rev": 0}),
        ("revision-as-string", "malformed", "no integer", wire | {"rev": "1"}),
        ("revision-true", "malformed", "no integer", wire | {"rev": True}),
        ("short-akid", "malformed", "31 bytes", wire | {"akid": b64(bytes(31))}),
        ("no-fields", "malformed", "at least one", wire | {"fields": {}}),
        ("fields-as-list", "malformed", "no object", wire | {"fields": [field]}),
        ("129-fields", "limit", "one too many", wire | {"fields": most | {"zip": field}}),
        ("bad-field-name", "malformed", "no name", wire | {"fields": {"Zip": field}}),
        ("bad-field", "malformed", "not sealed", wire | {"fields": {"zip": "12345"}}),
        ("short-signature", "malformed", "63 bytes", wire | {"sig": b64(bytes(63))}),
        ("empty-hidden", "malformed", "hidden names nothing", wire | {"hidden": {}}),
        ("null", "malformed", "no object", None),
        ("writer-as-list", "malformed", "no writer", wire | {"writer": [ACME.id]}),
    ):
        book.bad(f"record-refuses-{name}", "record-parse", error, comment, {"record": changed})
    for name, comment, changed in (
        ("revision-2", "a form's record is never updated", of_form | {"rev": 2}),
        ("id-of-version-8", "browsers make version 4", of_form | {"id": uuid_like("split", "8")}),
        ("short-access-key", "1167 bytes", of_form | {"ak": b64(bytes(1167))}),
        ("short-manifest-hash", "31 bytes", of_form | {"manifest": b64(bytes(31))}),
        ("signature", "visitors sign nothing", of_form | {"sig": wire["sig"]}),
        ("no-access-key", "no ak", without(of_form, "ak")),
        ("client-writer", "a form's tail on a client's", of_form | {"writer": ACME.id}),
    ):
        book.bad(
            f"record-of-a-form-refuses-{name}",
            "record-parse-of-a-form",
            "malformed",
            comment,
            {"record": changed},
        )


def labelled(book: Book, wire: Json) -> None:
    """Meta: what a client says in plaintext."""
    book.ok("record-parse-meta", "parse_record", "with meta", {"record": wire},
            expect={"record": wire})  # fmt: skip
    turned = dict(reversed(META.items()))
    book.ok("record-parse-meta-in-another-order", "parse_record", "written again as it ascends",
            {"record": wire | {"meta": turned}}, expect={"record": wire})  # fmt: skip
    most = {f"m{i:02}": "\U0001f4d6" * 200 for i in range(16)}
    book.ok("record-parse-16-meta", "parse_record", "the most", {"record": wire | {"meta": most}})
    for name, error, comment, meta in (
        ("empty", "malformed", "left out instead", {}),
        ("17-names", "limit", "one too many", most | {"one_more": "x"}),
        ("a-bad-name", "malformed", "no name", {"Customer": "4711"}),
        ("an-empty-text", "malformed", "at least one character", {"customer": ""}),
        ("a-long-text", "malformed", "201 characters", {"customer": "x" * 201}),
        ("a-number", "malformed", "no text", {"customer": 4711}),
        ("null", "malformed", "no text", {"customer": None}),
        ("a-line-feed", "malformed", "nobody sees it", {"customer": "4711\n"}),
        ("an-outer-space", "malformed", "nobody sees it", {"customer": "4711 "}),
        ("a-zero-width-space", "malformed", "nobody sees it", {"customer": "47\u200b11"}),
        ("a-list", "malformed", "no object", [["customer", "4711"]]),
    ):
        book.bad(
            f"record-refuses-meta-of-{name}",
            "record-parse-meta",
            error,
            comment,
            {"record": wire | {"meta": meta}},
        )
    book.bad(
        "record-of-a-form-refuses-meta",
        "record-parse-of-a-form",
        "malformed",
        "visitors have none",
        {"record": form_record() | {"meta": META}},
    )


def opening(book: Book, record: Record) -> None:
    """By access key, by column keys, by data keys."""
    wire, key = record.to_wire(), ACCESS_KEY.hex()
    given = {"record": wire, "access_key": key}
    book.ok("record-open", "open_record", "all fields", given, expect={"values": VALUES})
    columns = {"zip": column_key(ACCESS_KEY, "zip").hex()}
    for name, some in (
        ("columns", wire),
        ("columns-of-partial", hide_fields(record, ["zip"]).to_wire()),
    ):
        book.ok(
            f"record-open-{name}",
            "open_columns",
            "only zip",
            {"record": some, "column_keys": columns},
            expect={"values": {"zip": "12345"}},
        )
    data = {"zip": fixed("dk zip").hex(), "city": fixed("dk city").hex()}
    book.ok(
        "record-open-data-keys",
        "open_data_keys",
        "to grant them",
        given | {"names": ["zip", "city"]},
        expect={"data_keys": data},
        languages=PYTHON,
    )
    book.ok(
        "record-open-values",
        "open_values",
        "two fields",
        {"record": wire, "data_keys": data},
        expect={"values": without(VALUES, "fullname")},
    )
    book.bad(
        "record-open-refuses-another-access-key",
        "record-open",
        "commitment",
        "the record names another",
        {"access_key": OTHER_KEY.hex()},
    )
    book.bad(
        "record-open-data-keys-refuses-a-field-it-lacks",
        "record-open-data-keys",
        "mismatch",
        "no age in it",
        {"names": ["zip", "age"]},
    )
    book.bad(
        "record-open-data-keys-refuses-another-access-key",
        "record-open-data-keys",
        "commitment",
        "the record names another",
        {"access_key": OTHER_KEY.hex()},
    )
    fields = wire["fields"]
    for good, comment, changes in (
        (
            "record-open",
            "the server exchanged two fields",
            {"record": wire | {"fields": fields | {"zip": fields["city"], "city": fields["zip"]}}},
        ),
        (
            "record-open-columns",
            "city stands where zip was",
            {"record": wire | {"fields": fields | {"zip": fields["city"]}}},
        ),
        (
            "record-open-values",
            "city stands where zip was",
            {"record": wire | {"fields": fields | {"zip": fields["city"]}}},
        ),
    ):
        book.bad(f"{good}-refuses-a-moved-field", good, "open", comment, changes)
    revised = client_record(rev=2).to_wire()
    replayed = revised | {"fields": revised["fields"] | {"zip": fields["zip"]}}
    book.ok(
        "record-open-revision-2", "open_record", "an update", {"record": revised, "access_key": key}
    )
    book.bad(
        "record-open-refuses-a-replayed-field",
        "record-open-revision-2",
        "open",
        "zip is from revision 1",
        {"record": replayed},
    )
    elsewhere = client_record(id=OTHER_RECORD).to_wire()
    moved = {"record": wire | {"fields": fields | {"zip": elsewhere["fields"]["zip"]}}}
    book.bad(
        "record-open-refuses-a-field-of-another-record",
        "record-open",
        "open",
        "zip is from another record",
        moved,
    )
