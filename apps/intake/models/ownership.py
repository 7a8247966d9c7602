"""A form gets another owner: what both have signed, or one has so far."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.directory.models import Client
from apps.envelope.encoding import load_json
from apps.envelope.hand_overs import HandOver as SignedHandOver
from apps.envelope.hand_overs import parse_hand_over
from apps.intake.models.forms import Form


class HandOver(models.Model):
    """An offer, until its taker has accepted it; then a step for good (docs/protocol.md §8).

    ``body`` is its canonical JSON; manifests up to ``version`` are the giver's.
    """

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="hand_overs")
    giver = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="given")
    taker = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="taken")
    version = models.PositiveBigIntegerField()
    body = models.BinaryField()
    offered = models.DateTimeField(default=timezone.now)
    accepted = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["form", "version"]
        constraints = [
            models.UniqueConstraint(fields=["form", "version"], name="hand_over_version_once"),
            models.UniqueConstraint(
                fields=["form"], condition=Q(accepted__isnull=True), name="hand_over_one_offer"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="hand_over_version_from_one"),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="hand_over_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.form}, from {self.giver} to {self.taker}"

    def signed(self) -> SignedHandOver:
        """What was signed; it was verified when it was stored."""
        return parse_hand_over(load_json(bytes(self.body)))
