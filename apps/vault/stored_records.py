"""Writing records: a client's own, a form's submission, an update, a deletion.

Each locks its streams, checks, and stores all or nothing (docs/protocol.md §10).
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Length
from django.utils import timezone

from apps.directory.models import Client
from apps.envelope.encoding import dump_json
from apps.envelope.records import Record as SealedRecord
from apps.envelope.records import verify_record
from apps.envelope.statements import Deletion, verify_statement
from apps.vault import stored_grants, streams
from apps.vault.errors import (
    GenerationClosed,
    ManifestSuperseded,
    RecordConflict,
    RecordDeleted,
    RevisionConflict,
)
from apps.vault.models import Generation, Grant, Record, Stream
from apps.web.errors import Malformed, NotFound


class Status(StrEnum):
    """What became of one record of a request."""

    CREATED = "created"
    EXISTING = "existing"
    CONFLICT = "conflict"
    DELETED = "deleted"
    UPDATED = "updated"
    MISSING = "missing"


def write_records(*, caller: Client, records: Sequence[SealedRecord]) -> list[tuple[str, Status]]:
    """Store those of the caller's records whose id is new, and say which those are.

    Nothing at all is stored if one is not the caller's (MismatchError, SignatureError) or
    a new one is not at revision 1 under the open generation's key (RevisionConflict,
    GenerationClosed).
    """
    _distinct(record.id for record in records)
    for record in records:
        _check_own(caller, record)
    with transaction.atomic():
        types = {record.type for record in records}
        by_type = streams.locked_of_writer(writer=str(caller.id), types=types)
        statuses = _statuses(records, by_type)
        new = [record for record in records if statuses[record.id] is Status.CREATED]
        generations = _open_by_type(by_type)
        for record in new:
            _check_next(record, rev=1, generation=generations.get(record.type))
        _store(new, generations)
    return [(record.id, statuses[record.id]) for record in records]


@transaction.atomic
def store_form_records(
    *, records: Sequence[SealedRecord], generations: Mapping[str, Generation]
) -> bool:
    """Store a checked submission, all or nothing; False if it was there already, byte for byte.

    ``generations`` has the inbox of each type. Raises RecordConflict or RecordDeleted for
    an id that is taken, ManifestSuperseded if an inbox has been closed meanwhile.
    """
    found = streams.locked(ids={generation.stream_id for generation in generations.values()})
    by_type = {stream.type: stream for stream in found.values()}
    statuses = set(_statuses(records, by_type).values())
    if statuses == {Status.EXISTING}:
        return False
    if Status.DELETED in statuses:
        raise RecordDeleted
    if statuses != {Status.CREATED}:
        raise RecordConflict
    open_now = _open_by_type(by_type)
    if any(open_now.get(type) != generation for type, generation in generations.items()):
        raise ManifestSuperseded
    _store(records, open_now)
    return True


@transaction.atomic
def update_record(*, caller: Client, record: SealedRecord) -> Status:
    """Put the next revision in the place of the one that is stored, at the stream's end.

    Grants of this one record end: each revision has data keys of its own.

    Raises NotFound, RecordDeleted, RevisionConflict, GenerationClosed.
    """
    _check_own(caller, record)
    by_type = streams.locked_of_writer(writer=record.writer, types=[record.type])
    row = Record.objects.filter(pk=record.id, stream__in=by_type.values()).first()
    if row is None:
        raise NotFound
    if row.deleted_at:
        raise RecordDeleted
    body = dump_json(record.to_wire())
    if bytes(row.body) == body:
        return Status.EXISTING
    generation = _open_by_type(by_type).get(record.type)
    stored_grants.remove(Grant.objects.filter(record=row))  # their data keys open it no more
    row.generation = _check_next(record, rev=row.rev + 1, generation=generation)
    [row.position] = streams.take_positions(stream=by_type[record.type], count=1)
    row.rev, row.body, row.stored = record.rev, body, timezone.now()
    row.save()
    return Status.UPDATED


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
    owned = Record.objects.filter(pk__in=ids, stream__owner=caller)
    found = streams.locked(ids=owned.values_list("stream_id", flat=True))
    rows = {str(row.pk): row for row in owned.defer("body")}
    statuses, gone = [], []
    for deletion in deletions:
        row = rows.get(deletion.id)
        if row is None or not _is_about(deletion, found[row.stream_id]):
            statuses.append((deletion.id, Status.MISSING))
            continue
        if row.rev != deletion.rev:
            raise RevisionConflict(f"record {deletion.id} is at revision {row.rev}")
        statuses.append((deletion.id, Status.DELETED))
        gone.append(row.pk)
    living = Record.objects.filter(pk__in=gone, deleted_at__isnull=True)
    living.update(deleted_at=timezone.now(), body=b"")
    Grant.objects.filter(record__in=gone).delete()
    return statuses


def _is_about(deletion: Deletion, stream: Stream) -> bool:
    return (deletion.writer, deletion.type) == (stream.writer, stream.type)


def _distinct(ids: Iterable[str]) -> None:
    seen = list(ids)
    if len(set(seen)) != len(seen):
        raise Malformed("the request names a record twice")


def _check_own(caller: Client, record: SealedRecord) -> None:
    if record.hidden:
        raise Malformed("a record with hidden fields cannot be stored")
    verify_record(record, caller.card)


def _check_next(record: SealedRecord, *, rev: int, generation: Generation | None) -> Generation:
    if record.rev != rev:
        raise RevisionConflict(f"record {record.id} would have to have revision {rev}")
    if generation is None or bytes(generation.akid) != record.akid:
        raise GenerationClosed
    return generation


def _open_by_type(by_type: Mapping[str, Stream]) -> dict[str, Generation]:
    found = streams.open_generations(streams=by_type.values())
    return {generation.stream.type: generation for generation in found.values()}


def _statuses(records: Sequence[SealedRecord], by_type: Mapping[str, Stream]) -> dict[str, Status]:
    """Say of each record whether its id is new, taken by the same bytes, taken or deleted."""
    own = {stream.pk for stream in by_type.values()}
    bodies = {UUID(record.id): dump_json(record.to_wire()) for record in records}
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


def _store(records: Iterable[SealedRecord], generations: Mapping[str, Generation]) -> None:
    by_type: dict[str, list[SealedRecord]] = {}
    for record in records:
        by_type.setdefault(record.type, []).append(record)
    rows = []
    for type, group in by_type.items():
        generation = generations[type]
        positions = streams.take_positions(stream=generation.stream, count=len(group))
        rows += [
            _row(record, generation, position)
            for record, position in zip(group, positions, strict=True)
        ]
    try:
        Record.objects.bulk_create(rows)
    except IntegrityError as error:  # the same id, at the same moment, in another stream
        raise RecordConflict from error


def _row(record: SealedRecord, generation: Generation, position: int) -> Record:
    return Record(
        id=UUID(record.id),
        stream=generation.stream,
        generation=generation,
        position=position,
        rev=record.rev,
        body=dump_json(record.to_wire()),
    )
