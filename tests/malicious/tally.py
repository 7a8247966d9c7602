"""How many attacks there were, worked without their defence, and were refused with it."""

from collections import Counter
from typing import Any

import pytest

NAME = "attack"
ALTERATIONS = "alterations"
"""How many answers of one endpoint were altered, in one test."""


def shown(record_property: Any, what: str) -> None:
    """Remember that an attack was seen to work (``works``) or to be refused (``refused``)."""
    record_property(NAME, what)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the counts; a test's properties travel with its report, from other processes too."""
    reports: list[pytest.TestReport] = terminalreporter.getreports("passed")
    reports += terminalreporter.getreports("failed")
    attacks = [report for report in reports if report.when == "call"]
    counts = Counter(what for one in attacks for name, what in one.user_properties if name == NAME)
    if counts:
        terminalreporter.write_line(
            f"malicious server: {counts['attack']} attacks, {counts['works']} shown to work "
            f"without their defence, {counts['refused']} refused with it"
        )
    altered = [
        int(str(many))
        for one in attacks
        for name, many in one.user_properties
        if name == ALTERATIONS and one.passed
    ]
    if altered:
        terminalreporter.write_line(
            f"malicious server: {sum(altered):,} altered answers in {len(altered)} tests, each "
            "refused with a typed error"
        )
