"""What stands in a file that an earlier run wrote, so that no later one replaces it by less.

A server that withholds records, grants or keys makes a later extract hold less than an earlier one.
Whoever deleted records makes it, too; only a person knows, and says so with --replace.
"""

import csv
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from ..client import Opened
from ..envelope import encoding
from ..envelope.errors import EnvelopeError
from .record_formats import BYTE_ORDER_MARK, SEPARATORS
from .safe_output import values_of
from .sheets import OURS

Fields = frozenset[str]
Lines = Iterator[tuple[str, Iterable[str]]]
NOTHING: Fields = frozenset()
EMPTY: tuple[object, ...] = (None, "", [])
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


# What a file of something else makes its readers raise.
STRANGE = (
    ValueError,
    LookupError,
    RuntimeError,
    EOFError,
    EnvelopeError,
    csv.Error,
    zipfile.BadZipFile,
    zlib.error,
)
MOST_COLUMNS = 16_384  # of a spreadsheet


class NotOursError(ValueError):
    """A file that `extract` did not write in this format."""


@dataclass
class Before:
    """What was in a file when the run began: by record id, the fields in which something stood.

    ``strange`` says why it cannot be compared, where that is so. Records that come again are
    taken out; ``fewer`` counts those that came with less.
    """

    path: Path
    stamp: tuple[int, ...]
    records: dict[bytes, Fields] = field(default_factory=dict)
    strange: str = ""
    fewer: int = 0

    def watched(self, records: Iterator[Opened]) -> Iterator[Opened]:
        """Yield records as they come, and cross them off."""
        for record in records:
            had = self.records.pop(_key(record.id), NOTHING)
            if had and not had <= {n for n, v in values_of(record).items() if v not in EMPTY}:
                self.fewer += 1
            yield record

    def why_not(self) -> str:
        """Return why what came does not take the place of the file, "" if it may."""
        if self.strange:
            return self.strange
        if self.stamp != stamp(self.path):
            return "another run has written it meanwhile"
        if self.records:
            return f"{len(self.records)} of its records did not come this time"
        return f"{self.fewer} of its records came with fewer fields" if self.fewer else ""


def before(path: Path, format: str) -> Before:
    """Read what an earlier run wrote; a file that is empty or not there holds nothing."""
    found = Before(path, stamp(path))
    if not path.exists() or not path.stat().st_size:
        return found
    kept: dict[Fields, Fields] = {}  # most records have the same fields
    try:
        for id, names in READERS[format](path):
            fields = frozenset(names)
            found.records[_key(encoding.uuid(id, "id", "48"))] = kept.setdefault(fields, fields)
    except STRANGE as error:
        found.records.clear()
        found.strange = (
            str(error) if isinstance(error, NotOursError) else f"it is not {format} of `extract`"
        )
    return found


def stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does, () if there is none."""
    try:
        at = path.stat()
    except FileNotFoundError:
        return ()
    return at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns


def _jsonl(path: Path) -> Lines:
    with path.open(encoding="utf-8") as file:
        for line in file:
            wire = json.loads(line)
            if not isinstance(wire, dict) or not isinstance(wire.get("data"), dict):
                raise ValueError("a line is not a record")
            said = wire.get("meta", {})
            if not isinstance(said, dict):
                raise ValueError("a line is not a record")
            names = [name for name, value in wire["data"].items() if value not in EMPTY]
            yield wire["id"], [*names, *(f"meta.{name}" for name in said)]


def _csv(path: Path) -> Lines:
    with path.open(encoding="utf-8", newline="") as file:
        first = file.readline().removeprefix(BYTE_ORDER_MARK)
        separator = first[len(OURS[0]) : len(OURS[0]) + 1]
        if not first.startswith(OURS[0]) or separator not in SEPARATORS.values():
            raise ValueError("the first line is another")
        yield from _rows(csv.reader(_again(first, file), delimiter=separator))


def _again(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _rows(rows: Iterator[list[str]]) -> Lines:
    headings = next(rows, [])
    if tuple(headings[: len(OURS)]) != OURS:
        raise ValueError("the headings are others")
    for row in rows:
        names = zip(headings[len(OURS) :], row[len(OURS) :], strict=False)
        yield row[0], (name for name, cell in names if cell)


def _xlsx(path: Path) -> Lines:
    """Read a workbook that was made by ``workbooks``: all of its cells are shared strings."""
    with zipfile.ZipFile(path) as book:
        with book.open("xl/sharedStrings.xml") as file:
            texts = [
                "".join(text.text or "" for text in one.iter(f"{SPREADSHEET}t"))
                for one in _elements(file, "si")
            ]
        number = 1
        while (name := f"xl/worksheets/sheet{number}.xml") in book.namelist():
            with book.open(name) as file:
                yield from _rows(_xlsx_rows(_elements(file, "row"), texts))
            number += 1
        if number == 1:
            raise ValueError("there is no sheet")


def _xlsx_rows(rows: Iterator[ElementTree.Element], texts: list[str]) -> Iterator[list[str]]:
    for row in rows:
        cells: list[str] = []
        for cell in row.iter(f"{SPREADSHEET}c"):
            at = _column(cell.attrib["r"])
            if not 0 <= at < MOST_COLUMNS:
                raise ValueError("no sheet has such a column")
            cells += [""] * (at + 1 - len(cells))
            cells[at] = texts[int(cell.findtext(f"{SPREADSHEET}v", "x"))]
        yield cells


def _column(reference: str) -> int:
    """Return the column of a cell, from 0: 27 for AB12."""
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _elements(file: IO[bytes], name: str) -> Iterator[ElementTree.Element]:
    """Yield the elements of that name, and forget each."""
    try:
        for _, element in ElementTree.iterparse(file):  # noqa: S314 - a file of the caller's own
            if element.tag == SPREADSHEET + name:
                yield element
                element.clear()
    except ElementTree.ParseError as error:
        raise ValueError("it is not XML") from error


def _table(path: Path) -> Lines:
    raise NotOursError("a table cannot be compared with another")


READERS: dict[str, Callable[[Path], Lines]] = {
    "table": _table,
    "jsonl": _jsonl,
    "csv": _csv,
    "xlsx": _xlsx,
}


def _key(id: str) -> bytes:
    return bytes.fromhex(id.replace("-", ""))
