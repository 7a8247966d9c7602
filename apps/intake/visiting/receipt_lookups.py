"""What a receipt finds: records of a form as they were submitted (docs/protocol.md §8, §10).

The ids in a request come from a secret that only the visitor holds, and what is answered is
what the visitor's browser sent: ciphertext that the ids' finder cannot open.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from apps.envelope.manifests import MAX_TYPES
from apps.envelope.records import Record as SealedRecord
from apps.envelope.shapes import Items, Object, Uuid
from apps.intake.models import Form
from apps.vault.models import Record, Stream
from apps.web.errors import Malformed

RECEIPT_QUESTION = Object(
    "a receipt's question", {"ids": Items("ids", Uuid("record id"), MAX_TYPES)}, versioned=False
)


def read_ids(body: Any) -> list[str]:
    """Parse the body of POST /receipts strictly: 1 to 16 distinct record ids."""
    ids: list[str] = list(RECEIPT_QUESTION.read(body)["ids"])
    if len(set(ids)) != len(ids):
        raise Malformed("an id stands twice among the ids")
    return ids


def types_ever(*, form: Form) -> list[str]:
    """Return all record types that any manifest of the form had, from which the ids follow."""
    streams = Stream.objects.filter(writer=form.writer).order_by("type")
    return list(streams.values_list("type", flat=True))


def stored(*, writer: str, ids: Iterable[str]) -> dict[str, bytes]:
    """Return those of the records that belong to this form, as canonical JSON, by id."""
    rows = Record.objects.filter(
        pk__in=[UUID(id) for id in ids], stream__writer=writer, deleted_at__isnull=True
    )
    return {str(id): bytes(body) for id, body in rows.values_list("pk", "body")}


def is_repetition(*, writer: str, records: Iterable[SealedRecord]) -> bool:
    """Whether these very records are stored already, byte for byte."""
    sent = {record.id: record.raw for record in records}
    return stored(writer=writer, ids=sent) == sent


def to_wire(bodies: Iterable[bytes]) -> bytes:
    """Return the answer as canonical JSON, which the stored bytes are already."""
    return b'{"records":[' + b",".join(bodies) + b"]}"
