"""The client as people install it: one wheel, in an environment of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.processes import ROOT


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    checked([sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(folder), str(ROOT)])
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment in which nothing is installed so far: where its programs are."""
    folder = tmp_path_factory.mktemp("environment")
    checked([sys.executable, "-m", "venv", str(folder)])
    return folder / "bin"


def checked(command: list[str]) -> str:
    """Run a command, which must succeed; returns what it printed."""
    quiet = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(command, env=quiet, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
