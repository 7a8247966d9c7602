"""The table of records, divided by lane: listings and writes are as on the whole one."""

import os
import subprocess
import sys

import pytest

from tests.tools.processes import ROOT


@pytest.mark.postgres
@pytest.mark.nightly
@pytest.mark.slow
def test_the_tests_of_listings_pass_on_a_divided_table() -> None:
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    done = subprocess.run(
        [sys.executable, "-m", "tests.tools.partitioned"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"{server}/divided"},  # beside the one of this run
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "was divided into sixteen" in done.stdout
