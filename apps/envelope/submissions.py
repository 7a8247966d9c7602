"""Submissions: what a visitor sends, and how its owner opens it (docs/protocol.md §8).

A submission is one record for each record type that the manifest routes to, each under an
access key of its own that is sealed to that type's inbox.
"""

from collections.abc import Mapping

from .encoding import MAX_ROOM, VERSION, ctx, dump_json
from .errors import LimitError, MalformedError, MismatchError
from .fields import MAX_PADDED, Place, Value, dump_value, sealed_size
from .formats import MAX_DECIMAL, MAX_EMAIL, MAX_TEL
from .holders import InboxOpener
from .keys import akid
from .manifests import MAX_TYPES, Inbox, Manifest
from .primitives import hpke_seal
from .questions import KINDS, Field
from .receipts import new_secret, receipt_of, record_id
from .records import (
    FORM_RECORD,
    Record,
    new_access_key,
    open_record,
    parse_record,
    seal_fields,
)
from .shapes import Items, Object, Parsed

SUBMISSION = Object(
    "submission", {"records": Items("records", Parsed(parse_record, (FORM_RECORD,)), MAX_TYPES)}
)
ROOM = 1023  # of a text that may not be shown, where its length has no limit


# Bytes of the longest JSON of the kinds whose answers have a form of their own.
LONGEST = {
    "number": MAX_DECIMAL + 2,
    "date": len('"2026-01-01"'),
    "time": len('"23:59"'),
    "email": MAX_EMAIL + 2,
    "tel": MAX_TEL + 2,
}
ESCAPED = 6  # bytes of one code point in JSON, at most: a control character


def inbox_info(manifest: Manifest, id: str, type: str, akid: bytes) -> bytes:
    """Return the HPKE info of a sealed access key: form, record id, type, akid, manifest hash."""
    return ctx("inbox", manifest.form, id, type, akid, manifest.hash)


def seal_submission(
    manifest: Manifest, answers: Mapping[str, Value], secret: bytes = b""
) -> tuple[tuple[Record, ...], bytes]:
    """Seal one record for each type of a verified manifest, and return them with their receipt.

    The records are in the manifest's order, the receipt has 32 bytes. ``answers`` has a value
    for every field, empty ones included, and no other; raises MismatchError otherwise. Whether
    the values keep the form's rules is ``answers.problems``' question. ``secret``, 16 bytes, is
    that of a submission that has to be sealed anew.
    """
    if answers.keys() != {field.name for field in manifest.fields}:
        raise MismatchError("answers must name each field of the manifest, and no other")
    secret = secret or new_secret()
    records = tuple(
        _seal_form_record(manifest, inbox, record_id(secret, manifest.form, inbox.type), answers)
        for inbox in manifest.types
    )
    return records, receipt_of(manifest, secret, records)


def rooms(manifest: Manifest) -> dict[str, int]:
    """Return how many bytes the JSON of each field's value has at least when it is sealed.

    As many as any other choice of the field would have, and, where it may not be shown, as a
    text of usual length: so that the size does not tell what was chosen, nor which way.
    """
    hideable = {name for part in manifest.all_sections if part.when for name in part.fields}
    return {
        field.name: _room(field, hideable=bool(field.when) or field.name in hideable)
        for field in manifest.fields
    }


def _room(field: Field, *, hideable: bool) -> int:
    if field.kind == "checkboxes":
        return len(dump_value([option.value for option in field.options]))
    if field.choices:
        return max(len(dump_value(choice)) for choice in field.choices)
    if hideable and "max_length" in KINDS[field.kind]:
        return min(4 * field.max_length + 2, MAX_ROOM) if field.max_length else ROOM
    return 0


def longest_seals(manifest: Manifest) -> dict[str, int]:
    """Return how many bytes the seal ``c`` of each field's answer has at most, by its name.

    No answer that keeps the form's rules is longer, in whatever way its JSON is written without
    white space but that of its room.
    """
    room = rooms(manifest)
    return {
        field.name: sealed_size(max(_longest(field), room[field.name])) for field in manifest.fields
    }


def _longest(field: Field) -> int:
    if field.kind in LONGEST:
        return LONGEST[field.kind]
    if field.kind == "checkboxes" or field.choices:
        return _room(field, hideable=False)
    return ESCAPED * field.max_length + 2 if field.max_length else MAX_PADDED - 1


def check_sizes(records: tuple[Record, ...], most: Mapping[str, int]) -> None:
    """Raise LimitError for a value that no answer to its question could have been sealed to.

    ``most`` is what ``longest_seals`` says of the manifest that the records have been checked
    against. Who stores what strangers send asks this; a reader sees what is inside.
    """
    for record in records:
        for name, sealed in record.fields.items():
            if len(sealed.c) > most[name]:
                raise LimitError(f"the value of {name} is larger than an answer to it can be")


def _seal_form_record(
    manifest: Manifest, inbox: Inbox, id: str, answers: Mapping[str, Value]
) -> Record:
    access_key = new_access_key()
    name = akid(access_key)
    place = Place(id=id, writer=manifest.writer, type=inbox.type, rev=1, akid=name)
    values = {
        field.name: answers[field.name] for field in manifest.fields if field.type == inbox.type
    }
    return Record(
        id=id,
        writer=manifest.writer,
        type=inbox.type,
        rev=1,
        akid=name,
        fields=seal_fields(
            place=place, access_key=access_key, values=values, rooms=rooms(manifest)
        ),
        manifest=manifest.hash,
        ak=hpke_seal(inbox.public, access_key, inbox_info(manifest, id, inbox.type, name)),
    )


def dump_submission(records: tuple[Record, ...]) -> bytes:
    """Return the body of the one POST that carries a submission."""
    return dump_json({"v": VERSION, "records": records})


def parse_submission(value: object) -> tuple[Record, ...]:
    """Parse a submission strictly: records of one form and one manifest, one a type."""
    records: tuple[Record, ...] = SUBMISSION.read(value)["records"]
    if any(record.hidden or not record.from_form for record in records):
        raise MalformedError("a submission holds whole records of a form")
    if len({(record.writer, record.manifest) for record in records}) != 1:
        raise MalformedError("all records of a submission are of one form and one manifest")
    if len({record.id for record in records} | {record.type for record in records}) != 2 * len(
        records
    ):
        raise MalformedError("ids and types of a submission's records must be distinct")
    return records


def check_submission(records: tuple[Record, ...], manifest: Manifest) -> None:
    """Raise MismatchError unless the records are exactly what the manifest asks for."""
    if {record.type for record in records} != {inbox.type for inbox in manifest.types}:
        raise MismatchError("the submission has not one record for each type of the form")
    for record in records:
        check_form_record(record, manifest)


def check_form_record(record: Record, manifest: Manifest) -> None:
    """Raise MismatchError unless form, manifest hash, type and the set of fields agree."""
    if record.writer != manifest.writer or record.manifest != manifest.hash:
        raise MismatchError("the record was sealed for another form or manifest")
    manifest.inbox(record.type)
    names = record.names if record.hidden else record.fields.keys()
    if names != manifest.routes[record.type]:
        raise MismatchError("the record does not have exactly the fields of its form")


def open_access_key(record: Record, manifest: Manifest, inbox: InboxOpener) -> bytes:
    """Return a form record's access key (32 bytes), opened with its inbox's key.

    ``manifest`` is verified and is the one that the record names. Raises
    MismatchError, OpenError.
    """
    check_form_record(record, manifest)
    if inbox.public != manifest.inbox(record.type).public:
        raise MismatchError("the inbox is not the one that the manifest names")
    return inbox.open(record.ak, inbox_info(manifest, record.id, record.type, record.akid))


def open_form_record(record: Record, manifest: Manifest, inbox: InboxOpener) -> dict[str, Value]:
    """Open a form's record; raises as ``open_access_key`` and ``records.open_record``."""
    return open_record(record, open_access_key(record, manifest, inbox))
