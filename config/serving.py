"""How this server holds connections: one loop buffers whole requests, a few threads answer them.

gunicorn starts, watches and ends the processes (config/gunicorn.py); in each of them waitress reads
requests and writes answers. A connection that is idle, or slow, costs a file descriptor and no
thread, so that hundreds of them keep nobody waiting. What waitress has no bound for has one
here: how long a request may take to arrive and an answer to be fetched, and who has to go when
there are too many. docs/operations.md "Connections" tells operators.
"""

import os
import resource
import time
from collections.abc import Sequence
from socket import AF_UNIX, socket
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher

from apps.envelope.encoding import MAX_BODY, dump_json
from apps.web import errors
from apps.web.error_handler import API, too_large
from config.logs import PolicyFormatter

CONNECTIONS = 500
"""How many connections a process holds; for one more the one that has waited longest goes."""

THREADS = 4
"""How many requests a process answers at a time; each thread has a database connection."""

IDLE_SECONDS = 30
"""How long a connection may send nothing, from its start or the last answer."""

REQUEST_SECONDS = 90
"""By when, counted from the same moment, a request that has begun must be there as a whole."""

STALLED_SECONDS = 60
"""How long the other end may take nothing of an answer that waits for it."""

ANSWER_SECONDS = 600
"""By when it must have taken the whole answer."""

LOOK_EVERY = 1
"""Seconds between looks for connections that are overdue."""

MAX_HEADERS = 32 * 1024
MAX_REQUEST = 10 * MAX_BODY
"""Bytes of a body that is read at all: above 1 MiB the API refuses by itself, in its own words, and
above 8 MiB the admin does; what stands between the 5,000 fields of its posts is the rest."""

IN_MEMORY = 64 * 1024
"""Bytes of a request that stay in memory while it arrives; the rest goes to a temporary file."""

LARGEST_ANSWER = 64 * 1024 * 1024
"""More than any answer has, so that no thread waits for who reads it."""

FILES_BESIDE = 200
"""File descriptors that a process needs besides its connections."""


ADJUSTMENTS = {
    "backlog": 2048,
    "connection_limit": CONNECTIONS + FILES_BESIDE // 2,
    "cleanup_interval": LOOK_EVERY,
    "max_request_header_size": MAX_HEADERS,
    "max_request_body_size": MAX_REQUEST,
    "inbuf_overflow": IN_MEMORY,
    "outbuf_high_watermark": LARGEST_ANSWER,
    "ident": None,
    # What proxies say is for Django's settings alone to believe: TRUSTED_PROXIES and
    # TRUST_FORWARDED_PROTO.
    "clear_untrusted_proxy_headers": False,
    "url_scheme": "http",
    "log_socket_errors": False,
}


class Refusal(ErrorTask):
    """Answers what is not HTTP, or too large to read, as everything else is answered."""

    def execute(self) -> None:
        found = self.request.error
        status = f"{found.code} {found.reason}"
        is_large = found.code == 413
        if is_large and not self.request.path.startswith(API):
            body, kind = too_large().encode(), "text/html; charset=utf-8"
        else:
            error = errors.BodyTooLarge() if is_large else errors.Malformed(found.reason)
            body, kind = dump_json(error.to_wire()), "application/json"
        self.status = status
        self.response_headers += [("Content-Type", kind), *_headers()]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):
    """A connection that knows since when it has kept us waiting."""

    error_task_class = Refusal

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waits_since = self.answered = time.time()

    def service(self) -> None:
        """Answer one request, in a thread."""
        super().service()
        self.waits_since = self.answered = time.time()

    answered: float
    last_activity: float
    waits_since: float

    def is_waiting(self) -> bool:
        """Whether the other end has to do something before we can."""
        return not (self.requests or self.total_outbufs_len)

    def is_overdue(self, now: float) -> bool:
        """Whether the other end has had its time; to be asked every second."""
        if self.is_waiting():
            patience = IDLE_SECONDS if self.request is None else REQUEST_SECONDS
            return now - self.waits_since > patience
        self.waits_since = now
        if self.requests:
            return False
        return now - self.answered > ANSWER_SECONDS or now - self.last_activity > STALLED_SECONDS


class Bounded:
    """What our listeners do besides waitress's own."""

    channel_class = Connection
    active_channels: dict[int, Connection]

    def maintenance(self, now: float) -> None:
        """End what is overdue; called once in LOOK_EVERY seconds."""
        for connection in list(self.active_channels.values()):
            if connection.is_overdue(now):
                connection.will_close = True

    def handle_accept(self) -> None:
        """Take a connection; where there are too many, for one that does nothing."""
        if len(self.active_channels) >= CONNECTIONS:
            waiting = [one for one in self.active_channels.values() if one.is_waiting()]
            if waiting:
                min(waiting, key=lambda one: one.waits_since).handle_close()
        super().handle_accept()  # type: ignore[misc]


class TcpListener(Bounded, TcpWSGIServer):
    """At an address."""


class UnixListener(Bounded, UnixWSGIServer):
    """At a socket in the file system."""


class Front:
    """Listening sockets with all their connections, and the threads that answer.

    ``application`` is the WSGI application. Whoever has one calls ``turn`` again and again.
    """

    def __init__(self, application: Any, sockets: Sequence[socket]) -> None:
        self._threads = ThreadedTaskDispatcher()
        self._threads.set_thread_count(THREADS)
        self._connections: dict[int, Any] = {}
        self.listeners = [self._listener(application, one) for one in sockets]

    def turn(self, seconds: float = 1.0) -> None:
        """Do what there is to do; wait so long for it at most."""
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._connections, count=1)

    def take_no_more(self) -> None:
        """Leave new connections to others."""
        for listener in self.listeners:
            listener.accepting = False
            listener.del_channel()
            listener.socket.close()

    def is_busy(self) -> bool:
        """Whether an answer is being made, or waits to be fetched."""
        held = [one for here in self.listeners for one in list(here.active_channels.values())]
        return not all(connection.is_waiting() for connection in held)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(timeout=1)

    def _listener(self, application: Any, one: socket) -> TcpListener | UnixListener:
        kind = UnixListener if one.family == AF_UNIX else TcpListener
        return kind(
            application,
            self._connections,
            _sock=one,
            dispatcher=self._threads,
            adj=Adjustments(**ADJUSTMENTS),
            sockinfo=(one.family, one.type, one.proto, one.getsockname()),
            bind_socket=False,
        )


class BufferingWorker(Worker):
    """One process of gunicorn's."""

    def run(self) -> None:
        """Serve until told to stop; then answer what was asked already."""
        _allow_files(CONNECTIONS + FILES_BESIDE)
        front = Front(self.wsgi, [listening.sock for listening in self.sockets])
        while self.alive and self.ppid == os.getppid():
            self.notify()
            front.turn()
        front.take_no_more()
        end = time.monotonic() + self.cfg.graceful_timeout
        while front.is_busy() and time.monotonic() < end:
            self.notify()
            front.turn(0.1)
        front.close()


class PolicyLogger(Logger):
    """gunicorn's own lines, in the form of all others."""

    def setup(self, cfg: Any) -> None:
        """Set up as gunicorn does, then write as we do."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(PolicyFormatter())


def _headers() -> list[tuple[str, str]]:
    """What Django's middlewares would have told the browser."""
    headers = [
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", settings.X_FRAME_OPTIONS),
        ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
        ("Cache-Control", "no-store"),
    ]
    if settings.SECURE_HSTS_SECONDS:
        headers.append(("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}"))
    return headers


def _allow_files(wanted: int) -> None:
    """Raise this process's limit of open files to what it needs, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
