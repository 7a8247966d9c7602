"""Records as a table, as lines of JSON, as sheets for a spreadsheet.

``csv`` and ``xlsx`` are for people, who open them in a spreadsheet: nothing in them is run
or turned into another number. What a program should read is ``jsonl``, which has the exact values.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TextIO

from ..client import Opened
from ..client.acts.writer_names import Sources
from ..client.quoting import plain
from .safe_output import json_line, records_table, rendered, safe_cell, terminal_width
from .sheets import gathered
from .workbooks import write_workbook

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Look:
    """What may be chosen of a format: the ``separator`` between the cells of a csv."""

    separator: str = ","


Write = Callable[[TextIO, Iterator[Opened], Sources, Look], None]


def write_table(out: TextIO, records: Iterator[Opened], sources: Sources, look: Look) -> None:
    """Write a table for people; control characters in values are made visible."""
    rows = list(records)
    if not rows:
        return
    terminal = out.isatty()
    names = [plain(sources.of(row.writer)) for row in rows]
    table = records_table(rows, names, terminal_width(terminal=terminal))
    out.write(rendered(table, terminal=terminal))


def write_jsonl(out: TextIO, records: Iterator[Opened], sources: Sources, look: Look) -> None:
    """Write each record as it comes, values exactly as they were sealed."""
    for record in records:
        out.write(json_line(record, sources.of(record.writer)) + "\n")


def write_csv(out: TextIO, records: Iterator[Opened], sources: Sources, look: Look) -> None:
    """Write a sheet that a spreadsheet opens and does not run, nor a terminal behind a pipe."""
    with gathered(records, sources) as rows:
        if not out.isatty():
            out.write(BYTE_ORDER_MARK)  # without it spreadsheets read bytes of another encoding
        lines = csv.writer(out, delimiter=look.separator)
        lines.writerow(rows.headings)
        for cells in rows:
            texts = map(plain, cells) if out.isatty() else iter(cells)
            lines.writerow([safe_cell(text, point=look.separator != ";") for text in texts])


def write_xlsx(out: TextIO, records: Iterator[Opened], sources: Sources, look: Look) -> None:
    """Write a workbook whose cells are all text."""
    with gathered(records, sources) as rows:
        write_workbook(out.buffer, rows)


TABLE, XLSX = "table", "xlsx"
WRITERS: dict[str, Write] = {
    TABLE: write_table,
    "jsonl": write_jsonl,
    "csv": write_csv,
    XLSX: write_xlsx,
}
