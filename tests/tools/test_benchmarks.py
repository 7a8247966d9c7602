"""Benchmarks are run at night alone; that they can be run is seen by day."""

from pathlib import Path

import pytest

from tests import benchmarks
from tests.tools.processes import python

ALL = sorted(
    path.stem
    for path in Path(benchmarks.__file__).parent.glob("*.py")
    if "__main__" in path.read_text()
)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_it_says_what_it_measures(name: str) -> None:
    ran = python("-m", f"tests.benchmarks.{name}", "--help")

    assert ran.returncode == 0, ran.stderr
    assert "usage:" in ran.stdout


def test_they_are_there() -> None:
    assert {
        "extract",
        "listing",
        "passphrase",
        "seal",
        "slow_connections",
        "split",
        "submit",
    } <= set(ALL)
