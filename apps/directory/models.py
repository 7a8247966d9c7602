"""Who there is: clients by their cards, the keys they call with, tokens, and groups of clients."""

from datetime import datetime
from functools import cached_property

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact, GreaterThan, LessThanOrEqual
from django.utils import timezone

from apps.envelope.encoding import load_json
from apps.envelope.key_copies import MAX_MEMORY
from apps.envelope.key_files import MAX_FILE
from apps.envelope.keys import Card, parse_card, show_fingerprint
from apps.envelope.primitives import KEM_PK, SIG, SIG_PK
from apps.envelope.rosters import Roster, parse_roster
from apps.envelope.successions import MAX_STEPS, parse_succession
from apps.envelope.successions import Succession as SignedSuccession

DIGEST = 32


def has_length(field: str, length: int) -> Exact:
    """The condition of a check constraint: this binary column has exactly so many bytes."""
    return Exact(Length(field), length)


class Client(models.Model):
    """A party with its own keys; the server knows its card and nothing more."""

    id = models.UUIDField(primary_key=True, editable=False)
    name = models.CharField(max_length=64)
    kem_pk = models.BinaryField(max_length=KEM_PK)
    sig_pk = models.BinaryField(max_length=SIG_PK)
    recovery = models.BinaryField(max_length=SIG_PK)
    card_sig = models.BinaryField(max_length=SIG)
    created = models.DateTimeField(default=timezone.now, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True)

    is_authenticated = True
    is_anonymous = False
    is_active = True

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=has_length("kem_pk", KEM_PK), name="client_kem_pk_length"
            ),
            models.CheckConstraint(
                condition=has_length("sig_pk", SIG_PK), name="client_sig_pk_length"
            ),
            models.CheckConstraint(
                condition=has_length("recovery", SIG_PK), name="client_recovery_length"
            ),
            models.CheckConstraint(
                condition=has_length("card_sig", SIG), name="client_card_sig_length"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def card(self) -> Card:
        """Today's card: its signature was checked when it was enrolled or succeeded another."""
        return Card(
            id=str(self.id),
            name=self.name,
            kem_pk=bytes(self.kem_pk),
            sig_pk=bytes(self.sig_pk),
            recovery=bytes(self.recovery),
            sig=bytes(self.card_sig),
        )

    @property
    def fingerprint(self) -> bytes:
        return self.card.fingerprint

    @property
    def shown_fingerprint(self) -> str:
        return show_fingerprint(self.fingerprint)

    def go_on_under(self, card: Card) -> None:
        """Keep a card that succeeds today's; who calls this has followed the succession."""
        self.kem_pk, self.sig_pk = card.kem_pk, card.sig_pk
        self.recovery, self.card_sig = card.recovery, card.sig
        self.save(update_fields=["kem_pk", "sig_pk", "recovery", "card_sig"])
        vars(self).pop("card", None)


class Succession(models.Model):
    """A step from one card of a client to the next (docs/protocol.md §4). Written once.

    ``old_card``, ``body`` and ``past`` are canonical JSON: the card that was succeeded, the signed
    succession, and what the old card still stands for, which is not for everybody.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="successions")
    number = models.PositiveSmallIntegerField()
    old_card = models.BinaryField()
    body = models.BinaryField()
    past = models.BinaryField()
    compromised = models.BooleanField()
    stored = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["client", "number"]
        constraints = [
            models.UniqueConstraint(fields=["client", "number"], name="succession_number"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=MAX_STEPS),
                name="succession_number_in_limits",
            ),
        ]

    def __str__(self) -> str:
        return f"succession {self.number} of {self.client}"

    @property
    def card(self) -> Card:
        """The card that was succeeded."""
        return parse_card(load_json(bytes(self.old_card)))

    @property
    def shown_fingerprint(self) -> str:
        return show_fingerprint(self.card.fingerprint)

    def signed(self) -> SignedSuccession:
        """The step as it was signed; it was verified when it was stored."""
        return parse_succession(load_json(bytes(self.body)))


class EnrolmentToken(models.Model):
    """Lets one client in, once; only the digest of what its holder was handed is kept."""

    digest = models.BinaryField(max_length=DIGEST, unique=True, editable=False)
    name = models.CharField(max_length=64, help_text="For whom it was issued.")
    created = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True, editable=False)
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="enrolment_tokens",
    )

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.CheckConstraint(
                condition=has_length("digest", DIGEST), name="enrolment_token_digest_length"
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, client__isnull=True)
                | Q(used_at__isnull=False, client__isnull=False),
                name="enrolment_token_used_by_a_client",
            ),
        ]

    def __str__(self) -> str:
        return f"enrolment token for {self.name}"


class ApiKey(models.Model):
    """What a client calls with: an id and the SHA-256 of a secret that only the client has."""

    id = models.UUIDField(primary_key=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="api_keys")
    digest = models.BinaryField(max_length=DIGEST, unique=True, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created"]
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=has_length("digest", DIGEST), name="api_key_digest_length"
            ),
        ]

    def __str__(self) -> str:
        return f"API key {self.id}"

    def is_live(self, now: datetime) -> bool:
        """Whether it is neither revoked nor past its end."""
        return self.revoked_at is None and (self.expires is None or now < self.expires)


class KeyFileCopy(models.Model):
    """A client's key file as it left it here; nobody can open it who has not a secret of a slot."""

    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, editable=False, related_name="key_file_copies"
    )
    fingerprint = models.BinaryField(
        max_length=DIGEST, help_text="Of the card that the client had then."
    )
    serial = models.PositiveBigIntegerField(editable=False)
    made = models.PositiveBigIntegerField(
        editable=False, help_text="Milliseconds since 1970, by the client's clock."
    )
    file = models.BinaryField(max_length=MAX_FILE)
    memory = models.BinaryField(max_length=MAX_MEMORY)
    fetch = models.BinaryField(max_length=DIGEST)
    stored = models.DateTimeField(default=timezone.now, editable=False)
    displaced = models.DateTimeField(
        null=True, editable=False, help_text="When a newer one came; empty for the newest."
    )

    class Meta:
        ordering = ["client", "-pk"]  # each was the newest when it came
        constraints = [
            models.UniqueConstraint(
                fields=["client", "fingerprint", "serial", "made"], name="key_file_copy_serial_made"
            ),
            models.CheckConstraint(condition=Q(serial__gte=1), name="key_file_copy_serial_from_1"),
            models.CheckConstraint(
                condition=has_length("fetch", DIGEST), name="key_file_copy_fetch_length"
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("file"), MAX_FILE), name="key_file_copy_file_most"
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("memory"), MAX_MEMORY),
                name="key_file_copy_memory_most",
            ),
        ]

    def __str__(self) -> str:
        return f"serial {self.serial} of {self.client}"


class Group(models.Model):
    """A team that reads as one, as the latest roster of its owner says (docs/protocol.md §7).

    ``fingerprint`` is that of the ``epoch`` in force, ``expires`` in seconds since 1970, ``body``
    the signed roster, as it is served. The owner signs each version; nobody here changes any.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    name = models.CharField(max_length=64)
    owner = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="owned_groups")
    version = models.PositiveBigIntegerField()
    epoch = models.PositiveBigIntegerField()
    fingerprint = models.BinaryField(max_length=DIGEST)
    expires = models.PositiveBigIntegerField()
    body = models.BinaryField()
    created = models.DateTimeField(default=timezone.now, editable=False)
    stored = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(epoch__gte=1, version__gte=models.F("epoch")),
                name="group_epochs_have_versions",
            ),
            models.CheckConstraint(
                condition=has_length("fingerprint", DIGEST), name="group_fingerprint_length"
            ),
            models.CheckConstraint(
                condition=GreaterThan(Length("body"), 0), name="group_roster_is_there"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def signed(self) -> Roster:
        """The latest roster as it was signed; it was verified when it was stored."""
        return parse_roster(load_json(bytes(self.body)))


class Membership(models.Model):
    """A client that the latest roster of a group names, taken in by version ``since``.

    ``left`` is when the client itself went out, by the signed ``leave``: it is served nothing of
    the group any more. The row goes when a roster comes that does not name the client.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="memberships")
    since = models.PositiveBigIntegerField()
    left = models.DateTimeField(null=True, blank=True)
    leave = models.BinaryField(default=bytes)

    class Meta:
        ordering = ["group", "client"]
        constraints = [
            models.UniqueConstraint(fields=["group", "client"], name="membership_once"),
            models.CheckConstraint(condition=Q(since__gte=1), name="membership_since_from_one"),
            models.CheckConstraint(
                condition=Q(Q(left__isnull=True), Exact(Length("leave"), 0))
                | Q(Q(left__isnull=False), GreaterThan(Length("leave"), 0)),
                name="membership_left_by_a_statement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client} in {self.group}"
