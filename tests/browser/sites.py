"""The site of somebody who embeds a form: on another origin, with a server of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Site:
    """Its address, the page that it serves, and every request that it got."""

    origin: str
    page: str = ""
    thanks: str = "<!doctype html><title>Arrived</title>"
    """What a post is answered with."""
    requests: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def posts(self) -> list[str]:
        """The bodies that were posted to it."""
        return [body for method, _, body in self.requests if method == "POST"]


@contextmanager
def serving() -> Iterator[Site]:
    site = Site("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer("GET", "")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self.answer("POST", self.rfile.read(length).decode())

        def answer(self, method: str, body: str) -> None:
            page = site.thanks if method == "POST" else site.page
            site.requests.append((method, self.path, body))
            self.send_response(200 if self.path != "/favicon.ico" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Requests are kept, not printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        site.origin = f"http://127.0.0.1:{server.server_port}"
        yield site
        server.shutdown()
