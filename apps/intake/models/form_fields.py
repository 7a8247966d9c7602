"""The questions of a draft, and the sections that they stand in."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q

from apps.envelope import questions, sections
from apps.envelope.patterns import MAX_PATTERN
from apps.intake.models.forms import Form
from apps.intake.rules import drafted_questions, validators
from apps.intake.rules.kind_labels import AUTOCOMPLETE_LABELS, KIND_LABELS


class FormField(models.Model):
    """One question of a draft and the record type that its answer goes to."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="fields")
    order = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=64, validators=[validators.validate_name])
    type = models.CharField(
        "record type", max_length=64, default="account", validators=[validators.validate_name]
    )
    kind = models.CharField(max_length=16, choices=list(KIND_LABELS.items()), default="text")
    label = models.CharField(
        max_length=questions.LENGTHS["label"].most, validators=[validators.validate_text]
    )
    help = models.TextField(
        blank=True,
        validators=[MaxLengthValidator(questions.LENGTHS["help"].most), validators.validate_text],
    )
    required = models.BooleanField(default=False)
    options = models.JSONField(default=list, blank=True)
    placeholder = models.CharField(
        max_length=questions.LENGTHS["placeholder"].most,
        blank=True,
        validators=[validators.validate_text],
    )
    text = models.TextField(
        blank=True,
        validators=[MaxLengthValidator(questions.LENGTHS["text"].most), validators.validate_text],
    )
    min = models.CharField(max_length=questions.MAX_LIMIT, blank=True)
    max = models.CharField(max_length=questions.MAX_LIMIT, blank=True)
    step = models.CharField(max_length=questions.MAX_LIMIT, blank=True)
    min_length = models.PositiveIntegerField(null=True, blank=True)
    max_length = models.PositiveIntegerField(null=True, blank=True)
    pattern = models.CharField(max_length=MAX_PATTERN, blank=True)
    example = models.CharField(
        max_length=questions.LENGTHS["example"].most,
        blank=True,
        validators=[validators.validate_text],
    )
    low = models.CharField(
        max_length=questions.LENGTHS["low"].most, blank=True, validators=[validators.validate_text]
    )
    high = models.CharField(
        max_length=questions.LENGTHS["high"].most, blank=True, validators=[validators.validate_text]
    )
    autocomplete = models.CharField(
        max_length=32, blank=True, choices=list(AUTOCOMPLETE_LABELS.items())
    )
    sensitive = models.BooleanField(default=True)
    when = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = "field"
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["form", "name"], name="field_name_once"),
            models.CheckConstraint(
                condition=Q(kind__in=tuple(KIND_LABELS)), name="field_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(autocomplete="") | Q(sensitive=False), name="field_sensitive_or_filled"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Check what kind and members only tell together."""
        wrong: dict[str, Any] = (
            dict(drafted_questions.problems(self)) if self.kind in KIND_LABELS else {}
        )
        try:
            validators.validate_options(self.options, kind=self.kind)
        except ValidationError as error:
            wrong["options"] = error.messages
        if wrong:
            raise ValidationError(wrong)


class FormSection(models.Model):
    """Where a heading stands, or a page begins: before the first question of at least its order.

    Questions that come before the first section stand in one without a title.
    """

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="sections")
    order = models.PositiveSmallIntegerField(default=0)
    page = models.BooleanField("new page", default=True)
    title = models.CharField(
        max_length=sections.LENGTHS["title"].most, blank=True, validators=[validators.validate_text]
    )
    text = models.TextField(
        blank=True,
        validators=[MaxLengthValidator(sections.LENGTHS["text"].most), validators.validate_text],
    )
    when = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = "section"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.title or f"section at {self.order}"
