"""Work that a server may ask for before it takes a submission (docs/protocol.md §10)."""

from itertools import count

from .primitives import H


def work_done(challenge: str, id: str, nonce: int, bits: int) -> bool:
    """Whether H("work", challenge, id of the first record, nonce) begins with zero bits."""
    return int.from_bytes(H("work", challenge, id, nonce)) >> (256 - bits) == 0


def do_work(challenge: str, id: str, bits: int) -> int:
    """Return the first nonce that will do: about 2^bits hashes."""
    return next(nonce for nonce in count() if work_done(challenge, id, nonce, bits))
