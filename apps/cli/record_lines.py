"""Lines of JSON that records are made of: {"data": {…}, "meta": {…}, "id": "…"}."""

import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from ..client.acts.writing import checked, checked_meta
from ..client.errors import UsageError
from ..client.quoting import plain
from ..envelope import encoding
from ..envelope.encoding import MAX_BODY
from ..envelope.errors import EnvelopeError, MalformedError
from ..envelope.fields import Value
from .assignments import read_object

STDIN = "-"
LONGEST = 2 * MAX_BODY
"""Bytes of one line: what is longer fits into no request, whatever white space is in it."""
MEMBERS = {"data", "meta", "id"}
LIKE = 'a line is {"data": {"name": "Ann"}}, and may have "meta": {"state": "open"} and "id"'

T = TypeVar("T")


class Line(NamedTuple):
    """What a line holds; ``number`` from 1, ``id`` "" for none, ``data`` empty where it may be."""

    number: int
    data: Mapping[str, Value]
    meta: Mapping[str, str]
    id: str


def lines_of(file: BinaryIO, name: str, meta: Mapping[str, str]) -> Iterator[Line]:
    """Yield the lines of a file that are not blank; raises UsageError, which names the line.

    ``meta`` is said of each, unless the line says otherwise.
    """
    number = 0
    while raw := file.readline(LONGEST + 1):
        number += 1
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if len(raw) <= LONGEST and not raw.strip():
            continue
        try:
            yield _line(number, raw, meta)
        except EnvelopeError as error:
            raise UsageError(f"line {number} of {plain(name)}: {error}", hint=LIKE) from error


def _line(number: int, raw: bytes, meta: Mapping[str, str]) -> Line:
    if len(raw) > LONGEST:
        raise MalformedError(f"it has more than {LONGEST:,} bytes")
    wire = read_object(raw)
    if wire.keys() - MEMBERS:
        raise MalformedError("it has other members than data, meta and id")
    data, said = wire.get("data", {}), wire.get("meta", {})
    if not isinstance(data, dict) or not isinstance(said, dict):
        raise MalformedError("data and meta are objects")
    if data:
        checked(data)
    id = wire.get("id", "")
    if "id" in wire:
        encoding.uuid(id, "id", "48")
    return Line(number, data, checked_meta({**meta, **said}), id)


@contextmanager
def read_twice(
    name: str, meta: Mapping[str, str], check: Callable[[Iterable[Line]], None]
) -> Iterator[Iterator[Line]]:
    """Yield the lines of a file, or of standard input for ``-``.

    A file is looked through to its end first: ``check`` raises for what is wrong anywhere in it,
    before anything is done. A stream can be read once, and is checked as it comes.
    """
    if name == STDIN:
        yield lines_of(sys.stdin.buffer, "standard input", meta)
        return
    with open(name, "rb") as file:
        if stat.S_ISREG(Path(name).stat().st_mode):
            check(lines_of(file, name, meta))
            file.seek(0)
        yield lines_of(file, name, meta)


def in_windows(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of ``size`` items, and the rest."""
    left = iter(items)
    while window := list(islice(left, size)):
        yield window


def ids_of(words: Iterable[str]) -> list[str]:
    """Return the ids that were typed; for ``-`` the lines of standard input, one id each.

    Raises UsageError, which names the line.
    """
    ids: list[str] = []
    for word in words:
        if word != STDIN:
            ids.append(encoding.uuid(word, "record id", "48"))
            continue
        stdin = sys.stdin.buffer
        number = 0
        while raw := stdin.readline(LONGEST):
            number += 1
            text = raw.decode(errors="replace").strip()
            try:
                ids += [encoding.uuid(text, "a record id", "48")] if text else []
            except EnvelopeError as error:
                raise UsageError(f"line {number} of standard input: {error}") from error
    if not ids:
        raise UsageError("no id was given", hint="`extract --format jsonl` shows ids")
    return ids
