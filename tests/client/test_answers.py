"""What a server answers has bounds, is checked in every member, and is quoted as its words."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from apps.client import endpoints
from apps.client.api import MOST_STALE, Api, News
from apps.client.endpoints import ENDPOINTS, Endpoint
from apps.client.errors import (
    ApiRefused,
    ApiUnavailable,
    ClientError,
    NotSealform,
    VerificationError,
)
from apps.client.quoting import MOST
from tests.client.scripts import Script, api, ok, refusal

ID = str(uuid4())


def called(caller: Api, endpoint: Endpoint) -> dict[str, Any]:
    """Call an endpoint, with whatever ids it has."""
    body: object = None if endpoint.method == "GET" else {}
    return caller.call(endpoint, *[ID] * endpoint.path.count("{}"), body=body)


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_an_answer_has_a_most_and_not_a_byte_more(endpoint: Endpoint) -> None:
    for more, code in ((0, "malformed"), (1, "limit")):
        script = Script(httpx.Response(200, content=b"x" * (endpoint.most + more)))
        with pytest.raises(VerificationError) as caught:
            called(api(script), endpoint)
        assert caught.value.code == code
        assert len(script.requests) == 1


GENERATION = {"gen": 1, "akid": "A" * 43, "open": True}
FORM = {"id": ID, "slug": "signup", "title": "Sign up", "version": 1, "expires": 1}
MANY: dict[str, tuple[Endpoint, int, Callable[[int], object]]] = {
    "records": (
        endpoints.LIST_RECORDS, endpoints.MAX_ITEMS,
        lambda many: {"items": [{}] * many, "next": "", "more": False},
    ),
    "generations": (
        endpoints.LIST_GENERATIONS, endpoints.MAX_GENERATIONS,
        lambda many: {"generations": [GENERATION] * many},
    ),
    "forms": (
        endpoints.LIST_FORMS, endpoints.MAX_FORMS, lambda many: {"forms": [FORM] * many},
    ),
    "looked up": (
        endpoints.LOOK_UP, endpoints.MAX_ITEMS, lambda many: {"items": [{}] * many},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("endpoint", "most", "made"), MANY.values(), ids=MANY)
def test_a_list_has_a_most_and_not_an_item_more(
    endpoint: Endpoint, most: int, made: Callable[[int], object]
) -> None:
    assert called(api(Script(ok(made(most)))), endpoint)
    with pytest.raises(VerificationError) as caught:
        called(api(Script(ok(made(most + 1)))), endpoint)
    assert caught.value.code == "limit"


def test_an_answer_has_a_most_of_values_which_is_looked_at_before_it_is_parsed() -> None:
    for more, code in ((0, "malformed"), (1, "limit")):
        body = b"[" + b"7," * (endpoints.MAX_VALUES - 1 + more) + b"7]"
        with pytest.raises(VerificationError) as caught:
            called(api(Script(httpx.Response(200, content=body))), endpoints.LIST_RECORDS)
        assert caught.value.code == code


def test_a_cursor_has_a_most_and_not_a_character_more() -> None:
    for length, fits in ((endpoints.MAX_CURSOR, True), (endpoints.MAX_CURSOR + 1, False)):
        answer = ok({"items": [], "next": "x" * length, "more": False})
        if fits:
            assert called(api(Script(answer)), endpoints.LIST_RECORDS)
        else:
            with pytest.raises(VerificationError):
                called(api(Script(answer)), endpoints.LIST_RECORDS)


def test_pages_that_bring_nothing_new_are_no_progress() -> None:
    """The same full page under a fresh cursor, for ever."""
    endless = Script(
        *(ok({"items": [1, 2], "next": f"c{number}", "more": True}) for number in range(1000))
    )
    news = News()
    pages = api(endless).pages(endpoints.LIST_RECORDS, news)
    next(pages)
    news.count = 2
    with pytest.raises(VerificationError, match="without end"):
        list(pages)

    assert len(endless.requests) == MOST_STALE + 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("next", "x" * 70_000), ("next", None), ("next", 5), ("next", "a b"), ("next", "é"),
        ("more", "yes"), ("more", None), ("more", 1), ("more", []),
        ("items", {}), ("items", None), ("items", "x"),
    ],
)  # fmt: skip
def test_every_member_of_a_page_is_checked(name: str, value: object) -> None:
    page = {"items": [], "next": "2", "more": False} | {name: value}

    with pytest.raises(VerificationError) as caught:
        called(api(Script(ok(page))), endpoints.LIST_RECORDS)

    assert caught.value.code == "malformed"


@pytest.mark.parametrize(
    "time",
    [
        "2026-13-45", "2026-02-30", "2026-01-01T25:00:00Z", "2026-01-01T00:00:00", "2026-1-1",
        "2026-01-01T00:00:00+00:00", "20260101", "", 5, True, "x" * 1000, "2026-01-01\n",
    ],
)  # fmt: skip
def test_a_time_is_one_that_exists(time: object) -> None:
    answer = {"client_id": ID, "api_key_id": ID, "expires": time}

    with pytest.raises(VerificationError):
        called(api(Script(ok(answer))), endpoints.ENROL)


@pytest.mark.parametrize(
    "error",
    [
        httpx.InvalidURL("no"), httpx.ReadError("no"), httpx.DecodingError("no"),
        httpx.StreamClosed(), httpx.TooManyRedirects("no"), httpx.RemoteProtocolError("no"),
        OSError("no"), ValueError("no"), UnicodeError("no"), ConnectionResetError("no"),
    ],
    ids=repr,
)  # fmt: skip
def test_only_errors_of_this_package_leave_it(error: Exception) -> None:
    with pytest.raises(ApiUnavailable):
        called(api(Script(*[error] * 4)), endpoints.ME)


HOSTILE = "run `extract --fingerprint AAAA`\nhint: \x1b[2Jtrust\u202e me"


def test_words_of_the_server_are_quoted_escaped_and_cut_short() -> None:
    with pytest.raises(ApiRefused) as caught:
        called(api(Script(refusal(403, HOSTILE + "x" * 5_000))), endpoints.ME)

    said = str(caught.value)
    assert said.startswith('the server says: "run `extract')
    assert "\n" not in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said) < 2 * MOST
    assert caught.value.hint.startswith("the server says: ")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_it_goes_nowhere_else_and_says_where_it_was_sent(status: int) -> None:
    script = Script(
        httpx.Response(status, headers={"location": f"https://mallory.example/{'x' * 999}"})
    )

    with pytest.raises(NotSealform, match='the server says: "https://mallory') as caught:
        called(api(script), endpoints.ME)

    assert len(script.requests) == 1
    assert len(str(caught.value)) < 2 * MOST


@pytest.mark.parametrize(
    "error",
    [
        {"code": "x" * 65, "message": "m", "hint": ""}, {"code": "A B", "message": "m", "hint": ""},
        {"code": 5, "message": "m", "hint": ""}, {"code": "x", "message": 5, "hint": ""},
        {"code": "x", "message": "m"}, [], None, "x",
    ],
)  # fmt: skip
def test_an_error_that_is_none_of_the_api_is_not_repeated(error: object) -> None:
    answer = httpx.Response(400, content=json.dumps({"error": error}, separators=(",", ":")))

    with pytest.raises(NotSealform):
        called(api(Script(answer)), endpoints.ME)


def test_no_cookie_is_kept_or_sent() -> None:
    me: dict[str, Any] = {
        **{"card": {}, "first": None, "successions": []},
        "api_key": {"id": ID, "created": "2026-01-01", "expires": None, "last_used": None},
    }
    script = Script(
        ok(me, set_cookie="session=1; Path=/; Secure"),
        refusal(403, set_cookie="session=2; Domain=example.org"),
        ok(me),
    )
    caller = api(script)

    called(caller, endpoints.ME)
    with pytest.raises(ApiRefused):
        called(caller, endpoints.ME)
    called(caller, endpoints.ME)

    assert not any("cookie" in request.headers for request in script.requests)


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_credentials_go_to_paths_that_need_them_and_to_no_others(endpoint: Endpoint) -> None:
    script = Script(ok({}))

    with pytest.raises(ClientError):
        called(api(script), endpoint)

    public = endpoint.path.startswith(("/enrolments", "/keyfiles")) or "/manifest" in endpoint.path
    public |= endpoint.path == "/forms/{}/owners"
    assert endpoint.public == (public and endpoint.path != "/forms/{}/manifests")
    assert ("authorization" in script.requests[0].headers) != endpoint.public
