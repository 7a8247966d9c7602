"""Servers that answer from a list, and one on a real socket that takes its time."""

import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import httpx

from apps.client.api import Api
from apps.envelope.key_files import ApiKey

Answer = httpx.Response | Exception


class Script(httpx.BaseTransport):
    """A server that answers from a list; what it was asked is kept."""

    def __init__(self, *answers: Answer) -> None:
        self.answers: Iterator[Answer] = iter(answers)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def canonical(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def ok(body: object, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, content=canonical(body), headers=named)


def refusal(status: int, message: str = "it failed", **headers: str) -> httpx.Response:
    error = {"code": "some_code", "message": message, "hint": "do this"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=canonical({"error": error}), headers=named)


def api(script: Script, waits: list[float] | None = None) -> Api:
    return Api(
        url="https://forms.example.org",
        key=ApiKey("0f8fad5b-d9cb-469f-a165-70867728950e", "sfs_secret"),
        transport=script,
        sleep=(waits if waits is not None else []).append,
    )


@contextmanager
def dripping(first: bytes, again: bytes, *, every: float = 0.02) -> Iterator[str]:
    """A server that answers with ``first`` and then with ``again`` for ever; yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(5)
    ended = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(first)
            while not ended.wait(every):
                connection.sendall(again)

    def accept() -> None:
        with suppress(OSError):
            while not ended.is_set():
                serve(listener.accept()[0])

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        listener.close()
        thread.join(5)


def took(started: float) -> float:
    return time.monotonic() - started


def chunks(body: bytes, size: int) -> Iterable[bytes]:
    return (body[at : at + size] for at in range(0, len(body), size))
