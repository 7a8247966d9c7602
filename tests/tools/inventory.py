"""Lists by name what the tests hold: attacks, vectors, tampered cases and promises.

    python -m tests.tools.inventory [--tree FOLDER] > after.txt
    python -m tests.tools.inventory --compare before.txt after.txt [--reasons reasons.txt]

A line is a name, followed by how many there are of it where there is more than one::

    attack keys: forges an inbox
    vector card-parse
    tamper fields/field k: bit flipped #480
    promise test_an_origin_of_the_list_is_allowed[https://shop.example]

A promise is a test, in Python or in Node; its name does not say where the test stands, so that
a file may move. FOLDER is any work tree that `git worktree add` made, an old one too; Python
and Node are those that run this command, and node_modules has to be there.

The comparison fails where something is missing, or less of it is left, unless the file of
reasons names it: a line ``name: reason`` for each.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ATTACKS = "tests/malicious/"
# Runs in the other tree, and therefore with its own modules.
TAMPERED = """
from tests.envelope.test_tamper import BLOBS, MOVES
for family in (*BLOBS, *MOVES):
    for kind, _ in family():
        print(f"{family.__name__}/{kind}")
"""


class InventoryError(Exception):
    """A tree whose tests cannot be listed, or a list that is none."""


def inventory(tree: Path) -> Counter[str]:
    """Return how many there are of each name in a work tree."""
    python, vectors = list(_python_tests(tree)), list(_vectors(tree))
    promises = Counter([*(name for _, name in python), *_node_tests(tree)])
    for name in vectors:  # once, as a vector, also where each is a test of its own
        del promises[name], promises[f"test_vector[{name}]"]
    found = Counter({f"promise {name}": many for name, many in promises.items()})
    found += Counter(f"attack {name}" for name in _attacks(python))
    found += Counter(f"vector {name}" for name in vectors)
    found += Counter(f"tamper {name}" for name in _tampered(tree))
    lost = {"promise", "attack", "vector", "tamper"} - {name.split()[0] for name in found}
    if lost:
        raise InventoryError(f"{tree} has no {' and no '.join(sorted(lost))}")
    return found


def _run(tree: Path, *command: str) -> str:
    environment = os.environ | {
        "PYTHONPATH": str(tree),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise InventoryError(f"{' '.join(command)[:200]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _python_tests(tree: Path) -> Iterator[tuple[str, str]]:
    """Yield file and name of each test, its parameters included, whatever its markers."""
    options = ("-o", "addopts=", "-p", "no:cacheprovider", "--collect-only", "-q")
    told = _run(tree, sys.executable, "-m", "pytest", *options, "tests")
    for line in told.splitlines():
        path, is_test, name = line.partition("::")
        if is_test and path.endswith(".py"):
            yield path, name


def _node_tests(tree: Path) -> Iterator[str]:
    """Yield the names of the tests of tests/js, which Node tells only as it runs them."""
    files = [str(path.relative_to(tree)) for path in sorted((tree / "tests/js").rglob("*.test.js"))]
    told = _run(tree, "node", "--test", "--test-reporter=tap", *files)
    for name in re.findall(r"^ *(?:not )?ok \d+ - (.*)$", told, re.MULTILINE):
        yield re.sub(r"\\(.)", r"\1", re.sub(r" # (?:SKIP|TODO).*", "", name))


def _attacks(tests: Iterable[tuple[str, str]]) -> Iterator[str]:
    for path, name in tests:
        if path.startswith(ATTACKS) and name.endswith("]"):
            yield name.partition("[")[2].removesuffix("]")


def _vectors(tree: Path) -> Iterator[str]:
    """Yield the names of scenarios, of which a file holds one or many."""
    for path in sorted((tree / "tests/vectors").glob("*.json")):
        told = json.loads(path.read_text())
        for scenario in told.get("scenarios", [told]):  # of old, a file was a scenario
            yield scenario["name"]


def _tampered(tree: Path) -> list[str]:
    return _run(tree, sys.executable, "-P", "-c", TAMPERED).splitlines()


def lines(found: Counter[str]) -> list[str]:
    """Return a sorted list for people and for `read`."""
    return [name if many == 1 else f"{name} #{many}" for name, many in sorted(found.items())]


def read(text: str) -> Counter[str]:
    """Return what `lines` wrote."""
    found = Counter[str]()
    for line in text.splitlines():
        many = re.search(r" #(\d+)$", line)
        found[line[: many.start()] if many else line] += int(many[1]) if many else 1
    return found


def compared(before: Counter[str], after: Counter[str], reasons: str) -> tuple[list[str], bool]:
    """Return the differences for people, and whether everything missing has its reason."""
    missing, new = before - after, after - before
    given = [line for line in reasons.splitlines() if line.strip()]
    told, complete = [], True
    for name in sorted(missing):
        why = [line[len(name) + 2 :].strip() for line in given if line.startswith(f"{name}: ")]
        complete = complete and any(why)
        told.append(f"missing{_many(missing[name])}: {name}{_why(why)}")
    told += [f"new{_many(new[name])}: {name}" for name in sorted(new)]
    told.append(f"{before.total():,} before, {after.total():,} after")
    told.append(f"{missing.total():,} missing, {new.total():,} new")
    return told, complete


def _many(count: int) -> str:
    return "" if count == 1 else f" {count}"


def _why(reasons: list[str]) -> str:
    return f" ({reasons[0]})" if any(reasons) else " (NO REASON)"


def main() -> int:
    """Run the command; 1 if something is missing without a reason, 2 if a tree has no list."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tree", type=Path, default=ROOT, help="a work tree (this one)")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("BEFORE", "AFTER"))
    parser.add_argument("--reasons", type=Path, help="why something is missing")
    options = parser.parse_args()
    if not options.compare:
        try:
            print("\n".join(lines(inventory(options.tree.resolve()))))
        except InventoryError as error:
            print(f"inventory: {error}", file=sys.stderr)
            return 2
        return 0
    before, after = (read(path.read_text()) for path in options.compare)
    reasons = options.reasons.read_text() if options.reasons else ""
    told, complete = compared(before, after, reasons)
    print("\n".join(told))
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
