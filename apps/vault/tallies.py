"""How much is stored, from the counters of lanes: no record is looked at, and none counted."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Max, Sum
from django.utils import timezone

from apps.vault.models import Arrivals, Lane


class Tally(NamedTuple):
    """What there is of one stream: records that were not deleted, and when a new one last came."""

    stream: int
    type: str
    living: int
    last_arrival: datetime | None


def tallies(*, writers: Iterable[str]) -> dict[str, list[Tally]]:
    """Return what there is of each of these writers, by type, in one query for all of them."""
    found: dict[str, list[Tally]] = {}
    rows = (
        Lane.objects.filter(stream__writer__in=list(writers))
        .values_list("stream__writer", "stream", "stream__type")
        .annotate(living=Sum("living"), last=Max("last_arrival"))
        .order_by("stream__type")
    )
    for writer, *tally in rows:
        found.setdefault(writer, []).append(Tally(*tally))
    return found


def arrivals(*, writer: str, days: int) -> dict[str, int]:
    """Return how many new records of each type came within so many days (UTC), today included."""
    since = timezone.now().date() - timedelta(days=days)
    counted = Arrivals.objects.filter(stream__writer=writer, day__gt=since)
    by_type = counted.order_by().values_list("stream__type").annotate(Sum("count"))
    return dict(by_type)
