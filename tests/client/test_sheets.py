"""CSV that no spreadsheet runs, whatever it takes for the end of a cell, and no terminal obeys."""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.cli.display import NUMBER, safe_cell, visible_controls
from tests.client.parties import Party, Signup

SIGNS = "=+-@＝＋－＠"  # noqa: RUF001 - the full-width ones on purpose
FORMULA = f"{SIGNS[0]}HYPERLINK(1)"
PIECES = ["x", "1", ",", ";", "\t", "\r", "\n", '"', "'", " ", "\u00a0", "\x0b", *SIGNS]
# What moves cursors, rings or turns the text of a terminal; C1 controls in one character.
COMMAND = "\x1b]0;owned\x07\x9b2J\x00\x08\x7f"
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


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
    csv.writer(out).writerow(["id", *(safe_cell(visible_controls(cell)) for cell in cells)])
    return out.getvalue()


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


@pytest.mark.parametrize("value", ATTACKS)
def test_no_cell_is_a_formula_wherever_a_spreadsheet_ends_it(
    acme: Party, signup: Signup, value: str
) -> None:
    signup.fill(comments=value, fullname=value)

    out = acme.run("extract", "--type", "account", "--format", "csv").out

    assert formulas(out) == []
    [row] = csv.DictReader(io.StringIO(out, newline=""))
    assert row["comments"].replace("'", "") == visible_controls(value)


@settings(max_examples=500)
@given(st.lists(st.text(st.sampled_from(PIECES), max_size=12), min_size=1, max_size=3))
def test_no_cell_is_a_formula_whatever_was_typed(cells: list[str]) -> None:
    assert formulas(written(*cells)) == []


def test_long_runs_of_white_space_take_no_long_time() -> None:
    assert safe_cell("\n" * 65536) == "'" + "\n" * 65536


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("-5.25", "-5.25"),
        ("+49", "+49"),
        ("a=b; c", "a=b; c"),
        ("ann@example.org;bo@example.org", "ann@example.org;bo@example.org"),
        ("one\n\ntwo\r\nthree; four", "one\n\ntwo\r\nthree; four"),
        ("x;=1", "x;'=1"),
        ("a\n- b", "a\n'- b"),
    ],
)
def test_what_no_spreadsheet_runs_stays_as_it_is(value: str, cell: str) -> None:
    assert safe_cell(value) == cell


def test_lines_of_json_have_the_exact_values(acme: Party, signup: Signup) -> None:
    for value in ATTACKS:
        signup.fill(comments=value)

    lines = acme.run("extract", "--type", "account", "--format", "jsonl").lines

    assert {line["data"]["comments"] for line in lines} == set(ATTACKS)


def test_controls_reach_no_terminal_through_a_pipe(acme: Party, signup: Signup) -> None:
    signup.fill(fullname=f"Ann{COMMAND}", comments="one\ttwo\nthree\r\nfour\rfive")

    out = acme.run("extract", "--type", "account", "--format", "csv").out

    [row] = csv.DictReader(io.StringIO(out, newline=""))
    assert row["fullname"] == r"Ann\x1b]0;owned\x07\x9b2J\x00\x08\x7f"
    assert row["comments"] == "one\ttwo\nthree\r\nfour" + r"\x0dfive"
    assert CONTROLS.findall(out.replace("\r\n", "")) == []
    assert json.loads(acme.run("extract", "--type", "account", "--format", "jsonl").out)
