"""Workbooks (xlsx) in which every cell is text: nothing is run, rounded or turned into a day."""

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from xlsxwriter import Workbook

from .sheets import Rows

MOST_ROWS = 1_048_576  # in one sheet, its headings counted
WIDTH = 20


def write_workbook(out: BinaryIO, rows: Rows, *, most: int = MOST_ROWS) -> None:
    """Write all rows below their headings; what one sheet cannot hold goes on in the next.

    It is made in memory: the temporary files of this library have names, and would outlive a
    process that is killed.
    """
    with Workbook(out, {"in_memory": True}) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        for part in _parts(rows, most - 1):
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(rows.headings) - 1, WIDTH)
            for column, heading in enumerate(rows.headings):
                sheet.write_string(0, column, heading, bold)
            for at, cells in enumerate(part, start=1):
                for column, cell in enumerate(cells):
                    if cell:
                        sheet.write_string(at, column, cell, text)


def _parts(rows: Rows, most: int) -> Iterator[list[list[str]]]:
    """Cut rows into parts of at most so many; one that is empty where there are none."""
    waiting = iter(rows)
    part = list(islice(waiting, most))
    while True:
        yield part
        part = list(islice(waiting, most))
        if not part:
            return
