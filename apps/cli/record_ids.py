"""Records that are named on the command line: by ids, or by a list of them on standard input."""

import sys
from collections.abc import Iterable

import click

from ..client.errors import UsageError
from ..envelope.encoding import uuid
from ..envelope.errors import MalformedError
from ..envelope.seen import pasted

STDIN = "-"


def record_ids(named: Iterable[str], more: Iterable[str]) -> list[str]:
    """Return the ids of the records that were named, each once; ``-`` reads them, one a line.

    Raises UsageError for what is no id.
    """
    found: dict[str, None] = {}
    for text in (*named, *more):
        lines = sys.stdin if text == STDIN else text.split(",")
        for line in lines:
            if line.strip():
                found[_id(line)] = None
    if not found:
        raise UsageError("no record is named", hint="`extract --format jsonl` shows the ids")
    return [*found]


def _id(text: str) -> str:
    id = pasted(text).lower()
    try:
        return uuid(id, "record id", "48")
    except MalformedError as error:
        raise UsageError(
            f"{text.strip()!r} is no record id: with --record, each further word is one",
            hint="`extract --format jsonl` shows the ids of records as they are",
        ) from error


def only_type(words: tuple[str, ...]) -> str:
    """Return the one type that was named; raises click.UsageError."""
    if len(words) != 1:
        raise click.UsageError("Name one type, or records with --record.")
    return words[0]
