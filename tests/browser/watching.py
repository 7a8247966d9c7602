"""Everything that leaves a page, and the search in it for what was typed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from playwright.sync_api import BrowserContext, Page, Request, WebSocket

from tests.end_to_end.canaries import encodings

SHORTEST = 6  # characters: less is found in anything


@dataclass
class Watch:
    """Requests of all pages of a context: their addresses, headers and bodies; and consoles."""

    context: BrowserContext
    sent: list[bytes] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("request", self._request)
        self.context.on("console", lambda message: self.console.append(message.text))
        self.context.on("page", self._page)
        for page in self.context.pages:
            self._page(page)

    def _page(self, page: Page) -> None:
        page.on("websocket", self._socket)

    def _request(self, request: Request) -> None:
        headers = repr(request.headers)
        self.sent += [f"{request.url} {headers}".encode(), request.post_data_buffer or b""]

    def _socket(self, socket: WebSocket) -> None:
        self.sent.append(socket.url.encode())
        socket.on("framesent", lambda frame: self.sent.append(_raw(frame)))

    def found(self, typed: Iterable[object], *more: str) -> list[str]:
        """What of it is in a request, in the console, or in one of these further texts."""
        places = [*self.sent, *(text.encode() for text in (*self.console, *more))]
        return [
            canary
            for canary in canaries(typed)
            if any(shape in place for shape in shapes(canary) for place in places)
        ]


def canaries(typed: Iterable[object]) -> list[str]:
    """The answers that are long enough to be told from anything else."""
    texts = [text for text in typed if isinstance(text, str)]
    return [line for text in texts for line in text.splitlines() if len(line) >= SHORTEST]


def shapes(canary: str) -> list[bytes]:
    """How it may have been written down, in addresses and the bodies of forms too."""
    written = [quote(canary), quote(canary, safe=""), quote_plus(canary), json.dumps(canary)[1:-1]]
    return [shape for _, shape in encodings(canary)] + [one.encode() for one in written]


def _raw(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame
