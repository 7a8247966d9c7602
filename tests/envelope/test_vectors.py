"""Every scenario of tests/vectors, in Python (tests/js/vectors.js runs them in JavaScript)."""

from collections import Counter

import pytest

from tests.envelope.operations import FOLDER, OPERATIONS, Json, failures, vectors
from tests.tools import make_vectors

VECTORS = vectors()
LEAST = 1200


@pytest.mark.parametrize(("operation", "scenarios"), VECTORS.items(), ids=VECTORS)
def test_every_scenario_ends_as_it_says(operation: str, scenarios: list[Json]) -> None:
    wrong = failures(operation, scenarios)
    assert not wrong, "\n".join(wrong)


def test_there_are_enough_scenarios_and_they_use_every_operation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = Counter(one["name"] for scenarios in VECTORS.values() for one in scenarios)
    assert names.total() == len(names) >= LEAST
    assert set(VECTORS) == set(OPERATIONS) == {path.stem for path in FOLDER.glob("*.json")}
    with capsys.disabled():
        print(f"\nvectors: {len(names)} in Python")


@pytest.mark.parametrize(
    "wrong",
    [{"output": {"text": "AB"}}, {"error": "malformed"}],
    ids=["another output", "no error"],
)
def test_a_wrong_scenario_is_reported(wrong: Json) -> None:
    """The positive control of the first test; the others of its file are run all the same."""
    scenarios = [{"name": name, "input": {"data": "00"}} | wrong for name in ("one", "two")]
    assert [one.partition(":")[0] for one in failures("b64", scenarios)] == ["one", "two"]


def test_a_defect_is_reported() -> None:
    defect = {"name": "one", "input": {"data": 0}, "output": {"text": "AA"}}
    assert len(failures("b64", [defect])) == 1


def test_the_generator_makes_the_same_files_again() -> None:
    assert make_vectors.differences() == []
