"""The application as it is served, with a log of all that is asked of it but the bodies."""

import sys
from typing import TYPE_CHECKING

from config.wsgi import application as quiet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """Write the request's line and headers to the server's log, then answer it."""
    headers = [f"{name}: {value}" for name, value in environ.items() if name.startswith("HTTP_")]
    line = [environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")]
    print(*line, *headers, file=sys.stderr, flush=True)
    return quiet(environ, start_response)
