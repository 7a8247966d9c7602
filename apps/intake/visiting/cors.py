"""Which sites may embed a form: the list on each form, for the public paths alone."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import Resolver404, resolve

from apps.intake.models import Form
from apps.intake.rules.validators import ANY_ORIGIN

# Paths that browsers on other origins may ask, where the form's list allows them to.
EMBEDDED = {
    "manifest",
    "manifest-by-hash",
    "submissions",
    "challenge",
    "receipts",
    "failures",
}


def form_allows_origin(sender: object, request: HttpRequest, **_: Any) -> bool:
    """Answer django-cors-headers, which never sends credentials along (config/settings.py)."""
    origin = request.headers.get("origin")
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return False
    if not origin or match.url_name not in EMBEDDED:
        return False
    return origin in (allowed := _origins(match.kwargs["id"])) or ANY_ORIGIN in allowed


def _origins(id: UUID) -> list[str]:
    return Form.objects.filter(id=id).values_list("origins", flat=True).first() or []
