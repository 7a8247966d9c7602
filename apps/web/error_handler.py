"""Turns whatever a view raises into an answer from the catalogue in ``errors``."""

import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from rest_framework import exceptions
from rest_framework.response import Response

from apps.envelope.encoding import dump_json
from apps.envelope.errors import EnvelopeError
from apps.web import errors
from apps.web.errors import ApiError
from apps.web.outages import is_outage

API = "/api/"
REFUSED: dict[type[Exception], str] = {
    DisallowedHost: "this server does not answer to the name in the Host header",
    TooManyFieldsSent: "the request has too many query parameters",
}
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
REALM = 'Basic realm="sealform", charset="UTF-8"'

# Django's and DRF's own, and what the catalogue calls them; the first that fits.
FOREIGN: tuple[tuple[type[Exception], type[ApiError]], ...] = (
    (Http404, errors.NotFound),
    (PermissionDenied, errors.Forbidden),
    (exceptions.NotFound, errors.NotFound),
    (exceptions.NotAuthenticated, errors.NotAuthenticated),
    (exceptions.AuthenticationFailed, errors.NotAuthenticated),
    (exceptions.PermissionDenied, errors.Forbidden),
    (exceptions.MethodNotAllowed, errors.MethodNotAllowed),
    (exceptions.NotAcceptable, errors.NotAcceptable),
    (exceptions.UnsupportedMediaType, errors.UnsupportedMediaType),
    (exceptions.ParseError, errors.Malformed),
)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer for DRF; None leaves an unexpected error to Django: 500, and no details."""
    known = _known(error)
    if known is None:
        return None
    answer = Response(known.to_wire(), status=known.status_code, headers=_headers(known))
    answer.error_code = known.code  # type: ignore[attr-defined]  # for the log
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for Django what it refuses itself: another host's name, too many parameters.

    The API's callers get the catalogue's JSON, people a page; neither has anything that they sent.
    """
    if not request.path_info.startswith(API):
        return _page_of_refusal(exception)
    known = errors.Invalid(REFUSED.get(type(exception), ""))
    answer = HttpResponse(dump_json(known.to_wire()), "application/json", known.status_code)
    answer.error_code = known.code  # type: ignore[attr-defined]  # for the log
    return answer


def _page_of_refusal(exception: Exception) -> HttpResponse:
    if isinstance(exception, TOO_LARGE):
        known: errors.ApiError = errors.BodyTooLarge()
        page = too_large()
    else:
        known = errors.Invalid()
        page = render_to_string("400.html")
    answer = HttpResponse(page, status=known.status_code)
    answer.error_code = known.code  # type: ignore[attr-defined]  # for the log
    return answer


def too_large() -> str:
    """Return the page for who posted more than the server takes."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2
    return render_to_string("413.html", {"most": most})


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for Django what nobody caught: 503 while it will pass, else 500, and no details."""
    failed = sys.exc_info()[1]
    is_ours = failed is None or not is_outage(failed)
    known = errors.Internal() if is_ours else errors.Unavailable()
    if request.path_info.startswith(API):
        answer = HttpResponse(dump_json(known.to_wire()), "application/json")
    else:
        page = "500.html" if is_ours else "503.html"
        answer = HttpResponse(render_to_string(page))
    answer.status_code = known.status_code
    answer.error_code = known.code  # type: ignore[attr-defined]  # for the log
    for name, value in _headers(known).items():
        answer[name] = value
    return answer


def _headers(known: ApiError) -> dict[str, str]:
    if known.status_code == errors.NotAuthenticated.status_code:
        return {"WWW-Authenticate": REALM}
    wait = getattr(known, "wait", None)
    return {"Retry-After": str(int(wait) + 1)} if wait else {}


def _known(error: Exception) -> ApiError | None:
    if is_outage(error):
        return errors.Unavailable()
    if isinstance(error, ApiError):
        return error
    if isinstance(error, EnvelopeError):
        # What the envelope says names the failing step and never a secret.
        return errors.catalogue()[error.code](str(error))
    if isinstance(error, exceptions.Throttled):
        return errors.Throttled(wait=getattr(error, "wait", None))
    for foreign, ours in FOREIGN:
        if isinstance(error, foreign):
            return ours()
    if isinstance(error, exceptions.APIException):
        return errors.Invalid(str(error.detail))
    return None
