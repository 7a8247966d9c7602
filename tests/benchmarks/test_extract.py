"""The rate of `extract`, as the issue asks for it."""

import pytest

from tests.tools.processes import python


@pytest.mark.benchmark
def test_extracting_reaches_the_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    done = python("-m", "tests.benchmarks.extract")

    with capsys.disabled():
        print(f"\n{done.stdout}", end="")
    assert done.returncode == 0, done.stdout + done.stderr
