"""A server that answers wrongly, in every way that the shapes of its answers leave it."""

import time
import tracemalloc
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from apps.client import endpoints
from apps.client.api import ATTEMPTS, Api
from apps.client.endpoints import ENDPOINTS, Endpoint
from apps.client.errors import ClientError
from apps.envelope.encoding import dump_json
from tests.client.scripts import api
from tests.malicious import tally
from tests.malicious.alterations import Alteration, example, of, of_bytes, written

QUICK = {"ME", "CLIENT", "REVOKE"}
"""Those that are tried in the quick loop; the others differ by their shapes alone."""
ENOUGH = 70
LONGEST = 2.0
CHUNK = 65_536


class Wire(httpx.SyncByteStream):
    """The body of one answer; counts what was taken of it."""

    def __init__(self, alteration: Alteration) -> None:
        self.alteration, self.taken = alteration, 0

    def __iter__(self) -> Iterator[bytes]:
        body = self.alteration.body
        for at in range(0, len(body), CHUNK):
            self.taken += len(body[at : at + CHUNK])
            yield body[at : at + CHUNK]
        while self.alteration.again:
            self.taken += len(self.alteration.again)
            yield self.alteration.again


class Altering(httpx.BaseTransport):
    """Answers each request alike, and keeps what was asked."""

    def __init__(self, alteration: Alteration) -> None:
        self.alteration = alteration
        self.wires: list[Wire] = []
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.wires.append(Wire(self.alteration))
        return httpx.Response(
            self.alteration.status, headers=self.alteration.headers, stream=self.wires[-1]
        )


def called(caller: Api, endpoint: Endpoint) -> dict[str, Any]:
    body = None if endpoint.method == "GET" else dict[str, Any]()
    return caller.call(endpoint, *[str(uuid4())] * endpoint.path.count("{}"), body=body)


def refusal(endpoint: Endpoint, alteration: Alteration) -> ClientError | None:
    """How the client refuses one answer, within its bounds."""
    server = Altering(alteration)
    started = time.process_time()
    caller = api(server)  # type: ignore[arg-type] # any transport
    try:
        called(caller, endpoint)
    except ClientError as error:
        refused: ClientError | None = error
    else:
        refused = None
    assert time.process_time() - started < LONGEST
    assert len(server.requests) <= ATTEMPTS
    assert all(wire.taken <= endpoint.most + 2 * CHUNK for wire in server.wires)
    assert all(request.url.host == "forms.example.org" for request in server.requests)
    assert not any("cookie" in request.headers for request in server.requests)
    return refused


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in ENDPOINTS],
)
def test_each_alteration_of_an_answer_has_a_typed_error(name: str, record_property: Any) -> None:
    endpoint = ENDPOINTS[name]
    alterations = list(of(endpoint))
    assert len(alterations) >= ENOUGH

    for alteration in alterations:
        try:
            refused = refusal(endpoint, alteration)
        except Exception as error:
            pytest.fail(f"{name}, {alteration.what}: {error!r}")
        assert (refused is None) == alteration.is_harmless, alteration.what
        if refused:
            assert len(str(refused)) < 1000, alteration.what

    record_property(tally.ALTERATIONS, len(alterations))


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_honest_answer_of_the_same_making_is_taken(name: str) -> None:
    """The positive control."""
    endpoint = ENDPOINTS[name]
    honest = Alteration("honest", written(example(endpoint.answer)))

    assert refusal(endpoint, honest) is None


def test_an_answer_that_does_not_end_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "BASE_SECONDS", -1e9)

    for endpoint in ENDPOINTS.values():
        honest = Alteration("late", written(example(endpoint.answer)))
        assert refusal(endpoint, honest) is not None


@pytest.mark.slow
def test_what_is_refused_takes_no_memory() -> None:
    """Two million objects, where some bytes would have been honest."""
    endpoint = endpoints.LIST_GENERATIONS
    [many] = [one for one in of_bytes(b'{"a":1}') if one.what == "two million objects"]
    tracemalloc.start()
    try:
        assert refusal(endpoint, many) is not None
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 4 * endpoint.most


def test_the_quick_ones_are_there() -> None:
    assert ENDPOINTS.keys() >= QUICK
    assert dump_json(example(endpoints.LIST_RECORDS.answer)).startswith(b'{"items":[{}]')
