"""What the OpenAPI schema says of errors, on every path."""

from typing import Any

from rest_framework import serializers

from apps.web.errors import catalogue

EXPLANATION = "One of the catalogue's codes:\n\n" + "\n".join(
    f"- `{code}` ({error.status_code}): {error.message}" for code, error in catalogue().items()
)


class ErrorDetailSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=list(catalogue()), help_text=EXPLANATION)
    message = serializers.CharField(help_text="What failed.")
    hint = serializers.CharField(help_text="What to do next.", allow_blank=True)


class ErrorSerializer(serializers.Serializer[Any]):
    error = ErrorDetailSerializer()


def errors(*statuses: int) -> dict[int, type[ErrorSerializer]]:
    """Return the ``responses`` of a path that can fail so; 4XX that any path has are added."""
    return dict.fromkeys(sorted({400, 429, *statuses}), ErrorSerializer)
