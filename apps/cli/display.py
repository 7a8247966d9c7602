"""What people see: values that cannot harm a terminal or a spreadsheet, tables, lists.

Values come from visitors, names from other clients, hints from the server: none of
them may move the cursor, reorder text or start a formula.
"""

import io
import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..client.acts.reading import Opened
from ..client.quoting import plain, visible
from ..envelope.fields import Value

COMMANDING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
WIDTH = 100

# What begins a formula, with the white space before it; plain numbers are none.
SIGN = re.compile(r"(?<!\s)(\s*)([=+\-@＝＋－＠])")  # noqa: RUF001 - the full-width ones on purpose
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
# Where some spreadsheet begins a cell inside of ours: where the decimal point is a comma, at `;`.
SEPARATORS, BREAKS = ';"', "\t\r\n"
# All but the tab and line ends. A carriage return alone would overwrite its line.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")


def shown(value: Value) -> str:
    """Return a value as text in one piece."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)


def visible_controls(text: str) -> str:
    """Return text that a terminal does not obey, with its tabs, line ends and reordering marks."""
    return CONTROL.sub(lambda one: visible(one[0]), text)


def safe_cell(text: str) -> str:
    """Return a CSV cell that no spreadsheet runs, nor a part of it that one takes for a cell.

    What looks like the beginning of a formula gets a ``'``.
    """
    if NUMBER.fullmatch(text):
        return text
    first = "'" if text.startswith(tuple(BREAKS)) else ""
    return first + SIGN.sub(_defused, text)


def _defused(sign: re.Match[str]) -> str:
    gap, start = sign[1], sign.start()
    begins = start == 0 or sign.string[start - 1] in SEPARATORS or not set(BREAKS).isdisjoint(gap)
    return f"{gap}'{sign[2]}" if begins else sign[0]


def json_line(record: Opened, source: str) -> str:
    """Return a record as one line of JSON, values exactly as they were sealed."""
    line: dict[str, Any] = {**record._asdict(), "source": source}
    del line["rooms"]
    text = json.dumps(line, ensure_ascii=False)  # which leaves these as they are
    return COMMANDING.sub(lambda one: f"\\u{ord(one[0]):04x}", text)


def columns_of(records: Iterable[Opened]) -> list[str]:
    """Return all field names, in the order in which they first appear."""
    return list(dict.fromkeys(name for record in records for name in record.data))


def records_table(records: Sequence[Opened], sources: Sequence[str], width: int) -> RenderableType:
    """Return records as a table; where that is too wide, one below the other."""
    names = columns_of(records)
    for id_length in (36, 8):
        table = simple_table("id", "writer", "stored", *names)
        for record, source in zip(records, sources, strict=True):
            values = [plain(shown(record.data.get(name))) for name in names]
            table.add_row(record.id[:id_length], source, day(record), *map(Text, values))
        if Console(width=10_000).measure(table).maximum <= width:
            return table
    return Group(*map(_one_below_the_other, records, sources))


def simple_table(*headings: str) -> Table:
    """Return an empty table in the one style of this project."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(Text(heading), overflow="fold", no_wrap=heading in {"id", "client id"})
    return table


def filled_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table of plain texts, without the columns in which nothing stands."""
    used = [i for i in range(len(headings)) if any(row[i] for row in rows)]
    table = simple_table(*(headings[i] for i in used))
    for row in rows:
        table.add_row(*(Text(plain(row[i])) for i in used))
    return table


def day(record: Opened) -> str:
    """Return when a record came, to the minute where the server tells that."""
    return plain(record.stored[:16].replace("T", " "))


def _one_below_the_other(record: Opened, source: str) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in record.data.items():
        grid.add_row(name, Text(plain(shown(value))))
    title = Text.assemble((record.id, "bold"), "  ", source, "  ", (day(record), "dim"))
    return Group(title, grid, Text())


def rendered(what: RenderableType, *, terminal: bool) -> str:
    """Return what rich makes of it: coloured and fitted for a terminal, else plain and wide."""
    buffer = io.StringIO()
    Console(
        file=buffer,
        force_terminal=terminal,
        no_color=not terminal,
        width=terminal_width(terminal=terminal),
        highlight=False,
        markup=False,
        emoji=False,
    ).print(what)
    lines = buffer.getvalue().splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def terminal_width(*, terminal: bool) -> int:
    """Return the terminal's width; where there is none, $COLUMNS or enough for most tables."""
    console = Console(file=sys.stdout)
    return console.width if terminal or console.is_terminal else max(console.width, WIDTH)
