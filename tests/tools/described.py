"""No test gets an answer from the API whose status the schema does not have."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.generators import SchemaGenerator

API = "/api/v1/"
# 405 is of methods that the schema does not have; 500 is what no path should answer.
OF_NO_PATH = {405, 500}


@cache
def described() -> dict[tuple[str, str], set[int]]:
    """The statuses of each operation, by method and path."""
    paths: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {
        (method.upper(), path.replace("{", "<").replace("}", ">")): set(map(int, one["responses"]))
        for path, methods in paths.items()
        for method, one in methods.items()
    }


def statuses_are_described(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Fail the test that got another one."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        match = request.resolver_match
        if match is None or not match.route.startswith(API[1:]):
            return response
        path = "/" + match.route.replace("<uuid:", "<").replace("<str:", "<")
        known = described().get((request.method or "", path))
        if known is not None and response.status_code not in known | OF_NO_PATH:
            raise AssertionError(
                f"the schema has no {response.status_code} for {request.method} {path}"
            )
        return response

    return middleware
