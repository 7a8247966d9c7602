"""HTTP: typed errors, careful retries, https for everything that leaves the machine."""

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from apps.client import endpoints
from apps.client.api import MOST_STALE, Api, News
from apps.client.endpoints import Endpoint, an
from apps.client.errors import (
    ApiRefused,
    ApiUnavailable,
    NotSealform,
    UsageError,
    VerificationError,
)
from apps.client.served_shapes import ANY
from tests.client.scripts import Script, api, ok, refusal


class Wire(httpx.SyncByteStream):
    """Bytes that nobody has read or inflated yet, and how many were taken."""

    def __init__(self, *chunks: bytes, breaks: bool = False) -> None:
        self.chunks, self.breaks, self.taken = chunks, breaks, 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.taken += 1
            yield chunk
        if self.breaks:
            raise httpx.ReadError("broken")


def got(caller: Api, *members: str, **params: str) -> dict[str, Any]:
    """Ask for an object with these members."""
    return caller.call(Endpoint("GET", "/me", an(dict.fromkeys(members, ANY))), **params)


def posted(caller: Api, *, idempotent: bool = True) -> dict[str, Any]:
    return caller.call(Endpoint("POST", "/x", an({}), idempotent=idempotent), body={})


def listing(caller: Api, **params: str) -> Iterator[list[Any]]:
    """The pages of a list in which every item is new."""
    news = News()
    for page in caller.pages(endpoints.LIST_RECORDS, news, **params):
        news.count += len(page)
        yield list(page)


def test_it_calls_below_api_v1_with_basic_authentication() -> None:
    script = Script(ok({"a": 1}))

    assert got(api(script), "a", type="x", after="") == {"a": 1}

    [request] = script.requests
    assert str(request.url) == "https://forms.example.org/api/v1/me?type=x"
    assert request.headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "url", ["https://a.example", "https://a.example/", "https://a.example/api/v1/"]
)
def test_the_address_may_be_given_as_people_write_it(url: str) -> None:
    assert Api(url=url, transport=Script()).url == "https://a.example"


@pytest.mark.parametrize("url", ["http://forms.example.org", "http://10.0.0.1:8000"])
def test_plain_http_is_refused_beyond_this_machine(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="not https"):
        Api(url=url)
    assert Api(url=url, allow_http=True)
    monkeypatch.setenv("SEALFORM_ALLOW_HTTP", "1")
    assert Api(url=url)


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80"])
def test_plain_http_will_do_on_this_machine(url: str) -> None:
    assert Api(url=url)


@pytest.mark.parametrize(
    "url",
    ["forms.example.org", "ftp://a", "https://", "https://xn--", "https://a:x", "https://\ud800"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="API URL"):
        Api(url=url)


def test_an_error_of_the_catalogue_is_typed() -> None:
    with pytest.raises(ApiRefused, match="it failed") as caught:
        got(api(Script(refusal(403))))

    assert (caught.value.code, caught.value.status) == ("some_code", 403)
    assert str(caught.value) == 'the server says: "it failed"'
    assert caught.value.hint == 'the server says: "do this"'


@pytest.mark.parametrize(
    "answer", [httpx.Response(200), httpx.Response(302), httpx.Response(404, json=[])]
)
def test_who_does_not_answer_as_the_api_is_another_server(answer: httpx.Response) -> None:
    with pytest.raises((NotSealform, VerificationError)):
        got(api(Script(answer)))


@pytest.mark.parametrize("answer", [httpx.Response(500, text="<h1>"), refusal(500), refusal(507)])
def test_a_broken_server_is_away(answer: httpx.Response) -> None:
    with pytest.raises(ApiUnavailable, match=f"answered {answer.status_code}"):
        got(api(Script(answer)))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"a": 1}', b'{"a":1,"a":1}', b'{"b":1}', b'{"a":1,"b":2}', b'{"a":1.5}']
)
def test_an_answer_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(VerificationError) as caught:
        got(api(Script(httpx.Response(200, content=body))), "a")
    assert caught.value.code == "malformed"


def test_a_long_page_of_a_proxy_says_no_more_than_its_status() -> None:
    page = b"x" * (endpoints.SMALL + 1)

    with pytest.raises(ApiUnavailable, match="502"):
        got(api(Script(*[httpx.Response(502, content=page)] * 4)))
    with pytest.raises(NotSealform, match="404"):
        got(api(Script(httpx.Response(404, content=page))))


def test_busy_and_unreachable_servers_are_asked_again() -> None:
    waits: list[float] = []
    script = Script(httpx.ConnectError("no"), refusal(429, retry_after="7"), refusal(503), ok({}))

    got(api(script, waits))

    assert len(script.requests) == 4
    assert waits[1] == 7
    assert all(0 < wait <= 2 for wait in (waits[0], waits[2]))


def test_it_gives_up_after_four_times() -> None:
    script = Script(*[httpx.ReadTimeout("slow")] * 4)
    with pytest.raises(ApiUnavailable, match="does not answer"):
        got(api(script))
    assert len(script.requests) == 4

    with pytest.raises(ApiUnavailable, match="429"):
        got(api(Script(*[refusal(429)] * 4)))


def test_it_does_not_wait_for_minutes() -> None:
    with pytest.raises(ApiUnavailable, match="429"):
        got(api(Script(refusal(429, retry_after="3600"))))


def test_what_may_not_be_sent_twice_is_sent_once() -> None:
    for answer in (httpx.ReadTimeout("slow"), httpx.Response(502)):
        script = Script(answer)
        with pytest.raises(ApiUnavailable):
            posted(api(script), idempotent=False)
        assert len(script.requests) == 1

    script = Script(httpx.ConnectError("never arrived"), ok({}))
    posted(api(script), idempotent=False)
    assert len(script.requests) == 2


def test_an_error_that_is_the_callers_is_not_repeated() -> None:
    script = Script(refusal(409))

    with pytest.raises(ApiRefused):
        posted(api(script))

    assert len(script.requests) == 1


def test_lists_are_read_to_their_end() -> None:
    first = {"items": [1, 2], "next": "2", "more": True}
    script = Script(ok(first), ok({"items": [3], "next": "3", "more": False}))

    assert list(listing(api(script), type="a")) == [[1, 2], [3]]
    assert script.requests[1].url.params["after"] == "2"
    assert script.requests[0].url.params["limit"] == "500"


def test_a_list_without_end_is_refused() -> None:
    endless = {"items": [1], "next": "2", "more": True}
    with pytest.raises(VerificationError, match="without end"):
        list(listing(api(Script(ok(endless), ok(endless)))))


def empty(number: int) -> httpx.Response:
    """A page without items, but with a cursor of its own."""
    return ok({"items": [], "next": str(number), "more": True})


def test_a_page_may_be_empty_and_a_list_of_empty_pages_is_refused() -> None:
    some = ok({"items": [1], "next": "some", "more": True})
    end = ok({"items": [2], "next": "end", "more": False})
    few = [empty(number) for number in range(MOST_STALE)]
    pages = listing(api(Script(*few, some, *few, end)))
    assert [item for page in pages for item in page] == [1, 2]

    for_ever = Script(*(empty(number) for number in range(1000)))
    with pytest.raises(VerificationError, match="without end"):
        list(listing(api(for_ever)))
    assert len(for_ever.requests) == MOST_STALE + 1


PAGE = {"items": [1], "next": "2", "more": False}
ZIPPED = {"content-encoding": "gzip"}


def zipped(body: object) -> bytes:
    return gzip.compress(json.dumps(body, separators=(",", ":")).encode(), mtime=0)


def sent(headers: dict[str, str], *chunks: bytes, status: int = 200) -> httpx.Response:
    return httpx.Response(status, headers=headers, stream=Wire(*chunks))


def test_gzip_is_asked_for_where_pages_are_and_nowhere_else() -> None:
    script = Script(ok(PAGE), ok({}), ok({}), ok({}))
    caller = api(script)

    list(listing(caller))
    got(caller), posted(caller), posted(caller)

    asked = [request.headers["accept-encoding"] for request in script.requests]
    assert asked == ["gzip", "identity", "identity", "identity"]


def test_a_page_is_inflated_in_whatever_pieces_it_comes() -> None:
    whole = zipped(PAGE)
    pieces = [whole[at : at + 1] for at in range(len(whole))]

    for chunks in ([whole], pieces):
        assert list(listing(api(Script(sent(ZIPPED, *chunks))))) == [[1]]


@pytest.mark.slow
def test_a_page_that_inflates_beyond_bounds_is_refused_at_once() -> None:
    """And not asked for again: it is no accident."""
    bomb = gzip.compress(b"x" * (4 * endpoints.PAGE))
    chunks = [bomb[at : at + 1024] for at in range(0, len(bomb), 1024)]
    wire = Wire(*chunks)
    script = Script(httpx.Response(200, headers=ZIPPED, stream=wire))
    tracemalloc.start()
    try:
        with pytest.raises(VerificationError, match="more than") as caught:
            list(listing(api(script)))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert caught.value.code == "limit"
    assert len(script.requests) == 1
    assert wire.taken < len(chunks) // 2
    assert most < 3 * endpoints.PAGE


NOTHING = gzip.compress(b"")
MEGABYTE = 1024 * 1024
ENDLESS = {
    "what follows a stream": (NOTHING, b"\0" * MEGABYTE, 2),
    "another stream": (NOTHING, NOTHING, 2),
    "a name of a file": (b"\x1f\x8b\x08\x08" + b"\0" * 6, b"a" * MEGABYTE, 17),
    "blocks that hold nothing": (
        b"\x1f\x8b\x08\0" + b"\0" * 6,
        b"\0\0\0\xff\xff" * (MEGABYTE // 5),
        18,
    ),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_stream_without_an_end_that_holds_nothing_is_refused_at_once(what: str) -> None:
    first, more, most = ENDLESS[what]
    wire = Wire(first, *[more] * 100)

    with pytest.raises(VerificationError):
        list(listing(api(Script(httpx.Response(200, headers=ZIPPED, stream=wire)))))

    assert wire.taken == most


@pytest.mark.parametrize("page", [True, False])
def test_a_plain_answer_beyond_bounds_is_refused_at_once(page: bool) -> None:
    megabytes = Wire(*[b"x" * 1024 * 1024] * 100)
    script = Script(httpx.Response(200, stream=megabytes))

    with pytest.raises(VerificationError) as caught:
        list(listing(api(script))) if page else got(api(script))

    assert caught.value.code == "limit"
    assert len(script.requests) == 1
    assert megabytes.taken == (17 if page else 1)


@pytest.mark.parametrize(
    "body",
    [
        zipped(PAGE)[:-1],
        zipped(PAGE)[:-9],
        zipped(PAGE) + b"x",
        zipped(PAGE) * 2,
        b"no gzip at all",
        b"",
    ],
)
def test_gzip_that_is_damaged_is_refused(body: bytes) -> None:
    script = Script(sent(ZIPPED, body))

    with pytest.raises(VerificationError) as caught:
        list(listing(api(script)))

    assert caught.value.code == "malformed"
    assert len(script.requests) == 1


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "gzip, gzip"])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    headers = {"content-encoding": encoding}

    with pytest.raises(VerificationError, match="not asked for"):
        got(api(Script(sent(headers, zipped({"a": 1})))), "a")
    if encoding != "gzip":
        with pytest.raises(VerificationError, match="not asked for"):
            list(listing(api(Script(sent(headers, zipped(PAGE))))))


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    broken = httpx.Response(200, headers=ZIPPED, stream=Wire(zipped(PAGE)[:9], breaks=True))
    script = Script(broken, sent(ZIPPED, zipped(PAGE)))

    assert list(listing(api(script))) == [[1]]
    assert len(script.requests) == 2


def test_an_error_may_be_zipped_too() -> None:
    error = {"error": {"code": "some_code", "message": "it failed", "hint": ""}}

    with pytest.raises(ApiRefused, match="it failed"):
        list(listing(api(Script(sent(ZIPPED, zipped(error), status=403)))))
