"""The counters of lanes beside what counting the records gives."""

from django.db.models import Count, Max, Q
from django.db.models.functions import TruncDate

from apps.vault.models import Arrivals, Lane, Record


def check_counters() -> int:
    """Compare every counter with a COUNT; return how many records there are, deleted ones too."""
    rows = Record.objects.values("stream", "lane").annotate(
        living=Count("pk", filter=Q(deleted_at__isnull=True)),
        last=Max("arrived"),
        end=Max("position"),
    )
    counted = {
        (row["stream"], row["lane"]): (row["living"], row["last"], row["end"]) for row in rows
    }
    kept = {
        (lane.stream_id, lane.number): (lane.living, lane.last_arrival, lane.position)
        for lane in Lane.objects.filter(position__gt=0)
    }
    assert kept == counted
    assert not Lane.objects.filter(position=0).exclude(living=0, last_arrival=None).exists()

    days = Record.objects.annotate(day=TruncDate("arrived")).values_list("stream", "lane", "day")
    arrived = {
        (stream, lane, day): count for stream, lane, day, count in days.annotate(Count("pk"))
    }
    assert {
        (row.stream_id, row.lane, row.day): row.count for row in Arrivals.objects.all()
    } == arrived
    return sum(arrived.values())
