"""§8: submissions, parsed and compared with their manifest."""

from apps.envelope.encoding import b64
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.forms import CONTACT, HEALTH, LATER, form_record, submission
from tests.tools.scenarios.manifests import TEXT
from tests.tools.scenarios.records import client_record
from tests.tools.scenarios.world import (
    CONTACT_INBOX,
    OTHER_FORM,
    OTHER_RECORD,
    RECORD,
    fixed,
    without,
)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    parsing(book)
    checking(book)


def parsing(book: Book) -> None:
    """One record a type, all of one form and one manifest."""
    contact, health = form_record(), form_record("health")
    body = submission(contact, health)
    good = "submission-parse"
    book.ok(
        good,
        "parse_submission",
        "two types",
        {"submission": body},
        expect={"ids": [RECORD, OTHER_RECORD]},
    )
    for name, error, comment, changed in (
        ("other-version", "malformed", "sealform/2", body | {"v": "sealform/2"}),
        ("no-records", "malformed", "at least one", body | {"records": []}),
        ("records-as-object", "malformed", "no list", body | {"records": {}}),
        ("unknown-member", "malformed", "a member too many", body | {"note": ""}),
        ("client-record", "malformed", "visitors are no clients", submission(client_record())),
        (
            "partial-record",
            "malformed",
            "whole records only",
            body | {"records": [contact.to_wire() | {"hidden": {"age": b64(bytes(32))}}]},
        ),
        (
            "two-of-a-type",
            "malformed",
            "contact twice",
            submission(contact, form_record(id=OTHER_RECORD)),
        ),
        (
            "one-id-twice",
            "malformed",
            "the same id",
            submission(contact, form_record("health", id=RECORD)),
        ),
        (
            "two-forms",
            "malformed",
            "another form's record",
            submission(contact, form_record("health", form=OTHER_FORM)),
        ),
        (
            "two-manifests",
            "malformed",
            "another manifest's record",
            submission(contact, form_record("health", manifest=fixed("hash"))),
        ),
        ("17-records", "limit", "one too many", body | {"records": [contact.to_wire()] * 17}),
        (
            "bad-record",
            "malformed",
            "no ak",
            body | {"records": [without(contact.to_wire(), "ak")]},
        ),
    ):
        book.bad(f"submission-refuses-{name}", good, error, comment, {"submission": changed})


def checking(book: Book) -> None:
    """Exactly what the manifest asks for."""
    contact, health = form_record(), form_record("health")
    given = {"submission": submission(contact, health), "text": TEXT}
    good = "submission-check"
    book.ok(good, "check_submission", "as asked", given, expect={})
    extra = form_record("money", values=CONTACT, inbox=CONTACT_INBOX, id=fixed_id())
    for name, comment, records in (
        ("missing-type", "health is missing", (contact,)),
        ("unknown-type", "money was not asked for", (contact, health, extra)),
        ("missing-field", "no zip", (form_record(values=without(CONTACT, "zip")), health)),
        (
            "extra-field",
            "age was not asked for",
            (form_record(values=CONTACT | {"age": "1"}), health),
        ),
        (
            "field-of-another-type",
            "zip in health",
            (contact, form_record("health", values=HEALTH | {"zip": "1"})),
        ),
        (
            "another-form",
            "well made for it",
            (form_record(form=OTHER_FORM), form_record("health", form=OTHER_FORM)),
        ),
    ):
        changes = {"submission": submission(*records)}
        book.bad(f"submission-check-refuses-{name}", good, "mismatch", comment, changes)
    book.bad(
        "submission-check-refuses-a-later-manifest",
        good,
        "mismatch",
        "sealed for version 1",
        {"text": LATER},
    )
    one = {"record": contact.to_wire(), "text": TEXT}
    good = "form-record-check"
    book.ok(good, "check_form_record", "one record", one, expect={})
    hidden = contact.to_wire()
    hidden |= {"fields": without(hidden["fields"], "zip"), "hidden": {"zip": b64(bytes(32))}}
    book.ok(
        "form-record-check-partial",
        "check_form_record",
        "hidden names count",
        {"record": hidden, "text": TEXT},
        expect={},
    )
    for name, comment, record in (
        ("another-form", "the writer", form_record(form=OTHER_FORM)),
        ("another-manifest", "the hash", form_record(manifest=fixed("hash"))),
        ("unknown-type", "money", extra),
        ("missing-field", "no zip", form_record(values=without(CONTACT, "zip"))),
        ("extra-field", "age", form_record(values=CONTACT | {"age": "1"})),
    ):
        changes = {"record": record.to_wire()}
        book.bad(f"form-record-check-refuses-{name}", good, "mismatch", comment, changes)
    book.bad(
        "form-record-check-refuses-a-client-record",
        good,
        "mismatch",
        "acme's own",
        {"record": client_record().to_wire()},
    )


def fixed_id() -> str:
    """Return a third record's id."""
    return RECORD[:-1] + ("0" if RECORD[-1] != "0" else "1")
