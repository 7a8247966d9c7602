"""Codes that people copy from paper, with a check in each row (docs/protocol.md §4)."""

from base64 import b32decode, b32encode

from .errors import MalformedError
from .primitives import KEY, H
from .seen import pasted

RECOVERY, FETCH = "recovery", "fetch"
ROWS = 4
ROW_BYTES = KEY // ROWS
CHECK = 2
ROW_CHARACTERS = 16
GROUP = 4
CHARACTERS = ROWS * ROW_CHARACTERS


def show_code(kind: str, secret: bytes) -> list[str]:
    """Return 32 bytes as four rows of four groups of four characters, A-Z and 2-7."""
    parts = (secret[i : i + ROW_BYTES] for i in range(0, KEY, ROW_BYTES))
    return [_row(kind, number, part) for number, part in enumerate(parts, start=1)]


def read_code(kind: str, shown: object) -> bytes:
    """Return the 32 bytes of a code that people typed or pasted, in one line or in several.

    Case, spaces, hyphens and what nobody sees do not matter. Raises MalformedError, which names
    the row that is wrong and never shows it.
    """
    characters = pasted(shown).replace("-", "") if isinstance(shown, str) else ""
    if not characters.isascii():  # upper() would turn a long s into S
        raise MalformedError("a code is made of the letters A-Z and the digits 2-7")
    characters = characters.upper()
    if len(characters) != CHARACTERS:
        raise MalformedError(
            f"a {kind} code has {ROWS} rows of {ROW_CHARACTERS} characters; "
            f"these are {len(characters)} instead of {CHARACTERS}"
        )
    rows = (characters[i : i + ROW_CHARACTERS] for i in range(0, CHARACTERS, ROW_CHARACTERS))
    return b"".join(_read_row(kind, number, row) for number, row in enumerate(rows, start=1))


def _row(kind: str, number: int, part: bytes) -> str:
    characters = b32encode(part + _check(kind, number, part)).decode()
    return "-".join(characters[i : i + GROUP] for i in range(0, ROW_CHARACTERS, GROUP))


def _read_row(kind: str, number: int, characters: str) -> bytes:
    try:
        data = b32decode(characters)
    except ValueError as error:
        raise MalformedError(
            f"row {number} of the {kind} code has a character that is not A-Z or 2-7"
        ) from error
    part = data[:ROW_BYTES]
    if data[ROW_BYTES:] != _check(kind, number, part):
        raise MalformedError(
            f"row {number} of the {kind} code is mistyped, or of another code: compare it again"
        )
    return part


def _check(kind: str, number: int, part: bytes) -> bytes:
    return H("code", kind, number, part)[:CHECK]
