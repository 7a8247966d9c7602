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

# What begins a formula, with the white space before it.
SIGN = re.compile(r"(?<!\s)(\s*)([=+\-@＝＋－＠])")  # noqa: RUF001 - the full-width ones on purpose
# What a spreadsheet shows as it was typed: numbers of at most 15 digits without zeros at either
# end, days and times. Of everything else that looks like one, it makes another number or a day:
# 01234, +49 30, 1-2, 1e5, 4111111111111111, MARCH1.
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")
NUMBER = re.compile(rf"{WHOLE.pattern}|-?(?=[0-9.]{{3,16}}$)(0|[1-9][0-9]*)\.[0-9]*[1-9]")
DAY_OR_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
LONGEST_NUMBER = 255
MONTH = (
    "(jan(uar[yi]?|v(ier)?)?|feb(ruar[yi])?|f[eé]v(rier)?|mar(ch|s)?|märz?|apr(il)?|avr(il)?|ma[yi]"
    "|jun[ei]?|juin|jul[yi]?|juillet|aug(ust)?|août|sept?(emb(er|re))?|o[ck]t(ob(er|re))?"
    "|nov(emb(er|re))?|d[eé][cz](emb(er|re))?)"
)
NUMERIC = re.compile(
    r"(?=.*\d)[\d\s.,:/+\-()%'\u2019\u2212$£¥€]+(e[+-]?\d+)?(\s*[ap]m?)?"
    rf"|(?=.*\d)(\d{{1,4}}[\s.\-/]*){{0,2}}{MONTH}[\s.,\-/]*(\d{{1,4}}[\s.,\-/]*){{0,2}}"
    r"|true|false",
    re.IGNORECASE,
)
# What one cell of a spreadsheet holds, in units of UTF-16; how much of a longer text goes into
# each of several cells, so that it fits with the apostrophes that it may need.
CELL, PIECE = 32767, 16000
# Where some spreadsheet begins a cell inside of ours: where the decimal point is a comma, at `;`.
SEPARATORS, BREAKS = ';"', "\t\r\n"


def shown(value: Value) -> str:
    """Return a value as text in one piece."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(whole(value))


def whole(value: Value) -> Value:
    """Return a value; of a number without a fraction the whole one: JavaScript knows no 4.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def cell_text(text: str) -> str:
    """Return text as a cell shows it: lines and tabs stay, what nobody sees is made visible.

    Nothing in it moves a cursor, reorders text or ends a line in a second way.
    """
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n")
    return "".join(one if one in "\t\n" else visible(one) for one in lines)


def safe_cell(text: str, *, point: bool = True) -> str:
    """Return a CSV cell that no spreadsheet runs or changes, nor a part that one takes for a cell.

    What looks like the beginning of a formula gets a ``'``, and so does what would become
    another number or a day; ``point`` says whether a number may have a decimal point there.
    """
    if (NUMBER if point else WHOLE).fullmatch(text) or DAY_OR_TIME.fullmatch(text):
        return text
    changed = text.startswith(tuple(BREAKS)) or looks_numeric(text)
    safe = SIGN.sub(_defused, text)
    return f"'{safe}" if changed and not safe.startswith("'") else safe


def pieces(text: str) -> list[str]:
    """Cut a text that is too long for one cell into several, none of them split within a character.

    Lengths are counted in units of UTF-16, as spreadsheets do.
    """
    if len(text) <= CELL // 2 or units(text) <= CELL:
        return [text]
    found, start, size = [], 0, 0
    for at, character in enumerate(text):
        width = 2 if ord(character) > 0xFFFF else 1
        if size + width > PIECE:
            found.append(text[start:at])
            start, size = at, 0
        size += width
    return [*found, text[start:]]


def units(text: str) -> int:
    """Return the length of a text in units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def looks_numeric(text: str) -> bool:
    """Whether some spreadsheet would make a number, a day or a truth of it."""
    return text.isdecimal() or (
        len(text) <= LONGEST_NUMBER and NUMERIC.fullmatch(text) is not None and text.strip() != ""
    )


def _defused(sign: re.Match[str]) -> str:
    gap, start = sign[1], sign.start()
    begins = start == 0 or sign.string[start - 1] in SEPARATORS or not set(BREAKS).isdisjoint(gap)
    return f"{gap}'{sign[2]}" if begins else sign[0]


def json_line(record: Opened, source: str) -> str:
    """Return a record as one line of JSON, values exactly as they were sealed."""
    line: dict[str, Any] = {**record._asdict(), "meta": dict(record.meta), "source": source}
    del line["rooms"], line["akid"]
    line["data"] = {name: whole(value) for name, value in record.data.items()}
    text = json.dumps(line, ensure_ascii=False)  # which leaves these as they are
    return COMMANDING.sub(lambda one: f"\\u{ord(one[0]):04x}", text)


def values_of(record: Opened) -> dict[str, Value]:
    """Return what stands in the columns of a record: its values, then meta.NAME for each."""
    return {**record.data, **{f"meta.{name}": text for name, text in record.meta.items()}}


def columns_of(records: Iterable[Opened]) -> list[str]:
    """Return the names of all columns, in the order in which they first appear."""
    return list(dict.fromkeys(name for record in records for name in values_of(record)))


def records_table(records: Sequence[Opened], sources: Sequence[str], width: int) -> RenderableType:
    """Return records as a table; where that is too wide, one below the other."""
    names = columns_of(records)
    for id_length in (36, 8):
        table = simple_table("id", "writer", "stored", *names)
        for record, source in zip(records, sources, strict=True):
            held = values_of(record)
            values = [plain(shown(held.get(name))) for name in names]
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
    for name, value in values_of(record).items():
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
