"""Turns whatever a view raises into an answer from the catalogue in ``errors``."""

from typing import Any

from django.core.exceptions import DisallowedHost, PermissionDenied, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import bad_request as bad_request_of_a_person
from rest_framework import exceptions
from rest_framework.response import Response

from apps.envelope.encoding import dump_json
from apps.envelope.errors import EnvelopeError
from apps.web import errors
from apps.web.errors import ApiError

API = "/api/"
REFUSED: dict[type[Exception], str] = {
    DisallowedHost: "this server does not answer to the name in the Host header",
    TooManyFieldsSent: "the request has too many query parameters",
}
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
    headers = {}
    if known.status_code == errors.NotAuthenticated.status_code:
        headers["WWW-Authenticate"] = REALM
    if isinstance(known, errors.Throttled) and known.wait:
        headers["Retry-After"] = str(int(known.wait) + 1)
    return Response(known.to_wire(), status=known.status_code, headers=headers)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for Django what it refuses itself: another host's name, too many parameters.

    The API's callers get the catalogue's JSON, and nothing of what they sent.
    """
    if not request.path_info.startswith(API):
        return bad_request_of_a_person(request, exception)
    known = errors.Invalid(REFUSED.get(type(exception), ""))
    return HttpResponse(dump_json(known.to_wire()), "application/json", known.status_code)


def _known(error: Exception) -> ApiError | None:
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
