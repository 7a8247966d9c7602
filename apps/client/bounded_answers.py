"""The body of an answer, never more of it than a server may send (docs/protocol.md §10).

A page that is compressed is counted while it is inflated: a few kilobytes could become gigabytes.
"""

import time
import zlib
from collections.abc import Iterator

import httpx

from .errors import VerificationError

PLAIN = {"", "identity"}
GZIP = "gzip"


def read_answer(response: httpx.Response, *, most: int, gzip: bool, deadline: float) -> bytes:
    """Return an answer's body of at most ``most`` bytes; ``gzip`` says whether that was asked for.

    ``deadline`` is when it must have come, by ``time.monotonic``. Raises VerificationError: for
    more (``limit``), for an encoding that was not asked for or is damaged (``malformed``);
    httpx.HTTPError where the connection breaks or time is up.
    """
    if response.is_stream_consumed:  # a transport has read, and inflated, it already
        return _counted(iter([response.content]), most)
    encoding = response.headers.get("content-encoding", "").lower()
    chunks = _in_time(response.iter_raw(), deadline)
    if encoding in PLAIN:
        return _counted(chunks, most)
    if encoding == GZIP and gzip:
        return _counted(_inflated(chunks, most), most)
    raise VerificationError(
        "the server answers in an encoding that was not asked for", code="malformed"
    )


def _in_time(chunks: Iterator[bytes], deadline: float) -> Iterator[bytes]:
    for chunk in chunks:
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer took longer than it may as a whole")
        yield chunk


def _counted(chunks: Iterator[bytes], most: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        check_bound(len(body), most)
    return bytes(body)


def _inflated(chunks: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Yield what is in one gzip stream, at most one byte too many of each chunk.

    What comes is counted, too: a stream may be long and hold nothing.
    """
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    came = 0
    try:
        for chunk in chunks:
            came += len(chunk)
            check_bound(came, most)
            if chunk and inflater.eof:
                break
            yield inflater.decompress(chunk, most + 1)
            if inflater.unused_data:
                break
        else:
            if inflater.eof:
                return
    except zlib.error as error:
        raise VerificationError(f"an answer is no gzip: {error}", code="malformed") from error
    raise VerificationError("an answer is not one whole gzip stream", code="malformed")


def check_bound(length: int, most: int) -> None:
    """Refuse an answer of which more has come than an honest server sends."""
    if length > most:
        raise VerificationError(
            f"the server answers with more than {most:,} bytes",
            code="limit",
            hint="no honest server does: ask who runs it",
        )
