"""What is counted about forms, without anything of what was typed."""

from django.db import models

from apps.intake.models.forms import Form

MAX_ORIGIN = 255


class Failure(models.Model):
    """How often on one day a form's page refused to work, by reason and nothing else."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="failures")
    day = models.DateField()
    code = models.CharField(max_length=32)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["form", "-day", "code"]
        constraints = [
            models.UniqueConstraint(fields=["form", "day", "code"], name="failure_counted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.form}, {self.day}: {self.code}"


class RefusedSite(models.Model):
    """A site that showed a form without being listed with it, and how often browsers asked there.

    It is a site's address, and says nothing of whom it happened to. Strangers can make up as many
    as they like, so that a form has few (``visiting/failures.py``).
    """

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="refused_sites")
    origin = models.CharField(max_length=MAX_ORIGIN)
    last = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["form", "-last", "origin"]
        constraints = [
            models.UniqueConstraint(fields=["form", "origin"], name="refused_site_once"),
        ]

    def __str__(self) -> str:
        return f"{self.form}: {self.origin}"
