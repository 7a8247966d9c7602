"""Streams and their generations: the lock that every change takes first, and what is open."""

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.directory.models import Client
from apps.vault.errors import AccessKeyUsed, GenerationConflict
from apps.vault.models import Generation, Stream


def stream_for(*, writer: str, type: str, owner: Client) -> Stream:
    """Return the stream of (writer, type), made for its owner if it is new."""
    stream, _ = Stream.objects.get_or_create(writer=writer, type=type, defaults={"owner": owner})
    return stream


def locked(*, ids: Iterable[int]) -> dict[int, Stream]:
    """Lock these streams until the transaction ends, always in the same order.

    Whoever needs several locks them in one call: two callers then never wait for each
    other. On SQLite the transaction already holds the one write lock (config/settings.py).
    """
    found = Stream.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk")
    return {stream.pk: stream for stream in found}


def locked_of_writer(*, writer: str, types: Iterable[str] | None = None) -> dict[str, Stream]:
    """Lock one writer's streams, all or those of some types, as far as they exist; by type."""
    found = Stream.objects.filter(writer=writer)
    if types is not None:
        found = found.filter(type__in=set(types))
    streams = locked(ids=found.values_list("pk", flat=True))
    return {stream.type: stream for stream in streams.values()}


def take_positions(*, stream: Stream, count: int) -> range:
    """Give out the next positions of a locked stream.

    Others see them when they get the lock, after this transaction's records are visible:
    so a reader that has seen a position has seen all lower ones (docs/protocol.md §10).
    """
    first = stream.position + 1
    stream.position += count
    stream.save(update_fields=["position"])
    return range(first, first + count)


def open_generations(*, streams: Iterable[Stream]) -> dict[int, Generation]:
    """Return the open generation of each stream that has one, by the stream's primary key."""
    by_id = {stream.pk: stream for stream in streams}
    found = Generation.objects.filter(stream__in=by_id, closed__isnull=True)
    generations = {generation.stream_id: generation for generation in found}
    for id, generation in generations.items():
        generation.stream = by_id[id]
    return generations


def open_next(
    *, stream: Stream, before: Sequence[Generation], number: int, akid: bytes
) -> Generation:
    """Open the generation after all those ``before`` in a locked stream.

    Raises GenerationConflict if it is not the next or if one is open, AccessKeyUsed if any
    generation of any stream had the key.
    """
    if number != max((each.number for each in before), default=0) + 1:
        raise GenerationConflict(f"generation {number} is not the one after the last")
    if any(each.closed is None for each in before):
        raise GenerationConflict(f"generation {number - 1} is still open")
    try:
        with transaction.atomic():
            return stream.generations.create(number=number, akid=akid)
    except IntegrityError as error:
        raise AccessKeyUsed from error


def close(*, generation: Generation) -> None:
    """Close a generation of a locked stream: nothing more is written under its key."""
    generation.closed = timezone.now()
    generation.save(update_fields=["closed"])


def list_generations(*, caller: Client, writer: str, type: str) -> list[Generation]:
    """Return a stream's generations, ascending, to its owner; for others there are none."""
    return list(
        Generation.objects.filter(
            stream__writer=writer, stream__type=type, stream__owner=caller
        ).order_by("number")
    )
