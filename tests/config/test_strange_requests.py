"""NUL, line ends, huge numbers, bad ids, wrong encodings: everywhere, and never a 500.

The table is made from the URL patterns themselves, so that a new path is asked too.
"""

import random
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlencode
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.signals import got_request_exception
from django.test import Client as Browser
from django.test import client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from apps.web.views import described
from config.requests import StrictRequest
from tests.intake.fixtures import *  # noqa: F403 - fixtures, for pytest to find

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HUGE = "9" * 400
VALUES = [
    "%00", "a%00b", "a%0d%0aX:%20b", "%0a", "%ff%fe", "%c0%80", "%ed%a0%80", "%F0%9F%98%80",
    "%e2%80%ae", "-1", "0", "1", HUGE, "-" + HUGE, "1e999", "NaN", "1.5", "99999999999999999999",
    "9223372036854775808", "%", "%zz", "%25%30%30", "..%2f..%2f", "%27%22%3C%3E", "[]", "{}",
    "null", "true", "a,b", "_3A", "__", "_0", "%D9%A1", "%EF%BC%91", "2026-13-45", "10000-01-01",
    "0000-00-00", "x" * 5000,
]  # fmt: skip
IN_PATHS = [value for value in VALUES if value not in {"%"}]

# What paths take besides what is not known to any.
NAMES = [
    "after", "limit", "writer", "type", "from", "shard", "direction", "version", "lang", "format",
    "urlconf", "next", "q", "p", "o", "e", "all", "is", "_popup", "_to_field", "_facets",
    "_changelist_filters", "id", "id__exact", "id__in", "pk", "pk__isnull", "language", "x[]",
    "%00", "a%0d%0ab",
]  # fmt: skip
CONTENT_TYPES = [
    "application/json; charset*=x", "multipart/form-data; boundary*=''%ff",
    "text/plain; a*=utf-8''%zz", "multipart/form-data; boundary=\0",
    "application/json; charset=\xff", "multipart/form-data",
    "application/x-www-form-urlencoded; charset=none", "application/json; charset*=nosuch''a",
    ";;;", "a/b; x*0*=nosuch'en'%41", "/", "application/json; charset=utf-7",
    "multipart/form-data; boundary=" + "b" * 3000,
]  # fmt: skip
OTHER_HEADERS = [
    "accept", "accept-language", "accept-encoding", "authorization", "cookie", "origin",
    "referer", "range", "if-none-match", "if-modified-since", "x-forwarded-for", "host",
    "access-control-request-method", "access-control-request-headers", "x-http-method-override",
    "user-agent",
]  # fmt: skip
IN_HEADERS = [
    "\0", "a\0b", "\xff\xfe", HUGE, "-1", "x" * 9000, ";q=", "Basic AAAA", "Basic /w==", "[::1",
    "null", "a=b; sessionid=\0", "sessionid=" + "x" * 5000, "http://[", "http://a:b:c",
    "bytes=0-" + HUGE, "q*=nosuch''%ff", "ftp://\xff",
]  # fmt: skip
HEADERS = [
    *(("CONTENT_TYPE", value) for value in CONTENT_TYPES),
    *(("CONTENT_LENGTH", value) for value in ("", "-1", HUGE, "x", "\0", "1")),
    *(
        (f"HTTP_{name.upper().replace('-', '_')}", value)
        for name in OTHER_HEADERS
        for value in IN_HEADERS
    ),
]
A_FEW = 4


class Route(NamedTuple):
    """One URL pattern: text, with a place for each parameter."""

    text: str
    parameters: tuple[str, ...]


def routes(patterns: Any = None, before: str = "", taken: tuple[str, ...] = ()) -> Iterator[Route]:
    """Every address that there is, the admin's too."""
    for one in patterns or get_resolver().url_patterns:
        text, names = _template(str(one.pattern))
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, before + text, taken + names)
        else:
            assert isinstance(one, URLPattern)
            yield Route("/" + before + text, taken + names)


def _template(route: str) -> tuple[str, tuple[str, ...]]:
    names = re.findall(r"<(?:\w+:)?(\w+)>", route)
    if route.startswith("^"):  # the admin's list of apps, and what is at no address
        return ("intake/", ()) if "app_label" in route else ("nothing", ())
    return re.sub(r"<[^>]*>", "{}", route), tuple(names)


ROUTES = sorted({route.text: route for route in routes()}.values())
IDS = [route.text for route in ROUTES]


class Asking:
    """Asks, and remembers what ended in an error of ours."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.browser.raise_request_exception = False
        self.wrong: list[str] = []
        self._error: Any = None
        got_request_exception.connect(self._seen)

    def _seen(self, **_: Any) -> None:
        self._error = sys.exc_info()[1]

    def __call__(self, method: str, address: str, **more: Any) -> int:
        self._error = None
        path, _, query = address.partition("?")
        answer = self.browser.generic(method, path, QUERY_STRING=query, **more)
        if answer.streaming:  # and so not closed yet
            b"".join(answer)
        if answer.status_code >= 500:
            shown = {name: str(value)[:60] for name, value in more.items()}
            self.wrong.append(f"{method} {address[:120]} {shown}: {self._error!r}"[:300])
        return answer.status_code


def filled(route: Route, values: list[str]) -> str:
    return route.text.format(*values) if route.parameters else route.text


def good(route: Route) -> list[str]:
    return [
        "1" if "object_id" in name else str(uuid4()) if name == "id" else "signup"
        for name in route.parameters
    ]


@pytest.fixture
def root(db: None, settings: Settings) -> Browser:
    settings.ADMIN_REQUIRE_OTP = False
    settings.SUBMISSION_RATE = settings.RECEIPT_RATE = settings.FAILURE_RATE = "100000/minute"
    settings.WRONG_SECRETS_RATE = "100000/minute"
    browser = Browser()
    browser.force_login(User.objects.create_superuser("root"))
    return browser


@pytest.fixture
def ask(root: Browser, monkeypatch: pytest.MonkeyPatch) -> Asking:
    monkeypatch.setattr(client, "WSGIRequest", StrictRequest)  # what config.wsgi reads them as
    return Asking(root)


Case = tuple[str, str, dict[str, Any]]
LOOKUPS = ("exact", "year", "gte", "in", "isnull", "day", "contains", "id__exact")


def posted(values: dict[str, str]) -> dict[str, Any]:
    form = "application/x-www-form-urlencoded"
    return {"data": urlencode(values, errors="surrogatepass"), "content_type": form}


def in_paths(route: Route) -> Iterator[Case]:
    for place in range(len(route.parameters)):
        for value in IN_PATHS:
            values = good(route)
            values[place] = value
            path = filled(route, values)
            seen = {"PATH_INFO": unquote_to_bytes(path).decode("latin-1")}
            for method in ("GET", "POST"):
                yield method, path.replace("?", "%3f"), seen


def in_queries(route: Route) -> Iterator[Case]:
    for name in NAMES:
        for value in VALUES:
            yield "GET", f"{filled(route, good(route))}?{name}={value}", {}


def in_headers(route: Route) -> Iterator[Case]:
    for name, value in HEADERS:
        for method in ("GET", "POST", "OPTIONS"):
            yield method, filled(route, good(route)), {name: value}


def in_filters_and_actions(model: Any, options: Any) -> Iterator[Case]:
    path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    fields = [field.name for field in model._meta.fields]
    for name in ["q", *(f"{name}__{lookup}" for name in fields for lookup in LOOKUPS)]:
        for value in ("a%00b", HUGE, "99999999999", "10000-01-01", "x", "%ff", "-1"):
            yield "GET", f"{path}?{name}={value}", {}
    actions = ["delete_selected", "nosuch", "\0", *(one[1] for one in options._get_base_actions())]
    for bad in ("\0", "x", HUGE, "-1", "99999999999999999999", str(uuid4())):
        for action in actions:
            sent = {"action": action, "_selected_action": bad, "index": bad, "post": "yes"}
            yield "POST", path, posted({**sent, "select_across": bad})
    for name in ("add/", "1/change/", "1/delete/"):
        for value in ("\0", HUGE, "\ud800"):
            yield "POST", path + name, posted(dict.fromkeys(fields, value))


def some(cases: Iterator[Case], seed: str) -> list[Case]:
    """A few of many, the same in each run."""
    table = list(cases)
    return random.Random(seed).sample(table, min(len(table), A_FEW))


def a_third(cases: Iterator[Case]) -> list[Case]:
    """A third of all, another one in each run; what fails is told with its case."""
    table = list(cases)
    return random.sample(table, (len(table) + 2) // 3)


def all_refused(ask: "Asking", cases: Iterable[Case]) -> None:
    for method, address, more in cases:
        ask(method, address, **more)
    assert not ask.wrong, "\n".join(ask.wrong)


EXAMPLES: list[Case] = [
    ("GET", "/api/v1/schema?version=%00", {}),
    ("GET", "/api/v1/me?format=xml", {}),
    ("GET", "/api/v1/records?format=%00", {}),
    ("GET", "/admin/vault/grant/?fields__contains=x", {}),
    ("GET", "/admin/intake/form/?origins__contains=-1", {}),
    ("GET", "/api/v1/schema?version=a%0d%0ab", {}),
    ("GET", "/api/v1/schema", {"CONTENT_TYPE": "text/plain; a*=nosuch''a"}),
    ("POST", "/admin/login/", {"CONTENT_TYPE": "text/plain; a*=nosuch''a"}),
    ("GET", "/admin/vault/generation/?closed__year=-1", {}),
    ("GET", "/admin/vault/grant/?granted__year=99999999999", {}),
    ("GET", f"/admin/directory/apikey/?expires__year={HUGE}", {}),
    ("GET", "/admin/vault/record/?body__gte=-1", {}),
    ("GET", "/admin/directory/enrolmenttoken/?id__in=9223372036854775808", {}),
    ("GET", "/admin/vault/record/?q=a%00b", {}),
    ("GET", "/admin/r/x/1/", {}),
    ("POST", "/admin/directory/client/", posted({"action": "disable", "_selected_action": "x"})),
]


@pytest.mark.parametrize("case", EXAMPLES, ids=[f"{case[1][:50]}" for case in EXAMPLES])
def test_what_was_found_is_refused(case: Case, ask: "Asking") -> None:
    method, address, more = case
    assert ask(method, address, **more) < 500
    assert not ask.wrong, ask.wrong[0]


def test_the_schema_is_made_once(client: Browser) -> None:
    described.cache_clear()
    answers = [client.get("/api/v1/schema", headers={"accept": "*/*"}) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert described.cache_info().misses == 1
    assert client.get("/api/v1/schema?version=1").status_code == 400


LISTS = [(model, options) for model, options in admin.site._registry.items()]
LIST_IDS = [model._meta.label for model, _ in LISTS]
PLACES = [in_paths, in_queries, in_headers]


@pytest.mark.slow
@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_a_few_strange_things_are_refused(route: Route, ask: "Asking") -> None:
    for place in PLACES:
        all_refused(ask, some(place(route), f"{route.text} {place.__name__}"))


@pytest.mark.slow
@pytest.mark.parametrize(("model", "options"), LISTS, ids=LIST_IDS)
def test_a_few_strange_filters_and_actions_are_refused(
    model: Any, options: Any, ask: "Asking"
) -> None:
    all_refused(ask, some(in_filters_and_actions(model, options), model._meta.label))


@pytest.mark.nightly
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_many_strange_things_are_refused(route: Route, place: Any, ask: "Asking") -> None:
    all_refused(ask, a_third(place(route)))


@pytest.mark.nightly
@pytest.mark.parametrize(("model", "options"), LISTS, ids=LIST_IDS)
def test_many_strange_filters_and_actions_are_refused(
    model: Any, options: Any, ask: "Asking"
) -> None:
    all_refused(ask, a_third(in_filters_and_actions(model, options)))
