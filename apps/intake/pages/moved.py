"""Addresses that a form had go on to those that it has."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt

from apps.intake.publishing.stored_manifests import moved_from

View = Callable[..., HttpResponse]

# Not for good: the slug may be changed back. Nothing is asked in another way than before.
TEMPORARY = HTTPStatus.TEMPORARY_REDIRECT


def follows_the_form(view: View) -> View:
    """Where no form has a slug, lead on to the form that had it when its address was handed out."""

    @wraps(view)
    def found_or_moved(request: HttpRequest, slug: str) -> HttpResponse:
        try:
            response = view(request, slug=slug)
        except Http404:
            if now := moved_from(slug=slug):
                return _onwards(request, now)
            raise
        if response.status_code == HTTPStatus.NOT_FOUND and (now := moved_from(slug=slug)):
            return _onwards(request, now)
        return response

    return found_or_moved


def _onwards(request: HttpRequest, slug: str) -> HttpResponse:
    match: Any = request.resolver_match
    path = reverse(match.url_name, args=[slug])
    query = request.META.get("QUERY_STRING", "")

    def onwards(request: HttpRequest) -> HttpResponse:
        place = f"{path}?{query}" if query else path
        return HttpResponse(status=TEMPORARY, headers={"Location": place})

    # Any site may show a way on in a frame: where it leads says itself who may.
    view = csp_replace({"frame-ancestors": ["*"]})(onwards)
    response: Any = xframe_options_exempt(view)(request)
    return response
