"""Sheets that no spreadsheet runs or changes, whatever it takes for the end of a cell."""

import csv
import io
import itertools
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.cli.record_formats import BYTE_ORDER_MARK
from apps.cli.safe_output import CELL, NUMBER, cell_text, pieces, safe_cell, units
from apps.cli.sheets import OURS, Rows
from apps.cli.workbooks import write_workbook
from apps.client import Opened
from apps.envelope.encoding import NAME
from tests.client.parties import Party, Signup
from tests.tools.drawing import examples

SIGNS = "=+-@＝＋－＠"  # noqa: RUF001 - the full-width ones on purpose
FORMULA = f"{SIGNS[0]}HYPERLINK(1)"
PIECES = ["x", "1", ",", ";", "\t", "\r", "\n", '"', "'", " ", "\u00a0", "\x0b", *SIGNS]
# What moves cursors, rings or turns the text of a terminal; C1 controls in one character.
COMMAND = "\x1b]0;owned\x07\x9b2J\x00\x08\x7f"
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read(sheet: str, delimiter: str) -> Iterator[str]:
    """The cells that a program finds which takes this for the end of a cell."""
    rows = csv.reader(io.StringIO(sheet, newline=""), delimiter=delimiter)
    return itertools.chain.from_iterable(rows)


def formulas(sheet: str) -> list[str]:
    """The cells that would be run, in any locale; programs may trim cells before they look."""
    found = [cell for delimiter in ";\t" for cell in read(sheet, delimiter)]
    found += [cell for cell in read(sheet, ",") if not NUMBER.fullmatch(cell)]
    return [cell for cell in found if re.match(rf'[\s"]*[{re.escape(SIGNS)}]', cell)]


def written(*cells: str) -> str:
    """A line as `extract` writes it, after a first cell that nobody chooses."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow(["id", *(safe_cell(cell_text(cell)) for cell in cells)])
    return out.getvalue()


def sheet(acme: Party, *words: str) -> list[dict[str, str]]:
    """The rows of a csv that acme extracts."""
    ran = acme.run("extract", "--type", "account", "--format", "csv", *words)
    assert (ran.error, ran.out[0]) == ("", BYTE_ORDER_MARK)
    delimiter = ran.out[1 + len(OURS[0])]
    return list(csv.DictReader(io.StringIO(ran.out[1:], newline=""), delimiter=delimiter))


def workbook(path: Path) -> list[list[str]]:
    """The rows of a workbook; fails if a cell is anything but text."""
    with ZipFile(path) as book:
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314
        texts = ["".join(t.text or "" for t in one.iter(f"{SPREADSHEET}t")) for one in strings]
        names = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        rows = []
        for name in sorted(names):
            tree = ElementTree.fromstring(book.read(name))  # noqa: S314
            for cells in map(list, tree.iter(f"{SPREADSHEET}row")):
                assert {cell.attrib["t"] for cell in cells} == {"s"}
                at = {cell.attrib["r"].rstrip("0123456789"): cell[0].text or "" for cell in cells}
                rows.append([texts[int(at[one])] if one in at else "" for one in "ABCDEFGHIJKLMNO"])
        return rows


ATTACKS = [
    f"x;{FORMULA}",
    f"x; {FORMULA}",
    f"x\t{FORMULA}",
    f"x\n{FORMULA}",
    f"x\r\n{FORMULA}",
    f"x\r{FORMULA}",
    f"x\n\n \u00a0{FORMULA}",
    f'x;"{FORMULA}"',
    f'x;" {FORMULA}"',
    f'x\n"{FORMULA}',
    f'a, b; "{FORMULA}"',
    f" {FORMULA}",
    f";{FORMULA}",
    f";\x0b{FORMULA}",
    "x;+1",
    "x;-1",
    "x;@SUM(1)",
    *(f"x;{sign}1+1" for sign in SIGNS),
]


@pytest.mark.slow
def test_no_cell_is_a_formula_wherever_a_spreadsheet_ends_it(acme: Party, signup: Signup) -> None:
    for value in ATTACKS:
        signup.fill(comments=value, fullname=value)

    out = acme.run("extract", "--type", "account", "--format", "csv").out

    assert formulas(out[1:]) == []
    shown = [row["comments"].replace("'", "") for row in sheet(acme)]
    assert sorted(shown) == sorted(cell_text(value) for value in ATTACKS)


@pytest.mark.slow
@examples(500)
@given(st.lists(st.text(st.sampled_from(PIECES), max_size=12), min_size=1, max_size=3))
def test_no_cell_is_a_formula_whatever_was_typed(cells: list[str]) -> None:
    assert formulas(written(*cells)) == []


@pytest.mark.parametrize(
    "text", ["\n" * 65536, " " * 65536, "1" * 65536, "1 " * 127 + "x", " " * 254 + "x", "1." * 127]
)
def test_long_runs_take_no_long_time(text: str) -> None:
    began = time.process_time()
    safe_cell(text)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("34", "34"),
        ("-5.25", "-5.25"),
        ("123456789012345", "123456789012345"),
        ("2020-01-31", "2020-01-31"),
        ("14:30", "14:30"),
        ("12 Harbour Street", "12 Harbour Street"),
        ("Flat 3", "Flat 3"),
        ("May", "May"),
        ("a=b; c", "a=b; c"),
        ("ann@example.org;bo@example.org", "ann@example.org;bo@example.org"),
        ("one\n\ntwo\nthree; four", "one\n\ntwo\nthree; four"),
        ("x;=1", "x;'=1"),
        ("a\n- b", "a\n'- b"),
    ],
)
def test_what_no_spreadsheet_runs_or_changes_stays_as_it_is(value: str, cell: str) -> None:
    assert safe_cell(value) == cell


@pytest.mark.parametrize(
    "value",
    [
        "01234", "00", "+49", "+49 30 1234567", "030 1234567", "(030) 12 34", "1.50", "1,5", "-0",
        "1e5", "1E+10", "1234567890123456", "4111 1111 1111 1111", "1-2", "1/2", "3.4.", "2020-01",
        "31.12.2020", "12/31", "MARCH1", "Sept 2", "12 May", "5 pm", "50%", "$5", "7 €", "true",
        "FALSE", "١٢٣", " 12", "12 ", "9" * 300, "97301-1234", "1.", ".5", "12:3",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_change_is_marked_as_text(value: str) -> None:
    assert safe_cell(value) == f"'{value}"


def test_where_the_decimal_point_is_a_comma_one_with_a_point_would_become_a_day() -> None:
    assert [safe_cell(text, point=False) for text in ("5.2", "52")] == ["'5.2", "52"]


@pytest.mark.slow
def test_lines_of_json_have_the_exact_values(acme: Party, signup: Signup) -> None:
    for value in ATTACKS:
        signup.fill(comments=value)

    lines = acme.run("extract", "--type", "account", "--format", "jsonl").lines

    assert {line["data"]["comments"] for line in lines} == set(ATTACKS)


def test_controls_reach_no_terminal_through_a_pipe(acme: Party, signup: Signup) -> None:
    signup.fill(fullname=f"Ann{COMMAND}", comments="one\ttwo\nthree\r\nfour\rfive")

    out = acme.run("extract", "--type", "account", "--format", "csv").out

    [row] = sheet(acme)
    assert row["fullname"] == r"Ann\x1b]0;owned\x07\x9b2J\x00\x08\x7f"
    assert row["comments"] == "one\ttwo\nthree\nfour" + r"\x0dfive"
    assert CONTROLS.findall(out.replace("\r\n", "")) == []
    assert json.loads(acme.run("extract", "--type", "account", "--format", "jsonl").out)


@pytest.mark.parametrize(
    "mark", "\u200e\u200f\u061c\u202a\u202e\u2066\u2069\u2028\u0085\ufeff\u00ad"
)
def test_what_nobody_sees_is_made_visible(mark: str) -> None:
    shown = cell_text(f"a{mark}b")

    assert mark not in shown
    assert shown.startswith("a\\")
    assert cell_text("a\u200cb") == "a\u200cb"  # what joins letters is part of a Persian word


@pytest.mark.parametrize(("name", "between"), [("comma", ","), ("semicolon", ";"), ("tab", "\t")])
def test_the_separator_can_be_chosen(acme: Party, signup: Signup, name: str, between: str) -> None:
    signup.fill(comments=f"a{between}b", zip="01234")

    ran = acme.run("extract", "--type", "account", "--format", "csv", "--separator", name)

    assert ran.out.startswith(BYTE_ORDER_MARK + between.join(OURS) + between)
    [row] = sheet(acme, "--separator", name)
    assert (row["comments"], row["zip"]) == (f"a{between}b", "'01234")


def test_fields_may_have_the_names_of_our_columns(acme: Party) -> None:
    acme.client.write("contact", {"id": "a", "writer": "b", "stored": "c", "record": "d"})

    ran = acme.run("extract", "--type", "contact", "--format", "csv")

    header, row = csv.reader(io.StringIO(ran.out[1:], newline=""))
    assert header[:3] == [*OURS]
    assert dict(zip(header[3:], row[3:], strict=True)) == {
        "id": "a", "writer": "b", "stored": "c", "record": "d"
    }  # fmt: skip
    assert not any(NAME.fullmatch(name) for name in OURS)


def test_a_workbook_has_text_only_and_all_of_it(
    acme: Party, signup: Signup, tmp_path: Path
) -> None:
    odd = {"zip": "01234", "age": "+49301", "fullname": FORMULA, "comments": "a\r\nb\x1b_x000D_"}
    [id] = signup.fill(**odd)

    ran = acme.run("extract", "--type", "account", "--out", str(tmp_path / "a.xlsx"))

    assert ran.error == ""
    headings, row = workbook(tmp_path / "a.xlsx")
    found = dict(zip(headings, row, strict=False))
    assert (found["record.id"], found["zip"], found["age"]) == (id, "01234", "+49301")
    assert found["fullname"] == FORMULA
    assert found["comments"].replace("_x005F", "") == "a\nb\\x1b_x000D_"


def test_a_workbook_does_not_go_to_a_terminal(acme: Party) -> None:
    assert "name a file" in acme.run("extract", "--type", "a", "--format", "xlsx").error


@pytest.mark.parametrize("length", [CELL - 1, CELL, CELL + 1, 40_000, 65_000])
@pytest.mark.parametrize("character", ["a", "🐝", "="])
def test_a_text_that_no_cell_holds_goes_on_in_the_next(length: int, character: str) -> None:
    text = character * (length // units(character))

    found = pieces(text)

    assert "".join(found) == text
    assert all(units(safe_cell(one)) <= CELL for one in found[: len(found) if length > CELL else 0])
    assert (len(found) > 1) == (units(text) > CELL)


def test_pieces_fit_with_all_apostrophes_that_they_may_need() -> None:
    found = pieces(";=" * 30_000)

    assert all(units(safe_cell(one)) <= CELL for one in found)


def test_long_answers_are_complete_in_a_sheet(acme: Party, signup: Signup) -> None:
    signup.fill(comments="x" * 40_000)
    signup.fill(comments="short")

    rows = sheet(acme)

    texts = [[row[name] for name in row if name.startswith("comments")] for row in rows]
    assert sorted("".join(one) for one in texts) == ["short", "x" * 40_000]
    assert {"comments", "comments (2)", "comments (3)"} <= set(rows[0])


def test_more_rows_than_a_sheet_holds_go_on_in_another(tmp_path: Path) -> None:
    rows = Rows(io.BytesIO())
    for i in range(5):
        rows.add(Opened(f"id{i}", "w", "t", 1, "", {"a": "x"}, {}, {}), "own")
    with (tmp_path / "a.xlsx").open("wb") as out:
        write_workbook(out, rows, most=3)

    found = workbook(tmp_path / "a.xlsx")

    assert [row[0] for row in found] == [
        "record.id", "id0", "id1", "record.id", "id2", "id3", "record.id", "id4"
    ]  # fmt: skip


def test_rows_that_wait_cannot_be_read_by_others() -> None:
    file = io.BytesIO()
    rows = Rows(file)

    rows.add(Opened("id", "w", "t", 1, "", {"a": "Ann Canary"}, {}, {}), "own")

    assert b"Canary" not in file.getvalue()
    assert b"Ann" not in file.getvalue()
    assert list(rows) == [["id", "own", "", "Ann Canary"]]
