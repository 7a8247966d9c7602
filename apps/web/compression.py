"""Pages of records and grants, in gzip for who asks (docs/protocol.md §10 "Compression").

Only these: of an answer that holds a secret, or an echo of what was sent, its length would tell.
"""

import gzip

from django.utils.cache import patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.web.json_pages import Page

LEAST = 8 * 1024
"""Bytes that a page has at most as it is: below, there is nothing to gain."""

# Ciphertext in base64 loses its quarter at once, and no more with more work.
LEVEL = 1


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
    """Whether Accept-Encoding names gzip itself, and does not refuse it (RFC 9110 §12.5.3)."""
    for part in accepted.split(","):
        name, _, weight = part.replace(" ", "").lower().partition(";")
        if name == "gzip":
            return weight.rstrip("0") not in {"q=", "q=0."}
    return False
