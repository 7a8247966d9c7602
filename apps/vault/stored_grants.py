"""Grants and generations: who is given which keys, and how a generation opens and closes.

Only who owns a stream may grant in it, and only what it signed (docs/protocol.md §7, §10).
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.directory.errors import UnknownReader
from apps.directory.models import Client, Group
from apps.envelope.encoding import GROUP
from apps.envelope.grants import Grant as SealedGrant
from apps.envelope.grants import read_grant, verify_grant
from apps.envelope.primitives import same
from apps.envelope.records import read_record
from apps.envelope.statements import Revocation, verify_statement
from apps.vault import streams
from apps.vault.counters import Place, locked_lanes
from apps.vault.errors import (
    GenerationConflict,
    GrantWithdrawn,
    OwnAccess,
    PublishInstead,
    RosterInstead,
    UnknownGeneration,
)
from apps.vault.lanes import lane_of
from apps.vault.models import Generation, Grant, Record, Stream, WithdrawnGrant
from apps.web.errors import Fingerprint, Malformed, Mismatch, NotFound


def remove(grants: QuerySet[Grant]) -> int:
    """Delete these grants for good, and return their number.

    Two may do so at once, of a reader and of a record: each locks them in the same order first.
    """
    rows = list(grants.select_for_update().order_by("pk"))
    remember(rows)
    removed, _ = Grant.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return removed


def remember(grants: Iterable[Grant]) -> None:
    """Keep the signatures of grants that are about to be deleted or replaced."""
    WithdrawnGrant.objects.bulk_create(
        WithdrawnGrant(sig=read_grant(bytes(grant.body)).sig) for grant in grants
    )


def refuse_withdrawn(grants: Sequence[SealedGrant]) -> None:
    """Raise GrantWithdrawn if one of these verified grants had its time.

    A signature names its grant: the signer makes a new one for each seal, and nobody else any.
    """
    if WithdrawnGrant.objects.filter(sig__in=[grant.sig for grant in grants]).exists():
        raise GrantWithdrawn


FEW = 16


@dataclass(frozen=True)
class Known:
    """Streams, locked; generations by stream and number; readers as grants name them; records."""

    streams: dict[tuple[str, str], Stream]
    generations: dict[tuple[int, int], Generation]
    readers: dict[str, Client | Group]
    records: dict[UUID, "Grantable"]


class Grantable(NamedTuple):
    """What a grant of one record has to fit."""

    stream_id: int
    generation_id: int
    akid: bytes
    names: set[str]


def look_up(caller: Client, grants: Sequence[SealedGrant]) -> Known:
    """Fetch at once what the grants refer to; the caller's own new types get a stream."""
    places = {(grant.writer, grant.type) for grant in grants}
    for type in sorted(type for writer, type in places if writer == caller.card.id):
        streams.stream_for(writer=caller.card.id, type=type, owner=caller)
    own = Stream.objects.filter(owner=caller, writer__in={writer for writer, _ in places})
    ids = {pk for pk, *place in own.values_list("pk", "writer", "type") if tuple(place) in places}
    found = streams.locked(ids=ids)
    by_place = {(stream.writer, stream.type): stream for stream in found.values()}
    lock_granted(grants=grants, streams=by_place)
    generations = Generation.objects.filter(stream__in=found)
    return Known(
        streams=by_place,
        generations={(each.stream_id, each.number): each for each in generations},
        readers=readers_named({grant.reader for grant in grants}),
        records=_grantable({UUID(grant.record) for grant in grants if grant.record}, found),
    )


def readers_named(names: Iterable[str]) -> dict[str, Client | Group]:
    """Return the clients and groups that grants name as their readers, as far as there are any."""
    clients, groups = _ids(names)
    found: dict[str, Client | Group] = {
        str(id): client for id, client in Client.objects.in_bulk(clients).items()
    }
    if groups:
        rows = Group.objects.defer("body").in_bulk(groups)
        found |= {f"{GROUP}{id}": group for id, group in rows.items()}
    return found


def _ids(names: Iterable[str]) -> tuple[list[UUID], list[UUID]]:
    """Return the ids of the clients, and of the groups, among these readers."""
    named = set(names)
    groups = {name for name in named if name.startswith(GROUP)}
    return (
        [UUID(name) for name in named - groups],
        [UUID(name.removeprefix(GROUP)) for name in groups],
    )


def held_by(*names: str) -> Q:
    """The condition of grants to these readers."""
    clients, groups = _ids(names)
    return Q(reader__in=clients) | Q(group__in=groups)


def lock_granted(
    *, grants: Iterable[SealedGrant], streams: Mapping[tuple[str, str], Stream]
) -> None:
    """Lock the lanes of records that are granted one by one.

    An update or a deletion ends such grants: none may come in while that happens.
    """
    places = [
        Place(streams[grant.writer, grant.type].pk, lane_of(UUID(grant.record)))
        for grant in grants
        if grant.record and (grant.writer, grant.type) in streams
    ]
    locked_lanes(places=places)


def fitted(grant: SealedGrant, caller: Client, known: Known) -> Grant:
    """Return the row of a grant that fits, not saved yet; it may open its generation.

    Raises Mismatch, UnknownReader, Fingerprint, UnknownGeneration, GenerationConflict or
    NotFound.
    """
    stream = known.streams.get((grant.writer, grant.type))
    if stream is None:
        raise Mismatch("the grant is not of a type or form that the caller owns")
    reader = known.readers.get(grant.reader)
    if reader is None:
        raise UnknownReader
    _check_reader(grant, reader, stream)
    generation = known.generations.get((stream.pk, grant.gen))
    if generation is None:
        generation = _open_own(grant, caller, stream, known)
    if grant.record:
        _check_record(grant, generation, known)
    elif bytes(generation.akid) != grant.akid:
        raise GenerationConflict(f"generation {grant.gen} has another access key")
    return Grant(
        stream=stream,
        generation=generation,
        record_id=UUID(grant.record) if grant.record else None,
        reader=reader if isinstance(reader, Client) else None,
        group=reader if isinstance(reader, Group) else None,
        epoch=reader.epoch if isinstance(reader, Group) else None,
        akid=grant.akid,
        fields=list(grant.fields),
        not_after=grant.not_after,
        body=grant.raw,
    )


def _check_reader(grant: SealedGrant, reader: Client | Group, stream: Stream) -> None:
    """Check that it is sealed to today's card, or to today's epoch of a group.

    Visitors seal to an inbox without asking who is in a group: only its own owner may do that.
    """
    is_of_today = same(grant.reader_fp, bytes(reader.fingerprint))
    if isinstance(reader, Client):
        if not is_of_today:
            raise Fingerprint("reader_fp is not the fingerprint of the reader's enrolled card")
        return
    if not is_of_today:
        raise Mismatch(
            "reader_fp is not the fingerprint of the group's latest epoch",
            hint="fetch the group's roster, verify it and seal to its epoch",
        )
    if stream.from_form and reader.owner_id != stream.owner_id:
        raise Mismatch("the inbox of a form is granted to groups of the form's owner only")


def is_whole(grant: SealedGrant, reader: Client) -> bool:
    """Whether it gives this reader the whole type or inbox."""
    return grant.reader == reader.card.id and not grant.record and not grant.fields


def _open_own(grant: SealedGrant, caller: Client, stream: Stream, known: Known) -> Generation:
    """Open a client's next generation, which its whole grant to itself asks for."""
    if stream.from_form or stream.from_group or not is_whole(grant, caller):
        raise UnknownGeneration
    before = [each for each in known.generations.values() if each.stream_id == stream.pk]
    opened = streams.open_next(stream=stream, before=before, number=grant.gen, akid=grant.akid)
    known.generations[stream.pk, grant.gen] = opened
    return opened


def _grantable(ids: Set[UUID], streams: Iterable[int]) -> dict[UUID, Grantable]:
    """Look at the caller's records a few at a time: each may be large."""
    rows = Record.objects.filter(pk__in=ids, stream__in=streams, deleted_at__isnull=True)
    columns = rows.values_list("pk", "stream_id", "generation_id", "body")
    found = {}
    for id, stream, generation, body in columns.iterator(chunk_size=FEW):
        record = read_record(bytes(body))
        found[id] = Grantable(stream, generation, record.akid, record.names)
    return found


def _check_record(grant: SealedGrant, generation: Generation, known: Known) -> None:
    record = known.records.get(UUID(grant.record))
    if record is None or record.stream_id != generation.stream_id:
        raise NotFound(f"there is no record {grant.record} of this type to grant")
    if record.generation_id != generation.pk or record.akid != grant.akid:
        raise GenerationConflict(f"record {grant.record} has another generation or access key")
    if not record.names.issuperset(grant.fields):
        raise Mismatch(f"record {grant.record} does not have all the fields that are granted")


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

    The caller's grant to itself of a generation above the last opens that generation.
    Raises RosterInstead, or as ``keep_grants``.
    """
    if any(grant.writer.startswith(GROUP) for grant in grants):
        raise RosterInstead
    return keep_grants(caller=caller, grants=grants)


def keep_grants(*, caller: Client, grants: Sequence[SealedGrant]) -> list[Status]:
    """Store signed grants as ``store_grants`` does, those of a group's epochs too.

    Raises MismatchError or SignatureError (not the caller's to grant), Malformed (the same
    to the same reader twice), GrantWithdrawn, or as ``fitted``.
    """
    for grant in grants:
        verify_grant(grant, caller.card, owner=caller.card.id)
    known = look_up(caller, grants)
    refuse_withdrawn(grants)
    return _save([fitted(grant, caller, known) for grant in grants])


@transaction.atomic
def open_inbox_generation(
    *, stream: Stream, gen: int, inbox_id: bytes, self_grant: SealedGrant
) -> Generation:
    """Close the open inbox of a form's stream, or epoch of a group's, and open the next.

    It is granted to its owner. Raises GenerationConflict unless ``gen`` is above the last;
    Mismatch, MismatchError or SignatureError unless the owner signed a grant of the whole inbox to
    itself.
    """
    stream = streams.locked(ids=[stream.pk])[stream.pk]
    named = (self_grant.writer, self_grant.type, self_grant.gen, self_grant.akid)
    whole = is_whole(self_grant, stream.owner)
    if named != (stream.writer, stream.type, gen, inbox_id) or not whole:
        raise Mismatch("the owner's grant to itself is not of this inbox")
    streams.close(stream=stream)
    before = list(stream.generations.all())
    opened = streams.open_next(stream=stream, before=before, number=gen, akid=inbox_id)
    keep_grants(caller=stream.owner, grants=[self_grant])
    return opened


@transaction.atomic
def revoke(*, caller: Client, revocation: Revocation) -> Revoked:
    """Take a reader's grants of a client's own stream away and close the open generation.

    Raises SignatureError, Mismatch, PublishInstead for a form's stream, OwnAccess,
    GenerationConflict if it names another generation than the last. A repeat changes nothing.
    """
    verify_statement(revocation, caller.card)
    named = streams.of_writer(writer=revocation.writer, types=[revocation.type])
    locked = streams.locked(ids=[stream.pk for stream in named.values()])
    stream = next(iter(locked.values()), None)
    if stream is None or stream.owner_id != caller.pk:
        raise Mismatch("the revocation is not about a type that the caller owns")
    if stream.from_form:
        raise PublishInstead
    generation = stream.generations.filter(number=revocation.gen).first()
    held = Grant.objects.filter(held_by(revocation.reader), stream=stream)
    if generation is None:
        raise GenerationConflict
    if generation.closed and held.exists() and streams.is_followed(generation):
        raise GenerationConflict  # an old statement, and the reader was granted more since
    if generation.closed is None:
        streams.close(stream=stream)
    removed = _remove(stream, revocation.reader)
    return Revoked(closed=generation.number, removed=removed)


@transaction.atomic
def remove_reader(*, stream: Stream, reader: str) -> int:
    """Delete a reader's grants of a stream and return their number.

    Part of a publication, which opens the next inbox in the same transaction. Raises OwnAccess,
    UnknownReader.
    """
    if not readers_named([reader]):
        raise UnknownReader
    return _remove(streams.locked(ids=[stream.pk])[stream.pk], reader)


def _remove(stream: Stream, reader: str) -> int:
    if reader == str(stream.owner_id):
        raise OwnAccess
    return remove(Grant.objects.filter(held_by(reader), stream=stream))


def _save(rows: Sequence[Grant]) -> list[Status]:
    """Store each row, in the place of the one for the same generation, reader and record."""
    if len(set(map(_place, rows))) != len(rows):
        raise Malformed("the request grants the same to the same reader twice")
    clients = {row.reader_id for row in rows if row.reader_id}
    groups = {row.group_id for row in rows if row.group_id}
    held = Grant.objects.filter(
        Q(reader__in=clients) | Q(group__in=groups),
        generation__in={row.generation_id for row in rows},
    )
    before = {_place(row): row for row in held}
    statuses = [_status(row, before.get(_place(row))) for row in rows]
    by_status: dict[Status, list[Grant]] = {status: [] for status in Status}
    for status, row in zip(statuses, rows, strict=True):
        by_status[status].append(row)
    remember(before[_place(row)] for row in by_status[Status.REPLACED])
    for row in by_status[Status.REPLACED]:
        row.pk = before[_place(row)].pk
    Grant.objects.bulk_create(by_status[Status.CREATED])
    changed = ["epoch", "akid", "fields", "not_after", "granted", "body"]
    Grant.objects.bulk_update(by_status[Status.REPLACED], changed)
    return statuses


def _status(row: Grant, before: Grant | None) -> Status:
    if before is None:
        return Status.CREATED
    return Status.EXISTING if bytes(before.body) == row.body else Status.REPLACED


def _place(row: Grant) -> tuple[int, UUID | None, UUID | None, UUID | None]:
    return row.generation_id, row.reader_id, row.group_id, row.record_id
