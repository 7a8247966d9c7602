"""Waiting for a server: as long as it asks, within bounds; never for ever."""

import gzip
import time

import httpx
import pytest

from apps.client import endpoints, network
from apps.client.api import LONGEST_IN_ALL, LONGEST_WAIT, MOST_ATTEMPTS, Api, News
from apps.client.errors import ApiUnavailable, ClientError, UsageError
from tests.client.scripts import Script, api, dripping, ok, refusal, took

DATE = "Sat, 28 Nov 2026 20:00:00 GMT"
NOTHING: dict[str, list[object]] = {"generations": []}


def asked(caller: Api) -> object:
    return caller.call(endpoints.LIST_GENERATIONS)


def sent(caller: Api) -> object:
    return caller.call(endpoints.CREATE_GRANTS, body={"grants": []})


@pytest.mark.parametrize("status", [503, 429])
@pytest.mark.parametrize(
    ("after", "waited"),
    [("7", 7), ("0", 0.5), ("60", 60), ("Sat, 28 Nov 2026 20:00:09 GMT", 9),
     ("Saturday, 28-Nov-26 20:00:03 GMT", 3), ("Sat, 28 Nov 2026 19:00:00 GMT", 0.5)],
)  # fmt: skip
def test_it_comes_again_when_the_server_says(status: int, after: str, waited: float) -> None:
    waits: list[float] = []

    answers = [refusal(status, retry_after=after, date=DATE)] * 2
    asked(api(Script(*answers, ok(NOTHING)), waits))
    sent(api(Script(*answers, ok({"results": []})), waits))

    assert waits == [waited] * 4


@pytest.mark.parametrize(
    "after",
    ["61", "3600", "999999999", "Sat, 28 Nov 2026 20:01:01 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"],
)
def test_it_does_not_wait_longer_than_a_minute_at_once(after: str) -> None:
    script = Script(refusal(503, retry_after=after, date=DATE))

    with pytest.raises(ApiUnavailable, match="503"):
        asked(api(script))


@pytest.mark.parametrize(
    "after", ["soon", "-5", "9" * 400, "1e400", "nan", "\u0661", "Sat, 99 Xxx"]
)
def test_what_is_no_time_is_not_waited_for(after: str) -> None:
    waits: list[float] = []
    headers = {b"retry-after": after.encode()}

    with pytest.raises(ApiUnavailable):
        asked(api(Script(*[httpx.Response(503, headers=headers)] * 4), waits))

    assert all(wait <= 2 for wait in waits)


@pytest.mark.parametrize(
    ("after", "times"),
    [("60", int(LONGEST_IN_ALL / LONGEST_WAIT) + 1), ("1", MOST_ATTEMPTS)],
)
def test_all_waiting_has_a_bound(after: str, times: int) -> None:
    waits: list[float] = []
    script = Script(*[refusal(503, retry_after=after)] * 100)

    with pytest.raises(ApiUnavailable):
        asked(api(script, waits))

    assert len(script.requests) == times
    assert sum(waits) <= LONGEST_IN_ALL


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
PAGE = b'{"items":[],"next":"","more":false}'
DRIPS = {
    "a head": (b"HTTP/1.1 200 OK\r\nx-slow: ", b"a"),
    "heads": (b"HTTP/1.1 200 OK\r\n", b"x-slow: a\r\n"),
    "interim answers": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "a body": (HEAD + b"content-length: 60000\r\n\r\n", b" "),
    "a body of chunks": (HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a body until the end": (HEAD + b"\r\n", b"x"),
    "what is compressed": (
        HEAD
        + b"content-encoding: gzip\r\ncontent-length: 60000\r\n\r\n"
        + gzip.compress(PAGE)[:12],
        b"\0",
    ),
    "nothing at all": (b"", b""),
}


@pytest.mark.parametrize("what", DRIPS)
def test_a_request_and_its_answer_have_a_time_as_a_whole(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "BASE_SECONDS", 0.3)
    monkeypatch.setattr(endpoints, "SLOWEST", 10**12)
    waits: list[float] = []
    started = time.monotonic()
    with dripping(*DRIPS[what]) as url:
        caller = Api(url=url, sleep=waits.append)
        with pytest.raises(ClientError):
            list(caller.pages(endpoints.LIST_RECORDS, News()))
        caller.close()

    assert took(started) < 2
    assert waits == []


def test_a_fast_answer_takes_the_same_way() -> None:
    """The positive control."""
    answer = HEAD + b"content-length: %d\r\n\r\n" % len(PAGE) + PAGE
    with dripping(answer, b"", every=5) as url:
        caller = Api(url=url)
        assert caller.call(endpoints.LIST_RECORDS)["more"] is False
        caller.close()


@pytest.mark.parametrize(
    ("name", "value", "proxy"),
    [
        ("https_proxy", "http://proxy.example:3128", "http://proxy.example:3128"),
        ("https_proxy", "proxy.example:3128", "http://proxy.example:3128"),
        ("all_proxy", "http://ann:secret@proxy.example", "http://proxy.example"),
        ("http_proxy", "http://proxy.example:3128", ""),
    ],
)
def test_the_proxy_that_the_environment_names_is_taken(
    name: str, value: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(known, raising=False)
        monkeypatch.delenv(known.upper(), raising=False)
    monkeypatch.setenv(name, value)

    found = network.proxy_for("https://forms.example.org")
    assert (str(found.url) if found else "") == proxy
    assert bool(found and found.raw_auth) == ("ann:secret" in value)
    assert network.proxy_for("http://127.0.0.1:8000") is None
    assert network.proxy_for("https://localhost") is None
    monkeypatch.setenv("no_proxy", "example.org")
    assert network.proxy_for("https://forms.example.org") is None


@pytest.mark.parametrize("value", ["ftp://proxy.example", "socks5://proxy.example:1080"])
def test_a_proxy_that_cannot_be_used_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", value)
    monkeypatch.delenv("no_proxy", raising=False)

    with pytest.raises(UsageError, match=r"prox(y|ies)"):
        Api(url="https://forms.example.org")
