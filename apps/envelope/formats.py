"""The forms that entered values have: decimals, dates, times, addresses (docs/protocol.md §8)."""

import re
from datetime import date
from fractions import Fraction
from functools import lru_cache

DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
MAX_DECIMAL = 40
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{LABEL}(\.{LABEL})+")
MAX_EMAIL = 254
TEL = re.compile(r"\+?[0-9 ()./-]{3,40}")
MAX_TEL = 41
LEAST_DIGITS = 3


def is_decimal(value: str) -> bool:
    """Whether this is a decimal of at most 40 characters."""
    return len(value) <= MAX_DECIMAL and DECIMAL.fullmatch(value) is not None


def is_date(value: str) -> bool:
    """Whether this is a day of the Gregorian calendar as ``YYYY-MM-DD``."""
    if not DATE.fullmatch(value):
        return False
    try:
        date(*map(int, value.split("-")))
    except ValueError:
        return False
    return True


def is_time(value: str) -> bool:
    """Whether this is a time of day as ``HH:MM``."""
    return TIME.fullmatch(value) is not None


def is_email(value: str) -> bool:
    """Whether this is an e-mail address of at most 254 characters."""
    return len(value) <= MAX_EMAIL and EMAIL.fullmatch(value) is not None


def is_tel(value: str) -> bool:
    """Whether this is a telephone number with at least three digits."""
    return TEL.fullmatch(value) is not None and len(re.findall("[0-9]", value)) >= LEAST_DIGITS


def exact(decimal: str) -> Fraction:
    """Return a decimal's value, neither rounded now nor when it is subtracted."""
    return Fraction(decimal)


@lru_cache(maxsize=1024)
def bound(decimal: str) -> Fraction:
    """Return the value of a form's bound, which is asked for with each of its answers."""
    return exact(decimal)


# Which kinds have a form of their own; the kind is also the name of the problem.
FORMATS = {
    "number": is_decimal,
    "date": is_date,
    "time": is_time,
    "email": is_email,
    "tel": is_tel,
}
