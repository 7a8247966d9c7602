"""What is counted about forms, without anything of what was typed."""

from django.db import models

from apps.intake.models.forms import Form


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
