"""What people type, made of what they see (docs/protocol.md §8, "What visitors type").

One step between what stands in a box and the rules for answers: what nobody sees does not decide,
and what can be read in two ways is asked about. A browser takes it before it seals; whoever takes
answers, fingerprints, references or ids from people in another way takes it too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import category, normalize

import idna

from .formats import FORMATS, is_date
from .patterns import matches
from .questions import CHOICES, YES_OR_NO, Field
from .seen import ENDS, INVISIBLE, WHITE, WIDE, alike, folded, is_blank, plain, widened

# At the ends of a line of free text: white space, and what editors and web pages leave beside it.
OUTER = re.compile(f"^[{WHITE}\xad\u200b\u2060\ufeff]+|[{WHITE}\xad\u200b\u2060\ufeff]+$")

# Languages that never set a point between thousands, and those whose dates with points begin with
# the day: in others such a notation can mean two things.
DECIMAL_POINT = frozenset((
    "ak", "am", "as", "bm", "bn", "cy", "ee", "en", "ga", "gd", "gu", "gv", "ha", "he", "hi",
    "ig", "iw", "ja", "ki", "km", "kn", "ko", "lg", "mg", "mi", "ml", "mr", "ms", "mt", "my",
    "nd", "ne", "or", "pa", "qu", "sa", "si", "so", "sw", "ta", "te", "th", "ti", "to", "ur",
    "yi", "yo", "zh", "zu",
))  # fmt: skip
DAY_FIRST = frozenset((
    "az", "be", "bg", "bs", "cs", "da", "de", "et", "fi", "fo", "he", "hr", "hy", "is", "iw",
    "ka", "kk", "lb", "lv", "mk", "nb", "nn", "no", "pl", "ro", "ru", "sk", "sl", "sq", "sr",
    "tr", "tt", "uk",
))  # fmt: skip

EXPONENT = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?[eE]([+-]?[0-9]{1,2})")
SIGNED = re.compile(r"(-?)([0-9.,' \u066c]+)")
GROUPS = re.compile(r"[1-9][0-9]*([.' \u066c,])[0-9]{3}(\1[0-9]{3})*")
INDIAN = re.compile(r"[1-9][0-9]?(,[0-9]{2})+,[0-9]{3}")
YEAR_FIRST = re.compile(
    r"([0-9]{4}) ?[-/.\u5e74\ub144] ?([0-9]{1,2}) ?[-/.\u6708\uc6d4] ?([0-9]{1,2})"
    r" ?[.\u65e5\uc77c]?"
)
YEAR_LAST = re.compile(r"([0-9]{1,2}) ?([-/.]) ?([0-9]{1,2}) ?\2 ?([0-9]{4})(?: ?\.)?")
TIME = re.compile(
    r"([0-9]{1,2})(?: ?[h\u6642] ?|[:.])([0-9]{2})\u5206?(?::00(?:[.,]0+)?)?"
    r"(?: ?([ap])(?:\. ?)?m\.?)?",
    re.I,
)
NOON = 12
DOTS = re.compile("[.\u3002\uff61]")
TOP_LEVEL = re.compile(r"\.[a-z][^.]*$")


@dataclass(frozen=True)
class Typed:
    """What was typed, as it would be sealed.

    ``readings`` are the values that it could mean where that has to be asked: with two or more of
    them nothing is sealed; one is what would have to be written.
    """

    value: str
    readings: tuple[str, ...] = ()


def typed(field: Field, text: str, language: str = "") -> Typed:
    """Return what ``text`` means as an answer to this field, in a form of this language.

    ``language`` is a language tag of the form or "". The field is of a kind whose value is a
    string, or ``checkboxes`` for one of its values.
    """
    if field.kind == "hidden" or field.kind in YES_OR_NO:
        return Typed(text)
    composed = normalize("NFC", text)
    if is_blank(composed):
        return Typed("")
    if field.kind in CHOICES:
        return Typed(_option(field, text))
    if field.kind in NOTATIONS:
        base = language.split("-")[0].lower()
        found = NOTATIONS[field.kind](plain(composed), base)
        return _patterned(field, found) if field.pattern else found
    if field.kind == "text":
        composed = OUTER.sub("", composed)
    return _patterned(field, Typed(composed)) if field.pattern else Typed(_fitting(field, composed))


def _option(field: Field, text: str) -> str:
    """The option that looks like this."""
    known = {alike(option.value): option.value for option in field.options}
    return known.get(alike(text), text)


def _fitting(field: Field, text: str) -> str:
    """Free text stays as it is; but what nobody sees does not make it too long."""
    seen = INVISIBLE.sub("", text)
    seen = ENDS.sub("", seen) if field.kind == "text" else seen
    return seen if field.max_length and len(text) > field.max_length >= len(seen) else text


def _patterned(field: Field, found: Typed) -> Typed:
    """The first way to write it that has the form: as it is, with what is unseen left out, ..."""
    for text in _ways(field, found.value):
        short = len(text) < field.min_length
        if not short and not 0 < field.max_length < len(text) and matches(field.pattern, text):
            return Typed(text)
    return found


def _ways(field: Field, text: str) -> Iterator[str]:
    yield text
    yield ENDS.sub("", INVISIBLE.sub("", text))
    yield plain(text)
    # A pattern may ask for what keyboards do not have: a dash, full-width digits.
    named = {folded(one): one for one in field.pattern if folded(one) != one}
    wide = any(ord(one) in WIDE for one in field.pattern)
    yield "".join(named.get(one) or (widened(one) if wide else one) for one in plain(text))


def _number(text: str, language: str) -> Typed:
    """A decimal as far as what was typed can mean but one."""
    text = re.sub(r"^\+(?=[0-9.,])", "", text)
    certain = "\u066b" in text  # the decimal sign of Arabic, and nothing else
    text = re.sub(r"^(-?)0+(?=[0-9])", r"\1", text.replace("\u066b", "."))
    text = re.sub(r"^(-?)(?=[.,][0-9])", r"\g<1>0", text)
    if found := EXPONENT.fullmatch(text):
        return Typed(_shifted(*found.groups("")))
    if not (found := SIGNED.fullmatch(text)):
        return Typed(text)
    sign, digits = found.groups()
    readings = tuple(sign + reading for reading in _readings(digits))
    signs = re.sub("[0-9]", "", digits)
    if signs == "." and (certain or len(readings) < 2 or language in DECIMAL_POINT):
        return Typed(text)
    if signs == "," and readings == (sign + digits.replace(",", "."),):
        return Typed(readings[0])
    return Typed(text, readings)


def _readings(digits: str) -> Iterator[str]:
    """What digits with signs between them can mean: a whole number, one with a decimal sign."""
    whole, _, fraction = digits.replace(",", ".").rpartition(".")
    if GROUPS.fullmatch(digits) or INDIAN.fullmatch(digits):
        yield re.sub("[^0-9]", "", digits)
    before = digits[: len(whole)]
    grouped = GROUPS.fullmatch(before) or INDIAN.fullmatch(before)
    apart = digits[len(whole) : len(whole) + 1] not in before
    if fraction.isdigit() and (before.isdigit() or (grouped and apart)):
        yield re.sub("[^0-9]", "", before) + "." + fraction


def _shifted(sign: str, whole: str, fraction: str, exponent: str) -> str:
    """A number with an exponent, as number inputs give it, without."""
    at = len(whole) + int(exponent)
    digits = whole + fraction
    digits = digits.rjust(len(digits) - at + 1, "0") if at < 1 else digits.ljust(at, "0")
    at = max(at, 1)
    written = re.sub(r"^0+(?=[0-9])", "", digits[:at])
    return sign + written + (f".{digits[at:]}" if digits[at:] else "")


def _date(text: str, language: str) -> Typed:
    """A day; "01/02/2020" is one in February to some, and one in January to others."""
    if found := YEAR_FIRST.fullmatch(text):
        year, month, day = found.groups()
        return Typed(_iso(year, month, day) or text)
    if not (found := YEAR_LAST.fullmatch(text)):
        return Typed(text)
    first, sign, second, year = found.groups()
    days = [_iso(year, second, first), _iso(year, first, second)]
    if sign == "." and language in DAY_FIRST:
        days = days[:1]
    readings = tuple(dict.fromkeys(filter(None, days)))
    return Typed(readings[0]) if len(readings) == 1 else Typed(text, readings)


def _iso(year: str, month: str, day: str) -> str:
    written = f"{year}-{month.zfill(2)}-{day.zfill(2)}"
    return written if is_date(written) else ""


def _time(text: str, language: str) -> Typed:
    """A time of day; controls add seconds, and people what half of the day it is in."""
    if not (found := TIME.fullmatch(text)):
        return Typed(text)
    hour, minute, half = int(found[1]), found[2], (found[3] or "").lower()
    if half and not 1 <= hour <= NOON:
        return Typed(text)
    hour = hour % NOON + NOON * (half == "p") if half else hour
    written = f"{hour:02}:{minute}"
    return Typed(written if FORMATS["time"](written) else text)


def _email(text: str, language: str) -> Typed:
    """An address; engines write a domain outside ASCII in two ways (UTS #46, ToASCII)."""
    local, at, domain = text.rpartition("@")
    if not at or domain.isascii() or not _is_domain(domain):
        return Typed(text)
    try:
        written = idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return Typed(text)
    return Typed(local + at + written if TOP_LEVEL.search(written) else text)


def _is_domain(text: str) -> bool:
    """Whether these are letters, marks, digits and hyphens, none of those at an end of a label."""
    labels = DOTS.split(text)
    letters = all(
        one == "-" or category(one)[0] in "LM" or category(one) == "Nd" for one in "".join(labels)
    )
    return letters and not any(one.startswith("-") or one.endswith("-") for one in labels)


def _as_it_is(text: str, language: str) -> Typed:
    return Typed(text)


# How answers of the kinds are written that have a form.
NOTATIONS = {
    "number": _number,
    "date": _date,
    "time": _time,
    "email": _email,
    "tel": _as_it_is,
    "rating": _as_it_is,
}
