"""Reading records and grants: what was stored, to whoever holds a grant, and no trace of the rest.

The number of queries does not grow with the number of records.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Length

from apps.directory.models import Client
from apps.envelope.encoding import b64
from apps.vault.cursors import END, Cursor, read_cursor
from apps.vault.models import Grant, Lane, Record, Stream
from apps.vault.page_selection import PAGE_BYTES, at, choose, how_many_fit
from apps.vault.record_meta import matching, one_by_one
from apps.vault.snapshots import snapshot
from apps.vault.visibility import (
    Columns,
    Held,
    Sight,
    granted_generations,
    held_grants,
    live_grants,
    readable,
)
from apps.web.errors import Limit, NotFound
from apps.web.json_pages import Page, item

LOOKUP_BYTES = 4 * PAGE_BYTES


class Direction(StrEnum):
    """Grants to the caller, or by it."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class Row(NamedTuple):
    """What is known of a record that is shown."""

    id: UUID
    generation: int
    stored: datetime
    body: bytes
    owner: UUID


@snapshot()
def list_records(*, reader: Client, writer: str, type: str, after: Cursor, limit: int) -> Page:
    """Return the next records of a stream that the reader may see, lane by lane.

    From the start a lane's records come in the order of commit; from the end each lane gives
    its last ones, descending. All is read as of one moment: a record that is updated or moves to
    another generation meanwhile would be found neither where it was nor where it is.
    """
    found = Lane.objects.filter(stream__writer=writer, stream__type=type, number__in=after.lanes)
    lanes = {lane.number: lane for lane in found.select_related("stream")}
    if not lanes:
        return Page(items=[], next=after.to_text(), more=False)
    stream = lanes[after.lanes.start].stream
    grants = live_grants(reader).filter(stream=stream)
    generations = granted_generations(grants)
    records = readable(reader, grants).filter(stream=stream)
    ends = {number: lane.position for number, lane in lanes.items()}
    places, more = choose(records, after=after, ends=ends, limit=limit)
    rows = {
        (lane, position): Row(id, generation, stored, bytes(body), stream.owner_id)
        for lane, position, id, generation, stored, body in at(records, places).values_list(
            "lane", "position", "pk", "generation_id", "stored", "body"
        )
    }
    shown = [rows[place.lane, place.position] for place in places]
    reached = {place.lane: place.position for place in places}
    return Page(
        items=_items(reader, generations, shown),
        next=after.behind(reached).to_text(),
        more=more,
    )


class Latest(NamedTuple):
    """The last records of a stream, by id, and where those before them begin ("" for nowhere)."""

    ids: list[UUID]
    following: str


@snapshot()
def latest(*, stream: Stream, after: str, limit: int) -> Latest:
    """Return the ids of a stream's last records, tombstones included; ``after`` goes on.

    For who runs the server: whose they are is not asked. Raises Invalid for another ``after``.
    """
    cursor = read_cursor(after or None, shard=None, start=END)
    ends = dict(stream.lanes.values_list("number", "position"))
    records = Record.objects.filter(stream=stream)
    places, more = choose(records, after=cursor, ends=ends, limit=limit)
    reached = {place.lane: place.position for place in places}
    following = cursor.behind(reached).to_text() if more else ""
    ids = {
        (lane, position): id
        for lane, position, id in at(records, places).values_list("lane", "position", "pk")
    }
    return Latest([ids[place.lane, place.position] for place in places], following)


@snapshot()
def query_records(
    *, reader: Client, writer: str, type: str, meta: Mapping[str, str], after: bytes, limit: int
) -> Page:
    """Return the next records of a stream that say all of ``meta`` and that the reader may see.

    They come ascending by id, which says nothing of when they came. ``after`` is the id of the
    last one of the page before, 16 bytes, or empty: a record that the reader was shown.
    """
    stream = Stream.objects.filter(writer=writer, type=type).first()
    if stream is None:
        return Page(items=[], next=b64(after), more=False)
    grants = live_grants(reader).filter(stream=stream)
    generations = granted_generations(grants)
    behind = UUID(bytes=after) if after else None
    seen = readable(reader, grants).filter(stream=stream)
    found = matching(stream=stream, meta=meta, after=behind).filter(one_by_one(seen, pk="record"))
    size = Subquery(Record.objects.filter(pk=OuterRef("record")).values(size=Length("body")))
    sizes = list(found.values_list("record_id", size)[: limit + 1])
    shown = [id for id, _ in sizes[:limit]][: how_many_fit(size for _, size in sizes[:limit])]
    columns = ("pk", "generation_id", "stored", "body")
    of_ids = Record.objects.filter(pk__in=shown).order_by("pk").values_list(*columns)
    rows = [Row(id, gen, at, bytes(body), stream.owner_id) for id, gen, at, body in of_ids]
    return Page(
        items=_items(reader, generations, rows),
        next=b64(shown[-1].bytes if shown else after),
        more=len(shown) < len(sizes),
    )


def fetch(*, reader: Client, id: UUID) -> bytes:
    """Return one record; raises NotFound whether it is not there or not to be read."""
    items = lookup(reader=reader, ids=[id])
    if not items:
        raise NotFound
    return items[0]


@snapshot()
def lookup(*, reader: Client, ids: Sequence[UUID]) -> list[bytes]:
    """Return those of these records that the reader may see.

    Raises Limit if they are larger than 32 MiB together: a list ends early there, but here
    whoever asks would take what is left out for missing.
    """
    of_ids = Record.objects.filter(pk__in=ids).values("generation")
    grants = live_grants(reader).filter(generation__in=of_ids)
    generations = granted_generations(grants)
    found = readable(reader, grants).filter(pk__in=ids)
    if len(ids) > 1 and sum(found.values_list(Length("body"), flat=True)) > LOOKUP_BYTES:
        raise Limit("these records are too large for one answer", hint="ask for fewer at a time")
    columns = ("pk", "generation_id", "stored", "body", "stream__owner_id")
    return _items(reader, generations, [Row(*row) for row in found.values_list(*columns)])


def _items(reader: Client, generations: Mapping[int, Columns], rows: Sequence[Row]) -> list[bytes]:
    sight = Sight(reader, generations, [(row.id, row.generation) for row in rows])
    return [
        item(
            time_name=b"stored",
            time=row.stored,
            name=b"record",
            body=sight.cut(row.id, row.generation, bytes(row.body)),
            is_owner=row.owner == reader.pk,
        )
        for row in rows
    ]


def list_grants(
    *,
    caller: Client,
    direction: Direction,
    writer: str | None,
    type: str | None,
    record: UUID | None,
    after: int,
    limit: int,
) -> Page:
    """Return grants to the caller and its groups, or in the streams that it owns, oldest first."""
    if direction is Direction.INCOMING:
        found = held_grants(caller)
    else:
        found = Held(Grant.objects.filter(stream__owner=caller), Grant.objects.none())
    found = found.filter(pk__gt=after)
    if writer is not None:
        found = found.filter(stream__writer=writer)
    if type is not None:
        found = found.filter(stream__type=type)
    if record is not None:
        found = found.filter(record=record)
    columns = ("pk", "granted", "body", "stream__owner_id")
    rows = list(found.rows(*columns).order_by("pk")[: limit + 1])
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
    return Page(items=items, next=str(last), more=len(rows) > limit)
