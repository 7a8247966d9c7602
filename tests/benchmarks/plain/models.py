"""Two tables as anybody would write them first: the body as JSON, or as bytes."""

from typing import ClassVar

from django.db import models


class JSONAnswer(models.Model):
    id = models.UUIDField(primary_key=True)
    form = models.UUIDField()
    body = models.JSONField()

    objects: ClassVar[models.Manager["JSONAnswer"]] = models.Manager()

    def __str__(self) -> str:
        return f"answer {self.id}"


class BytesAnswer(models.Model):
    id = models.UUIDField(primary_key=True)
    form = models.UUIDField()
    body = models.BinaryField()

    objects: ClassVar[models.Manager["BytesAnswer"]] = models.Manager()

    def __str__(self) -> str:
        return f"answer {self.id}"
