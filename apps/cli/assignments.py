"""Values as words of a command: name=text, name:=JSON, and what lines of JSON hold instead."""

import json
import re
from collections.abc import Iterable
from typing import Any

import click

from ..client.errors import UsageError
from ..client.quoting import plain
from ..envelope import encoding
from ..envelope.errors import EnvelopeError, MalformedError
from ..envelope.fields import Value, load_value
from ..envelope.records import META

WORD = re.compile(r"([^=:]*)(:?=)(.*)", re.DOTALL)
LIKE = "like name=Ann, or age:=36 for JSON"
META_LIKE = "like --meta state=open"

SECRETS = """\
What is typed as a word shows in the list of processes and in the shell's history: give what is
secret in a file or on standard input, with --from.
"""
PLAINTEXT = """\
--meta is plaintext: the server sees it, and so does every reader of the record. It is signed, and
the server finds records by it. At most 16 names, with texts of 1 to 200 visible characters.
"""

meta_option = click.option(
    "--meta",
    multiple=True,
    metavar="NAME=TEXT",
    help="Say this of the record in PLAINTEXT, for the server and all readers; may be repeated.",
)


def is_assignment(word: str) -> bool:
    """Whether a word sets something: an id has no =."""
    return "=" in word


def values_of(words: Iterable[str]) -> dict[str, Value]:
    """Return what words like name=text and name:=JSON set; raises UsageError, MalformedError.

    No error shows more of a word than its name: the rest may be a secret.
    """
    values: dict[str, Value] = {}
    for word in words:
        found = WORD.fullmatch(word)
        if found is None:
            raise UsageError(f"{plain(word)[:80]} sets nothing", hint=LIKE)
        name = encoding.name(found[1], "what stands before = ")
        if name in values:
            raise UsageError(f"{name} is set twice", hint=LIKE)
        values[name] = found[3] if found[2] == "=" else _from_json(name, found[3])
    return values


def meta_of(words: Iterable[str]) -> dict[str, str]:
    """Return what --meta says; raises UsageError, MalformedError, LimitError."""
    said: dict[str, str] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise UsageError(f"--meta {plain(word)[:80]} says nothing", hint=META_LIKE)
        if encoding.name(name, "a name of --meta") in said:
            raise UsageError(f"--meta {name} stands there twice", hint=META_LIKE)
        said[name] = text
    return META.read(said) if said else {}


def _from_json(name: str, text: str) -> Value:
    try:
        return load_value(text.encode())
    except (EnvelopeError, UnicodeEncodeError) as error:
        raise UsageError(
            f"{name}:= is no value in JSON that is kept exactly: a text in quotes, a number, true, "
            "false, null, or a list of texts",
            hint=f"{name}=… takes a text as it is",
        ) from error


def read_object(raw: bytes) -> dict[str, Any]:
    """Return a JSON object whose numbers are kept exactly; raises MalformedError."""
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_once,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_number,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedError("it is not JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise MalformedError("it is no JSON object")
    return value


def _number(text: str) -> Value:
    return load_value(text.encode())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedError("a name stands there twice")
    return found
