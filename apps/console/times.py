"""Times of the protocol, for people."""

from datetime import UTC, datetime


def show_seconds(seconds: int) -> str:
    """Return seconds since 1970 as a day in UTC; signed times may lie beyond all calendars."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError, OSError):
        return "beyond the year 9999"
