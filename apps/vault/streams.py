"""Streams and their generations: the locks that every change takes first, and what is open.

``models`` says in which order they are taken.
"""

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from apps.directory.models import Client
from apps.vault.errors import AccessKeyUsed, GenerationConflict
from apps.vault.lanes import LANES
from apps.vault.models import Generation, Grant, Lane, Stream, not_ended


@transaction.atomic
def stream_for(*, writer: str, type: str, owner: Client) -> Stream:
    """Return the stream of (writer, type), made for its owner with all lanes if it is new."""
    stream, is_new = Stream.objects.get_or_create(
        writer=writer, type=type, defaults={"owner": owner}
    )
    if is_new:
        Lane.objects.bulk_create(Lane(stream=stream, number=number) for number in range(LANES))
    return stream


def of_writer(*, writer: str, types: Iterable[str]) -> dict[str, Stream]:
    """Return one writer's streams of these types, as far as they exist, by type."""
    found = Stream.objects.filter(writer=writer, type__in=set(types))
    return {stream.type: stream for stream in found}


def locked(*, ids: Iterable[int]) -> dict[int, Stream]:
    """Lock these streams until the transaction ends, always in the same order.

    For who opens or closes a generation, or grants. Whoever needs several locks them in one
    call: two callers then never wait for each other.
    """
    found = Stream.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return {stream.pk: stream for stream in found}


def locked_of_writer(*, writer: str) -> dict[str, Stream]:
    """Lock all streams of one writer, as far as they exist; by type."""
    found = Stream.objects.filter(writer=writer)
    streams = locked(ids=found.values_list("pk", flat=True))
    return {stream.type: stream for stream in streams.values()}


def shared(*, streams: Iterable[Stream]) -> dict[int, Generation]:
    """Return the open generation of each stream that has one, by the stream's primary key.

    Nobody closes them until the transaction ends; other writers share them. ``is_stale`` says of
    each whether it is granted to an epoch of a group that has ended.
    """
    return _open(streams, SHARED, is_stale=_granted_to_an_epoch_that_has_ended())


def _granted_to_an_epoch_that_has_ended() -> Exists:
    """A later grant of it to the same group takes the place of the one before."""
    held = Grant.objects.filter(generation=OuterRef("pk"), record=None, group__isnull=False)
    return Exists(held.filter(not_ended(), epoch__lt=F("group__epoch")))


def alone(*, streams: Iterable[Stream]) -> dict[int, Generation]:
    """Return the open generations of locked streams, after all who write under them are done."""
    return _open(streams, ALONE)


SHARED = "SELECT pg_advisory_xact_lock_shared(id) FROM unnest(%s::bigint[]) AS id"
ALONE = "SELECT pg_advisory_xact_lock(id) FROM unnest(%s::bigint[]) AS id"


def _open(streams: Iterable[Stream], lock: str, **asked: Exists) -> dict[int, Generation]:
    """Lock which generation is open in these streams, then look.

    Not by FOR SHARE: with many writers some always have the row, each new one joins them, and
    who wants it alone waits for ever. Here whoever waits stands in a queue.
    """
    by_id = {stream.pk: stream for stream in streams}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(lock, [sorted(by_id)])
    found = Generation.objects.filter(stream__in=by_id, closed__isnull=True).annotate(**asked)
    generations = {generation.stream_id: generation for generation in found}
    for id, generation in generations.items():
        generation.stream = by_id[id]
    return generations


def open_next(
    *, stream: Stream, before: Sequence[Generation], number: int, akid: bytes
) -> Generation:
    """Open a generation above all those ``before`` in a locked stream.

    Numbers may be left out: after an older database was restored, the owner remembers more than
    there are. Raises GenerationConflict if it is not above the last or if one is open,
    AccessKeyUsed if any generation of any stream had the key.
    """
    last = max((each.number for each in before), default=0)
    if number <= last:
        raise GenerationConflict(f"generation {number} is not above the last, {last}")
    if any(each.closed is None for each in before):
        raise GenerationConflict(f"generation {last} is still open")
    try:
        with transaction.atomic():
            return stream.generations.create(number=number, akid=akid)
    except IntegrityError as error:
        raise AccessKeyUsed from error


def close(*, stream: Stream) -> None:
    """Close the open generation of a locked stream, if there is one.

    Nothing more is written under its key: whoever is writing is waited for.
    """
    close_all(streams=[stream])


def close_all(*, streams: Iterable[Stream]) -> None:
    """Close the open generations of several locked streams."""
    open_ones = [generation.pk for generation in alone(streams=streams).values()]
    Generation.objects.filter(pk__in=open_ones).update(closed=timezone.now())


def is_followed(generation: Generation) -> bool:
    """Whether its stream has a later generation."""
    return generation.stream.generations.filter(number__gt=generation.number).exists()


def list_generations(*, caller: Client, writer: str, type: str) -> list[Generation]:
    """Return a stream's generations, ascending, to its owner; for others there are none."""
    return list(
        Generation.objects.filter(
            stream__writer=writer, stream__type=type, stream__owner=caller
        ).order_by("number")
    )
