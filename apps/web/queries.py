"""Query parameters, parsed as strictly as everything else."""

from collections.abc import Collection
from typing import Any

from rest_framework.request import Request

from apps.envelope import encoding
from apps.web.errors import Invalid

MAX_ITEMS = 500
DEFAULT_LIMIT = 200


def parameters(request: Request, *, required: Collection[str], optional: Collection[str]) -> Any:
    """Return the query's parameters; raises Invalid for unknown, missing or repeated ones."""
    given = request.query_params
    unknown = given.keys() - {*required, *optional}
    missing = set(required) - given.keys()
    if unknown or missing:
        takes = ", ".join([*required, *(f"[{name}]" for name in optional)])
        raise Invalid(f"a query parameter is unknown or missing: this path takes {takes}")
    if any(len(values) > 1 for _, values in given.lists()):
        raise Invalid("a query parameter stands there twice")
    return given


def cursor(text: str | None) -> int:
    """Return the ``next`` of an earlier answer, 0 without one."""
    return _integer(text or "0", "after", least=0, most=encoding.MAX_INT)


def page_limit(text: str | None) -> int:
    """Return how many items were asked for."""
    return _integer(text or str(DEFAULT_LIMIT), "limit", least=1, most=MAX_ITEMS)


def _integer(text: str, what: str, *, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)):
        raise Invalid(f"{what} is not a number")
    if not least <= int(text) <= most:
        raise Invalid(f"{what} is from {least} to {most}")
    return int(text)
