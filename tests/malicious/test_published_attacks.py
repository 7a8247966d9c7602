"""docs/published-attacks.md names tests that exist and run, and sections that there are."""

import os
import re
import subprocess
from collections.abc import Collection

import pytest

from tests.tools.processes import ROOT

DOCUMENT = ROOT / "docs" / "published-attacks.md"
PROTOCOL = ROOT / "docs" / "protocol.md"
HEAD = ("what was done", "here it would be", "why it is refused", "seen refused by")
LEAST = 20
"""How many rows there are at least."""
KEY = "[…]"
"""Where the key of a row goes, in what stands for a longer name."""

Rows = list[tuple[str, ...]]


def rows(text: str, *, columns: int) -> Rows:
    """The rows of all tables with so many columns, their heads among them."""
    tables = (line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| "))
    return [tuple(cells) for cells in tables if len(cells) == columns]


def short_names(text: str) -> dict[str, str]:
    """What is written for which test."""
    named = (re.findall("`([^`]+)`", " ".join(row)) for row in rows(text, columns=2))
    return {one[0].removesuffix(KEY): one[1] for one in named if len(one) == 2}


def attacks(text: str) -> Rows:
    return [row for row in rows(text, columns=len(HEAD)) if row != HEAD]


def named_by(row: tuple[str, ...], short: dict[str, str]) -> list[str]:
    """The whole names of the tests that a row names."""
    found = []
    for name in re.findall("`([^`]+)`", row[-1]):
        what, _, key = name.partition("[")
        found.append(short[what].replace(KEY, f"[{key}") if what in short else name)
    return found


def problems(text: str, collected: Collection[str]) -> list[str]:
    """What is wrong with the page, where these are the tests that there are."""
    short, wrong = short_names(text), []
    papers = {name for name, _ in rows(text, columns=2)}
    sections = set(re.findall(r"^## (\d+) ", PROTOCOL.read_text(), re.MULTILINE))
    for row in attacks(text):
        sources, tests = re.findall(r"\(([^()]+)\)$", row[0]), named_by(row, short)
        cited = set(re.findall(r"§(\d+)", row[2]))
        if not sources or not {*sources[0].split(", ")} <= papers:
            wrong.append(f"no paper of the list: {row[0]}")
        if not cited or not cited <= sections:
            wrong.append(f"no section of the protocol: {row[2]}")
        if not tests:
            wrong.append(f"no test: {row[0]}")
        wrong += [f"no such test: {name}" for name in tests if name not in collected]
    return wrong


@pytest.mark.slow
def test_each_attack_names_tests_that_make_test_runs() -> None:
    text = DOCUMENT.read_text()
    named = {name for row in attacks(text) for name in named_by(row, short_names(text))}
    files = sorted({name.partition("::")[0] for name in named})
    command = [str(ROOT / ".ci/pytest"), "test", "-n", "0", "--collect-only", *files]
    plain = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    done = subprocess.run(command, cwd=ROOT, env=plain, capture_output=True, text=True, check=True)

    assert problems(text, done.stdout.splitlines()) == []
    assert len(attacks(text)) >= LEAST


ROW = "| **Swap.** It was done (Matrix) | as here | bound (§5) | `client[a: b]` `tests/a.py::b` |"
PAGE = f"""
| paper | is about |
|---|---|
| Matrix | a paper |

| written here | is |
|---|---|
| `client[…]` | `tests/c.py::t[…]` |

| {" | ".join(HEAD)} |
|---|---|---|---|
{ROW}
"""
THERE = {"tests/c.py::t[a: b]", "tests/a.py::b"}


def test_a_page_that_is_right_has_no_problems() -> None:
    assert problems(PAGE, THERE) == []
    assert len(attacks(PAGE)) == 1


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("[a: b]", "[a: c]", "no such test: tests/c.py::t[a: c]"),
        ("a.py::b", "a.py::c", "no such test: tests/a.py::c"),
        ("client[a: b]", "visitor[a: b]", "no such test: visitor[a: b]"),
        ("`client[a: b]` `tests/a.py::b`", "none yet", "no test: **Swap.** It was done (Matrix)"),
        ("(§5)", "", "no section of the protocol: bound "),
        ("§5", "§50", "no section of the protocol: bound (§50)"),
        ("(Matrix)", "(Mail)", "no paper of the list: **Swap.** It was done (Mail)"),
        ("(Matrix)", "somewhere", "no paper of the list: **Swap.** It was done somewhere"),
    ],
)
def test_what_is_wrong_is_said(before: str, after: str, problem: str) -> None:
    page = PAGE.replace(ROW, ROW.replace(before, after))

    assert page != PAGE
    assert problem in problems(page, THERE)


def test_a_renamed_attack_is_noticed() -> None:
    assert problems(PAGE, THERE - {"tests/c.py::t[a: b]"}) == ["no such test: tests/c.py::t[a: b]"]
