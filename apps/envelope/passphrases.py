"""The secret of a passphrase slot (docs/protocol.md §4): Argon2id, version 0x13 (RFC 9106).

What it may cost is looked at before anything is computed: the numbers stand in a file that
somebody else may have written.
"""

import re
from typing import NamedTuple
from unicodedata import normalize

from .encoding import MAX_INT
from .errors import LimitError, MalformedError
from .primitives import argon2id, random
from .seen import WHITE

SALT = 16
MIB = 1024
LEAST_MEMORY, MOST_MEMORY = 19 * MIB, 256 * MIB
LEAST_PASSES, MOST_PASSES = 2, 16
MOST_WORK = 1024 * MIB
MOST_BYTES = 1024
RUNS = re.compile(f"[{WHITE}]+")


class Cost(NamedTuple):
    """What one guess costs: ``memory`` in KiB and how many passes over it."""

    memory: int
    passes: int


USUAL = Cost(64 * MIB, 3)
"""What new slots ask for: a fraction of a second, on phones too."""


def check_cost(cost: Cost) -> Cost:
    """Return a cost within the bounds, else raise LimitError; nothing is computed."""
    for value in cost:
        if type(value) is not int or not 0 <= value <= MAX_INT:
            raise MalformedError("the cost of a passphrase is two integers")
    memory, passes = cost
    if not (
        LEAST_MEMORY <= memory <= MOST_MEMORY
        and LEAST_PASSES <= passes <= MOST_PASSES
        and memory * passes <= MOST_WORK
    ):
        raise LimitError("the cost of a passphrase slot is outside the bounds")
    return cost


def new_salt() -> bytes:
    """Return 16 random bytes."""
    return random(SALT)


def prepared(passphrase: object) -> bytes:
    """Return what is hashed: NFKC, no white space at the ends, one space for each run of it.

    Raises MalformedError for an empty one, one with a lone surrogate, or above 1,024 bytes.
    """
    if not isinstance(passphrase, str):
        raise MalformedError("a passphrase is a text")
    text = RUNS.sub(" ", normalize("NFKC", passphrase)).strip(" ")
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise MalformedError("a passphrase is well-formed text") from error
    if not raw:
        raise MalformedError("a passphrase is not empty")
    if len(raw) > MOST_BYTES:
        raise MalformedError(f"a passphrase has at most {MOST_BYTES:,} bytes")
    return raw


def passphrase_secret(passphrase: object, salt: bytes, cost: Cost) -> bytes:
    """Return the 32 bytes that a passphrase gives under this salt (16 bytes) and cost.

    Raises MalformedError and LimitError, both before anything is computed.
    """
    check_cost(cost)
    if len(salt) != SALT:
        raise MalformedError("the salt of a passphrase has 16 bytes")
    return argon2id(prepared(passphrase), salt, cost.memory, cost.passes)
