"""What clients say of their records in plaintext, as it is asked for (docs/protocol.md §6, §10)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.lookups import IsNull

from apps.envelope.records import Record as SealedRecord
from apps.vault.models import Record, RecordMeta, Stream

COUNTED = 1_000
"""As many rows are counted of each name of a query, to begin with the one that has the fewest."""


def meta_of(records: Iterable[SealedRecord], rows: Iterable[Record]) -> list[RecordMeta]:
    """Return what has to be stored of the meta of these records, which the rows are of."""
    return [
        RecordMeta(record=row, stream_id=row.stream_id, name=name, text=text)
        for record, row in zip(records, rows, strict=True)
        for name, text in record.meta.items()
    ]


def octets(meta: Iterable[RecordMeta]) -> dict[UUID, int]:
    """Return how many bytes that is, by record."""
    found: dict[UUID, int] = {}
    for one in meta:
        size = len(one.name) + len(one.text.encode())
        found[one.record_id] = found.get(one.record_id, 0) + size
    return found


def keep_meta(meta: Sequence[RecordMeta]) -> None:
    """Store it; the lanes of its records are locked."""
    RecordMeta.objects.bulk_create(meta)


def remove_meta(rows: Iterable[Record]) -> None:
    """Remove the meta of these records, whose lanes are locked."""
    RecordMeta.objects.filter(record__in=[row.pk for row in rows]).delete()


def matching(
    *, stream: Stream, meta: Mapping[str, str], after: UUID | None
) -> QuerySet[RecordMeta]:
    """Return one row for each record of the stream that says all of ``meta``, ascending by id.

    The database goes through the range of one name and text in its index, that of which there
    are the fewest, and looks the others up for each record there: the rest of the stream costs
    nothing. ``after`` is the id of the record behind which it begins.
    """
    ranges = {
        name: RecordMeta.objects.filter(stream=stream, name=name, text=text)
        for name, text in meta.items()
    }
    first = (
        min(ranges, key=lambda name: _count(ranges[name])) if len(meta) > 1 else next(iter(meta))
    )
    found = ranges[first]
    if after is not None:
        found = found.filter(record__gt=after)
    for name in meta:
        if name != first:
            found = found.filter(one_by_one(ranges[name], record="record"))
    return found.order_by("record_id")


def one_by_one(rows: QuerySet[Any], **where: str) -> IsNull:
    """Return the condition that there is such a row, looked up for each row of the outer query.

    PostgreSQL makes a join of EXISTS, and may begin it at the other end, with all that a reader
    may see: what stands alone in parentheses it leaves where it is.
    """
    refers = {name: OuterRef(outer) for name, outer in where.items()}
    return IsNull(Subquery(rows.filter(**refers).order_by().values("pk")[:1]), False)


def _count(found: QuerySet[RecordMeta]) -> int:
    return found[:COUNTED].count()
