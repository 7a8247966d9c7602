"""Contexts, base64url, canonical JSON, names and ids (docs/protocol.md §2)."""

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, lru_cache
from typing import Any, Self

import orjson

from .errors import LimitError, MalformedError

VERSION = "sealform/1"
MAX_INT = 2**53 - 1
MAX_FIELDS = 128
MAX_BODY = 1024 * 1024
MAX_ROOM = 4095
MAX_NAME = 64

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SURROGATE = re.compile("[\ud800-\udfff]")
# Categories Cc, Cf, Zl, Zp, and Zs, as Unicode 15.0 to 17.0 have them: what a text may hold must
# not depend on the version that a Python or a browser was built with (docs/protocol.md §2).
INVISIBLE = re.compile(
    "[\0-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
SPACES = "\x20\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000"
FORM = "form:"
GROUP = "group:"
MAX_WRITER = len(GROUP) + 36

TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# What base64url has not, becomes what base64 has not.
FROM_URL_SAFE = bytes.maketrans(b"-_+/=", b"+/!!!")
# By length modulo 4: zero bits that make whole groups of base64, and how many bytes they add.
FILL = ("", "", "AA", "A")
NOT_BASE64URL = "not base64url: A-Z, a-z, 0-9, - and _, without padding"

Part = str | int | bytes


def part(value: Part) -> bytes:
    """Return one context part: u32be(length) || bytes; str as UTF-8, int as u64be."""
    try:
        if isinstance(value, str):
            value = value.encode()
        elif isinstance(value, int):
            value = value.to_bytes(8)
    except (UnicodeEncodeError, OverflowError) as error:
        raise MalformedError("a context takes well-formed text and integers of 64 bits") from error
    return len(value).to_bytes(4) + value


# The names of a form's fields come again with each record: here, in ``name`` and in the
# derivation of column keys.
name_part = lru_cache(maxsize=1024)(part)


@cache
def _label(label: str) -> bytes:
    return part(f"{VERSION} {label}")


def ctx(label: str, *parts: Part) -> bytes:
    """Return the context ``label`` over ``parts``; appending ``part(x)`` extends it by x."""
    return _label(label) + b"".join(map(part, parts))


def b64(data: bytes) -> str:
    """Return ``data`` as unpadded base64url (RFC 4648 §5)."""
    return b2a_base64(data, newline=False).translate(TO_URL_SAFE).rstrip(b"=").decode()


def unb64(text: object, length: int | None = None) -> bytes:
    """Decode canonical unpadded base64url, of exactly ``length`` bytes if given.

    Raises MalformedError on padding, foreign characters or spare bits.
    """
    if not isinstance(text, str):
        raise MalformedError("base64url must be a string")
    fill = FILL[len(text) % 4]
    data = unb64_groups(text + fill)
    if fill:
        data = unfilled(data, len(data) - len(fill))
    if length is not None and len(data) != length:
        raise MalformedError(f"expected {length} bytes, found {len(data)}")
    return data


def unb64_groups(text: str, without: bytes = b"") -> bytes:
    """Decode base64url of whole groups of four characters; raises MalformedError.

    The characters of ``without`` are left out first.
    """
    try:
        return a2b_base64(text.encode("ascii").translate(FROM_URL_SAFE, without), strict_mode=True)
    except ValueError as error:
        raise MalformedError(NOT_BASE64URL) from error


def unfilled(data: bytes, length: int) -> bytes:
    """Return the first ``length`` bytes of what was decoded with FILL behind it.

    Raises MalformedError unless the rest is zero: then a spare bit was set.
    """
    if any(data[length:]):
        raise MalformedError("not canonical base64url: its last character has spare bits")
    return data[:length]


class WireObject:
    """An object that travels as canonical JSON, and is stored, compared and sent on as it came.

    Each kind has its members in the order of the specification in ``to_wire``.
    """

    def to_wire(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        raise NotImplementedError

    @cached_property
    def raw(self) -> bytes:
        """Its canonical JSON: the bytes that it was parsed from, else written once."""
        return _to_keep(vars(self).pop("_came_as", None) or self.to_wire())

    def came_as(self, wire: Mapping[str, object], order: tuple[str, ...], raw: bytes = b"") -> Self:
        """Keep the bytes of what it was parsed from; ``raw`` if these canonical ones are at hand.

        ``wire`` has been checked, so that only another order of members than the specification's
        could make other bytes of it than ``to_wire``: then it is written anew when it is needed.
        """
        if tuple(wire) == order:
            if raw:
                vars(self)["raw"] = raw
            else:  # written when it is needed: who opens a record never asks
                vars(self)["_came_as"] = wire
        return self


def dump_json(value: object) -> bytes:
    """Return canonical JSON: compact UTF-8, members in the order given.

    A ``WireObject`` in it is written as the bytes that it keeps.
    """
    return orjson.dumps(value, default=_kept, option=orjson.OPT_PASSTHROUGH_DATACLASS)


def _to_keep(wire: object) -> bytes:
    """Return canonical JSON in as much memory as it has bytes: orjson leaves its buffer behind."""
    return bytes(memoryview(orjson.dumps(wire)))


def _kept(value: object) -> orjson.Fragment:
    if isinstance(value, WireObject):
        return orjson.Fragment(value.raw)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def load_json(raw: bytes) -> Any:
    """Parse canonical JSON; anything that would not be written the same way is refused.

    That one comparison rejects white space, duplicate keys, needless escapes,
    lone surrogates, ``-0`` and exponents; fractions and large integers are looked for.
    """
    try:
        value = orjson.loads(raw)
        again = orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise MalformedError("not JSON") from error
    if again != raw:
        raise MalformedError("not canonical JSON: compact, no duplicate keys, plain escapes")
    _only_safe_integers(value)
    return value


def _only_safe_integers(value: object) -> None:
    due = [value]
    while due:
        item = due.pop()
        kind = type(item)
        if kind is str:  # most are
            continue
        if kind is dict:
            due += item.values()  # type: ignore[attr-defined]
        elif kind is list:
            due += item  # type: ignore[arg-type]
        elif kind is float or (kind is int and abs(item) > MAX_INT):  # type: ignore[arg-type]
            raise MalformedError("numbers in canonical JSON are integers of at most 2^53-1")


def members(
    value: object, keys: Iterable[str], what: str, optional: Iterable[str] = ()
) -> dict[str, Any]:
    """Return ``value`` if it is an object with exactly ``keys``, else raise MalformedError.

    It may have any of the ``optional`` ones too.
    """
    if not isinstance(value, dict):
        raise MalformedError(f"{what} must be an object")
    if tuple(value) == keys:  # as it is written here: each record of a page comes by
        return value
    expected = set(keys)
    missing = sorted(expected - value.keys())
    if missing:
        raise MalformedError(f"{what} lacks {', '.join(missing)}")
    expected |= value.keys() & set(optional)
    if len(value) != len(expected):  # unknown keys are not shown: who knows what they hold
        known = sorted({*expected, *optional})
        raise MalformedError(f"{what} has unknown keys, it takes {', '.join(known)}")
    return value


def versioned(
    value: object, keys: Iterable[str], what: str, optional: Iterable[str] = ()
) -> dict[str, Any]:
    """Like ``members``, with the key ``v`` that must be the one version there is."""
    found = members(value, ("v", *keys), what, optional)
    if found["v"] != VERSION:
        raise MalformedError(f"{what} is not of version {VERSION}")
    return found


def name(value: object, what: str = "name") -> str:
    """Return a field or type name: ``[a-z][a-z0-9_]{0,63}``."""
    if not isinstance(value, str) or len(value) > MAX_NAME or not _is_name(value):
        raise MalformedError(f"{what} must match [a-z][a-z0-9_]{{0,63}}")
    return value


# What a cache keeps has a bound of its own: anybody may send a name of a megabyte.
@lru_cache(maxsize=1024)
def _is_name(value: str) -> bool:
    return NAME.fullmatch(value) is not None


def uuid(value: object, what: str = "id", versions: str = "4") -> str:
    """Return a lower-case RFC 9562 UUID whose version digit is one of ``versions``."""
    if not isinstance(value, str) or not UUID.fullmatch(value) or value[14] not in versions:
        raise MalformedError(f"{what} must be a lower-case UUID of version {versions}")
    return value


def writer(value: object) -> str:
    """Return a writer: a client's UUID or ``form:`` and a form's UUID."""
    if not isinstance(value, str) or len(value) > MAX_WRITER or not _is_writer(value):
        raise MalformedError("writer must be a lower-case UUID of version 4, of a form after form:")
    return value


# The records of a page have the same writer.
@lru_cache(maxsize=1024)
def _is_writer(value: str) -> bool:
    id = value.removeprefix(FORM)
    return UUID.fullmatch(id) is not None and id[14] == "4"


def grant_writer(value: object) -> str:
    """Return what a grant may be of: a writer, or ``group:`` and a group's UUID."""
    return _grouped(value) or writer(value)


def reader(value: object) -> str:
    """Return who may be granted keys: a client's UUID, or ``group:`` and a group's UUID."""
    return _grouped(value) or uuid(value, "reader")


def _grouped(value: object) -> str:
    if not isinstance(value, str) or not value.startswith(GROUP):
        return ""
    return GROUP + uuid(value[len(GROUP) :], "group id")


def integer(value: object, what: str, least: int = 1) -> int:
    """Return an integer from ``least`` to 2^53 - 1; booleans and floats are refused."""
    if type(value) is not int or not least <= value <= MAX_INT:
        raise MalformedError(f"{what} must be an integer from {least} to 2^53-1")
    return value


def boolean(value: object, what: str) -> bool:
    """Return ``value`` if it is true or false."""
    if not isinstance(value, bool):
        raise MalformedError(f"{what} must be true or false")
    return value


def listed(value: object, what: str, most: int, least: int = 1) -> list[Any]:
    """Return a list of ``least`` to ``most`` items; raises LimitError if there are more."""
    if not isinstance(value, list):
        raise MalformedError(f"{what} must be a list")
    if len(value) < least:
        raise MalformedError(f"there are at least {least} {what}")
    if len(value) > most:
        raise LimitError(f"there are at most {most} {what}")
    return value


def distinct(values: list[str], what: str) -> None:
    """Raise MalformedError if one of them comes twice."""
    if len(set(values)) != len(values):
        raise MalformedError(f"{what} must be distinct")


def text(value: object, what: str, most: int, least: int = 0) -> str:
    """Return a string of ``least`` to ``most`` code points, no U+0000, no lone surrogate."""
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise MalformedError(f"{what} must be a string of {least} to {most} characters")
    if "\0" in value or SURROGATE.search(value):
        raise MalformedError(f"{what} holds a null character or a lone surrogate")
    return value


def visible(value: object, what: str, most: int) -> str:
    """Return a text of 1 to ``most`` code points, none invisible, no white space at its ends."""
    shown = text(value, what, most, 1)
    if shown != shown.strip(SPACES) or INVISIBLE.search(shown):
        raise MalformedError(f"{what} has no invisible characters and no outer spaces")
    return shown


def field_count(fields: Mapping[str, object] | list[Any], what: str) -> None:
    """Raise LimitError unless there are 1 to 128 fields."""
    if not 1 <= len(fields) <= MAX_FIELDS:
        raise LimitError(f"{what} must have 1 to {MAX_FIELDS} fields")
