"""Processes of their own, with the project's own settings and nothing else in the environment."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python at the project's root; what it is not given, it does not have."""
    essential = {"PATH": os.environ["PATH"], "SEALFORM_ENV_FILE": ""}
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        env=essential | environment,
        capture_output=True,
        text=True,
    )
