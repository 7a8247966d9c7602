"""Padding, and the two layers of a sealed field (docs/protocol.md §5)."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from struct import Struct
from typing import Any, NamedTuple

import orjson

from .encoding import FILL, MAX_INT, b64, ctx, name_part, part, unb64, unb64_groups, unfilled
from .errors import LimitError, MalformedError, PaddingError
from .primitives import KEY, NONCE, TAG, _seal, random, unseal

Value = str | list[str] | bool | int | float | None

MARK = b"\x80"
# A number's sign, digits before and behind the point, and exponent.
NUMBER = re.compile(rb"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
MAX_NUMBER = 64
WHITE_SPACE = b" \t\n\r"
MIN_PADDED = 64
MAX_PADDED = 64 * 1024
SEALED_KEY = NONCE + KEY + TAG
OVERHEAD = NONCE + TAG
# On the wire k has no padding, and so a dot has one place.
DOT = SEALED_KEY * 8 // 6
DATA_KEY, VALUE = ctx("dk"), ctx("value")
NOT_SEALED = "a sealed field is <b64url key>.<b64url value>"


class Sealed(NamedTuple):
    """A sealed field: ``k`` the sealed data key (60 bytes), ``c`` the sealed value."""

    k: bytes
    c: bytes


class Place:
    """Where a field stands: bound into both of its seals, so that it opens nowhere else."""

    def __init__(self, *, id: str, writer: str, type: str, rev: int, akid: bytes) -> None:
        place = part(id) + _stream_parts(writer, type, rev)
        self._key = DATA_KEY + place
        self._value = VALUE + place
        self._akid = part(akid)

    def key_aad(self, field: str) -> bytes:
        """Return ctx("dk", id, writer, type, rev, field, akid)."""
        return self._key + name_part(field) + self._akid

    def value_aad(self, field: str) -> bytes:
        """Return ctx("value", id, writer, type, rev, field)."""
        return self._value + name_part(field)


# The same for the records of a page, but for those that were updated.
@lru_cache(maxsize=256)
def _stream_parts(writer: str, type: str, rev: int) -> bytes:
    return part(writer) + part(type) + part(rev)


def pad(message: bytes) -> bytes:
    """Append 0x80 and zeros up to a power of two, at least 64 and at most 65536 bytes."""
    size = _padded_size(len(message))
    if size > MAX_PADDED:
        raise LimitError("a value is at most 65535 bytes of JSON")
    return message + MARK + bytes(size - len(message) - 1)


def sealed_size(length: int) -> int:
    """Return how many bytes the seal ``c`` of a value has whose JSON has so many, at most."""
    return OVERHEAD + min(_padded_size(min(length, MAX_PADDED - 1)), MAX_PADDED)


def _padded_size(length: int) -> int:
    return MIN_PADDED if length < MIN_PADDED else 1 << length.bit_length()


def unpad(padded: bytes) -> bytes:
    """Undo ``pad``; raises PaddingError unless ``pad`` would give the same bytes."""
    size = len(padded)
    marked = padded.rstrip(b"\0")
    length = len(marked) - 1
    if not marked.endswith(MARK) or size > MAX_PADDED or size != _padded_size(length):
        raise PaddingError("the padding of a value is wrong")
    return marked[:length]


def dump_value(value: Value) -> bytes:
    """Return a value as JSON in UTF-8; raises MalformedError on any other shape, and on -0."""
    _check_value(value)
    if value == 0 and str(value).startswith("-"):
        raise MalformedError("a value is a number, and -0 is none that is kept")
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise MalformedError("a value holds a lone surrogate") from error


def load_value(raw: bytes) -> Value:
    """Parse a value: string, list of strings, boolean, number or null."""
    try:
        value: Value = orjson.loads(raw)  # refuses lone surrogates and a byte order mark
    except orjson.JSONDecodeError as error:
        raise MalformedError("a value is not JSON in UTF-8") from error
    _check_value(value)
    if type(value) in {int, float} and not _is_exact(raw.strip(WHITE_SPACE), value):
        raise MalformedError("a value is a number that is not kept exactly")
    return value


def _is_exact(number: bytes, value: object) -> bool:
    """Whether the shortest decimal that is read as ``value`` is the one that stood there."""
    if len(number) > MAX_NUMBER or (value == 0 and number.startswith(b"-")):
        return False
    return _decimal(number) == _decimal(repr(value).encode())


def _decimal(number: bytes) -> tuple[bytes, bytes, int]:
    """Return a number's sign, its digits without zeros at the ends, and their power of ten."""
    found = NUMBER.fullmatch(number)
    if not found:
        raise MalformedError("a value is not JSON in UTF-8")
    sign, whole, fraction, exponent = found.groups(b"")
    digits = (whole + fraction).lstrip(b"0")
    kept = digits.rstrip(b"0")
    power = int(exponent or 0) - len(fraction) + len(digits) - len(kept)
    return (sign, kept, power) if kept else (b"", b"", 0)


def _check_value(value: object) -> None:
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return
    if isinstance(value, (int, float)) and abs(value) <= MAX_INT:  # NaN compares false
        return
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return
    raise MalformedError("a value is a string, a list of strings, a boolean, a number or null")


def seal_field(
    column_key: bytes, place: Place, field: str, value: Value, *, room: int = 0
) -> Sealed:
    """Seal one value under a fresh data key, and that key under the column key (32 bytes).

    Spaces follow its JSON until it has ``room`` bytes, so that it looks like others as long.
    """
    randomness = random(KEY), random(NONCE), random(NONCE)
    return _seal_field(column_key, place, field, value, *randomness, room=room)


def _seal_field(
    column_key: bytes,
    place: Place,
    field: str,
    value: Value,
    data_key: bytes,
    key_nonce: bytes,
    value_nonce: bytes,
    *,
    room: int = 0,
) -> Sealed:
    padded = pad(dump_value(value).ljust(room))
    return Sealed(
        _seal(column_key, data_key, place.key_aad(field), key_nonce),
        _seal(data_key, padded, place.value_aad(field), value_nonce),
    )


def open_data_key(column_key: bytes, place: Place, field: str, sealed: Sealed) -> bytes:
    """Return the field's data key (32 bytes); raises OpenError."""
    return unseal(column_key, sealed.k, place.key_aad(field))


def open_value(data_key: bytes, place: Place, field: str, sealed: Sealed) -> Value:
    """Open the value under its data key; raises OpenError, PaddingError, MalformedError."""
    return load_value(unpad(unseal(data_key, sealed.c, place.value_aad(field))))


def open_field(column_key: bytes, place: Place, field: str, sealed: Sealed) -> Value:
    """Open both layers of a field."""
    data_key = unseal(column_key, sealed.k, place.key_aad(field))
    return load_value(unpad(unseal(data_key, sealed.c, place.value_aad(field))))


def show_sealed(sealed: Sealed) -> str:
    """Return a sealed field as on the wire: ``<b64url k>.<b64url c>``."""
    return f"{b64(sealed.k)}.{b64(sealed.c)}"


def read_sealed(wire: object) -> Sealed:
    """Parse a sealed field: k of 60 bytes; c of 28 more than a power of two, 64 to 65536."""
    return read_all_sealed({"": wire})[""]


def read_all_sealed(wires: Mapping[str, Any]) -> dict[str, Sealed]:
    """Parse the sealed fields of a record, decoded in one go: a page has thousands."""
    values = tuple(wires.values())
    if set(map(type, values)) - {str}:
        raise MalformedError(NOT_SEALED)
    try:
        layout = _layout(tuple(map(len, values)))
        text = layout.text % values
        dots = {value[DOT] for value in values}
    except KeyError:
        raise _wrong_field(values) from None
    if dots - {"."} or text.count(".") != len(values):
        raise MalformedError("a sealed field has one dot, behind its key")
    parts = layout.parts.unpack(unb64_groups(text, without=b"."))
    unfilled(b"".join(parts[2::3]), 0)
    return dict(zip(wires, map(_sealed, zip(parts[::3], parts[1::3], strict=True)), strict=True))


# What Sealed._make does; a page has thousands.
_sealed = partial(tuple.__new__, Sealed)


def _wrong_field(wires: Iterable[str]) -> MalformedError:
    """Return what is wrong with the first field that is as long as no sealed field is."""
    for wire in wires:
        key, dot, value = wire.partition(".")
        if not dot:
            return MalformedError(NOT_SEALED)
        unb64(key, SEALED_KEY)
        size = len(unb64(value)) - OVERHEAD
        if size < MIN_PADDED or size & (size - 1):
            return MalformedError("a sealed value has a padded size that nothing is padded to")
        if size > MAX_PADDED:
            return LimitError("a sealed value is at most 65564 bytes")
    raise AssertionError("one of them has a length that the others do not have")


class _Shape(NamedTuple):
    """What the length of a sealed field on the wire says.

    How many bytes ``c`` has, how many are decoded behind it, and the fill that makes these.
    """

    c: int
    spare: int
    fill: str


def _shapes() -> dict[int, _Shape]:
    padded = (MIN_PADDED << power for power in range(MAX_PADDED.bit_length()))
    found = {}
    for size in (OVERHEAD + size for size in padded if size <= MAX_PADDED):
        length = -(-size * 8 // 6)
        fill = FILL[length % 4]
        found[DOT + 1 + length] = _Shape(size, len(fill), fill)
    return found


SHAPES = _shapes()


class _Layout(NamedTuple):
    """How the sealed fields of a record make one text, and ``k``, ``c`` and spare bytes of each."""

    text: str
    parts: Struct


# The records of a page are made of few lengths.
@lru_cache(maxsize=256)
def _layout(lengths: tuple[int, ...]) -> _Layout:
    shapes = [SHAPES[length] for length in lengths]
    return _Layout(
        "".join("%s" + shape.fill for shape in shapes),
        Struct("".join(f"{SEALED_KEY}s{shape.c}s{shape.spare}s" for shape in shapes)),
    )
