"""Patterns: the regular expressions that mean the same everywhere (docs/protocol.md §8).

Anybody can send a pattern in a manifest, and any value to match. So a pattern is read here
by its own grammar, of which engines know far more, and is written anew for RE2, whose time is
linear in the value; what RE2 is given is made of code points and means one thing.
"""

import re
from functools import lru_cache
from typing import Protocol

import re2

from . import encoding
from .errors import MalformedError

MAX_PATTERN = 256
MAX_DEPTH = 8
MAX_COUNT = 100

SPECIAL = frozenset("\\^$.*+?()[]{}|/")
SPECIAL_IN_CLASS = SPECIAL | {"-"}
DIGITS = "0-9"
NUMBER = r"(0|[1-9][0-9]{0,2})"
COUNT = re.compile(rf"[?*+]|\{{{NUMBER}(,{NUMBER}?)?\}}")

# 256 code points make at most some 45,000 instructions: room enough to never run out.
OPTIONS = re2.Options()
OPTIONS.max_mem = 64 * 1024 * 1024
OPTIONS.log_errors = False


def matches(pattern: str, value: str) -> bool:
    """Whether the pattern matches the whole value; raises MalformedError if it is none."""
    return _compiled(check_pattern(pattern)).fullmatch(value) is not None


def check_pattern(value: object) -> str:
    """Return a pattern of 1 to 256 code points that follows the grammar."""
    pattern = encoding.text(value, "pattern", MAX_PATTERN, 1)
    _compiled(pattern)
    return pattern


class _Matcher(Protocol):
    def fullmatch(self, text: str) -> object: ...


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> _Matcher:
    matcher: _Matcher = re2.compile(_Reader(pattern).read(), OPTIONS)
    return matcher


class _Reader:
    """Reads a pattern from left to right and writes the same for RE2."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def read(self) -> str:
        written = self._alternatives()
        if self._at != len(self._pattern):
            raise self._refused("it has a ) or } that nothing opened")
        return written

    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _skip(self, character: str) -> bool:
        if self._next() != character:
            return False
        self._at += 1
        return True

    def _refused(self, why: str) -> MalformedError:
        return MalformedError(f"not a pattern: {why}, at character {self._at + 1}")

    def _alternatives(self) -> str:
        written = [self._sequence()]
        while self._skip("|"):
            written.append(self._sequence())
        return "|".join(written)

    def _sequence(self) -> str:
        items = []
        while self._next() not in ("", "|", ")"):
            items.append(self._group() if self._skip("(") else self._one() + self._count())
        return "".join(items)

    def _group(self) -> str:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._refused(f"groups nest at most {MAX_DEPTH} deep")
        inner = self._alternatives()
        if not self._skip(")"):
            raise self._refused("a group does not end")
        self._depth -= 1
        return f"(?:{inner})" + ("?" if self._skip("?") else "")

    def _one(self) -> str:
        if self._skip("["):
            return self._class()
        one = self._character(SPECIAL)
        return f"[{one}]" if one == DIGITS else one

    def _count(self) -> str:
        found = COUNT.match(self._pattern, self._at)
        if not found:
            return ""
        least, comma, most = found[1], found[2], found[3]
        if least is not None:
            self._check_count(int(least), int(most) if most else None, comma)
        self._at = found.end()
        return found[0]

    def _check_count(self, least: int, most: int | None, comma: str | None) -> None:
        top = most if most is not None else least
        if top > MAX_COUNT or least > top or (top == 0 and (comma is None or most == 0)):
            raise self._refused(f"a count goes up, from 0 to 1 at least and {MAX_COUNT} at most")

    def _class(self) -> str:
        written = ["[^" if self._skip("^") else "["]
        while not self._skip("]"):
            first = self._character(SPECIAL_IN_CLASS)
            written.append(first)
            if self._skip("-"):
                last = self._character(SPECIAL_IN_CLASS)
                if DIGITS in (first, last) or _code(first) > _code(last):
                    raise self._refused("a range goes from a character to a later one")
                written.append(f"-{last}")
        if len(written) == 1:
            raise self._refused("a class is empty")
        return "".join(written) + "]"

    def _character(self, special: frozenset[str]) -> str:
        """Read one character that stands for itself or is escaped, or ``\\d``."""
        if self._skip("\\"):
            if self._skip("d"):
                return DIGITS
            allowed = self._next() in special
        else:
            allowed = self._next() >= " " and self._next() not in special | {"\x7f"}
        if not allowed:  # the end of the pattern neither
            raise self._refused("no character that may stand here")
        self._at += 1
        return f"\\x{{{ord(self._pattern[self._at - 1]):X}}}"


def _code(written: str) -> int:
    return int(written[3:-1], 16)
