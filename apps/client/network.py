"""The way to a server over the network, on which one request never takes longer than it may.

httpx bounds each read and each write. A server that sends a byte now and then, of a head, of an
interim answer (1xx) or of a body, would hold a client for ever: so every read also ends when the
time of the whole request does.
"""

import ssl
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

import httpcore
import httpx

from .errors import UsageError
from .server_address import is_loopback

DEADLINE = "deadline"
"""The extension of a request that says when it must be over, by ``time.monotonic``."""
PROXY = "https_proxy may name one that begins with http://, no_proxy a server without any"
IDLE_SECONDS = 5.0
"""How long a connection is kept for another request."""


class Deadline(threading.local):
    """When the request of this thread must be over."""

    at = inf

    def left(self, timeout: float | None) -> float:
        """Return how long something may take; raises httpcore.ReadTimeout when time is up."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the request took longer than it may as a whole")
        return left if timeout is None else min(timeout, left)


class TimedStream(httpcore.NetworkStream):
    """A connection whose reads and writes end with the request."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, at most ``max_bytes``."""
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on encrypted."""
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return what the connection knows of itself."""
        return self._stream.get_extra_info(info)


class TimedBackend(httpcore.NetworkBackend):
    """Opens connections that end with the request."""

    def __init__(self, deadline: Deadline) -> None:
        self._backend = httpcore.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection."""
        left = self._deadline.left(timeout)
        stream = self._backend.connect_tcp(host, port, left, local_address, socket_options)
        return TimedStream(stream, self._deadline)


class NetworkTransport(httpx.BaseTransport):
    """Sends requests to the server at ``url``, by the proxy that the environment names for it.

    ``context`` says whose certificates are believed, unless those that the machine believes are.
    """

    def __init__(self, url: str, *, context: ssl.SSLContext | None = None) -> None:
        self._deadline = Deadline()
        common: dict[str, Any] = {
            "ssl_context": context or httpx.create_ssl_context(),
            "network_backend": TimedBackend(self._deadline),
            "keepalive_expiry": IDLE_SECONDS,
        }
        proxy = proxy_for(url)
        self._pool = (
            httpcore.HTTPProxy(str(proxy.url), proxy_auth=proxy.raw_auth, **common)
            if proxy
            else httpcore.ConnectionPool(**common)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises httpx.TransportError, ConnectError where it never arrived."""
        self._deadline.at = request.extensions.get(DEADLINE, inf)
        url = request.url
        with translated():
            response = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            status_code=response.status, headers=response.headers, stream=Body(response)
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class Body(httpx.SyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with translated():
            yield from self._response.iter_stream()

    def close(self) -> None:
        """Give the connection back, or close it where something is left."""
        with translated():
            self._response.close()


@contextmanager
def translated() -> Iterator[None]:
    """Raise what httpcore says as what httpx says."""
    try:
        yield
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise httpx.ConnectError(str(error)) from error
    except httpcore.ProtocolError as error:
        raise httpx.RemoteProtocolError(str(error) or type(error).__name__) from error
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise httpx.TransportError(str(error) or type(error).__name__) from error


def proxy_for(url: str) -> httpx.Proxy | None:
    """Return the proxy that the environment names for an address; none for this very machine.

    Raises UsageError for a kind of proxy that cannot be used.
    """
    address = httpx.URL(url)
    if is_loopback(address.host) or urllib.request.proxy_bypass(address.host):
        return None
    proxies = urllib.request.getproxies()
    named = proxies.get(address.scheme) or proxies.get("all")
    if not named:
        return None
    try:
        proxy = httpx.Proxy(named if "://" in named else f"http://{named}")
    except (httpx.InvalidURL, ValueError) as error:
        raise UsageError(f"the proxy in the environment is none: {error}", hint=PROXY) from error
    if proxy.url.scheme not in {"http", "https"}:
        raise UsageError(f"proxies of the kind {proxy.url.scheme} cannot be used", hint=PROXY)
    return proxy
