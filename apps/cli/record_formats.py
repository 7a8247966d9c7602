"""Records as a table, as lines of JSON, as CSV."""

import csv
from collections.abc import Callable, Iterator
from typing import TextIO

from ..client import Opened
from ..client.acts.writer_names import Sources
from ..client.quoting import plain
from .display import (
    columns_of,
    json_line,
    records_table,
    rendered,
    safe_cell,
    shown,
    terminal_width,
    visible_controls,
)

Write = Callable[[TextIO, Iterator[Opened], Sources], None]


def write_table(out: TextIO, records: Iterator[Opened], sources: Sources) -> None:
    """Write a table for people; control characters in values are made visible."""
    rows = list(records)
    if not rows:
        return
    terminal = out.isatty()
    names = [plain(sources.of(row.writer)) for row in rows]
    table = records_table(rows, names, terminal_width(terminal=terminal))
    out.write(rendered(table, terminal=terminal))


def write_jsonl(out: TextIO, records: Iterator[Opened], sources: Sources) -> None:
    """Write each record as it comes, values exactly as they were sealed."""
    for record in records:
        out.write(json_line(record, sources.of(record.writer)) + "\n")


def write_csv(out: TextIO, records: Iterator[Opened], sources: Sources) -> None:
    """Write a sheet that a spreadsheet opens and does not run, nor a terminal behind a pipe."""
    rows = list(records)
    visible = plain if out.isatty() else visible_controls
    names = columns_of(rows)
    lines = csv.writer(out)
    lines.writerow(["id", "writer", "stored", *names])
    for row in rows:
        texts = [sources.of(row.writer), *(shown(row.data.get(name)) for name in names)]
        source, *cells = [safe_cell(visible(text)) for text in texts]
        lines.writerow([row.id, source, row.stored, *cells])


WRITERS: dict[str, Write] = {"table": write_table, "jsonl": write_jsonl, "csv": write_csv}
