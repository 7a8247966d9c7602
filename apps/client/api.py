"""HTTP with the server (docs/protocol.md §10): calls, retries, typed errors, pages."""

import ipaddress
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx

from ..envelope.encoding import dump_json, load_json, members
from ..envelope.errors import EnvelopeError
from .bounded_answers import GZIP, MAX_ANSWER, MAX_PAGE, read_answer
from .credentials import ApiKey
from .errors import (
    ApiError,
    ApiRefused,
    ApiUnavailable,
    NotSealform,
    UsageError,
    VerificationError,
    verifying,
)

ROOT = "/api/v1"
# https, so that no deployment redirects us; a transport without an address looks at the path.
NOWHERE = "https://in-process"
NAME_ONE = "pass the server's address with --api-url"
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
ATTEMPTS = 4
LONGEST_WAIT = 60.0
PAGE = 500
MOST_EMPTY = 8
BUSY = {429, 503}
BROKEN_GATEWAY = {502, 504}
FAULT = 500

Shape = Iterable[str]


class Api:
    """One server, as one client calls it.

    ``url`` is the server's address; it may be "" where ``transport`` leads to a server all the
    same, as to one in this process. Plain http is for loopback only, unless
    $SEALFORM_ALLOW_HTTP is set or ``allow_http`` is true.
    """

    def __init__(
        self,
        *,
        url: str,
        key: ApiKey | None = None,
        transport: httpx.BaseTransport | None = None,
        allow_http: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/").removesuffix(ROOT)
        if self.url:
            check_address(self.url, allow_http or bool(os.environ.get("SEALFORM_ALLOW_HTTP")))
        elif transport is None:
            raise UsageError("no server is named, and none is here", hint=NAME_ONE)
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=(self.url or NOWHERE) + ROOT,
            auth=(key.id, key.secret) if key else None,
            headers={
                "accept": "application/json",
                "accept-encoding": "identity",  # httpx would ask for more, and inflate it all
                "user-agent": "sealform-client",
            },
            timeout=TIMEOUT,
            transport=transport,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(
        self, path: str, answer: Shape, optional: Shape = (), **params: str | int
    ) -> dict[str, Any]:
        """GET below /api/v1 and return an object with exactly the members ``answer``.

        It may have those of ``optional`` too. Parameters that are "" are left out.
        Raises ApiError, VerificationError.
        """
        return shaped(self._call("GET", path, params=given(params)), answer, path, optional)

    def post(
        self, path: str, body: object, answer: Shape, *, idempotent: bool = True
    ) -> dict[str, Any]:
        """POST; ``idempotent`` is false where the same request twice is not the same."""
        raw = self._call("POST", path, content=dump_json(body), idempotent=idempotent)
        return shaped(raw, answer, path)

    def put(self, path: str, body: object, answer: Shape) -> dict[str, Any]:
        """PUT; the same bytes again are the same."""
        return shaped(self._call("PUT", path, content=dump_json(body)), answer, path)

    def pages(self, path: str, **params: str | int) -> Iterator[list[Any]]:
        """Yield the items of a list, page by page."""
        after, empty = "", 0
        while True:
            asked = given({**params, "after": after, "limit": PAGE})
            raw = self._call("GET", path, params=asked, page=True)
            answer = shaped(raw, ("items", "next", "more"), path)
            items, last = listed(answer["items"], path), after
            yield items
            if answer["more"] is not True:
                return
            after, empty = str(answer["next"]), 0 if items else empty + 1
            check_progress(after, last, empty)

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str | int] | None = None,
        content: bytes | None = None,
        idempotent: bool = True,
        page: bool = False,
    ) -> bytes:
        headers = {"content-type": "application/json"} if content is not None else {}
        if page and self.url:  # in this process there is nothing to be saved
            headers["accept-encoding"] = GZIP
        request = self._http.build_request(
            method, path, params=params, content=content, headers=headers
        )
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                response, body = self._send(request, page=page)
            except httpx.HTTPError as error:
                if last or not (idempotent or isinstance(error, httpx.ConnectError)):
                    raise self._unreachable(error) from error
                self._sleep(backoff(attempt))
                continue
            if last or not self._worth_another(response, idempotent=idempotent):
                return self._read(response, body)
            self._sleep(asked_to_wait(response) or backoff(attempt))
        raise AssertionError("the loop returns or raises")

    def _worth_another(self, response: httpx.Response, *, idempotent: bool) -> bool:
        if response.status_code in BUSY:
            return (asked_to_wait(response) or 0.0) <= LONGEST_WAIT
        return idempotent and response.status_code in BROKEN_GATEWAY

    def _send(self, request: httpx.Request, *, page: bool) -> tuple[httpx.Response, bytes]:
        response = self._http.send(request, stream=True)
        try:
            asked = request.headers["accept-encoding"] == GZIP
            most = MAX_PAGE if page else MAX_ANSWER
            return response, read_answer(response, most=most, gzip=asked)
        finally:
            response.close()

    def _read(self, response: httpx.Response, body: bytes) -> bytes:
        if response.is_success:
            return body
        raise self._refusal(response, body)

    def _refusal(self, response: httpx.Response, body: bytes) -> ApiError:
        status, path = response.status_code, response.request.url.path
        said = refused(body, status)
        if status >= FAULT or status in BUSY:
            what = f": {said}" if said else ", and not as an API"
            return ApiUnavailable(
                f"the server answered {status} to {path}{what}",
                hint="try again later; if that lasts, its operator has to look",
            )
        return said or NotSealform(
            f"the server answered {status} to {path}, and not as an API",
            hint="is the API URL that of a Sealform server?",
        )

    def _unreachable(self, error: httpx.HTTPError) -> ApiUnavailable:
        return ApiUnavailable(
            f"{self.url} does not answer: {error}",
            hint="is the API URL right and the server running? trying again is safe",
        )


def refused(body: bytes, status: int) -> ApiRefused | None:
    """Return the error of the catalogue that a body holds, None if it holds none."""
    try:
        error = load_json(body)["error"]
        return ApiRefused(
            str(error["message"]), code=str(error["code"]), status=status, hint=str(error["hint"])
        )
    except (EnvelopeError, LookupError, TypeError):
        return None


def check_address(url: str, allow_http: bool) -> None:
    """Refuse a URL over which others could listen."""
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageError(f"the API URL cannot be read: {error}") from error
    if address.scheme not in {"http", "https"} or not address.host:
        raise UsageError("the API URL must begin with https://", hint="https://forms.example.org")
    if address.userinfo:
        raise UsageError(
            "the API URL must not hold a user name or a password",
            hint="the API key comes from the credentials; leave out what stands before the @",
        )
    if address.scheme == "http" and not (allow_http or is_loopback(address.host)):
        raise UsageError(
            "the API URL is not https: the API key would travel in the clear",
            hint="use https://, or set SEALFORM_ALLOW_HTTP=1 in a network that you trust",
        )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def given(params: dict[str, str | int]) -> dict[str, str | int]:
    """Return the parameters without those that are ""."""
    return {name: value for name, value in params.items() if value != ""}


def shaped(raw: bytes, answer: Shape, path: str, optional: Shape = ()) -> dict[str, Any]:
    """Parse an answer: canonical JSON, an object with exactly these members."""
    with verifying(f"the answer of {path}"):
        return members(load_json(raw), answer, "it", optional)


def listed(value: object, path: str) -> list[Any]:
    """Return a list that an answer holds; raises VerificationError for anything else."""
    if not isinstance(value, list):
        raise VerificationError(f"the answer of {path} holds no list", code="malformed")
    return value


def check_progress(after: str, last: str, empty: int) -> None:
    """Refuse a list that says it goes on, and does not: it would never end.

    ``empty`` pages in a row had no items. A few may: what they had to show was deleted.
    """
    if after == last or empty > MOST_EMPTY:
        raise VerificationError("the server pages without end", code="malformed")


def backoff(attempt: int) -> float:
    """Return seconds to wait after the nth failure: about 0.5, 1, 2, spread at random."""
    return 0.25 * (1 << attempt) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def asked_to_wait(response: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After header, if there is one that is a number."""
    value = str(response.headers.get("retry-after", ""))
    return float(value) if value.isascii() and value.isdigit() else None
