"""Reading records and grants: what was stored, to whoever holds a grant, and no trace of the rest.

The number of queries does not grow with the number of records.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import accumulate
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Length

from apps.directory.models import Client
from apps.vault.models import Grant, Record, Stream
from apps.vault.visibility import Columns, Sight, granted_generations, live_grants, readable
from apps.web.errors import Limit, NotFound
from apps.web.json_pages import Page, item

PAGE_BYTES = 8 * 1024 * 1024
LOOKUP_BYTES = 4 * PAGE_BYTES


class Direction(StrEnum):
    """Grants to the caller, or by it."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


def list_records(*, reader: Client, writer: str, type: str, after: int, limit: int) -> Page:
    """Return the next records of a stream that the reader may see, in the order of commit.

    A page ends early when it grows beyond 8 MiB: visitors may send large records.
    """
    stream = Stream.objects.filter(writer=writer, type=type).first()
    if stream is None:
        return Page(items=[], next=after, more=False)
    generations = granted_generations(live_grants(reader).filter(stream=stream))
    found = readable(reader, generations).filter(stream=stream, position__gt=after)
    sizes = list(found.order_by("position").values_list("position", Length("body"))[: limit + 1])
    places = _that_fit(sizes)[:limit]
    last = places[-1] if places else after
    wanted = found.filter(position__lte=last).order_by("position") if places else found.none()
    items = _items(reader, generations, wanted)
    return Page(items=items, next=last, more=len(places) < len(sizes))


def _that_fit(sizes: Sequence[tuple[int, int]]) -> list[int]:
    """Return the positions of the first records that make a page together, at least one."""
    sums = accumulate(size for _, size in sizes)
    return [
        position
        for number, ((position, _), sum) in enumerate(zip(sizes, sums, strict=True))
        if number == 0 or sum <= PAGE_BYTES
    ]


def fetch(*, reader: Client, id: UUID) -> bytes:
    """Return one record; raises NotFound whether it is not there or not to be read."""
    items = lookup(reader=reader, ids=[id])
    if not items:
        raise NotFound
    return items[0]


def lookup(*, reader: Client, ids: Sequence[UUID]) -> list[bytes]:
    """Return those of these records that the reader may see.

    Raises Limit if they are larger than 32 MiB together: a list ends early there, but here
    whoever asks would take what is left out for missing.
    """
    of_ids = Record.objects.filter(pk__in=ids).values("generation")
    generations = granted_generations(live_grants(reader).filter(generation__in=of_ids))
    found = readable(reader, generations).filter(pk__in=ids)
    if len(ids) > 1 and sum(found.values_list(Length("body"), flat=True)) > LOOKUP_BYTES:
        raise Limit("these records are too large for one answer", hint="ask for fewer at a time")
    return _items(reader, generations, found)


def _items(
    reader: Client, generations: Mapping[int, Columns], records: QuerySet[Record]
) -> list[bytes]:
    rows = list(records.values_list("pk", "generation_id", "stored", "stream__owner_id", "body"))
    sight = Sight(reader, generations, [row[:2] for row in rows])
    return [
        item(
            time_name=b"stored",
            time=stored,
            name=b"record",
            body=sight.cut(id, generation, bytes(body)),
            is_owner=owner == reader.pk,
        )
        for id, generation, stored, owner, body in rows
    ]


def list_grants(
    *,
    caller: Client,
    direction: Direction,
    writer: str | None,
    type: str | None,
    after: int,
    limit: int,
) -> Page:
    """Return grants to the caller, or in the streams that it owns, oldest first."""
    found = Grant.objects.filter(pk__gt=after).order_by("pk")
    if direction is Direction.INCOMING:
        found = found.filter(reader=caller)
    else:
        found = found.filter(stream__owner=caller)
    if writer is not None:
        found = found.filter(stream__writer=writer)
    if type is not None:
        found = found.filter(stream__type=type)
    rows = list(found.values_list("pk", "granted", "body", "stream__owner_id")[: limit + 1])
    items = [
        item(
            time_name=b"granted",
            time=granted,
            name=b"grant",
            body=bytes(body),
            is_owner=owner == caller.pk,
        )
        for _, granted, body, owner in rows[:limit]
    ]
    last = rows[:limit][-1][0] if rows else after
    return Page(items=items, next=last, more=len(rows) > limit)
