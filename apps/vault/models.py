"""What is stored: streams of records, the generations of their keys, and who was granted them.

Whoever changes several rows locks them in this order, or two would wait for each other:

1. ``Form``: who publishes it. Then ``Client``: who goes on under a next card, or signs a roster.
   Then ``Group``: who takes its next roster, or leaves it.
2. ``Stream``, ascending by primary key: who opens or closes a generation, or grants. Not writers.
3. Which ``Generation`` is open, ascending by the stream's primary key, which is also the key of a
   PostgreSQL advisory lock (``streams.shared`` and ``alone``): who writes shares it, who closes
   holds it alone. So nothing is stored under a generation that was closed, and who wants to
   close one does not wait for ever behind writers that come and go. Who opens one where none is
   open needs 2 alone: until that is committed a writer finds none, and is refused.
4. ``Lane``, ascending by (stream, number): who adds, updates or deletes a record in it, or grants
   one.
5. ``Grant``, ascending by primary key: who deletes several.

The rest needs no lock of its own: ``Arrivals`` and ``RecordMeta`` change while their lane is
locked, and records are inserted ascending by id, since two streams may be sent the same ids. The
locks on 2 and 4 let foreign keys pass (FOR NO KEY UPDATE): a writer's insert refers to the stream
that a closer holds.
On SQLite a transaction is IMMEDIATE (config/settings.py) and has the one write lock from the start.
"""

import time
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact, GreaterThan
from django.utils import timezone

from apps.directory.models import Client, Group, has_length
from apps.envelope.encoding import FORM, GROUP, MAX_NAME, MAX_WRITER, b64
from apps.envelope.primitives import SIG
from apps.envelope.records import DIGEST, MAX_META_TEXT
from apps.vault.lanes import LANES, LaneOf


class Stream(models.Model):
    """All records of one (writer, type), in sixteen lanes that are made with it.

    One of a group has no records: its generations are the group's epochs. Who opens or closes a
    generation of it, or grants, locks this row first, and writers never do.
    """

    writer = models.CharField(max_length=MAX_WRITER)
    type = models.CharField(max_length=64)
    owner = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="streams")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["writer", "type"], name="stream_writer_type"),
            models.CheckConstraint(condition=~Q(type=""), name="stream_type_is_named"),
        ]

    def __str__(self) -> str:
        return f"{self.type} of {self.writer}"

    @property
    def from_form(self) -> bool:
        return self.writer.startswith(FORM)

    @property
    def from_group(self) -> bool:
        return self.writer.startswith(GROUP)


def _lane_exists(name: str) -> Q:
    return Q(**{f"{name}__gte": 0, f"{name}__lt": LANES})


class Lane(models.Model):
    """The counters of one lane of a stream; all change in one UPDATE while this row is locked.

    ``position`` is the last one given out, ``living`` how many records are not deleted,
    ``last_arrival`` when the last new record came, null before the first. Whoever adds to a lane
    locks its row first, so that positions become visible in the order in which they were given
    out and a reader's cursor misses nothing.
    """

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="lanes")
    number = models.PositiveSmallIntegerField()
    position = models.PositiveBigIntegerField(default=0)
    living = models.PositiveBigIntegerField(default=0)
    last_arrival = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["stream", "number"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "number"], name="lane_number"),
            models.CheckConstraint(condition=_lane_exists("number"), name="lane_exists"),
            # Each living record has a position of its own.
            models.CheckConstraint(
                condition=Q(living__lte=F("position")), name="lane_living_have_positions"
            ),
        ]

    def __str__(self) -> str:
        return f"lane {self.number} of {self.stream}"


class Arrivals(models.Model):
    """How many new records, of how many bytes, came into one lane of a stream on one day (UTC).

    Updates are no arrivals, and a deletion takes none away. Changed only while the lane is locked.
    """

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="arrivals")
    lane = models.PositiveSmallIntegerField()
    day = models.DateField()
    count = models.PositiveBigIntegerField()
    octets = models.PositiveBigIntegerField()

    class Meta:
        verbose_name_plural = "arrivals"
        ordering = ["stream", "day", "lane"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "lane", "day"], name="arrivals_of_a_day"),
            models.CheckConstraint(condition=_lane_exists("lane"), name="arrivals_lane_exists"),
            models.CheckConstraint(condition=Q(count__gte=1), name="arrivals_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.count} in lane {self.lane} of {self.stream} on {self.day}"


class Generation(models.Model):
    """An access key, or an inbox, of a stream; ``akid`` names it. At most one is open.

    ``is_stale`` is asked by ``streams.shared`` alone.
    """

    is_stale = False

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="generations")
    number = models.PositiveBigIntegerField()
    akid = models.BinaryField(max_length=DIGEST)
    opened = models.DateTimeField(default=timezone.now)
    closed = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["stream", "number"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "number"], name="generation_number"),
            # Column keys depend on the access key alone (docs/protocol.md §4).
            models.UniqueConstraint(fields=["akid"], name="generation_akid"),
            models.UniqueConstraint(
                fields=["stream"], condition=Q(closed__isnull=True), name="generation_one_open"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="generation_from_one"),
            models.CheckConstraint(
                condition=has_length("akid", DIGEST), name="generation_akid_length"
            ),
        ]

    def __str__(self) -> str:
        return f"generation {self.number} of {self.stream}"

    def to_wire(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {"gen": self.number, "akid": b64(bytes(self.akid)), "open": self.closed is None}


class Record(models.Model):
    """One record, as the canonical JSON bytes that are served.

    ``lane`` is that of its id, a plain column because PostgreSQL divides no table by one that it
    computes; ``position`` the place in its lane, the next one after each update. ``arrived`` is
    when its first revision came, ``stored`` when this one did. A deleted one stays as a tombstone
    without a body: a retried request must not bring it back to life.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    stream = models.ForeignKey(
        Stream, on_delete=models.PROTECT, related_name="records", db_index=False
    )
    lane = models.PositiveSmallIntegerField()
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="records")
    position = models.PositiveBigIntegerField()
    rev = models.PositiveBigIntegerField()
    arrived = models.DateTimeField(default=timezone.now)
    stored = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)
    body = models.BinaryField()

    class Meta:
        constraints = [
            # Also the index of every listing, and of the foreign key to the stream.
            models.UniqueConstraint(fields=["stream", "lane", "position"], name="record_position"),
            models.CheckConstraint(condition=Exact(F("lane"), LaneOf("id")), name="record_lane"),
            models.CheckConstraint(condition=Q(position__gte=1), name="record_position_from_one"),
            models.CheckConstraint(condition=Q(rev__gte=1), name="record_rev_from_one"),
            models.CheckConstraint(
                condition=Q(Q(deleted_at__isnull=True), GreaterThan(Length("body"), 0))
                | Q(Q(deleted_at__isnull=False), Exact(Length("body"), 0)),
                name="record_body_unless_deleted",
            ),
        ]

    def __str__(self) -> str:
        return f"record {self.id}"


class RecordMeta(models.Model):
    """A name and its text of what a client says of a record in plaintext, to be asked for.

    It repeats what the record's body says, for as long as the body says it: an update replaces it,
    a deletion removes it. ``stream`` is the record's, which stays the same.
    """

    record = models.ForeignKey(
        Record, on_delete=models.CASCADE, related_name="meta", db_index=False
    )
    stream = models.ForeignKey(
        Stream, on_delete=models.PROTECT, related_name="meta", db_index=False
    )
    name = models.CharField(max_length=MAX_NAME)
    text = models.CharField(max_length=MAX_META_TEXT)

    class Meta:
        verbose_name_plural = "record meta"
        constraints = [
            # Also the index of the foreign key to the record.
            models.UniqueConstraint(fields=["record", "name"], name="record_meta_name"),
            models.CheckConstraint(condition=~Q(name=""), name="record_meta_is_named"),
            models.CheckConstraint(condition=~Q(text=""), name="record_meta_says_something"),
        ]
        indexes = [
            # A page of a query is one range of it, and so is the foreign key to the stream.
            models.Index(fields=["stream", "name", "text", "record"], name="record_meta_query"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of record {self.record_id}"


class Grant(models.Model):
    """Keys for one reader: to a generation of a stream (``record`` null), or to one record.

    The reader is a client, or a ``group``, and then ``epoch`` says which of it. ``fields`` holds
    the names that are granted, [] for all; ``not_after`` seconds since 1970, 0 for never. ``body``
    is the signed grant, as it is served.
    """

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="grants")
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="grants")
    record = models.ForeignKey(
        Record, on_delete=models.CASCADE, null=True, blank=True, related_name="grants"
    )
    reader = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    epoch = models.PositiveBigIntegerField(null=True, blank=True)
    akid = models.BinaryField(max_length=DIGEST)
    fields = models.JSONField(default=list, blank=True)
    not_after = models.PositiveBigIntegerField(default=0)
    granted = models.DateTimeField(default=timezone.now)
    body = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "reader"],
                condition=Q(record__isnull=True),
                name="grant_of_a_generation",
            ),
            models.UniqueConstraint(
                fields=["generation", "reader", "record"],
                condition=Q(record__isnull=False),
                name="grant_of_a_record",
            ),
            # Writers ask by the first whether an epoch has ended.
            models.UniqueConstraint(
                fields=["generation", "group"],
                condition=Q(record__isnull=True, group__isnull=False),
                name="grant_of_a_generation_to_a_group",
            ),
            models.UniqueConstraint(
                fields=["generation", "group", "record"],
                condition=Q(record__isnull=False, group__isnull=False),
                name="grant_of_a_record_to_a_group",
            ),
            models.CheckConstraint(
                condition=Q(reader__isnull=False, group__isnull=True, epoch__isnull=True)
                | Q(reader__isnull=True, group__isnull=False, epoch__isnull=False, epoch__gte=1),
                name="grant_has_one_reader",
            ),
            models.CheckConstraint(condition=has_length("akid", DIGEST), name="grant_akid_length"),
            models.CheckConstraint(
                condition=GreaterThan(Length("body"), 0), name="grant_body_is_there"
            ),
        ]

    def __str__(self) -> str:
        return f"grant of {self.stream} to {self.reader or self.group}"


def not_ended() -> Q:
    """The condition of grants that have not ended."""
    return Q(not_after=0) | Q(not_after__gte=int(time.time()))


class WithdrawnGrant(models.Model):
    """A grant that was revoked or replaced, by its signature: it does not come back.

    A signed grant stays signed. Whoever kept one and has the owner's API key, but not its
    keys, could otherwise undo a revocation by posting it again.
    """

    sig = models.BinaryField(max_length=SIG, unique=True)
    withdrawn = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=has_length("sig", SIG), name="withdrawn_sig_length"),
        ]

    def __str__(self) -> str:
        return f"grant withdrawn on {self.withdrawn:%Y-%m-%d}"
