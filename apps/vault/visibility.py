"""What a reader may see: nothing without a grant of the generation or of the record.

Grants to a group are those of who is in it now, whichever epoch they name. Expired grants give
nothing, and where several give something the widest counts (docs/protocol.md §10).
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.directory.memberships import groups_with
from apps.directory.models import Client
from apps.envelope.records import hide_fields, read_record
from apps.vault.models import Grant, Record, not_ended

Columns = Sequence[str]
"""Names of the fields that are granted; none for all."""

ALL: Columns = ()

Place = TypeVar("Place", bound=Hashable)


class Held(NamedTuple):
    """Grants that a reader holds itself, and by the groups that it is in.

    They are asked for apart: the database has an index for each, and for one condition with OR
    it would go through all grants of a stream, or of all readers.
    """

    own: QuerySet[Grant]
    by_groups: QuerySet[Grant]

    def filter(self, *conditions: Q, **named: Any) -> "Held":
        """Return those that fulfil all of this."""
        return Held(*(part.filter(*conditions, **named) for part in self))

    def rows(self, *columns: str) -> QuerySet[Any, Any]:
        """Return these columns of all of them, in one query."""
        return self.own.values_list(*columns).union(self.by_groups.values_list(*columns), all=True)

    def exists(self) -> bool:
        """Whether there is one."""
        return any(part.exists() for part in self)


def held_grants(reader: Client) -> Held:
    """Return the grants to the reader, and to the groups that it is in."""
    return Held(
        Grant.objects.filter(reader=reader), Grant.objects.filter(group__in=groups_with(reader))
    )


def live_grants(reader: Client) -> Held:
    """Return the reader's grants, its groups' too, that have not ended."""
    return held_grants(reader).filter(not_ended())


def granted_generations(grants: Held) -> dict[int, Columns]:
    """Return what these grants show of whole generations."""
    return _widest(grants.filter(record__isnull=True).rows("generation_id", "fields"))


def _widest(granted: Iterable[tuple[Place, Sequence[str]]]) -> dict[Place, Columns]:
    """Return the columns of each place that some grant shows, ALL if one shows all."""
    found: dict[Place, set[str]] = {}
    whole = set()
    for place, fields in granted:
        found.setdefault(place, set()).update(fields)
        if not fields:
            whole.add(place)
    return {place: ALL if place in whole else tuple(names) for place, names in found.items()}


def readable(reader: Client, grants: Held) -> QuerySet[Record]:
    """Return the records of generations that these grants show, and those granted one by one.

    The database looks the generations up itself: SQLite takes 32,766 parameters in a statement,
    and a reader may hold thousands of generations.
    """
    whole = grants.filter(record__isnull=True)
    single = live_grants(reader).filter(record=OuterRef("pk"))
    return Record.objects.filter(
        Q(generation__in=whole.own.values("generation"))
        | Q(generation__in=whole.by_groups.values("generation"))
        | Exists(single.own)
        | Exists(single.by_groups),
        deleted_at__isnull=True,
    )


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
            self._records = _widest(single.rows("record_id", "fields"))

    def cut(self, id: UUID, generation: int, body: bytes) -> bytes:
        """Return a record's bytes as the reader may have them."""
        columns = self._generations.get(generation)
        if columns == ALL:
            return body
        visible = {*(columns or ()), *self._records.get(id, ())}
        return hide_fields(read_record(body), visible).raw
