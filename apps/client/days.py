"""Days that people write, in seconds since 1970, and times that the server says; all in UTC."""

import re
from datetime import UTC, date, datetime, time

from ..envelope.errors import MalformedError
from .errors import UsageError

LAST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
SERVED = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", re.ASCII)


def read_day(text: str) -> date:
    """Read a day as people write it; raises UsageError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day like 2027-12-31") from error


def end_of(day: date) -> int:
    """Return the last second of a day."""
    return int(datetime.combine(day, time(23, 59, 59), UTC).timestamp())


def served_time(value: object) -> str:
    """Return an RFC 3339 time or a date of the server's (docs/protocol.md §10), as it is."""
    try:
        if isinstance(value, str) and SERVED.fullmatch(value):
            datetime.fromisoformat(value)  # a day that the calendar has
            return value
    except ValueError:
        pass
    raise MalformedError("a time of the server's is not a time")


def show_day(seconds: int) -> str:
    """Return the day of a time, like 2026-12-31; at most the last one that has four digits."""
    return datetime.fromtimestamp(min(seconds, LAST), UTC).date().isoformat()


def has_passed(end: int, now: int) -> bool:
    """Whether the end of an access has passed, both in seconds since 1970; 0 is no end."""
    return 0 < end < now
