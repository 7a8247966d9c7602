"""The API's own way through the stack: past all that only people with a session need.

The API knows its callers by their keys, or not at all. Sessions, the admin's users, one-time
codes, messages, CSRF tokens and counts of log-ins do nothing for it, and every submission would pay
for them. What stands before this middleware in settings.MIDDLEWARE is for every answer.
"""

from collections.abc import Callable
from typing import Any, cast

from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.caching import API

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ApiHandler(BaseHandler):
    """Django's handler with no middleware: finds the view, calls it, and answers its errors."""

    def __init__(self) -> None:
        super().__init__()
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []

    def chain(self) -> GetResponse:
        """Return what takes the place of all further middlewares."""
        view: GetResponse = self._get_response  # type: ignore[attr-defined]
        return cast(GetResponse, convert_exception_to_response(view))


def straight_to_the_api(get_response: GetResponse) -> GetResponse:
    """Answer what is asked of the API here, and pass on everything else."""
    answer = ApiHandler().chain()

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API):
            return answer(request)
        return get_response(request)

    return middleware
