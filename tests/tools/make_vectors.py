"""Writes tests/vectors: ``python -m tests.tools.make_vectors [--check]``."""

import argparse
import sys
from pathlib import Path

from tests.tools.scenarios import (
    canonical,
    encoding,
    fields,
    forms,
    grant_refusals,
    grants,
    keys,
    manifest_refusals,
    manifests,
    primitives,
    record_signatures,
    records,
    statements,
    submissions,
    tokens,
    values,
)
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.world import KEPT, SEALS

FOLDER = Path(__file__).parent.parent / "vectors"
SECTIONS = (
    encoding, canonical, primitives, keys, values, fields, records, record_signatures, grants,
    grant_refusals, manifests, manifest_refusals, submissions, forms, statements, tokens,
)  # fmt: skip


def files() -> dict[Path, str]:
    """Return the text of every file that the vectors consist of."""
    book = Book()
    for section in SECTIONS:
        section.tell(book)
    texts = {FOLDER / name: text for name, text in book.files().items()}
    return texts | {KEPT: SEALS.text()}


def differences() -> list[str]:
    """Return the names of files that are not as the generator makes them."""
    made = files()
    there = {path: path.read_text() for path in [*FOLDER.glob("*.json"), KEPT] if path.exists()}
    return sorted(
        path.name for path in made.keys() | there.keys() if made.get(path) != there.get(path)
    )


def write() -> int:
    """Write all files, remove those that no scenario tells; return how many vectors there are."""
    made = files()
    for path in set(FOLDER.glob("*.json")) - made.keys():
        path.unlink()
    for path, text in made.items():
        path.write_text(text)
    return len(made) - 1


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, change nothing")
    if not parser.parse_args().check:
        print(f"{write()} vectors written")
        return 0
    wrong = differences()
    print("\n".join(wrong) or "the vectors are as the generator makes them")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
