"""Shapes (``envelope.shapes``) that only a server's answers have."""

import re
from dataclasses import dataclass
from typing import Any

from ..envelope.errors import MalformedError
from ..envelope.shapes import Shape
from .days import served_time


@dataclass(frozen=True)
class Left(Shape):
    """What whoever uses it parses strictly: a record, a grant, a card, a question of a draft."""

    def read(self, value: object) -> Any:
        return value


@dataclass(frozen=True)
class Written(Shape):
    """A string of at most ``most`` characters that a regular expression matches as a whole."""

    what: str
    pattern: str
    most: int

    def read(self, value: object) -> str:
        fits = isinstance(value, str) and len(value) <= self.most
        if not fits or not re.fullmatch(self.pattern, str(value)):
            raise MalformedError(f"{self.what} has not the form that it must have")
        return str(value)


@dataclass(frozen=True)
class Time(Shape):
    """A time or a day that exists (docs/protocol.md §10, "Listing")."""

    def read(self, value: object) -> str:
        return served_time(value)


@dataclass(frozen=True)
class TimeOrNever(Time):
    """The same, or null, which is read as ""."""

    def read(self, value: object) -> str:
        return "" if value is None else served_time(value)


ANY = Left()
