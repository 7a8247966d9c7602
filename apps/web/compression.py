"""Pages of records and grants, in gzip for who asks (docs/protocol.md §10 "Compression").

Only these: of an answer that holds a secret, or an echo of what was sent, its length would tell.
"""

import gzip
import re

from django.utils.cache import patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.web.json_pages import Page

LEAST = 8 * 1024
"""Bytes that a page has at most as it is: below, there is nothing to gain."""

# Ciphertext in base64 loses its quarter at once, and no more with more work.
LEVEL = 1

SPACE = " \t"
SOME_WEIGHT = re.compile(r"0?\.0*[1-9][0-9]*|1(\.0*)?")


def page_response(request: Request, page: Page) -> Response:
    """Return the answer that holds a page, compressed if it is large and gzip was asked for."""
    body = page.to_json()
    headers = {}
    if len(body) > LEAST and asks_for_gzip(request.headers.get("accept-encoding", "")):
        body = gzip.compress(body, LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    response = Response(body, headers=headers)
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def asks_for_gzip(accepted: str) -> bool:
    """Whether Accept-Encoding names gzip itself, and does not refuse it (RFC 9110 §12.5.3).

    A weight that cannot be read refuses: everybody reads what is not compressed.
    """
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip(SPACE) for piece in part.split(";"))
        if name == "gzip":
            return all(map(_does_not_refuse, parameters))
    return False


def _does_not_refuse(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.rstrip(SPACE) != "q" or bool(SOME_WEIGHT.fullmatch(value.lstrip(SPACE)))
