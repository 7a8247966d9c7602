"""Which records make the next page: their places in the lanes, before any body is fetched.

Each lane is one range of the index (stream, lane, position). A page reads the ranges one after the
other and only as far as it goes, so that it costs the same wherever in a stream it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import accumulate
from operator import or_
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
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


def at(records: QuerySet[Record], places: Sequence[Listed]) -> QuerySet[Record]:
    """Return those of the records that stand at these places, in any order.

    The places of a lane follow one another, since ``choose`` leaves none of these records out: so
    a range of each lane says the same as a list of ids, and takes neither side long to read.
    """
    positions: dict[int, list[int]] = {}
    for place in places:
        positions.setdefault(place.lane, []).append(place.position)
    ranges = (
        Q(lane=lane, position__range=(min(held), max(held))) for lane, held in positions.items()
    )
    return records.filter(reduce(or_, ranges)) if positions else records.none()


def _next(records: QuerySet[Record], after: Cursor, ends: Mapping[int, int], limit: int) -> Choice:
    """From the start: lane after lane, each in the order of commit."""
    beyond = records.filter(lane=_later(LANE), position__gt=_later(REACHED)).order_by("position")[
        : limit + 1
    ]
    due = {lane: reached for lane, reached in after.by_lane.items() if reached < ends[lane]}
    found = _one_after_the_other(beyond, due, limit + 1)
    places = _that_fit(found[:limit])
    return Choice(places, len(places) < len(found))


def _last(records: QuerySet[Record], after: Cursor, ends: Mapping[int, int], limit: int) -> Choice:
    """From the end: an equal share of each lane, descending.

    Where not all fit, those at the highest positions are shown: lanes grow alike, so these are
    the latest, and no lane is kept waiting for another.
    """
    share = -(-limit // len(after.lanes))
    below = records.filter(lane=_later(LANE), position__lt=_later(REACHED)).order_by("-position")[
        : share + 1
    ]
    lanes = {lane: reached for lane, reached in after.by_lane.items() if ends[lane]}
    found = _one_after_the_other(below, lanes, len(lanes) * (share + 1))
    shares: dict[int, list[Listed]] = {}
    for place in found:
        shares.setdefault(place.lane, []).append(place)
    due = [place for places in shares.values() for place in places[:share]]
    due.sort(key=lambda place: (-place.position, place.lane))
    places = _that_fit(due[:limit])
    ordered = sorted(places, key=lambda place: (place.lane, -place.position))
    return Choice(ordered, len(places) < len(found))


LANE, REACHED = object(), object()
"""What stands in the query for each lane, until its number and position do."""


def _one_after_the_other(
    part: QuerySet[Record], lanes: Mapping[int, int], most: int
) -> list[Listed]:
    """Return the first rows of the query for each lane, as if each began where the last ends.

    Each is in its own order and has an end; the database stops where there are enough. Django's
    `union` would have it sort all rows of all lanes first, and takes long to write each.

    SQL promises no order here. Both databases carry the parts of UNION ALL out in turn, and an
    ORDER BY around them would read all lanes for each page. PostgreSQL might give the parts to
    several workers at once, but for the LIMIT in each: it shares such parts out to nobody
    (tests/vault/test_page_cost.py).
    """
    if not lanes:
        return []
    columns = ("lane", "position", Length("body"))
    sql, values = part.values_list(*columns).query.sql_with_params()
    whole = " UNION ALL ".join(
        f"SELECT * FROM ({sql}) AS part{number}"  # noqa: S608 - Django's own SQL
        for number in range(len(lanes))
    )
    given = [
        {LANE: lane, REACHED: reached}.get(value, value)
        for lane, reached in lanes.items()
        for value in values
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"{whole} LIMIT %s", [*given, most])
        rows = cursor.fetchall()
    return list(map(Listed._make, rows))


def _later(value: object) -> RawSQL:
    """Return a parameter as it is: what it will be is known when the query is sent."""
    return RawSQL("%s", [value])


def _that_fit(places: Sequence[Listed]) -> Sequence[Listed]:
    """Return the first places whose records make a page together, at least one."""
    return places[: how_many_fit(place.size for place in places)]


def how_many_fit(sizes: Iterable[int]) -> int:
    """Return how many records of these sizes, the first ones, make a page together, at least 1."""
    return max(sum(1 for total in accumulate(sizes) if total <= PAGE_BYTES), 1)
