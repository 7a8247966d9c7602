"""Turns whatever a view raises into an answer from the catalogue in ``errors``."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from apps.envelope.errors import EnvelopeError
from apps.web import errors
from apps.web.errors import ApiError

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
