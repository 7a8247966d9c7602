"""``update``: other values in own records."""

import json
import sys
from collections.abc import Iterable

import click

from ..client.acts.updating import Change
from ..client.acts.writing import MAX_ITEMS
from ..client.errors import UsageError
from .assignments import PLAINTEXT, SECRETS, is_assignment, meta_of, meta_option, values_of
from .commanding import Connect, client_command, say
from .progress import Steps, goes_to_a_file
from .record_lines import Line, ids_of, in_windows, read_twice

SUMMARY = "Change values of own records."
HELP = f"""\
Change some values of records that this client wrote, by their ids, and leave their other values
as they are: name=text and name:=JSON set one, --unset takes one out. --meta and --unset-meta do the
same with what is said in plaintext. --replace sets all: values that are not named are gone, and so
is meta, if any --meta is given.

{SECRETS}
{PLAINTEXT}
With --from each line {{"id": …, "data": …, "meta": …}} changes one record. All ids of a call, or of
500 lines, are read before anything is changed. If somebody else changes the same record at the same
moment, it is read again and the change is made anew, so that neither is lost; --replace ends with
an error then. Running it again changes nothing that is as it should be.
"""  # noqa: S608 - text for people
EXAMPLES = """
{program} update RECORD_ID text='Called back' --meta state=closed
{program} update RECORD_ID RECORD_ID count:=2 --unset comment
{program} update RECORD_ID text=Done --replace
{program} update --from changes.jsonl
"""


@client_command("update", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("words", nargs=-1, metavar="[ID]... [NAME=TEXT | NAME:=JSON]...")
@click.option(
    "--from",
    "source",
    default="",
    metavar="FILE",
    type=click.Path(),
    help="Lines of JSON, a change each; - is standard input.",
)
@meta_option
@click.option("--unset", multiple=True, metavar="NAME", help="Take this field out.")
@click.option("--unset-meta", multiple=True, metavar="NAME", help="Take this out of meta.")
@click.option("--replace", is_flag=True, help="Leave nothing of the values that are there.")
@click.option(
    "--format",
    type=click.Choice(["ids", "jsonl"]),
    default="ids",
    help="Ids alone, one a line; or a line of JSON with id and status.",
)
def update(
    connect: Connect,
    *,
    words: tuple[str, ...],
    source: str,
    meta: tuple[str, ...],
    unset: tuple[str, ...],
    unset_meta: tuple[str, ...],
    replace: bool,
    format: str,
) -> None:
    """Check what was given, change it, and print the ids."""
    if source and (words or meta or unset or unset_meta):
        raise UsageError("what is to be changed stands in the lines of --from, and not in words")
    if replace and (unset or unset_meta):
        raise UsageError("--replace leaves nothing that could be taken out")

    def told(id: str, written: bool) -> None:
        status = "updated" if written else "unchanged"
        say(json.dumps({"id": id, "status": status}) if format == "jsonl" else id)

    if not source:
        ids = ids_of(word for word in words if not is_assignment(word))
        values = values_of(word for word in words if is_assignment(word))
        change = Change(values, unset, meta_of(meta), unset_meta, replaces=replace)
        change.check()
        with connect() as client:
            client.change_many(dict.fromkeys(ids, change), told)
        return
    done = 0
    with read_twice(source, {}, _check) as lines, connect() as client:
        watched = goes_to_a_file(lambda: sys.stdout.fileno())
        with Steps(enabled=watched) as steps:
            for window in in_windows(lines, MAX_ITEMS):
                _check(window)
                changes = {
                    line.id: Change(line.data, meta=line.meta, replaces=replace) for line in window
                }
                client.change_many(changes, told)
                done += len(window)
                steps.at("updating", done, 0)
    if not done:
        raise UsageError("there is no line to change by", hint="did what was to write them fail?")


def _check(lines: Iterable[Line]) -> None:
    seen = set[str]()
    for line in lines:
        if not line.id:
            raise UsageError(f"line {line.number} has no id: nothing says what it changes")
        if not (line.data or line.meta):
            raise UsageError(f"line {line.number} changes nothing")
        if line.id in seen:
            raise UsageError(f"line {line.number} has an id that an earlier line has")
        seen.add(line.id)
