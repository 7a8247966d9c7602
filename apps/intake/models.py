"""Forms as an admin drafts them, and manifests as their owner signed them."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q

from apps.directory.models import Client, has_length
from apps.envelope.encoding import FORM
from apps.envelope.forms import KINDS
from apps.envelope.primitives import SIG
from apps.envelope.records import DIGEST
from apps.intake import rules

# What an admin reads for each kind of docs/protocol.md §8, in that order.
KIND_LABELS = {
    "text": "one line of text",
    "textarea": "several lines of text",
    "number": "number",
    "date": "date",
    "select": "choice from a drop-down list",
    "radio": "choice of one, all shown",
    "checkbox": "one box to tick",
    "checkboxes": "choice of several",
}


class Form(models.Model):
    """What visitors fill. Its draft is edited here; only its owner's signature publishes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(
        max_length=64, unique=True, help_text="The hosted page's address: /f/SLUG/."
    )
    owner = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        related_name="forms",
        help_text="The client that signs it and alone can open the answers.",
    )
    title = models.CharField(max_length=rules.TITLE, validators=[rules.validate_text])
    description = models.TextField(
        blank=True, validators=[MaxLengthValidator(rules.DESCRIPTION), rules.validate_text]
    )
    confirmation = models.TextField(
        blank=True,
        validators=[MaxLengthValidator(rules.CONFIRMATION), rules.validate_text],
        help_text="What the visitor reads once the answers have been stored.",
    )
    closed = models.BooleanField(
        default=False, help_text="Takes no answers any more, effective at once."
    )
    origins = models.JSONField(default=list, blank=True, validators=[rules.validate_origins])
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def writer(self) -> str:
        """The writer of this form's records."""
        return f"{FORM}{self.id}"

    @property
    def latest(self) -> "Manifest | None":
        """The manifest in force, None before the first publication."""
        return self.manifests.order_by("-version").first()


class FormField(models.Model):
    """One question of a draft and the record type that its answer goes to."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="fields")
    order = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=64, validators=[rules.validate_name])
    type = models.CharField(
        "record type", max_length=64, default="account", validators=[rules.validate_name]
    )
    kind = models.CharField(max_length=16, choices=list(KIND_LABELS.items()), default="text")
    label = models.CharField(max_length=rules.LABEL, validators=[rules.validate_text])
    help = models.TextField(
        blank=True, validators=[MaxLengthValidator(rules.HELP), rules.validate_text]
    )
    required = models.BooleanField(default=False)
    options = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = "field"
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["form", "name"], name="field_name_once"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="field_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Check what only kind and options together tell."""
        try:
            rules.validate_options(self.options, kind=self.kind)
        except ValidationError as error:
            raise ValidationError({"options": error.messages}) from error


class Manifest(models.Model):
    """A form as its owner signed it (docs/protocol.md §8). Written once, never changed."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="manifests")
    version = models.PositiveBigIntegerField()
    hash = models.BinaryField(max_length=DIGEST, unique=True)
    text = models.TextField(help_text="The exact JSON whose UTF-8 bytes are signed.")
    sig = models.BinaryField(max_length=SIG)
    expires = models.PositiveBigIntegerField(help_text="Seconds since 1970, as signed.")
    published = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["form", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["form", "version"], name="manifest_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="manifest_version_from_one"),
            models.CheckConstraint(
                condition=has_length("hash", DIGEST), name="manifest_hash_length"
            ),
            models.CheckConstraint(condition=has_length("sig", SIG), name="manifest_sig_length"),
        ]

    def __str__(self) -> str:
        return f"{self.form}, version {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a signed manifest is never altered."""
        if not self._state.adding:
            raise TypeError("a manifest is written once: publish the next version")
        super().save(*args, **kwargs)
