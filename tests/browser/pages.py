"""JavaScript of the tests in an empty page of a real browser."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from playwright.sync_api import Error, Page, Route

from tests.tools.browsers import BrowserPage

ROOT = Path(__file__).parents[2]


def bundled(entry: str) -> str:
    """Return a module and what it imports as one classic script."""
    command = ["node_modules/.bin/esbuild", entry, "--bundle", "--format=iife", "--target=es2022"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>empty</title>")

    def log_message(self, format: str, *args: object) -> None:
        """Tests print what they have to say themselves."""


@contextmanager
def empty_page() -> Iterator[str]:
    """Serve an empty page on the loopback, which browsers trust as they trust https."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Empty) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def held(page: Page, address: str) -> Iterator[None]:
    """Neither answer nor refuse what the page asks there, until the block ends.

    A request that nobody ever ends is complained of in some later test.
    """
    requests: list[Route] = []
    page.route(address, lambda route: requests.append(route))
    yield
    page.unroute(address)
    for request in requests:
        with suppress(Error):  # its page may have gone
            request.abort()


def run_in(page: BrowserPage, entry: str) -> None:
    """Run a module in the page that is open; it leaves behind what it sets on globalThis."""
    page.evaluate("(source) => void (0, eval)(source)", bundled(entry))
