"""Many records in a stream, in less time than it takes to send them; its counters say so, too."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.vault import counters
from apps.vault.counters import place_of
from apps.vault.lanes import lane_of
from apps.vault.models import Generation, Record

BATCH = 5_000
DAYS = 300


def fill(generation: Generation, sealed: Iterable[tuple[UUID, bytes]]) -> None:
    """Store records of an open generation, given with their ids, as if they had come of late.

    Each batch came on another day: a day has a budget, and years have many days.
    """
    for number, batch in enumerate(_batches(iter(sealed))):
        came = timezone.now() - timedelta(days=1 + number % DAYS)
        rows = [
            Record(
                id=id,
                stream_id=generation.stream_id,
                lane=lane_of(id),
                generation=generation,
                rev=1,
                arrived=came,
                stored=came,
                body=body,
            )
            for id, body in batch
        ]
        with transaction.atomic():
            lanes = counters.locked_lanes(places={place_of(row) for row in rows})
            counters.take_positions(lanes=lanes, rows=rows)
            counters.count_arrivals(lanes=lanes, rows=rows, besides={})
            counters.keep(lanes=lanes, rows=rows)
            Record.objects.bulk_create(rows)


def _batches(sealed: Iterator[tuple[UUID, bytes]]) -> Iterator[list[tuple[UUID, bytes]]]:
    while batch := list(islice(sealed, BATCH)):
        yield batch
