"""Connections that do nothing, drip, or are too many keep nobody waiting, and are ended."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import pytest
from django.conf import settings

from apps.intake.rules.looks import MAX_LOGO
from config import serving
from config.serving import Connection, Front
from tests.benchmarks.slow_connections import client_with_records, p95, slow_connections
from tests.client.servers import serving as server_process

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"
BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"
SOON = 10.0


class Server(NamedTuple):
    """A front in a thread of this process, and where it is."""

    front: Front
    address: Any
    family: socket.AddressFamily

    def connect(self, sent: bytes = b"") -> socket.socket:
        """Open a connection, send something, and wait until it has been read."""
        before = len(self.held())
        client = socket.socket(self.family)
        client.settimeout(SOON)
        client.connect(self.address)
        wait_until(lambda: len(self.held()) != before or before >= serving.CONNECTIONS)
        if sent:
            client.sendall(sent)
            wait_until(lambda: any(one.request or one.requests for one in self.held()))
        return client

    def held(self) -> list[Connection]:
        return list(self.front.listeners[0].active_channels.values())


def wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + SOON
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def echo(environ: Any, start_response: Any) -> list[bytes]:
    """Answer with what was seen of the request."""
    seen = {name: environ.get(name) for name in SEEN}
    body = environ["wsgi.input"].read()
    answer = json.dumps({**seen, "body": len(body)}).encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


SEEN = ["REMOTE_ADDR", "wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_FOR"]


@contextmanager
def served(application: Any = echo, path: str = "") -> Iterator[Server]:
    listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    listener.bind(path or ("127.0.0.1", 0))
    listener.setblocking(False)
    front, done = Front(application, [listener]), Event()

    def loop() -> None:
        while not done.is_set():
            front.turn(0.01)

    thread = Thread(target=loop)
    thread.start()
    try:
        yield Server(front, listener.getsockname(), listener.family)
    finally:
        done.set()
        thread.join()
        for connection in list(front.listeners[0].active_channels.values()):
            connection.handle_close()
        front.take_no_more()
        front.close()
        front.listeners[0].trigger.close()


def answered(client: socket.socket, sent: bytes) -> tuple[str, dict[str, str], bytes]:
    """Send; return the status, the headers and the body of the answer."""
    client.sendall(sent)
    raw = b""
    while b"\r\n\r\n" not in raw:
        raw += client.recv(65536)
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    while len(body) < int(headers["content-length"]):
        body += client.recv(65536)
    return status, headers, body


@pytest.mark.parametrize(
    ("sent", "patience"),
    [
        (b"", serving.IDLE_SECONDS),
        (HEAD, serving.REQUEST_SECONDS),
        (BODY, serving.REQUEST_SECONDS),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
         serving.REQUEST_SECONDS),
    ],
    ids=["nothing", "half a header", "half a body", "half a chunk"],
)  # fmt: skip
def test_what_does_not_arrive_is_ended_in_time(sent: bytes, patience: int) -> None:
    with served() as server, server.connect(sent) as client:
        [connection] = server.held()
        since = connection.creation_time

        assert not connection.is_overdue(since + patience - 1)
        assert connection.is_overdue(since + patience + 1)

        connection.waits_since -= patience + 1
        assert client.recv(1) == b""  # maintenance ends it


def test_dripping_buys_no_time() -> None:
    with served() as server, server.connect(HEAD) as client:
        [connection] = server.held()
        for _ in range(3):
            client.sendall(b"x")
            time.sleep(0.02)

        assert connection.last_activity > connection.creation_time
        assert connection.is_overdue(connection.creation_time + serving.REQUEST_SECONDS + 1)


def test_empty_lines_before_a_request_buy_no_time() -> None:
    with served() as server, server.connect() as client:
        [connection] = server.held()
        for _ in range(3):
            client.sendall(b"\r\n\r\n")
            time.sleep(0.02)

        assert connection.last_activity > connection.creation_time
        assert connection.is_overdue(connection.creation_time + serving.IDLE_SECONDS + 1)


def test_the_time_begins_anew_with_each_answer() -> None:
    with served() as server, server.connect() as client:
        [connection] = server.held()
        connection.waits_since -= 10  # not so long that it is ended before it is answered
        before = time.time()
        answered(client, HEAD + b"\r\n")

        wait_until(lambda: connection.waits_since >= before)


@pytest.mark.slow
def test_an_answer_that_nobody_fetches_is_ended() -> None:
    def large(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"x" * serving.LARGEST_ANSWER]

    with served(large) as server, server.connect(HEAD + b"\r\n"):
        [connection] = server.held()
        wait_until(lambda: connection.total_outbufs_len and not connection.requests)
        now = connection.last_activity

        assert not connection.is_overdue(now + serving.STALLED_SECONDS - 1)
        assert connection.is_overdue(now + serving.STALLED_SECONDS + 1)
        connection.last_activity = now + 10_000  # a byte now and then
        assert not connection.is_overdue(connection.answered + serving.ANSWER_SECONDS - 1)
        assert connection.is_overdue(connection.answered + serving.ANSWER_SECONDS + 1)


def test_a_thread_does_not_wait_for_who_reads_slowly() -> None:
    def large(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"x" * 8 * 1024 * 1024 if environ["PATH_INFO"] == "/large" else b"done"]

    with served(large) as server:
        slow = [server.connect(b"GET /large HTTP/1.0\r\n\r\n") for _ in range(serving.THREADS + 1)]
        with server.connect() as quick:
            assert answered(quick, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")[2] == b"done"
        for one in slow:
            one.close()


def test_for_one_too_many_the_one_that_waits_longest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "CONNECTIONS", 3)
    with served() as server:
        held = [server.connect() for _ in range(3)]
        first, second, third = server.held()
        second.waits_since = first.creation_time - 60
        with server.connect() as newcomer:
            assert answered(newcomer, HEAD + b"\r\n")[0] == "HTTP/1.1 200 OK"

            assert held[1].recv(1) == b""
            assert second not in server.held()
            assert first in server.held()
            assert third in server.held()
        for one in held:
            one.close()


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "malformed"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ten\r\n\r\n", 400, "malformed"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * serving.MAX_HEADERS + b"\r\n\r\n", 431, "malformed"),
        (b"POST /api/v1/me HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413, "body_too_large"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "malformed"),
    ],
)
def test_what_is_not_http_is_refused_like_everything_else(
    sent: bytes, status: int, code: str, settings: Any
) -> None:
    settings.SECURE_HSTS_SECONDS = 60
    with served() as server, server.connect() as client:
        line, headers, body = answered(client, sent)

    assert int(line.split()[1]) == status
    assert json.loads(body)["error"]["code"] == code
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"] == "max-age=60"
    assert "server" not in headers


def test_who_posts_too_much_to_the_admin_reads_a_page() -> None:
    sent = b"POST /admin/intake/form/add/ HTTP/1.1\r\nContent-Length: %d\r\n\r\n"
    with served() as server, server.connect() as client:
        line, headers, body = answered(client, sent % serving.MAX_REQUEST)

    assert int(line.split()[1]) == 413
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert b"Go back in your browser" in body


def test_all_that_the_admin_takes_comes_through() -> None:
    """A field of a post has a boundary and headers around it, and there may be a logo."""
    around = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS * 200 + MAX_LOGO

    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE + around < serving.MAX_REQUEST


def test_a_body_in_chunks_is_read() -> None:
    sent = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    with served() as server, server.connect() as client:
        assert json.loads(answered(client, sent)[2])["body"] == 3


def test_no_header_of_a_proxy_is_believed_here() -> None:
    sent = HEAD + b"X-Forwarded-Proto: https\r\nX-Forwarded-SSL: on\r\nForwarded: proto=https\r\n"
    sent += b"X-Forwarded-For: 203.0.113.9\r\nX_Forwarded_For: 203.0.113.8\r\n\r\n"
    with served() as server, server.connect() as client:
        seen = json.loads(answered(client, sent)[2])

    assert seen["wsgi.url_scheme"] == "http"
    assert seen["REMOTE_ADDR"] == "127.0.0.1"
    # Handed on for TRUST_FORWARDED_PROTO and TRUSTED_PROXIES to believe, or not.
    assert seen["HTTP_X_FORWARDED_PROTO"] == "https"
    assert seen["HTTP_X_FORWARDED_FOR"] == "203.0.113.9"


def test_a_socket_in_the_file_system_serves_too(tmp_path: Path) -> None:
    with served(path=str(tmp_path / "s")) as server, server.connect() as client:
        status, _, body = answered(client, HEAD + b"\r\n")

    assert status == "HTTP/1.1 200 OK"
    assert json.loads(body)["REMOTE_ADDR"] == "localhost"  # nobody's address: see client_address


@pytest.mark.slow
def test_slow_connections_keep_nobody_waiting(tmp_path: Path) -> None:
    """With two sync workers, two of these stopped everybody for half a minute."""
    with server_process(tmp_path) as server:
        credentials = client_with_records(server, tmp_path, records=2)
        with slow_connections(server, 40):
            assert p95(server, credentials, 5) < 10
