"""HTTP with the server (docs/protocol.md §10): calls, retries, typed errors, pages."""

import random
import re
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from ..envelope.encoding import dump_json, load_json
from ..envelope.errors import EnvelopeError
from ..envelope.key_files import ApiKey
from . import endpoints
from .bounded_answers import GZIP, read_answer
from .endpoints import Endpoint
from .errors import (
    ApiError,
    ApiRefused,
    ApiUnavailable,
    NotSealform,
    UsageError,
    VerificationError,
)
from .network import DEADLINE, NetworkTransport
from .quoting import plain, server_says
from .server_address import ROOT, read_address

# https, so that no deployment redirects us; a transport without an address looks at the path.
NOWHERE = "https://in-process"
NAME_ONE = "pass the server's address with --api-url"
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
# How often a call is made that fails, and for how long it goes on where the server says when to
# come again: seconds at once, and in all.
ATTEMPTS = 4
LONGEST_WAIT = 60.0
LONGEST_IN_ALL = 180.0
MOST_ATTEMPTS = 20
SHORTEST_WAIT = 0.5
PAGE = endpoints.MAX_ITEMS
MOST_STALE = 8
BUSY = {429, 503}
BROKEN_GATEWAY = {502, 504}
FAULT = 500
JSON = "application/json"
REDIRECTS = range(300, 400)
CODE = re.compile("[a-z][a-z0-9_]{0,63}")
NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])
# What a transport may raise when the other side says what no HTTP is, or names what no address is.
BROKEN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)


class News:
    """How many new things a listing has brought, as whoever reads it counts them."""

    count = 0


class Api:
    """One server, as one client calls it.

    ``url`` is the server's address; it may be "" where ``transport`` leads to a server all the
    same, as to one in this process; ``allow_http`` is for networks that one trusts. No cookie is
    kept or sent, no redirect is followed, and only errors of this package leave it.
    """

    def __init__(
        self,
        *,
        url: str,
        key: ApiKey | None = None,
        transport: httpx.BaseTransport | None = None,
        allow_http: bool = False,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.url = read_address(url, allow_http=allow_http)
        if not self.url and transport is None:
            raise UsageError("no server is named, and none is here", hint=NAME_ONE)
        self._sleep = sleep or time.sleep
        self._auth = httpx.BasicAuth(key.id, key.secret) if key else None
        self._http = httpx.Client(
            base_url=(self.url or NOWHERE) + ROOT,
            cookies=CookieJar(NO_COOKIES),
            headers={
                "accept": JSON,
                "accept-encoding": "identity",  # httpx would ask for more, and inflate it all
                "user-agent": "sealform-client",
            },
            timeout=TIMEOUT,
            transport=transport or NetworkTransport(self.url),
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(
        self, endpoint: Endpoint, *ids: str, body: object = None, **params: str | int
    ) -> dict[str, Any]:
        """Make one request and return what its answer means, which has the endpoint's shape.

        ``ids`` stand in the path; parameters that are "" are left out.
        Raises ApiError, VerificationError.
        """
        path = endpoint.path.format(*ids)
        content = None if body is None else dump_json(body)
        request = self._http.build_request(
            endpoint.method,
            path,
            params={name: value for name, value in params.items() if value != ""},
            content=content,
            headers={"content-type": "application/json"} if content is not None else {},
        )
        if endpoint.paged and self.url:  # in this process there is nothing to be saved
            request.headers["accept-encoding"] = GZIP
        return endpoint.read(self._exchanged(endpoint, request), path)

    def pages(self, endpoint: Endpoint, news: News, **params: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the items of a list, page by page; what is asked stands in the body of a POST.

        Whoever reads it adds to ``news`` what a page brings that no page before did: too many that
        bring nothing, or a cursor that stays, are no honest list. Raises VerificationError then.
        """
        after, stale = "", 0
        while True:
            asked = {**params, "after": after, "limit": PAGE}
            if endpoint.method == "POST":
                answer = self.call(endpoint, body=asked)
            else:
                answer = self.call(endpoint, **asked)
            before, last = news.count, after
            yield answer["items"]
            if not answer["more"]:
                return
            after = answer["next"]
            stale = stale + 1 if news.count == before else 0
            check_progress(after, last, stale)

    def _exchanged(self, endpoint: Endpoint, request: httpx.Request) -> bytes:
        """Send a request, again where that may help; return the body of the answer."""
        waited, attempt = 0.0, 0
        while True:
            attempt += 1
            deadline = time.monotonic() + endpoint.seconds
            try:
                response, body = self._send(endpoint, request, deadline)
            except BROKEN as error:
                again = endpoint.idempotent or isinstance(error, httpx.ConnectError)
                if attempt >= ATTEMPTS or not again or time.monotonic() > deadline:
                    raise self._unreachable(error) from error
                wait = backoff(attempt)
            else:
                if response.is_success:
                    check_is_json(response)
                    return body
                asked = wait_before_another(endpoint, response, attempt)
                if asked is None or waited + asked > LONGEST_IN_ALL:
                    raise self._refusal(response, body)
                wait = asked
            self._sleep(wait)
            waited += wait

    def _send(
        self, endpoint: Endpoint, request: httpx.Request, deadline: float
    ) -> tuple[httpx.Response, bytes]:
        request.extensions[DEADLINE] = deadline
        response = self._http.send(
            request, stream=True, auth=None if endpoint.public else self._auth
        )
        try:
            asked = request.headers["accept-encoding"] == GZIP
            most = endpoint.most if response.is_success else endpoints.SMALL
            return response, read_answer(response, most=most, gzip=asked, deadline=deadline)
        except VerificationError:
            if response.is_success:
                raise
            return response, b""  # a long page of some proxy says no more than its status
        finally:
            response.close()

    def _refusal(self, response: httpx.Response, body: bytes) -> ApiError:
        status, path = response.status_code, response.request.url.path
        said = refused(body, status)
        if status >= FAULT or status in BUSY:
            what = f"; {said}" if said else ", and not as an API"
            return ApiUnavailable(
                f"the server answered {status} to {path}{what}",
                hint="try again later; if that lasts, its operator has to look",
            )
        if said:
            return said
        if status in REDIRECTS:
            where = server_says(str(response.headers.get("location", "")))
            return NotSealform(
                f"the server sends this client elsewhere, where it does not go; {where}",
                hint="is the API URL complete, and https where the server is?",
            )
        return NotSealform(
            f"the server answered {status} to {path}, and not as an API",
            hint="is the API URL that of a Sealform server?",
        )

    def _unreachable(self, error: Exception) -> ApiUnavailable:
        return ApiUnavailable(
            f"{self.url} does not answer: {plain(str(error))[:300] or type(error).__name__}",
            hint=f"{self._other_scheme(error)}is the API URL right and the server running? "
            "trying again is safe",
        )

    def _other_scheme(self, error: Exception) -> str:
        """Return a guess where somebody answered, but in another language than the URL says."""
        if "WRONG_VERSION_NUMBER" in str(error) or "record layer failure" in str(error).lower():
            return "what answers there speaks http and not https; "
        if self.url.startswith("http://") and isinstance(error, httpx.RemoteProtocolError):
            return "does it speak https there? then write https://; "
        return ""


def refused(body: bytes, status: int) -> ApiRefused | None:
    """Return the error of the catalogue that a body holds, None if it holds none.

    Its words are the server's: they are quoted, escaped and cut short.
    """
    try:
        error = load_json(body)["error"]
        code, message, hint = error["code"], error["message"], error["hint"]
    except (EnvelopeError, LookupError, TypeError):
        return None
    if not all(isinstance(one, str) for one in (code, message, hint)) or not CODE.fullmatch(code):
        return None
    said = server_says(message) or "the server refuses"
    return ApiRefused(said, code=code, status=status, hint=server_says(hint))


def check_is_json(response: httpx.Response) -> None:
    """Refuse what says that it is no JSON, as a page does where people log in to a network."""
    kind = str(response.headers.get("content-type", JSON)).partition(";")[0].strip().lower()
    if kind != JSON:
        raise NotSealform(
            f"{response.request.url.path} is answered with {plain(kind)[:80]}, and not with JSON",
            hint="is the API URL that of a Sealform server? a network may ask you to log in first",
        )


def check_progress(after: str, last: str, stale: int) -> None:
    """Refuse a list that says it goes on, and does not: it would never end.

    ``stale`` pages in a row brought nothing new. A few may: what they had to show was deleted.
    """
    if after == last or stale > MOST_STALE:
        raise VerificationError("the server pages without end", code="malformed")


def backoff(attempt: int) -> float:
    """Return seconds to wait after the nth failure: about 0.5, 1, 2, spread at random."""
    return 0.25 * (1 << attempt) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def wait_before_another(endpoint: Endpoint, response: httpx.Response, attempt: int) -> float | None:
    """Return the seconds after which another attempt may help, None if none does.

    Where the server says when, more attempts are made, as long as all waiting has a bound.
    """
    if response.status_code in BUSY:
        asked = asked_to_wait(response)
        if asked is None:
            return backoff(attempt) if attempt < ATTEMPTS else None
        worth = asked <= LONGEST_WAIT and attempt < MOST_ATTEMPTS
        return max(asked, SHORTEST_WAIT) if worth else None
    if endpoint.idempotent and response.status_code in BROKEN_GATEWAY and attempt < ATTEMPTS:
        return backoff(attempt)
    return None


def asked_to_wait(response: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After header: a number of them, or a date; None for neither.

    A date is compared with the answer's own, where it has one: clocks differ.
    """
    value = str(response.headers.get("retry-after", "")).strip()
    if re.fullmatch("[0-9]{1,9}", value, re.ASCII):
        return float(value)
    until = read_date(value)
    if until is None:
        return None
    return max(0.0, until - (read_date(str(response.headers.get("date", ""))) or time.time()))


def read_date(text: str) -> float | None:
    """Return an HTTP date in seconds since 1970, None for what is none."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
