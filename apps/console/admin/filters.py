"""List filters in words."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest


class HappenedFilter(admin.SimpleListFilter):
    """By whether something has happened: ``field`` holds when, or nothing."""

    parameter_name = "is"
    field: str
    not_yet: str
    happened: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", self.not_yet), ("yes", self.happened)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(**{f"{self.field}__isnull": self.value() == "no"})


def happened(field: str, not_yet: str, happened: str) -> type[HappenedFilter]:
    """Return a filter on the time ``field``, with a word for either case."""
    words = {"title": "state", "field": field, "not_yet": not_yet, "happened": happened}
    return type(f"{field.title()}Filter", (HappenedFilter,), words)
