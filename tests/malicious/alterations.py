"""All that a server can do to one answer, made up from the shape that it must have."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from typing import Any
from uuid import uuid4

from apps.client.endpoints import Endpoint
from apps.client.served_shapes import Left, Time, TimeOrNever, Written
from apps.envelope.drafted_forms import Slug
from apps.envelope.encoding import MAX_INT, b64
from apps.envelope.shapes import (
    Boolean,
    Integer,
    Items,
    Name,
    Object,
    Octets,
    OneOf,
    OrEmpty,
    Shape,
    Text,
    Uuid,
    Visible,
    Writer,
)

HERE = "\ue000 here \ue000"
"""Stands where raw bytes go."""
DEEP = b"[" * 100_000
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Raw:
    """What no JSON value is: bytes as they are."""

    bytes: bytes


@dataclass(frozen=True)
class Alteration:
    """One answer; ``endless`` says that ``again`` follows the body for ever."""

    what: str
    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = tuple(JSON.items())
    again: bytes = b""
    is_harmless: bool = False


ANYTHING: list[Any] = [None, True, 0, -1, "", "x", [], {}, [[]], {"x": 1}]
NUMBERS = [Raw(number) for number in (b"1e400", b"-0", b"1.5", b"%d" % 2**53, b"9" * 5000, b"NaN")]
STRINGS = [Raw(text) for text in (rb'"\ud800"', b'"\xff"', rb'"\u0041"', b'"\n"', b'"', DEEP)]


@singledispatch
def example(shape: Shape) -> Any:
    """A value that fits."""
    raise TypeError(shape)  # one that the table of answers never has


@singledispatch
def wrong(shape: Shape) -> list[Any]:
    """Values that do not, beside those of another JSON type."""
    return []


@example.register
def _(shape: Left) -> Any:
    return {}


@example.register
def _(shape: Uuid) -> Any:
    return str(uuid4())


@wrong.register
def _(shape: Uuid) -> list[Any]:
    id = str(uuid4())
    return [
        id.upper(),
        id[:-1],
        id + "0",
        id.replace("-", ""),
        f"{{{id}}}",
        id[:14] + "1" + id[15:],
    ]


@example.register
def _(shape: Writer) -> Any:
    return f"form:{uuid4()}"


@wrong.register
def _(shape: Writer) -> list[Any]:
    id = str(uuid4())
    return [f"group:{id}", f"form:{id.upper()}", f"form: {id}", f"form:{id}0", "form:", ""]


@example.register
def _(shape: Name) -> Any:
    return "contact"


@wrong.register
def _(shape: Name) -> list[Any]:
    return ["", "Contact", "1st", "con tact", "a" * 65, "contact\n", "cont\u0430ct"]


@example.register
def _(shape: Visible) -> Any:
    return "clinic staff"


@wrong.register
def _(shape: Visible) -> list[Any]:
    return ["", " staff", "staff ", "a" * 65, "st\u202eaff", "st\x1b[2Jaff", "st\x00aff"]


@example.register
def _(shape: Integer) -> Any:
    return shape.least


@wrong.register
def _(shape: Integer) -> list[Any]:
    return [shape.least - 1, str(shape.least), *NUMBERS, -MAX_INT]


@example.register
def _(shape: Boolean) -> Any:
    return False


@wrong.register
def _(shape: Boolean) -> list[Any]:
    return ["yes", "true", 1, 0]


@example.register
def _(shape: Octets) -> Any:
    return b64(bytes(shape.length or 32))


@wrong.register
def _(shape: Octets) -> list[Any]:
    whole = b64(bytes(shape.length or 32))
    return [whole[:-1], whole + "A", whole + "=", whole[:-1] + "B", "+" + whole[1:], " " + whole]


@example.register
def _(shape: OrEmpty) -> Any:
    return example(shape.of)


@wrong.register
def _(shape: OrEmpty) -> list[Any]:
    return [one for one in wrong(shape.of) if not fits(shape, one)]


@example.register
def _(shape: Text) -> Any:
    return "x" * max(shape.least, 1)


@wrong.register
def _(shape: Text) -> list[Any]:
    return ["x" * (shape.most + 1), "\0"]


@example.register
def _(shape: Slug) -> Any:
    return "signup"


@wrong.register
def _(shape: Slug) -> list[Any]:
    return ["", "x" * 65, "a b", "é", "a/b", "\x1b[2J", "x\n"]


@example.register
def _(shape: OneOf) -> Any:
    return min(shape.words)


@wrong.register
def _(shape: OneOf) -> list[Any]:
    return ["", "unknown", min(shape.words).upper(), min(shape.words) + "\n"]


@example.register
def _(shape: Time) -> Any:
    return "2026-11-28T20:00:00Z"


@example.register
def _(shape: TimeOrNever) -> Any:
    return None


@wrong.register
def _(shape: Time) -> list[Any]:
    return [
        "", "2026-13-45", "2026-02-30", "2026-11-28T24:61:00Z", "2026-11-28T20:00:00",
        "2026-11-28 20:00:00Z", "9" * 70_000, "2026-11-28\n", 1_764_000_000,
    ]  # fmt: skip


@example.register
def _(shape: Written) -> Any:
    return ""


@wrong.register
def _(shape: Written) -> list[Any]:
    return ["x" * (shape.most + 1), "x" * 70_000, "a b", "é", "\0", "x\n"]


@example.register
def _(shape: Items) -> Any:
    return [example(shape.of)] * max(shape.least, 1)


@wrong.register
def _(shape: Items) -> list[Any]:
    return [[example(shape.of)] * (shape.most + 1)]


@example.register
def _(shape: Object) -> Any:
    return {name: example(one) for name, one in shape.members.items() if name not in shape.optional}


@wrong.register
def _(shape: Object) -> list[Any]:
    honest = example(shape)
    lacking = [{k: v for k, v in honest.items() if k != name} for name in honest]
    renamed = [{(k.upper() if k == name else k): v for k, v in honest.items()} for name in honest]
    first = next(iter(honest))
    twice = json.dumps(honest)[1:].replace(" ", "")
    return [*lacking, *renamed, honest | {"extra": 1}, honest | {"": 1}, Raw(
        b'{"%s":%s,%s' % (first.encode(), json.dumps(honest[first]).encode(), twice.encode())
    )]  # fmt: skip


def places(shape: Shape, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Shape]]:
    """Every place that the shape says something about, with what it says."""
    if isinstance(shape, Left):
        return
    yield at, shape
    if isinstance(shape, Object):
        for name, one in shape.members.items():
            if name not in shape.optional:
                yield from places(one, (*at, name))
    elif isinstance(shape, Items):
        yield from places(shape.of, (*at, 0))


def fits(shape: Shape, value: Any) -> bool:
    """Whether a value of another JSON type fits all the same."""
    if isinstance(value, Raw):
        return False
    try:
        shape.read(value)
    except Exception:  # whatever: it is asked only to leave out what is right
        return False
    return True


def put(value: Any, at: tuple[Any, ...], instead: Any) -> Any:
    """The same value with another one in one place."""
    if not at:
        return instead
    copy = value.copy()
    copy[at[0]] = put(copy[at[0]], at[1:], instead)
    return copy


def written(value: Any) -> bytes:
    """Canonical JSON, but for what is raw."""
    raws: list[bytes] = []

    def default(one: Any) -> Any:
        if isinstance(one, Raw):
            raws.append(one.bytes)
            return HERE
        raise TypeError(one)

    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=default)
    body = text.encode()
    for raw in raws:
        body = body.replace(json.dumps(HERE, ensure_ascii=False).encode(), raw, 1)
    return body


def of_members(shape: Shape, honest: Any) -> Iterator[Alteration]:
    """Every member of an honest answer, replaced by everything that it must not be."""
    for at, one in places(shape):
        for value in [*ANYTHING, *STRINGS, *wrong(one)]:
            if not fits(one, value):
                what = f"{'.'.join(map(str, at)) or 'all'} is {str(value)[:40]}"
                yield Alteration(what, written(put(honest, at, value)))


def of_bytes(honest: bytes) -> Iterator[Alteration]:
    """The same answer, as other bytes."""
    other = {
        "nothing": b"",
        "half of it": honest[: len(honest) // 2],
        "more behind it": honest + b"x",
        "itself twice": honest * 2,
        "white space": honest.replace(b":", b": ", 1),
        "a line end": honest + b"\n",
        "a byte order mark": b"\xef\xbb\xbf" + honest,
        "UTF-16": honest.decode().encode("utf-16"),
        "a page": b"<!doctype html><title>Log in</title>",
        "deep nesting": DEEP,
        "deep objects": b'{"a":' * 50_000,
        "two million objects": b"[" + b"{}," * 2_000_000 + b"{}]",
    }
    for what, body in other.items():
        yield Alteration(what, body)


def of_http(endpoint: Endpoint, honest: bytes) -> Iterator[Alteration]:
    """The same answer, otherwise delivered."""

    def headers(**more: str) -> tuple[tuple[str, str], ...]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return tuple((JSON | named).items())

    bomb = gzip.compress(b"x" * (2 * endpoint.most))
    yield Alteration("endless", b"", again=b"x" * 65_536)
    yield Alteration("endless white space", honest, again=b" " * 65_536)
    yield Alteration("a bomb", bomb, headers=headers(content_encoding="gzip"))
    yield Alteration("not gzip", honest, headers=headers(content_encoding="gzip"))
    for encoding in ("br", "deflate", "zstd", "gzip, gzip", "x" * 5000):
        yield Alteration(f"{encoding[:9]}", honest, headers=headers(content_encoding=encoding))
    for kind in ("text/html", "text/plain; charset=utf-8", "application/xml", "x" * 5000):
        yield Alteration(f"content type {kind[:9]}", honest, headers=headers(content_type=kind))
    for status in (100, 103, 199, 300, 301, 302, 304, 307, 308, 400, 404, 418, 451, 500, 599):
        yield Alteration(f"status {status}", honest, status=status)
    for status in (301, 302, 303, 307, 308):
        where = headers(location="https://mallory.example/api/v1/me")
        yield Alteration(f"{status} elsewhere", b"", status=status, headers=where)
    for status in (204, 205):
        yield Alteration(f"status {status}", b"", status=status)
    several: list[Any] = [None, [], {}, "x", {"code": "x"}, {"code": 5, "message": [], "hint": {}}]
    for error in several:
        body = json.dumps({"error": error}, separators=(",", ":")).encode()
        yield Alteration(f"error {error}", body, status=400)
    long = {"code": "x", "message": "m" * 5_000_000, "hint": ""}
    yield Alteration("a long error", written({"error": long}), status=400)
    cookie = headers(set_cookie="session=1; Path=/")
    yield Alteration("a cookie", honest, headers=cookie, is_harmless=True)


def of(endpoint: Endpoint) -> Iterator[Alteration]:
    """Every alteration of the answer of one endpoint."""
    honest = example(endpoint.answer)
    yield from of_members(endpoint.answer, honest)
    yield from of_bytes(written(honest))
    yield from of_http(endpoint, written(honest))
