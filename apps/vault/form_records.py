"""Storing what visitors send, in SQL written by hand: the one path that everybody may write to.

Building these statements from models costs several times what the databases need to carry them
out, once for each visitor. So they stand here as they are, for both databases, and nowhere else;
``models`` says in which order rows are locked, and the tests that this keeps to it.

Three statements store the record of one type. With several types a fourth shares all their
generations first, and each further type takes its place by one more.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from apps.envelope.records import Record as SealedRecord
from apps.vault.budgets import BUDGETS
from apps.vault.errors import ManifestSuperseded, RecordConflict, RecordDeleted
from apps.vault.lanes import lane_of
from apps.vault.stored_records import Status, statuses_of
from apps.vault.streams import of_writer

# What shares an open generation on PostgreSQL: the turn that `streams` explains, and FOR SHARE,
# by which who has waited for the turn looks again whether it is open. On SQLite a transaction has
# the one write lock from its start (config/settings.py).
TURN = "CROSS JOIN LATERAL pg_advisory_xact_lock_shared(stream.id) AS turn"
SHARE = "FOR SHARE OF generation"

# The open generations of inboxes of one form. The inner queries, which LIMIT keeps apart, have the
# streams in the order in which they are locked, and then lock them.
OPEN = """
    SELECT generation.stream_id, mine.type
    FROM (
        SELECT stream.id, stream.type
        FROM (
            SELECT id, type FROM vault_stream
            WHERE writer = %s AND type IN ({types}) ORDER BY id LIMIT {count}) AS stream
        {turn} LIMIT {count}) AS mine
    JOIN vault_generation AS generation ON generation.stream_id = mine.id
    WHERE generation.akid IN ({akids}) AND generation.closed IS NULL
    {share}"""

# The next place in a lane. The inner query comes first, so the generation is shared before the
# lane is locked. Times do not run backwards in a lane, whoever waited for it.
TAKE = """
    UPDATE vault_lane
    SET position = position + 1, living = living + 1,
        last_arrival = CASE WHEN last_arrival > %s THEN last_arrival ELSE %s END
    WHERE number = %s AND stream_id = (
        SELECT generation.stream_id
        FROM vault_generation AS generation
        JOIN vault_stream AS stream ON stream.id = generation.stream_id
        {turn}
        WHERE generation.akid = %s AND generation.closed IS NULL
            AND stream.writer = %s AND stream.type = %s
        {share})
    RETURNING stream_id, position, last_arrival"""

COUNT = """
    INSERT INTO vault_arrivals (stream_id, lane, day, count, octets) VALUES {rows}
    ON CONFLICT (stream_id, lane, day) DO UPDATE
    SET count = vault_arrivals.count + 1, octets = vault_arrivals.octets + excluded.octets"""
COUNT_ROW = "(%s, %s, %s, 1, %s)"

INSERT = """
    INSERT INTO vault_record
        (id, stream_id, lane, generation_id, position, rev, arrived, stored, body) VALUES {rows}
    ON CONFLICT DO NOTHING"""
INSERT_ROW = """
    (%s, %s, %s, (SELECT id FROM vault_generation WHERE akid = %s), %s, %s, %s, %s, %s)"""


class Placed(NamedTuple):
    """A record with its place; ``arrived`` as the database has it."""

    record: SealedRecord
    inbox: bytes
    id: UUID
    stream: int
    position: int
    arrived: Any


def store_form_records(*, records: Sequence[SealedRecord], inboxes: Mapping[str, bytes]) -> bool:
    """Store a checked submission, all or nothing; False if it was there already, byte for byte.

    ``records`` are of one form and of distinct types; ``inboxes`` has the inbox id (32 bytes) of
    each type. Raises RecordConflict or RecordDeleted for an id that is taken,
    ManifestSuperseded if an inbox has been closed meanwhile, StorageFull beyond the budgets.
    """
    writer = records[0].writer
    BUDGETS.check(writer=writer)
    try:
        with transaction.atomic():
            _store(records, inboxes)
    except (ManifestSuperseded, RecordConflict):
        if _is_stored(records):
            return False
        raise
    BUDGETS.count(writer=writer, octets=sum(len(record.raw) for record in records))
    return True


def _is_stored(records: Sequence[SealedRecord]) -> bool:
    """Whether these very records are there; raises RecordDeleted, RecordConflict."""
    types = {record.type for record in records}
    streams = of_writer(writer=records[0].writer, types=types)
    found = set(statuses_of(records, streams).values())
    if found == {Status.EXISTING}:
        return True
    if Status.DELETED in found:
        raise RecordDeleted
    if found != {Status.CREATED}:
        raise RecordConflict
    return False


def _store(records: Sequence[SealedRecord], inboxes: Mapping[str, bytes]) -> None:
    with connection.cursor() as cursor:
        placed = [
            _take_place(cursor, record, inboxes[record.type])
            for record in _in_order(cursor, records, inboxes)
        ]
        _count_arrivals(cursor, placed)
        _insert(cursor, placed)


def _in_order(
    cursor: Any, records: Sequence[SealedRecord], inboxes: Mapping[str, bytes]
) -> Sequence[SealedRecord]:
    """Share the open generations of several types at once, and order the records by stream."""
    if len(records) == 1:
        return records
    several = ", ".join(["%s"] * len(records))
    types = [record.type for record in records]
    values = [records[0].writer, *types, *(inboxes[type] for type in types)]
    sql = OPEN.format(types=several, akids=several, count=len(records), **_sharing())
    cursor.execute(sql, values)
    streams = {type: stream for stream, type in cursor.fetchall()}
    if streams.keys() != {record.type for record in records}:
        raise ManifestSuperseded
    return sorted(records, key=lambda record: streams[record.type])


def _take_place(cursor: Any, record: SealedRecord, inbox: bytes) -> Placed:
    """Give out the next position of the record's lane; raises ManifestSuperseded."""
    id, now = UUID(record.id), connection.ops.adapt_datetimefield_value(timezone.now())
    values = [now, now, lane_of(id), inbox, record.writer, record.type]
    cursor.execute(TAKE.format(**_sharing()), values)
    row = cursor.fetchone()
    if row is None:
        raise ManifestSuperseded
    return Placed(record, inbox, id, *row)


def _sharing() -> dict[str, str]:
    is_postgres = connection.vendor == "postgresql"
    return {"turn": TURN, "share": SHARE} if is_postgres else {"turn": "", "share": ""}


def _count_arrivals(cursor: Any, placed: Sequence[Placed]) -> None:
    rows = [(one.stream, lane_of(one.id), _day(one.arrived), len(one.record.raw)) for one in placed]
    _execute_rows(cursor, COUNT, COUNT_ROW, rows)


def _insert(cursor: Any, placed: Sequence[Placed]) -> None:
    """Insert the records ascending by id: two streams may be sent the same ids at one moment."""
    native = connection.features.has_native_uuid_field
    rows = [
        (one.id if native else one.id.hex, one.stream, lane_of(one.id), one.inbox, one.position,
         one.record.rev, one.arrived, one.arrived, one.record.raw)
        for one in sorted(placed, key=lambda one: one.id)
    ]  # fmt: skip
    _execute_rows(cursor, INSERT, INSERT_ROW, rows)
    if cursor.rowcount != len(rows):
        raise RecordConflict


def _execute_rows(cursor: Any, statement: str, row: str, rows: Sequence[tuple[Any, ...]]) -> None:
    sql = statement.format(rows=", ".join([row] * len(rows)))
    cursor.execute(sql, [value for values in rows for value in values])


def _day(arrived: datetime | str) -> Any:
    """Return the day in UTC of a time as the database has it, as it takes one."""
    if isinstance(arrived, str):
        return arrived[:10]
    return arrived.astimezone(UTC).date()
