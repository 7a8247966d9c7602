"""What is stored: streams of records, the generations of their keys, and who was granted them."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact, GreaterThan
from django.utils import timezone

from apps.directory.models import Client, has_length
from apps.envelope.encoding import FORM, b64
from apps.envelope.primitives import SIG
from apps.envelope.records import DIGEST

UUID_LENGTH = 36


class Stream(models.Model):
    """All records of one (writer, type), and the last position given out in it.

    Whoever adds to a stream locks this row first, so that positions become visible in
    the order in which they were given out and a reader's cursor misses nothing.
    """

    writer = models.CharField(max_length=len(FORM) + UUID_LENGTH)
    type = models.CharField(max_length=64)
    owner = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="streams")
    position = models.PositiveBigIntegerField(default=0)

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


class Generation(models.Model):
    """An access key, or an inbox, of a stream; ``akid`` names it. At most one is open."""

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

    A deleted one stays as a tombstone without a body: a retried request must not bring
    it back to life.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="records")
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="records")
    position = models.PositiveBigIntegerField()
    rev = models.PositiveBigIntegerField()
    stored = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)
    body = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "position"], name="record_position"),
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


class Grant(models.Model):
    """Keys for one reader: to a generation of a stream (``record`` null), or to one record.

    ``fields`` holds the names that are granted, [] for all; ``not_after`` seconds since
    1970, 0 for never. ``body`` is the signed grant, as it is served.
    """

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="grants")
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="grants")
    record = models.ForeignKey(
        Record, on_delete=models.CASCADE, null=True, blank=True, related_name="grants"
    )
    reader = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="grants")
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
            models.CheckConstraint(condition=has_length("akid", DIGEST), name="grant_akid_length"),
            models.CheckConstraint(
                condition=GreaterThan(Length("body"), 0), name="grant_body_is_there"
            ),
        ]

    def __str__(self) -> str:
        return f"grant of {self.stream} to {self.reader}"


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
