"""Which sites may embed a form: the list on each form, for the public paths alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from rest_framework.request import Request

from apps.intake.models import Form
from apps.intake.rules.validators import ANY_ORIGIN
from apps.intake.visiting.failures import count_refused_site
from apps.intake.visiting.form_throttles import FailureThrottle

# Paths that browsers on other origins may ask, where the form's list allows them to.
EMBEDDED = {
    "manifest",
    "manifest-by-hash",
    "owners",
    "submissions",
    "challenge",
    "receipts",
    "failures",
}


# What a view that has read the form says, so that it is not read again for the answer's headers.
ASKED = "origins_of_its_form"


def remember_origins(request: Request, origins: Sequence[str]) -> None:
    """Keep the form's list with a request, for as long as the request lasts."""
    setattr(request._request, ASKED, origins)


def form_allows_origin(sender: object, request: HttpRequest, **_: Any) -> bool:
    """Answer django-cors-headers, which never sends credentials along (config/settings.py)."""
    origin = request.headers.get("origin")
    if not origin:
        return False
    match = request.resolver_match or _match(request.path_info)
    if match is None or match.url_name not in EMBEDDED:
        return False
    allowed = getattr(request, ASKED, None)
    if allowed is None:
        allowed = _origins(match.kwargs["id"])
    return origin in allowed or ANY_ORIGIN in allowed


def count_refused(request: HttpRequest, *, form: Form) -> None:
    """Count that a page of a site that the form does not list asked for it: browsers refuse it.

    The page's script cannot report that itself.
    """
    origin = request.headers.get("origin", "")
    listed = origin in form.origins or ANY_ORIGIN in form.origins
    if not origin or listed or origin == f"{request.scheme}://{request.get_host()}":
        return
    if FailureThrottle().allows(request, id=form.id):
        count_refused_site(form=form, origin=origin)


def _match(path: str) -> ResolverMatch | None:
    """What a preflight is about, which no view answers; None for no path of ours."""
    try:
        return resolve(path)
    except Resolver404:
        return None


def _origins(id: UUID) -> Sequence[str]:
    return Form.objects.filter(id=id).values_list("origins", flat=True).first() or []
