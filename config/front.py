"""The first and last to see each request: it gets an id, a line in the log, and its headers.

Outermost in settings.MIDDLEWARE, so that no answer goes past it: a wrong Host, an error of ours and
what an inner middleware refused included.
"""

import logging
import time
from collections.abc import Callable
from secrets import token_hex

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.web.metrics import seen
from config.health import MONITORED
from config.logs import request_id

logger = logging.getLogger(__name__)

HEADER = "X-Request-Id"
NOTHING = "default-src 'none'; frame-ancestors 'none'"

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def every_answer(get_response: GetResponse) -> GetResponse:
    """Number, time and log each request, and see that its answer has what browsers must know."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        id = token_hex(8)
        token = request_id.set(id)
        begun = time.monotonic()
        try:
            response = get_response(request)
            seconds = time.monotonic() - begun
            response[HEADER] = id
            _guard(request, response)
            if not getattr(request, "is_in_process", False):
                _note(request, response, seconds)
        finally:
            request_id.reset(token)
        return response

    return middleware


def _guard(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give an answer that never came to the middlewares for it what they would have said."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
    headers.setdefault("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY)
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = NOTHING
        headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
    if settings.SECURE_HSTS_SECONDS and request.is_secure():
        headers.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")


def _note(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    route = route_of(request)
    method = request.method if request.method in METHODS else "other"
    seen(method=method, route=route, status=response.status_code, seconds=seconds)
    facts = {
        "method": method,
        "route": route,
        "status": response.status_code,
        "code": getattr(response, "error_code", ""),
        "ms": round(1000 * seconds, 1),
    }
    logger.log(_level(response.status_code), "request", extra=facts)


METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _level(status: int) -> int:
    return logging.ERROR if status == 500 else logging.WARNING if status > 500 else logging.INFO


def route_of(request: HttpRequest) -> str:
    """Return the pattern that was asked for, never what was typed: ids, slugs and worse."""
    match = request.resolver_match
    if match is not None:
        return f"/{match.route}"
    if request.path_info in MONITORED:
        return request.path_info
    static: str = settings.STATIC_URL
    return static if request.path_info.startswith(static) else ""
