"""``write``: records of this client's own, from words, files and pipes."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import click

from ..client import Client
from ..client.acts.storing import MEANING, Outcome
from ..client.acts.writing import MAX_ITEMS, New, checked, roomed
from ..client.errors import UsageError
from ..envelope import encoding
from .assignments import PLAINTEXT, SECRETS, meta_of, meta_option, values_of
from .commanding import Connect, Refused, client_command, note, say
from .complaints import Complaints
from .progress import Steps, goes_to_a_file
from .record_lines import Line, in_windows, read_twice

SUMMARY = "Write records of a type."
HELP = f"""\
Encrypt values on this machine and store them as records of a type of this client's own: one of the
words name=text and name:=JSON, or one of each line of JSON in a file.

{SECRETS}
{PLAINTEXT}
A line is {{"data": {{"name": "Ann"}}}}, and may have "meta" and "id". The id of each record is
printed, in order, as soon as the server has it. A file is looked through before anything of it is
sent; standard input is checked as it comes.

A run that ended half-way is repeated with the same words, and writes no record twice: lines bring
ids of their own (UUIDs of version 4 or 8), or --run names the run, from which the id of each line
follows by its number. What is there already with the same contents is printed as before; with
other contents it is left as it is and named, and the exit code is 1.
"""
EXAMPLES = """
{program} write note text='Call back' --meta state=open --new-type
{program} write note --from notes.jsonl --run 'notes of March'
printf '{"data": {"password": "…"}}' | {program} write login --from - --meta host=db1
"""
MOST_SEEN = 10_000_000


@client_command("write", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("type")
@click.argument("words", nargs=-1, metavar="[NAME=TEXT | NAME:=JSON]...")
@click.option(
    "--from",
    "source",
    default="",
    metavar="FILE",
    type=click.Path(),
    help="Lines of JSON, a record each; - is standard input.",
)
@meta_option
@click.option("--id", default="", metavar="ID", help="The id of the one record.")
@click.option(
    "--run",
    default="",
    metavar="NAME",
    help="What this run is called: the same name and type give each line the same id again.",
)
@click.option(
    "--format",
    type=click.Choice(["ids", "jsonl"]),
    default="ids",
    help="Ids alone, one a line; or a line of JSON with line, id and status.",
)
@click.option("--new-type", is_flag=True, help="Begin a type that this client never wrote.")
def write(
    connect: Connect,
    *,
    type: str,
    words: tuple[str, ...],
    source: str,
    meta: tuple[str, ...],
    id: str,
    run: str,
    format: str,
    new_type: bool,
) -> None:
    """Check what was given, write it, and print the ids."""
    encoding.name(type, "type")
    said = meta_of(meta)
    if bool(words) == bool(source):
        raise UsageError(
            "what is to be written stands in words like name=Ann, or in a file that --from names",
            hint="--from - is standard input",
        )
    if id and (source or run):
        raise UsageError("--id is for the one record that words make, without --run")
    if run:
        encoding.visible(run, "the name of a run", 64)
    work = Work(type, run, format)
    if words:
        values = checked(values_of(words))
        given = encoding.uuid(id, "--id", "48") if id else ""
        with connect() as client:
            work.begin(client, new_type=new_type)
            work.write(client, [Line(1, values, said, given)])
    else:
        with read_twice(source, said, work.check) as lines, connect() as client:
            watched = goes_to_a_file(lambda: sys.stdout.fileno())
            with Steps(enabled=watched) as steps:
                work.begin(client, new_type=new_type)
                for window in in_windows(lines, MAX_ITEMS):
                    work.write(client, window)
                    steps.at(f"writing {type}", work.count, 0)
        if not work.count:
            raise UsageError("there is no line to write", hint="did what was to write them fail?")
    work.report()


@dataclass
class Work:
    """One run: what it writes, and what it has seen so far."""

    type: str
    run: str
    format: str
    count: int = 0
    left: int = 0
    columns: set[str] | None = None
    seen: set[bytes] = field(default_factory=set)
    without_id: bool = False
    complaints: Complaints = field(default_factory=lambda: Complaints(note))

    def begin(self, client: Client, *, new_type: bool) -> None:
        """Refuse a type that was never written, which may be misspelt."""
        self.columns = client.columns(self.type, new=new_type)
        self.seen.clear()
        self.without_id = False

    def check(self, lines: Iterable[Line]) -> None:
        """Refuse lines that a record cannot be made of, or that would be written twice."""
        for line in lines:
            self._check(line)

    def _check(self, line: Line) -> None:
        if not line.data:
            raise UsageError(f"line {line.number}: there is nothing in `data`")
        if not line.id and not self.run:
            if self.without_id:
                raise UsageError(
                    f"line {line.number} has no id: run again after a failure, it would be "
                    "written twice",
                    hint="name the run with --run, or give each line an id",
                )
            self.without_id = True
        elif line.id and len(self.seen) < MOST_SEEN:
            id = bytes.fromhex(line.id.replace("-", ""))
            if id in self.seen:
                raise UsageError(f"line {line.number} has an id that an earlier line has")
            self.seen.add(id)

    def write(self, client: Client, window: Sequence[Line]) -> None:
        """Write some lines, and print what became of each as soon as it is known."""
        try:
            self.check(window)
        except UsageError as error:
            raise self._too_late(error) from error
        self._tell_of_new_names(window)
        numbers = [line.number for line in window if not line.id]
        made = client.run_ids(self.type, self.run, numbers) if self.run and numbers else []
        left = iter(made)
        new = {}
        for line in window:
            id = line.id or next(left, "") or str(uuid4())
            new[id] = line
        if len(new) < len(window):
            raise UsageError("a line has the id that another one has by the name of the run")
        client.store(
            self.type,
            [New(id, roomed(line.data, {}), meta=line.meta) for id, line in new.items()],
            lambda id, outcome: self._became(new[id], id, outcome),
        )

    def _too_late(self, error: UsageError) -> UsageError:
        if not self.count:
            return error
        return UsageError(
            f"{error}; the {self.count:,} records before it are written",
            hint=f"{error.hint or 'correct it'}; then run it again as it was",
        )

    def _became(self, line: Line, id: str, outcome: Outcome) -> None:
        self.count += 1
        if outcome in MEANING:
            self.left += 1
            where = f"line {line.number}: " if self.format == "jsonl" or self.count > 1 else ""
            self.complaints.tell(outcome, f"{where}{MEANING[outcome]}: {id}")
        if self.format == "jsonl":
            say(json.dumps({"line": line.number, "id": id, "status": outcome}))
        elif outcome not in MEANING:
            say(id)

    def _tell_of_new_names(self, window: Sequence[Line]) -> None:
        if not self.columns:  # nothing is known of the type on this machine
            return
        new = sorted({name for line in window for name in line.data} - self.columns)
        if new:
            note(f"note: no record of {self.type} had {', '.join(new)} before")
            self.columns.update(new)

    def report(self) -> None:
        """End with what was not written."""
        self.complaints.sum_up()
        if self.left:
            raise Refused(
                f"{self.left:,} of {self.count:,} records were not written; see above\n"
                "hint: `read` shows what is there; `update` changes it"
            )
