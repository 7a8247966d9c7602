"""Every endpoint of the URL configuration, found by walking Django's resolver."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.exceptions import Resolver404
from rest_framework.views import APIView

from config.health import MONITORED

Patterns = Sequence[URLPattern | URLResolver]

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


class Endpoint(NamedTuple):
    """A pattern, as ``resolver_match.route`` has it, and the methods that it may serve.

    A view of the API says by its handlers which these are, OPTIONS aside, which describes it; any
    other view may serve all.
    """

    route: str
    methods: frozenset[str]


def endpoints(patterns: Patterns | None = None) -> dict[str, Endpoint]:
    """Return all endpoints by their routes; what monitors ask stands before the resolver.

    ``patterns`` are the project's own if none are given.
    """
    found = {path: Endpoint(path, frozenset(METHODS)) for path in MONITORED}
    for route, pattern in _walk(patterns or get_resolver().url_patterns, ""):
        # The first of several with one route answers.
        found.setdefault(route, Endpoint(route, frozenset(_served(pattern))))
    return found


def route_of(path: str) -> str | None:
    """Return the route that answers at a path, None if none does; the first page's is ""."""
    bare = path.partition("?")[0]
    if bare in MONITORED:
        return bare
    try:
        return resolve(bare).route
    except Resolver404:
        return None


def _walk(patterns: Patterns, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = _joined(prefix, str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield route, pattern
        else:
            yield from _walk(pattern.url_patterns, route)


def _joined(prefix: str, route: str) -> str:
    """As Django does it (URLResolver._join_route)."""
    return prefix + route.removeprefix("^") if prefix else route


def _served(pattern: URLPattern) -> Iterator[str]:
    view = getattr(pattern.callback, "cls", None)
    handlers = [method for method in METHODS if _has_handler(view, method)]
    yield from handlers or METHODS


def _has_handler(view: object, method: str) -> bool:
    is_of_the_api = isinstance(view, type) and issubclass(view, APIView)
    name = "get" if method == "HEAD" else method.lower()
    return is_of_the_api and method != "OPTIONS" and hasattr(view, name)
