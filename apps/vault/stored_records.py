"""Writing records: a client's own, updates, deletions; of visitors' in ``form_records``.

Each shares the open generations, locks its lanes, checks, and stores all or nothing
(docs/protocol.md §10).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Length
from django.utils import timezone

from apps.directory.models import Client
from apps.envelope.grants import Grant as SealedGrant
from apps.envelope.records import Record as SealedRecord
from apps.envelope.records import verify_record
from apps.envelope.statements import Deletion, verify_statement
from apps.vault import counters, stored_grants, streams
from apps.vault.counters import Place
from apps.vault.errors import (
    GenerationClosed,
    GenerationStale,
    RecordConflict,
    RecordDeleted,
    RevisionConflict,
)
from apps.vault.lanes import lane_of
from apps.vault.models import Generation, Grant, Lane, Record, Stream
from apps.web.errors import Limit, Malformed, Mismatch, NotFound

MAX_TYPES = 16
"""Types of one request. Each takes a lock, and PostgreSQL has room for some thousand in all."""

FEW = 50
"""Rows changed by one statement, which names each of them once a column."""


class Status(StrEnum):
    """What became of one record of a request."""

    CREATED = "created"
    EXISTING = "existing"
    CONFLICT = "conflict"
    DELETED = "deleted"
    UPDATED = "updated"
    MISSING = "missing"


class Known(NamedTuple):
    """What is known, under locks, of the streams and records that a request names."""

    by_type: dict[str, Stream]
    generations: dict[str, Generation]
    lanes: dict[Place, Lane]
    statuses: dict[str, Status]


@contextmanager
def _locked(
    caller: Client, records: Sequence[SealedRecord], *, granting: bool = False
) -> Iterator[Known]:
    """Check that these are the caller's own records, and lock what they change, for a block.

    Who is ``granting`` locks their streams first, as whoever grants does.
    """
    _distinct(record.id for record in records)
    types = _few_types(records)
    for record in records:
        _check_own(caller, record)
    with transaction.atomic():
        by_type = streams.of_writer(writer=str(caller.id), types=types)
        if granting:
            streams.locked(ids=[stream.pk for stream in by_type.values()])
        generations = _shared_by_type(by_type)
        lanes = _locked_lanes(records, by_type)
        yield Known(by_type, generations, lanes, statuses_of(records, by_type))


def write_records(*, caller: Client, records: Sequence[SealedRecord]) -> list[tuple[str, Status]]:
    """Store those of the caller's records whose id is new, and say which those are.

    Nothing at all is stored if one is not the caller's (MismatchError, SignatureError) or
    a new one is not at revision 1 under the open generation's key (RevisionConflict,
    GenerationClosed), or if that is granted to an epoch that has ended (GenerationStale). Raises
    Limit for more than 16 types.
    """
    with _locked(caller, records) as known:
        new = [record for record in records if known.statuses[record.id] is Status.CREATED]
        for record in new:
            _check_next(record, rev=1, generation=known.generations.get(record.type))
        _store(new, known.generations, known.lanes)
    return [(record.id, known.statuses[record.id]) for record in records]


def update_records(
    *,
    caller: Client,
    records: Sequence[SealedRecord],
    grants: Sequence[SealedGrant] = (),
) -> list[tuple[str, Status]]:
    """Put the next revision in the place of each that is stored, at the end of its lane.

    Grants of these single records end: each revision has data keys of its own. ``grants`` are of
    these single records, and stored with them (Mismatch for another; as ``store_grants``).

    Nothing at all is stored if one is not the caller's (MismatchError, SignatureError,
    NotFound), was deleted (RecordDeleted), or is not the next revision under the open
    generation's key (RevisionConflict, GenerationClosed), or if that is granted to an epoch that
    has ended (GenerationStale). Raises Limit for more than 16 types.
    """
    updated = {(record.id, record.writer, record.type) for record in records}
    if any((grant.record, grant.writer, grant.type) not in updated for grant in grants):
        raise Mismatch("an update brings grants of the records that it is about alone")
    with _locked(caller, records, granting=bool(grants)) as known:
        same = {id for id, status in known.statuses.items() if status is Status.EXISTING}
        changed = [record for record in records if record.id not in same]
        rows = _own_rows(changed, known.by_type)
        for record in changed:
            row = _living(rows.get(UUID(record.id)), record)
            row.generation = _check_next(
                record, rev=row.rev + 1, generation=known.generations.get(record.type)
            )
        _replace(changed, rows, known.lanes)
        if grants:
            stored_grants.store_grants(caller=caller, grants=grants)
    return [
        (record.id, Status.EXISTING if record.id in same else Status.UPDATED) for record in records
    ]


@transaction.atomic
def delete_records(*, caller: Client, deletions: Sequence[Deletion]) -> list[tuple[str, Status]]:
    """Leave tombstones for these records of the caller, or of its forms.

    Raises SignatureError, or RevisionConflict if one is at another revision than was
    signed: then nothing is deleted. A repeat changes nothing.
    """
    _distinct(deletion.id for deletion in deletions)
    for deletion in deletions:
        verify_statement(deletion, caller.card)
    ids = [deletion.id for deletion in deletions]
    owned = Record.objects.filter(pk__in=ids, stream__owner=caller).defer("body")
    known = {row.pk: counters.place_of(row) for row in owned}
    lanes = counters.locked_lanes(places=known.values())
    rows = {str(row.pk): row for row in owned.filter(pk__in=known).select_related("stream")}
    statuses, gone = [], []
    for deletion in deletions:
        row = rows.get(deletion.id)
        if row is None or not _is_about(deletion, row.stream):
            statuses.append((deletion.id, Status.MISSING))
            continue
        if row.rev != deletion.rev:
            raise RevisionConflict(f"record {deletion.id} is at revision {row.rev}")
        statuses.append((deletion.id, Status.DELETED))
        gone.append(row)
    _bury([row for row in gone if row.deleted_at is None], lanes)
    return statuses


def _is_about(deletion: Deletion, stream: Stream) -> bool:
    return (deletion.writer, deletion.type) == (stream.writer, stream.type)


def _distinct(ids: Iterable[str]) -> None:
    seen = list(ids)
    if len(set(seen)) != len(seen):
        raise Malformed("the request names a record twice")


def _few_types(records: Iterable[SealedRecord]) -> set[str]:
    types = {record.type for record in records}
    if len(types) > MAX_TYPES:
        raise Limit(
            f"a request has records of at most {MAX_TYPES} types",
            hint="send those of other types in another request",
        )
    return types


def _check_own(caller: Client, record: SealedRecord) -> None:
    if record.hidden:
        raise Malformed("a record with hidden fields cannot be stored")
    verify_record(record, caller.card)


def _check_next(record: SealedRecord, *, rev: int, generation: Generation | None) -> Generation:
    if record.rev != rev:
        raise RevisionConflict(f"record {record.id} would have to have revision {rev}")
    if generation is None or bytes(generation.akid) != record.akid:
        raise GenerationClosed
    if generation.is_stale:
        raise GenerationStale
    return generation


def _shared_by_type(by_type: Mapping[str, Stream]) -> dict[str, Generation]:
    found = streams.shared(streams=by_type.values())
    return {generation.stream.type: generation for generation in found.values()}


def _locked_lanes(
    records: Iterable[SealedRecord], by_type: Mapping[str, Stream]
) -> dict[Place, Lane]:
    """Lock the lanes that these records are in, or would be, as far as their streams exist."""
    return counters.locked_lanes(
        places=[
            Place(by_type[record.type].pk, lane_of(UUID(record.id)))
            for record in records
            if record.type in by_type
        ]
    )


def statuses_of(
    records: Sequence[SealedRecord], by_type: Mapping[str, Stream]
) -> dict[str, Status]:
    """Say of each record whether its id is new, taken by the same bytes, taken or deleted."""
    own = {stream.pk for stream in by_type.values()}
    bodies = {UUID(record.id): record.raw for record in records}
    rows = Record.objects.filter(pk__in=bodies).defer("body").annotate(size=Length("body"))
    stored = {row.pk: row for row in rows}
    alike = [id for id, row in stored.items() if row.size == len(bodies[id])]
    # Only bodies that may be the same are fetched: 500 others could be 500 MiB.
    held = dict(Record.objects.filter(pk__in=alike, stream__in=own).values_list("pk", "body"))
    statuses = {}
    for id, body in bodies.items():
        row = stored.get(id)
        if row is None:
            status = Status.CREATED
        elif row.stream_id not in own:  # somebody else's: say no more than that
            status = Status.CONFLICT
        elif row.deleted_at:
            status = Status.DELETED
        else:
            same = id in held and bytes(held[id]) == body
            status = Status.EXISTING if same else Status.CONFLICT
        statuses[str(id)] = status
    return statuses


def _store(
    records: Iterable[SealedRecord],
    generations: Mapping[str, Generation],
    lanes: Mapping[Place, Lane],
) -> None:
    now = timezone.now()  # after the locks: later arrivals of a lane have later times
    rows = [_row(record, generations[record.type], now) for record in records]
    counters.take_positions(lanes=lanes, rows=rows)
    counters.count_arrivals(lanes=lanes, rows=rows)
    counters.keep(lanes=lanes, rows=rows)
    try:
        # Ascending by id: another stream may be sent the same ids at the same moment.
        Record.objects.bulk_create(sorted(rows, key=lambda row: row.pk))
    except IntegrityError as error:
        raise RecordConflict from error


def _row(record: SealedRecord, generation: Generation, now: datetime) -> Record:
    id = UUID(record.id)
    return Record(
        id=id,
        stream=generation.stream,
        lane=lane_of(id),
        generation=generation,
        rev=record.rev,
        arrived=now,
        stored=now,
        body=record.raw,
    )


def _own_rows(records: Iterable[SealedRecord], by_type: Mapping[str, Stream]) -> dict[UUID, Record]:
    """Return the rows of these records in the streams that they name, by id."""
    ids = {UUID(record.id): by_type[record.type].pk for record in records if record.type in by_type}
    rows = Record.objects.filter(pk__in=ids, stream__in=set(ids.values())).defer("body")
    return {row.pk: row for row in rows if row.stream_id == ids[row.pk]}


def _living(row: Record | None, record: SealedRecord) -> Record:
    if row is None:
        raise NotFound(f"there is no record {record.id} of this type to update")
    if row.deleted_at:
        raise RecordDeleted(f"record {record.id} was deleted")
    return row


def _replace(
    records: Sequence[SealedRecord], rows: Mapping[UUID, Record], lanes: Mapping[Place, Lane]
) -> None:
    now = timezone.now()
    changed = [rows[UUID(record.id)] for record in records]
    counters.take_positions(lanes=lanes, rows=changed)
    counters.keep(lanes=lanes, rows=changed)
    for row, record in zip(changed, records, strict=True):
        row.rev, row.body, row.stored = record.rev, record.raw, now
    # Their data keys open nothing any more.
    stored_grants.remove(Grant.objects.filter(record__in=changed))
    Record.objects.bulk_update(
        changed, ["generation", "position", "rev", "stored", "body"], batch_size=FEW
    )


def _bury(rows: Sequence[Record], lanes: Mapping[Place, Lane]) -> None:
    counters.count_deletions(lanes=lanes, rows=rows)
    counters.keep(lanes=lanes, rows=rows)
    ids = [row.pk for row in rows]
    Record.objects.filter(pk__in=ids).update(deleted_at=timezone.now(), body=b"")
    stored_grants.remove(Grant.objects.filter(record__in=ids))
