"""A draft's words in further languages."""

from django.db import models

from apps.envelope.words import MAX_TAG
from apps.intake.models.forms import Form
from apps.intake.rules import validators


class FormTranslation(models.Model):
    """A draft's texts in a further language; drafting/texts.py says what the keys are."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="translations")
    language = models.CharField(max_length=MAX_TAG, validators=[validators.validate_language])
    texts = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = "translation"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["form", "language"], name="translation_once"),
        ]

    def __str__(self) -> str:
        return self.language
