"""Requests as Django reads them, and the handler that every server of ours begins with."""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class StrictRequest(WSGIRequest):
    """A request whose Content-Type may be nonsense.

    Django reads it before anything could answer for it, and fails on a parameter in an encoding
    that does not exist (RFC 2231). To us such a body is of no type at all.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (LookupError, ValueError):
            meta["CONTENT_TYPE"] = self.content_type = ""
            self.content_params = {}


class StrictHandler(WSGIHandler):
    """Django's handler for such requests."""

    request_class = StrictRequest
