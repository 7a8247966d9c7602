"""Counts the processor time of tests by folder: pytest's own, and that of all it starts.

A plugin. Where `.ci/count` runs pytest, the sums go to its file of figures, for
`tests.tools.budgets` to print; with ``--processor-time=20`` the twenty dearest tests are listed.

A test is charged for all that happened since the test before it ended, so the first of a file
pays for what its module builds. Browsers and servers that live on are asked in /proc, those that
ended are known to their parents; where /proc does not tell children only these are counted.
"""

import os
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NAME = "processor time"
PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def spent() -> float:
    """Return the seconds that this process and all its descendants have taken so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime + _descendants() / TICKS


def _descendants() -> int:
    """Return the ticks of living descendants, and of those they have waited for."""
    ticks, parents = 0, [os.getpid()]
    while parents:
        for child in _children(parents.pop()):
            try:
                fields = (PROC / child / "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:  # it has just ended
                continue
            ticks += sum(map(int, fields[11:15]))
            parents.append(int(child))
    return ticks


def _children(parent: int) -> list[str]:
    """Return the ids of a process's children.

    Each thread has its own list. To look through all of /proc instead took a tenth of a quick run.
    """
    found: list[str] = []
    try:
        for thread in os.listdir(PROC / f"{parent}/task"):
            found += (PROC / f"{parent}/task/{thread}/children").read_text().split()
    except OSError:  # it has just ended
        pass
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--processor-time", type=int, default=0, metavar="N", help="list the N dearest tests"
    )


class Counting:
    """In each process that runs tests: tells the report of a test's end what it took."""

    def __init__(self) -> None:
        self.so_far = 0.0

    def pytest_collection_finish(self) -> None:
        self.so_far = spent()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        try:
            return (yield)
        finally:
            now = spent()
            # Less than nothing: somebody was killed, and its children with it.
            item.user_properties.append((NAME, max(0.0, now - self.so_far)))
            self.so_far = now


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("processor_time") or os.environ.get("SEALFORM_FIGURES"):
        config.pluginmanager.register(Counting(), "processor-time")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Sum up; a test's properties travel with its report, from other processes too."""
    if hasattr(config, "workerinput"):
        return
    tests = defaultdict[str, float](float)
    for kind in ("passed", "failed", "error", "skipped", ""):
        for report in terminalreporter.getreports(kind):
            for name, seconds in getattr(report, "user_properties", ()):
                if name == NAME and report.when == "teardown":
                    tests[report.nodeid] += seconds
    if most := config.getoption("processor_time"):
        terminalreporter.section("processor time")
        for test in sorted(tests, key=tests.__getitem__, reverse=True)[:most]:
            terminalreporter.write_line(f"{tests[test]:7.2f} {test}")
    if figures := os.environ.get("SEALFORM_FIGURES"):
        step = os.environ.get("SEALFORM_STEP", "pytest")
        folders, counts = defaultdict[str, float](float), Counter[str]()
        for test, seconds in tests.items():
            folder = folder_of(test)
            folders[folder] += seconds
            counts[folder] += 1
        with Path(figures).open("a") as file:
            for folder in sorted(folders):
                file.write(f"{step}\t{folder}\t{folders[folder]:.2f}\t{counts[folder]}\n")


def folder_of(test: str) -> str:
    """Return tests/ROOM for a test's id."""
    parts = test.partition("::")[0].split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]
