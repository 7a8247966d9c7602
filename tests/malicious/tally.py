"""How many attacks there were, worked without their defence, and were refused with it."""

from collections import Counter
from typing import Any

import pytest

NAME = "attack"


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
