"""Which records make the next page: their places in the lanes, before any body is fetched.

Each lane is one range of the index (stream, lane, position). A page reads the ranges one after the
other and only as far as it goes, so that it costs the same wherever in a stream it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Length

from apps.vault.cursors import Cursor
from apps.vault.models import Record

PAGE_BYTES = 8 * 1024 * 1024


class Listed(NamedTuple):
    """The place of a record that may be listed, and the bytes that its body has."""

    lane: int
    position: int
    size: int


class Choice(NamedTuple):
    """What a page shows, in its order, and whether there is more to be had at once."""

    places: Sequence[Listed]
    more: bool


def choose(
    records: QuerySet[Record], *, after: Cursor, ends: Mapping[int, int], limit: int
) -> Choice:
    """Return the next places of these records of one stream, at least one if there are any.

    ``ends`` has the last position of each lane. A page ends early when it grows beyond 8 MiB.
    """
    choice = _last if after.from_end else _next
    return choice(records, after, ends, limit)


def at(records: QuerySet[Record], places: Iterable[Listed]) -> QuerySet[Record]:
    """Return those of the records that stand at these places, in any order.

    Of each lane a page shows one range: what lies between, and is not shown, may not be seen.
    """
    by_lane: dict[int, list[int]] = {}
    for lane, position, _ in places:
        by_lane.setdefault(lane, []).append(position)
    if not by_lane:
        return records.none()
    ranges = [
        records.filter(lane=lane, position__range=(min(positions), max(positions)))
        for lane, positions in by_lane.items()
    ]
    return ranges[0].union(*ranges[1:], all=True)


def _next(records: QuerySet[Record], after: Cursor, ends: Mapping[int, int], limit: int) -> Choice:
    """From the start: lane after lane, each in the order of commit."""
    parts = [
        records.filter(lane=lane, position__gt=reached).order_by("position")[: limit + 1]
        for lane, reached in after.by_lane.items()
        if reached < ends[lane]
    ]
    found = _one_after_the_other(parts, limit + 1)
    places = _that_fit(found[:limit])
    return Choice(places, len(places) < len(found))


def _last(records: QuerySet[Record], after: Cursor, ends: Mapping[int, int], limit: int) -> Choice:
    """From the end: an equal share of each lane, descending.

    Where not all fit, those at the highest positions are shown: lanes grow alike, so these are
    the latest, and no lane is kept waiting for another.
    """
    share = -(-limit // len(after.lanes))
    parts = [
        records.filter(lane=lane, position__lt=reached).order_by("-position")[: share + 1]
        for lane, reached in after.by_lane.items()
        if ends[lane]
    ]
    found = _one_after_the_other(parts, len(parts) * (share + 1))
    shares: dict[int, list[Listed]] = {}
    for place in found:
        shares.setdefault(place.lane, []).append(place)
    due = [place for places in shares.values() for place in places[:share]]
    due.sort(key=lambda place: (-place.position, place.lane))
    places = _that_fit(due[:limit])
    ordered = sorted(places, key=lambda place: (place.lane, -place.position))
    return Choice(ordered, len(places) < len(found))


def _one_after_the_other(parts: Sequence[QuerySet[Record]], most: int) -> list[Listed]:
    """Return the first rows of these queries, as if each began where the one before ends.

    Each part is in its own order and has an end; the database stops where there are enough.
    Django's `union` would have it sort all rows of all parts first.
    """
    if not parts:
        return []
    columns = ("lane", "position", Length("body"))
    compiled = [part.values_list(*columns).query.sql_with_params() for part in parts]
    whole = " UNION ALL ".join(
        f"SELECT * FROM ({sql}) AS part{number}"  # noqa: S608 - Django's own SQL
        for number, (sql, _) in enumerate(compiled)
    )
    values = [value for _, some in compiled for value in some]
    with connection.cursor() as cursor:
        cursor.execute(f"{whole} LIMIT %s", [*values, most])
        return [Listed(*row) for row in cursor.fetchall()]


def _that_fit(places: Sequence[Listed]) -> Sequence[Listed]:
    """Return the first places whose records make a page together, at least one."""
    sums = accumulate(place.size for place in places)
    fitting = sum(1 for total in sums if total <= PAGE_BYTES)
    return places[: max(fitting, 1)]
