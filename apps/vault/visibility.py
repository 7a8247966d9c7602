"""What a reader may see: nothing without a grant of the generation or of the record.

Expired grants give nothing, and where several give something the widest counts
(docs/protocol.md §10).
"""

import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.directory.models import Client
from apps.envelope.records import hide_fields, read_record
from apps.vault.models import Grant, Record

Columns = Sequence[str]
"""Names of the fields that are granted; none for all."""

ALL: Columns = ()


def live_grants(reader: Client) -> QuerySet[Grant]:
    """Return the reader's grants that have not ended."""
    now = int(time.time())
    return Grant.objects.filter(Q(not_after=0) | Q(not_after__gte=now), reader=reader)


def granted_generations(grants: QuerySet[Grant]) -> dict[int, Columns]:
    """Return what these grants show of whole generations."""
    found = grants.filter(record__isnull=True).values_list("generation_id", "fields")
    return {generation: tuple(fields) for generation, fields in found}


def readable(reader: Client, grants: QuerySet[Grant]) -> QuerySet[Record]:
    """Return the records of generations that these grants show, and those granted one by one.

    The database looks the generations up itself: SQLite takes 32,766 parameters in a statement,
    and a reader may hold thousands of generations.
    """
    whole = grants.filter(record__isnull=True).values("generation")
    single = live_grants(reader).filter(record=OuterRef("pk"))
    return Record.objects.filter(Q(generation__in=whole) | Exists(single), deleted_at__isnull=True)


class Sight:
    """Which columns of these records, given with their generations, a reader sees."""

    def __init__(
        self,
        reader: Client,
        generations: Mapping[int, Columns],
        records: Sequence[tuple[UUID, int]],
    ) -> None:
        self._generations = generations
        partial = [id for id, generation in records if generations.get(generation) != ALL]
        self._records: dict[UUID, Columns] = {}
        if partial:
            single = live_grants(reader).filter(record__in=partial)
            self._records = dict(single.values_list("record_id", "fields"))

    def cut(self, id: UUID, generation: int, body: bytes) -> bytes:
        """Return a record's bytes as the reader may have them."""
        columns = self._generations.get(generation)
        if columns == ALL:
            return body
        visible = {*(columns or ()), *self._records.get(id, ())}
        return hide_fields(read_record(body), visible).raw
