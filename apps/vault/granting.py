"""What the grants of one request refer to, and whether each fits what is stored."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from apps.directory.errors import (
    Fingerprint,
    GenerationConflict,
    Mismatch,
    NotFound,
    UnknownGeneration,
    UnknownReader,
)
from apps.directory.models import Client
from apps.envelope.encoding import dump_json, load_json
from apps.envelope.grants import Grant as SealedGrant
from apps.envelope.primitives import same
from apps.envelope.records import parse_record
from apps.vault import streams
from apps.vault.models import Generation, Grant, Record, Stream

FEW = 16


@dataclass(frozen=True)
class Known:
    """Streams, locked; generations by stream and number; readers and records by id."""

    streams: dict[tuple[str, str], Stream]
    generations: dict[tuple[int, int], Generation]
    readers: dict[UUID, Client]
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
    generations = Generation.objects.filter(stream__in=found)
    return Known(
        streams={(stream.writer, stream.type): stream for stream in found.values()},
        generations={(each.stream_id, each.number): each for each in generations},
        readers=Client.objects.in_bulk({UUID(grant.reader) for grant in grants}),
        records=_grantable({UUID(grant.record) for grant in grants if grant.record}, found),
    )


def fitted(grant: SealedGrant, caller: Client, known: Known) -> Grant:
    """Return the row of a grant that fits, not saved yet; it may open its generation.

    Raises Mismatch, UnknownReader, Fingerprint, UnknownGeneration, GenerationConflict or
    NotFound.
    """
    stream = known.streams.get((grant.writer, grant.type))
    if stream is None:
        raise Mismatch("the grant is not of a type or form that the caller owns")
    reader = known.readers.get(UUID(grant.reader))
    if reader is None:
        raise UnknownReader
    if not same(grant.reader_fp, reader.fingerprint):
        raise Fingerprint("reader_fp is not the fingerprint of the reader's enrolled card")
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
        reader=reader,
        akid=grant.akid,
        fields=list(grant.fields),
        not_after=grant.not_after,
        body=dump_json(grant.to_wire()),
    )


def is_whole(grant: SealedGrant, reader: Client) -> bool:
    """Whether it gives this reader the whole type or inbox."""
    return grant.reader == reader.card.id and not grant.record and not grant.fields


def _open_own(grant: SealedGrant, caller: Client, stream: Stream, known: Known) -> Generation:
    """Open a client's next generation, which its whole grant to itself asks for."""
    if stream.from_form or not is_whole(grant, caller):
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
        record = parse_record(load_json(bytes(body)))
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
