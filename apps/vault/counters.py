"""The counters of lanes: positions, how many records live, when the last came, arrivals by day.

Overviews read these instead of counting records; listings need the positions.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from apps.vault.models import Arrivals, Lane, Record


class Place(NamedTuple):
    """A lane of a stream, by the stream's primary key and the lane's number."""

    stream: int
    lane: int


def locked_lanes(*, places: Iterable[Place]) -> dict[Place, Lane]:
    """Lock these lanes until the transaction ends, always in the same order."""
    by_stream: dict[int, set[int]] = {}
    for stream, lane in places:
        by_stream.setdefault(stream, set()).add(lane)
    wanted = Q(pk__in=[])
    for stream, lanes in by_stream.items():
        wanted |= Q(stream=stream, number__in=lanes)
    found = Lane.objects.select_for_update(no_key=True).filter(wanted)
    return {
        Place(lane.stream_id, lane.number): lane for lane in found.order_by("stream_id", "number")
    }


def take_positions(*, lanes: Mapping[Place, Lane], rows: Iterable[Record]) -> None:
    """Give each row the next position of its locked lane, in the order given.

    Others see them when they get the lock, after this transaction's records are visible:
    so a reader that has seen a position has seen all lower ones of the lane (docs/protocol.md §10).
    """
    for row in rows:
        lane = lanes[place_of(row)]
        lane.position += 1
        row.position = lane.position


def count_arrivals(
    *, lanes: Mapping[Place, Lane], rows: Sequence[Record], besides: Mapping[UUID, int]
) -> None:
    """Count new rows of locked lanes, which all arrived at one time.

    ``besides`` has how many bytes are stored of a record beside its body.
    """
    days: dict[Place, Arrivals] = {}
    for row in rows:
        place, day = place_of(row), row.arrived.astimezone(UTC).date()
        lanes[place].living += 1
        lanes[place].last_arrival = row.arrived
        new = Arrivals(stream_id=place.stream, lane=place.lane, day=day, count=0, octets=0)
        days.setdefault(place, new)
        days[place].count += 1
        days[place].octets += len(row.body) + besides.get(row.pk, 0)
    held = Arrivals.objects.filter(
        stream__in={place.stream for place in days}, day__in={row.day for row in days.values()}
    )
    for before in held:
        if found := days.get(Place(before.stream_id, before.lane)):
            found.count += before.count
            found.octets += before.octets
    Arrivals.objects.bulk_create(
        days.values(),
        update_conflicts=True,
        unique_fields=["stream", "lane", "day"],
        update_fields=["count", "octets"],
    )


def count_deletions(*, lanes: Mapping[Place, Lane], rows: Iterable[Record]) -> None:
    """Count rows of locked lanes that are about to become tombstones."""
    for row in rows:
        lanes[place_of(row)].living -= 1


def keep(*, lanes: Mapping[Place, Lane], rows: Iterable[Record]) -> None:
    """Write what was counted for these rows of locked lanes, all counters in one UPDATE."""
    changed = [lanes[place] for place in {place_of(row) for row in rows}]
    Lane.objects.bulk_update(changed, ["position", "living", "last_arrival"])


def place_of(row: Record) -> Place:
    """Return the lane that a record is in."""
    return Place(row.stream_id, row.lane)
