"""Receipts: what a visitor keeps to find again what was stored (docs/protocol.md §8).

A receipt is the submission's secret, from which the ids of its records follow, and the
beginning of a hash over these records. It opens nothing.
"""

from collections.abc import Iterable

from .errors import MalformedError, MismatchError
from .keys import read_fingerprint, shaped, show_fingerprint
from .manifests import Manifest
from .primitives import H, random, same
from .records import Record, record_message
from .seen import pasted

SECRET = 16
SIZE = 32
MARK = "R-"
MARKED_CHARACTERS = 53


def new_secret() -> bytes:
    """Return the random secret of one submission, 16 bytes."""
    return random(SECRET)


def record_id(secret: bytes, form: str, type: str) -> str:
    """Return the id (version 4) that a submission's record of this type has."""
    return shaped(H("receipt-id", secret, form, type)[:16], version=4)


def receipt_of(manifest: Manifest, secret: bytes, records: Iterable[Record]) -> bytes:
    """Return the receipt, 32 bytes, of a submission's records, in any order.

    Raises MismatchError unless there is one record for each type of the manifest.
    """
    by_type = {record.type: record for record in records}
    missing = [inbox.type for inbox in manifest.types if inbox.type not in by_type]
    if missing:
        raise MismatchError(f"the submission has no record of type {missing[0]}")
    stored = [_stored(by_type[inbox.type]) for inbox in manifest.types]
    return secret + H("receipt", manifest.hash, *stored)[:SECRET]


def _stored(record: Record) -> bytes:
    return H("stored", record_message(record), record.ak)


def verify_receipt(receipt: bytes, manifest: Manifest, records: Iterable[Record]) -> None:
    """Raise MismatchError unless these are the records that the receipt was given for."""
    found = tuple(records)
    secret = receipt[:SECRET]
    expected = {record_id(secret, manifest.form, inbox.type) for inbox in manifest.types}
    if len(receipt) != SIZE or len(found) != len(manifest.types):
        raise MismatchError("the receipt is of another number of records")
    if {record.id for record in found} != expected:
        raise MismatchError("the receipt is of other records")
    if not same(receipt_of(manifest, secret, found), receipt):
        raise MismatchError("the records are not those that the receipt was given for")


def show_receipt(receipt: bytes) -> str:
    """Return the 32 bytes as a fingerprint is shown, with ``R-`` in front."""
    return MARK + show_fingerprint(receipt)


def read_receipt(shown: object) -> bytes:
    """Read what people typed: the ``R`` in front, case, spaces and hyphens do not matter."""
    if not isinstance(shown, str):
        raise MalformedError("a receipt is a string")
    characters = pasted(shown).replace("-", "")
    if len(characters) == MARKED_CHARACTERS and characters[0] in "Rr":
        characters = characters[1:]
    return read_fingerprint(characters)
