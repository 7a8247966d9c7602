"""Prints what a run took, beside what it may take.

    python -m tests.tools.budgets check|test|nightly FIGURES

FIGURES is what `.ci/count` and `tests.tools.processor_time` wrote; what each folder and each run
may take stands in tests/budgets.toml. More than that is marked and fails nothing: a machine may
be slow. Who needs more moves something to `make nightly`, or says in the commit why not.
"""

import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

BUDGETS = Path(__file__).parents[1] / "budgets.toml"


def rows(figures: str) -> Iterator[tuple[str, float, int]]:
    """Yield name, seconds and number of tests: of each folder, then of each step without them."""
    folders, steps, within = (defaultdict[str, float](float) for _ in range(3))
    counts = Counter[str]()
    for line in figures.splitlines():
        step, folder, used, count = line.split("\t")
        if folder:
            folders[folder] += float(used)
            within[step] += float(used)
            counts[folder] += int(count)
        else:
            steps[step] += float(used)
    for folder in sorted(folders):
        yield folder, folders[folder], counts[folder]
    for step, seconds in steps.items():
        name = f"{step}: start, collecting, end" if within[step] else step
        yield name, seconds - within[step], 0


def table(figures: str, budgets: dict[str, float]) -> list[str]:
    """Return lines for people."""
    told = list(rows(figures))
    width = max(30, *(len(name) for name, _, _ in told))
    lines = [f"{'Seconds of processor time':{width}}    used  budget   tests"]
    whole = ("all", sum(seconds for _, seconds, _ in told), sum(tests for _, _, tests in told))
    for name, seconds, tests in (*told, whole):
        budget = budgets.get(name)
        lines.append(
            f"{name:{width}}{seconds:8,.1f}"
            f"{f'{budget:8,.0f}' if budget else 8 * ' '}{f'{tests:8,}' if tests else ''}"
            f"{'  more than it may' if budget and seconds > budget else ''}".rstrip()
        )
    return lines


def main(kind: str, figures: str) -> None:
    budgets = tomllib.loads(BUDGETS.read_text()).get(kind, {})
    print("\n".join(table(Path(figures).read_text(), budgets)))


if __name__ == "__main__":
    main(*sys.argv[1:])
