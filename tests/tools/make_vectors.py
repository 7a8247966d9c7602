"""Writes tests/vectors, and section 12 of docs/protocol.md from them.

``python -m tests.tools.make_vectors [--check]``
"""

import argparse
import sys
from pathlib import Path

from tests.envelope.operations import FOLDER
from tests.tools.scenarios import (
    answers,
    canonical,
    encoding,
    example,
    fields,
    forms,
    grant_refusals,
    grants,
    group_grants,
    group_readers,
    groups,
    key_files,
    keys,
    manifest_refusals,
    manifests,
    memories,
    multilingual,
    patterns,
    primitives,
    questions,
    receipts,
    record_files,
    record_signatures,
    records,
    rooms,
    sections,
    statements,
    submissions,
    successions,
    tokens,
    typed_answers,
    values,
)
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.world import KEPT, SEALS
from tests.tools.worked_examples import DOCUMENT, document

SECTIONS = (
    encoding, canonical, primitives, keys, key_files, values, fields, records, record_signatures,
    grants, grant_refusals, groups, group_grants, group_readers, manifests, manifest_refusals,
    patterns, questions, multilingual, sections, answers, typed_answers, rooms, submissions, forms,
    receipts, statements, successions, memories, tokens, record_files, example,
)  # fmt: skip


def files() -> dict[Path, str]:
    """Return the text of every vector, of the kept seals, and of the document with its examples."""
    SEALS.start_again()
    book = Book()
    for section in SECTIONS:
        section.tell(book)
    texts = {FOLDER / name: text for name, text in book.files().items()}
    examples = document(DOCUMENT.read_text(), book.vectors)
    return texts | {KEPT: SEALS.text(), DOCUMENT: examples}


def differences() -> list[str]:
    """Return the names of files that are not as the generator makes them."""
    made = files()
    there = {
        path: path.read_text() for path in [*FOLDER.glob("*.json"), KEPT, DOCUMENT] if path.exists()
    }
    return sorted(
        path.name for path in made.keys() | there.keys() if made.get(path) != there.get(path)
    )


def write() -> int:
    """Write all files, remove those of no operation; return how many files of vectors there are."""
    made = files()
    for path in set(FOLDER.glob("*.json")) - made.keys():
        path.unlink()
    for path, text in made.items():
        path.write_text(text)
    return len(made) - 2


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, change nothing")
    if not parser.parse_args().check:
        print(f"the vectors of {write()} operations are written")
        return 0
    wrong = differences()
    print("\n".join(wrong) or "the vectors are as the generator makes them")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
