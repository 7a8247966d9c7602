"""What an honest server answered, answered again: the same requests, without a server."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from apps.envelope.encoding import dump_json
from config import inprocess
from tests.malicious.alterations import HERE, Raw
from tests.malicious.lying import Answer, Asked, PassOn

Key = tuple[str, str, str, bytes]
ROOT = "/api/v1"
NOT_FOUND = b'{"error":{"code":"not_found","message":"there is none","hint":""}}'


@dataclass
class Recording:
    """Listens to a server; each request is one of a kind."""

    answers: dict[Key, bytes] = field(default_factory=dict)

    def __call__(self, asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        query = "&".join(f"{name}={value}" for name, value in sorted(asked.query.items()))
        self.answers[asked.method, asked.path, query, asked.body] = answer.body
        return answer


@dataclass
class Replay(httpx.BaseTransport):
    """Answers as was recorded, but for one request."""

    answers: dict[Key, bytes]
    altered: Key | None = None
    instead: bytes = b""
    asked: list[Key] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        query = "&".join(f"{name}={value}" for name, value in sorted(request.url.params.items()))
        path = request.url.path.removeprefix(ROOT)
        key = request.method, path, query, request.read()
        self.asked.append(key)
        if key == self.altered:
            return httpx.Response(200, content=self.instead)
        if key not in self.answers:
            return httpx.Response(404, content=NOT_FOUND)
        return httpx.Response(200, content=self.answers[key])


@contextmanager
def replaying(replay: Replay) -> Iterator[None]:
    """Let the clients of a world call this instead of its server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inprocess, "transport", lambda: replay)
        yield


RAWS = [Raw(rb'"\ud800"'), Raw(b"1e400"), Raw(b"-0"), Raw(b"%d" % 2**53)]
WRONG: dict[type, list[Any]] = {
    str: [None, True, 7, [], {}, ["x"], "x" * 70_000, "\0", *RAWS],
    int: [None, True, "7", [], {}, -1, *RAWS],
    bool: [None, 0, 1, "true", [], {}, *RAWS],
    list: [None, True, 7, "x", {}, *RAWS],
    dict: [None, True, 7, "x", [], *RAWS],
    type(None): [True, 7, "x", [], {}, *RAWS],
}


def alterations(honest: Any, put: Callable[[Any, tuple[Any, ...], Any], Any]) -> Iterator[bytes]:
    """The answer with a wrong value, a member less, more or twice in one of its places."""
    for at, value in places(honest):
        for wrong in WRONG[type(value)]:
            yield _written(put(honest, at, wrong))
        if isinstance(value, dict):
            for name in value:
                yield _written(put(honest, at, {k: v for k, v in value.items() if k != name}))
            yield _written(put(honest, at, value | {"extra": 1}))
            yield _written(put(honest, at, Raw(_twice(value))))
        if isinstance(value, list) and value:
            yield _written(put(honest, at, value * 600))


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place, of lists and of alike members the first."""
    yield at, value
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value[:1])
    for key, item in inner:
        yield from places(item, (*at, key))


def _twice(value: dict[str, Any]) -> bytes:
    body = dump_json(value)
    first = next(iter(value), "")
    return b"{%s:%s,%s" % (dump_json(first), dump_json(value.get(first)), body[1:])


def _written(value: Any) -> bytes:
    raws: list[bytes] = []

    def default(one: Raw) -> str:
        raws.append(one.bytes)
        return HERE

    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=default).encode()
    for raw in raws:
        body = body.replace(json.dumps(HERE, ensure_ascii=False).encode(), raw, 1)
    return body
