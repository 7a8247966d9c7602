"""Every scenario of tests/vectors, in Python (tests/js/vectors.js runs them in JavaScript)."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.envelope.errors import EnvelopeError
from tests.envelope.operations import OPERATIONS, expanded, run
from tests.tools import make_vectors

VECTORS = Path(__file__).parent.parent / "vectors"
FILES = sorted(VECTORS.glob("*.json"))
LEAST = 200


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    vector: dict[str, Any] = json.loads(path.read_text())
    assert vector["name"] == path.stem
    if "error" in vector:
        with pytest.raises(EnvelopeError) as refused:
            run(vector["operation"], vector["input"])
        assert refused.value.code == vector["error"]
    else:
        assert run(vector["operation"], vector["input"]) == expanded(vector["output"])


def test_there_are_enough_scenarios_and_they_use_every_operation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    used = [json.loads(path.read_text())["operation"] for path in FILES]
    assert len(used) >= LEAST
    assert set(used) == set(OPERATIONS)
    with capsys.disabled():
        print(f"\nvectors: {len(used)} in Python")


def test_the_generator_makes_the_same_files_again() -> None:
    assert make_vectors.differences() == []
