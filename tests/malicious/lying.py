"""A malicious operator: the real application, whose answers are rewritten on their way out."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from apps.envelope.encoding import dump_json

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = "/api/v1"


@dataclass(frozen=True)
class Asked:
    """One request, as the operator sees it; ``path`` is below /api/v1 where it is the API's."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    raw: bytes

    def is_about(self, method: str, *, start: str = "", end: str = "") -> bool:
        """Whether it is this method on a path that begins and ends so."""
        return self.method == method and self.path.startswith(start) and self.path.endswith(end)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def telling(self, value: object, *, status: str = "") -> "Answer":
        """The same answer with another body: JSON, or bytes as they are."""
        body = value if isinstance(value, bytes) else dump_json(value)
        return replace(self, body=body, status=status or self.status)


def answering(value: object, *, status: str = "200 OK", **headers: str) -> Answer:
    """An answer that the application knows nothing of; any origin may read it."""
    body = value if isinstance(value, bytes) else dump_json(value)
    allowed = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": "content-type",
        "Cache-Control": "no-store",
        "Content-Type": "application/json",
    }
    return Answer(status, allowed | {k.replace("_", "-"): v for k, v in headers.items()}, body)


PassOn = Callable[[], Answer]
Lie = Callable[[Asked, PassOn], Answer]


def honest(_asked: Asked, pass_on: PassOn) -> Answer:
    """No lie."""
    return pass_on()


@dataclass
class LyingServer:
    """Wraps the application as WSGI; keeps every request and answers as ``lie`` says."""

    application: "WSGIApplication"
    lie: Lie = honest
    asked: list[Asked] = field(default_factory=list)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        asked = _read(environ)
        self.asked.append(asked)
        answer = self.lie(asked, lambda: self._pass_on(environ, asked))
        start_response(answer.status, list(answer.headers.items()))
        return [answer.body]

    def sent(self) -> bytes:
        """All bytes that it was ever sent: lines, headers and bodies."""
        return b"\n".join(asked.raw for asked in self.asked)

    def _pass_on(self, environ: "WSGIEnvironment", asked: Asked) -> Answer:
        began: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
            began.append((status, headers))

        result = self.application(environ | {"wsgi.input": BytesIO(asked.body)}, start)
        try:
            body = b"".join(result)
        finally:
            if close := getattr(result, "close", None):
                close()
        [(status, headers)] = began
        kept = {name: value for name, value in headers if name.lower() != "content-length"}
        return Answer(status, kept, body)


def _read(environ: "WSGIEnvironment") -> Asked:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}"
    headers = [f"{name}: {environ[name]}" for name in environ if name.startswith("HTTP_")]
    return Asked(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"].removeprefix(ROOT),
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""))),
        body=body,
        raw="\n".join([line, *headers, ""]).encode() + body,
    )
