"""The rows of a sheet: its columns are known only when the last record has come.

Until then the rows wait in an unnamed temporary file, sealed under a key that only this process
has: memory holds one row, and the disk nothing that anybody can read.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from ..client import Opened
from ..client.acts.writer_names import Sources
from ..envelope.primitives import KEY, random, seal, unseal
from .safe_output import cell_text, pieces, shown, values_of

# What no field can be called: names of fields have no dots and no spaces (docs/protocol.md §2).
OURS = ("record.id", "record.writer", "record.stored")
WAITING = b"sealform rows that wait"
LENGTH = 4


class Rows:
    """The rows of all records, as texts below ``headings``.

    A text that is longer than a cell goes on in the columns after its own: ``comments``,
    ``comments (2)``. Iterating yields each row once.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._key = random(KEY)
        self._widths: dict[str, int] = {}

    def add(self, record: Opened, source: str) -> None:
        """Take a record, with what its writer is called."""
        held = values_of(record)
        data = {name: pieces(cell_text(shown(value))) for name, value in held.items()}
        for name, parts in data.items():
            self._widths[name] = max(self._widths.get(name, 1), len(parts))
        row = json.dumps([record.id, cell_text(source), record.stored, data]).encode()
        sealed = seal(self._key, row, WAITING)
        self._file.write(len(sealed).to_bytes(LENGTH, "big") + sealed)

    @property
    def headings(self) -> list[str]:
        """The columns: ours, then the fields in the order in which they first appeared."""
        return [*OURS, *(heading(name, i) for name, i in self._columns())]

    def __iter__(self) -> Iterator[list[str]]:
        columns = list(self._columns())
        self._file.seek(0)
        while length := self._file.read(LENGTH):
            sealed = self._file.read(int.from_bytes(length, "big"))
            *ours, data = json.loads(unseal(self._key, sealed, WAITING))
            cells = [data.get(name, [])[i : i + 1] for name, i in columns]
            yield [*ours, *(cell[0] if cell else "" for cell in cells)]

    def _columns(self) -> Iterator[tuple[str, int]]:
        for name, width in self._widths.items():
            for i in range(width):
                yield name, i


def heading(name: str, i: int) -> str:
    """Return what the i-th column of a field is called, from 0."""
    return f"{name} ({i + 1})" if i else name


@contextmanager
def gathered(records: Iterator[Opened], sources: Sources) -> Iterator[Rows]:
    """Yield the rows of all records, once the last one has come."""
    folder = tempfile.gettempdir()
    with tempfile.TemporaryFile(prefix="sealform", dir=folder) as file:
        rows = Rows(file)
        try:
            for record in records:
                rows.add(record, sources.of(record.writer))
            file.flush()
        except OSError as error:
            raise OSError(error.errno, error.strerror, error.filename or folder) from error
        yield rows
