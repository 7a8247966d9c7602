"""The client in JavaScript (static/src/client) against the one in Python."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from apps.client.endpoints import ENDPOINTS, Endpoint

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def told(endpoint: Endpoint) -> dict[str, Any]:
    names = ("method", "path", "most", "seconds", "public", "paged", "idempotent")
    return {name: getattr(endpoint, name) for name in names}


def test_both_ask_the_same_and_let_an_answer_be_as_long() -> None:
    command = ["node", "tests/js/client/endpoints.js"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert json.loads(run.stdout) == {name: told(one) for name, one in ENDPOINTS.items()}
