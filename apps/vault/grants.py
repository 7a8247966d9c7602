"""Grants and generations: who is given which keys, and how a generation opens and closes.

Only who owns a stream may grant in it, and only what it signed (docs/protocol.md §7, §10).
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from apps.directory.errors import (
    GenerationConflict,
    Malformed,
    Mismatch,
    OwnAccess,
    PublishInstead,
)
from apps.directory.models import Client
from apps.envelope.grants import Grant as SealedGrant
from apps.envelope.grants import verify_grant
from apps.envelope.statements import Revocation, verify_statement
from apps.vault import granting, streams, withdrawing
from apps.vault.models import Generation, Grant, Stream


class Status(StrEnum):
    """What became of one grant of a request."""

    CREATED = "created"
    EXISTING = "existing"
    REPLACED = "replaced"


class Revoked(NamedTuple):
    """The generation that was closed, and how many grants the reader lost."""

    closed: int
    removed: int


@transaction.atomic
def store_grants(*, caller: Client, grants: Sequence[SealedGrant]) -> list[Status]:
    """Store signed grants in the caller's own streams, all or nothing.

    The caller's grant to itself of the generation after the last opens that generation.
    Raises MismatchError or SignatureError (not the caller's to grant), Malformed (the same
    to the same reader twice), GrantWithdrawn, or as ``granting.fitted``.
    """
    for grant in grants:
        verify_grant(grant, caller.card, owner=caller.card.id)
    known = granting.look_up(caller, grants)
    withdrawing.refuse_withdrawn(grants)
    return _save([granting.fitted(grant, caller, known) for grant in grants])


@transaction.atomic
def open_inbox_generation(
    *, stream: Stream, gen: int, inbox_id: bytes, self_grant: SealedGrant
) -> Generation:
    """Close a form stream's open inbox and open the next, granted to its owner.

    Raises GenerationConflict unless ``gen`` is the next; Mismatch, MismatchError or
    SignatureError unless the owner signed a grant of the whole inbox to itself.
    """
    stream = streams.locked(ids=[stream.pk])[stream.pk]
    named = (self_grant.writer, self_grant.type, self_grant.gen, self_grant.akid)
    whole = granting.is_whole(self_grant, stream.owner)
    if named != (stream.writer, stream.type, gen, inbox_id) or not whole:
        raise Mismatch("the owner's grant to itself is not of this inbox")
    before = list(stream.generations.all())
    for generation in before:
        if generation.closed is None:
            streams.close(generation=generation)
    opened = streams.open_next(stream=stream, before=before, number=gen, akid=inbox_id)
    store_grants(caller=stream.owner, grants=[self_grant])
    return opened


@transaction.atomic
def revoke(*, caller: Client, revocation: Revocation) -> Revoked:
    """Take a reader's grants of a client's own stream away and close the open generation.

    Raises SignatureError, Mismatch, PublishInstead for a form's stream, OwnAccess,
    GenerationConflict if another generation is open. A repeat changes nothing.
    """
    verify_statement(revocation, caller.card)
    by_type = streams.locked_of_writer(writer=revocation.writer, types=[revocation.type])
    stream = by_type.get(revocation.type)
    if stream is None or stream.owner_id != caller.pk:
        raise Mismatch("the revocation is not about a type that the caller owns")
    if stream.from_form:
        raise PublishInstead
    reader = UUID(revocation.reader)
    generation = stream.generations.filter(number=revocation.gen).first()
    held = Grant.objects.filter(stream=stream, reader=reader)
    if generation is None or (generation.closed and held.exists()):
        raise GenerationConflict
    removed = _remove(stream, reader)
    if generation.closed is None:
        streams.close(generation=generation)
    return Revoked(closed=generation.number, removed=removed)


@transaction.atomic
def remove_reader(*, stream: Stream, reader: Client) -> int:
    """Delete a reader's grants of a stream and return their number; raises OwnAccess.

    Part of a publication, which opens the next inbox in the same transaction.
    """
    return _remove(streams.locked(ids=[stream.pk])[stream.pk], reader.pk)


def _remove(stream: Stream, reader: UUID) -> int:
    if reader == stream.owner_id:
        raise OwnAccess
    return withdrawing.remove(Grant.objects.filter(stream=stream, reader=reader))


def _save(rows: Sequence[Grant]) -> list[Status]:
    """Store each row, in the place of the one for the same generation, reader and record."""
    if len(set(map(_place, rows))) != len(rows):
        raise Malformed("the request grants the same to the same reader twice")
    held = Grant.objects.filter(
        generation__in={row.generation_id for row in rows},
        reader__in={row.reader_id for row in rows},
    )
    before = {_place(row): row for row in held}
    statuses = [_status(row, before.get(_place(row))) for row in rows]
    by_status: dict[Status, list[Grant]] = {status: [] for status in Status}
    for status, row in zip(statuses, rows, strict=True):
        by_status[status].append(row)
    withdrawing.remember(before[_place(row)] for row in by_status[Status.REPLACED])
    for row in by_status[Status.REPLACED]:
        row.pk = before[_place(row)].pk
    Grant.objects.bulk_create(by_status[Status.CREATED])
    changed = ["akid", "fields", "not_after", "granted", "body"]
    Grant.objects.bulk_update(by_status[Status.REPLACED], changed)
    return statuses


def _status(row: Grant, before: Grant | None) -> Status:
    if before is None:
        return Status.CREATED
    return Status.EXISTING if bytes(before.body) == row.body else Status.REPLACED


def _place(row: Grant) -> tuple[int, UUID, UUID | None]:
    return row.generation_id, row.reader_id, row.record_id
