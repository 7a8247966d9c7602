"""Forms as an admin drafts them, and manifests as their owner signed them."""

import uuid
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.core.validators import MaxLengthValidator, MaxValueValidator
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from apps.directory.models import Client, has_length
from apps.envelope import manifests
from apps.envelope.encoding import FORM, load_json
from apps.envelope.keys import Card, parse_card
from apps.envelope.primitives import SIG
from apps.envelope.records import DIGEST
from apps.envelope.words import MAX_TAG
from apps.intake.rules import looks, validators

MAX_SLUG = 64
MAX_SECONDS = 60
MAX_WORK = 24


class Form(models.Model):
    """What visitors fill. Its draft is edited here; only its owner's signature publishes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(
        max_length=MAX_SLUG, unique=True, help_text="The hosted page's address: /f/SLUG/."
    )
    owner = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        related_name="forms",
        help_text="The client that signs it and alone can open the answers.",
    )
    title = models.CharField(
        max_length=manifests.LENGTHS["title"].most, validators=[validators.validate_text]
    )
    description = models.TextField(
        blank=True,
        validators=[
            MaxLengthValidator(manifests.LENGTHS["description"].most),
            validators.validate_text,
        ],
    )
    confirmation = models.TextField(
        blank=True,
        validators=[
            MaxLengthValidator(manifests.LENGTHS["confirmation"].most),
            validators.validate_text,
        ],
        help_text="What the visitor reads once the answers have been stored.",
    )
    language = models.CharField(
        max_length=MAX_TAG,
        blank=True,
        validators=[validators.validate_language],
    )
    closed = models.BooleanField(
        default=False, help_text="Takes no answers any more, effective at once."
    )
    origins = models.JSONField(default=list, blank=True, validators=[validators.validate_origins])
    min_seconds = models.PositiveSmallIntegerField(
        "least time to fill",
        default=0,
        validators=[MaxValueValidator(MAX_SECONDS)],
    )
    work_bits = models.PositiveSmallIntegerField(
        "proof of work",
        default=0,
        validators=[MaxValueValidator(MAX_WORK)],
    )
    accent = models.CharField(max_length=7, blank=True, validators=[looks.validate_accent])
    accent_dark = models.CharField(
        max_length=7, blank=True, validators=[looks.validate_accent_dark]
    )
    font = models.CharField(max_length=8, choices=looks.FONTS, default=looks.FONTS[0][0])
    radius = models.PositiveSmallIntegerField(
        default=looks.RADIUS, validators=[MaxValueValidator(looks.MAX_RADIUS)]
    )
    logo = models.BinaryField(max_length=looks.MAX_LOGO, blank=True, default=b"")
    logo_type = models.CharField(
        max_length=16, blank=True, editable=False, choices=[(each, each) for each in looks.LOGOS]
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(min_seconds__lte=MAX_SECONDS), name="form_min_seconds_in_limits"
            ),
            models.CheckConstraint(
                condition=Q(work_bits__lte=MAX_WORK), name="form_work_bits_in_limits"
            ),
            models.CheckConstraint(
                condition=Q(radius__lte=looks.MAX_RADIUS), name="form_radius_in_limits"
            ),
            models.CheckConstraint(
                condition=Q(font__in=[font for font, _ in looks.FONTS]), name="form_font_known"
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("logo"), looks.MAX_LOGO), name="form_logo_size"
            ),
            models.CheckConstraint(
                condition=Q(has_length("logo", 0), logo_type="") | Q(logo_type__in=looks.LOGOS),
                name="form_logo_type_known",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the slug as one of the form's addresses; raises IntegrityError for another's.

        Those of before stay once the form was published, and are forgotten while it is a draft.
        """
        super().save(*args, **kwargs)
        if self.addresses.filter(slug=self.slug).exists():
            return
        if not self.manifests.exists():
            self.addresses.all().delete()
        self.addresses.create(slug=self.slug)

    @property
    def writer(self) -> str:
        """The writer of this form's records."""
        return f"{FORM}{self.id}"

    @cached_property
    def latest(self) -> "Manifest | None":
        """The manifest in force, None before the first publication.

        Asked for once an object: who publishes looks at a form that was fetched under its lock.
        """
        if hasattr(self, "brought_along"):  # by with_latest
            return next(iter(self.brought_along), None)
        return self.manifests.order_by("-version").first()


class Address(models.Model):
    """A slug that a form has or had while it was published: it leads there for good.

    No two forms can ever have one slug: addresses that were handed out stay with whom they were
    handed out for.
    """

    slug = models.SlugField(max_length=MAX_SLUG, primary_key=True)
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="addresses")

    class Meta:
        verbose_name_plural = "addresses"
        ordering = ["form", "slug"]

    def __str__(self) -> str:
        return self.slug


class Manifest(models.Model):
    """A form as its owner signed it (docs/protocol.md §8). Written once, never changed."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="manifests")
    version = models.PositiveBigIntegerField()
    hash = models.BinaryField(max_length=DIGEST, unique=True)
    text = models.TextField(help_text="The exact JSON whose UTF-8 bytes are signed.")
    sig = models.BinaryField(max_length=SIG)
    card = models.BinaryField(help_text="Canonical JSON: the card of who signed it.")
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

    @cached_property
    def signer(self) -> Card:
        """The card that signed it: its owner may have another one since, or be another."""
        return parse_card(load_json(bytes(self.card)))


def titles(writers: Iterable[str]) -> dict[str, str]:
    """Return the titles of those of these writers that are forms, in one query."""
    ids = {writer.removeprefix(FORM): writer for writer in writers if writer.startswith(FORM)}
    found = Form.objects.filter(pk__in=ids).values_list("pk", "title")
    return {ids[str(id)]: title for id, title in found}


def with_latest(forms: QuerySet[Form]) -> QuerySet[Form]:
    """Bring each form's manifest in force along, in one query for all of them."""
    later = Manifest.objects.filter(form=OuterRef("form"), version__gt=OuterRef("version"))
    in_force = Manifest.objects.filter(~Exists(later))
    return forms.prefetch_related(Prefetch("manifests", in_force, to_attr="brought_along"))
