"""``extract``: read and decrypt records, here and nowhere else."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from ..client import Client, Opened
from ..client.acts.writer_names import Sources
from ..client.days import read_day
from ..client.errors import ClientError, UsageError
from ..client.quoting import plain
from ..envelope.encoding import FORM
from ..envelope.seen import pasted
from .assignments import meta_of
from .commanding import (
    Connect,
    Refused,
    allow_empty_option,
    client_command,
    not_empty,
    note,
    say,
)
from .complaints import Complaints, tell_of_doubts
from .exit_codes import ExitCode
from .progress import Steps, goes_to_a_file
from .record_formats import SEPARATORS, TABLE, WRITERS, XLSX, Look
from .record_output import STDOUT, Destination, check_out, destination, is_stream

SUMMARY = "Decrypt what this client may read."
HELP = """\
Read all records of a type that this client may read: its own, those of its forms, and what others
share with it. Each one is verified, then decrypted on this machine.

A record that fails is named on stderr, the others go on, and the exit code is 4. An answer that
breaks the rules of its form is shown as it was sent, and named on stderr; jsonl has it in
`problems`. So is a record that only keys vouch for which were stolen since; jsonl has it in
`stolen`.

jsonl is for programs: it has the exact values. csv and xlsx are for people who open them in a
spreadsheet, and nothing in them is run or changed there. In xlsx every cell is text. csv begins
with a byte-order mark, so that spreadsheets read it as UTF-8; many of them want `--separator
semicolon` where the decimal point is a comma. In csv an apostrophe stands before what would become
a formula, another number or a day: '=1+1, '01234, '+49 30 123, '1-2.

In csv and xlsx, what nobody sees is written as \\x1b or \\u{202e}, lines in a cell end with a line
feed, and a text of more than 32,767 characters goes on in the next column, `comments (2)`. The
columns record.id, record.writer and record.stored are no fields: no field has a dot in its name,
nor has what a record says in plaintext, meta.state.

--meta asks the server for the records that say so; a server can leave some out, as it can in a
list. What visitors sent has no meta.

A FILE that holds more than what comes now, or that `extract` did not write in this format, is kept:
what came is then written beside it, and the exit code is 3. --replace replaces it all the same, for
example after you deleted records.
"""
EXAMPLES = """
{program} extract --type account
{program} extract --type account --form signup --out accounts.xlsx
{program} extract --type account --format csv --separator semicolon --out accounts.csv
{program} extract --type account --out accounts.jsonl
{program} extract --type note --meta state=open --meta customer=4711
{program} extract --type contact --writer CLIENT_ID --fingerprint ABCD-...
"""


@client_command(
    "extract",
    summary=SUMMARY,
    help=HELP,
    examples=EXAMPLES,
)
@click.option("--type", required=True, help="The record type.")
@click.option(
    "--writer",
    callback=not_empty,
    metavar="CLIENT",
    help="Only this client's, its forms' included: its id, its name where it is pinned here, or "
    "form:ID.",
)
@click.option("--form", default="", metavar="SLUG", help="Only this form's.")
@click.option("--fingerprint", default="", metavar="FP", help="Of the --writer, the first time.")
@click.option(
    "--meta",
    multiple=True,
    metavar="NAME=TEXT",
    help="Only what says this in its meta; may be repeated. The server looks for it.",
)
@click.option("--since", default="", metavar="DATE", help="Stored on this day (UTC) or later.")
@click.option(
    "--format",
    type=click.Choice([*WRITERS]),
    help="A table for people, lines of JSON for programs, or a sheet for spreadsheets. Default: "
    "as the name of --out ends, else a table.",
)
@click.option(
    "--separator",
    type=click.Choice([*SEPARATORS]),
    default="comma",
    help="What stands between the cells of csv; comma is the default.",
)
@click.option(
    "--out",
    default="",
    metavar="FILE",
    type=click.Path(),
    help="Write to a file that only you can read (mode 0600); - is stdout.",
)
@click.option("--replace", is_flag=True, help="Replace FILE even if it holds more than what comes.")
@allow_empty_option
def extract(
    connect: Connect,
    *,
    type: str,
    writer: str,
    form: str,
    fingerprint: str,
    meta: tuple[str, ...],
    since: str,
    format: str | None,
    separator: str,
    out: str,
    replace: bool,
    allow_empty: bool,
) -> None:
    """Read, verify, decrypt and print."""
    said = meta_of(meta)
    reading = Reading(type, writer, form, _day(since), allow_empty=allow_empty, meta=said)
    if fingerprint and not writer:
        raise UsageError("--fingerprint belongs to a --writer", hint="name the client id")
    format = format or _format_of(out)
    if format == XLSX and out in {"", STDOUT}:
        raise UsageError("xlsx is no text to be printed", hint="name a file: --out FILE.xlsx")
    check_out(out)
    look = Look(SEPARATORS[separator])
    with connect() as client:
        check_out(out, client.session.state.path)
        if pasted(writer).startswith(FORM):
            reading.writer = writer = pasted(writer)
        elif writer:
            reading.writer = writer = client.party(writer)
        if fingerprint:
            client.pin(writer, fingerprint)
        watched = not is_stream(out) or goes_to_a_file(lambda: sys.stdout.fileno())
        with (
            Steps(enabled=watched) as steps,
            destination(out, format=format, replace=replace) as place,
        ):
            records = place.watched(reading.records(client, steps))
            WRITERS[format](place.file, records, Sources(client.session), look)
    if not reading.count and not reading.failed:
        note(f"There are no records of type {plain(type)} to read.")
    _report(reading, place, out)


@dataclass
class Reading:
    """What is to be read, and how many records there were so far, failed and odd ones too."""

    type: str
    writer: str
    form: str
    since: str
    allow_empty: bool
    meta: dict[str, str] = field(default_factory=dict)
    count: int = 0
    failed: int = 0
    odd: int = 0
    stolen: int = 0
    complaints: Complaints = field(default_factory=lambda: Complaints(note))

    def records(self, client: Client, steps: Steps) -> Iterator[Opened]:
        """Yield the records that can be trusted, and name the others on stderr."""
        for record in client.query(
            self.type,
            writer=self.writer,
            form=self.form,
            meta=self.meta,
            allow_empty=self.allow_empty,
            on_problem=self._problem,
        ):
            if record.stored[:10] >= self.since:
                self.count += 1
                self._tell_of_problems(record)
                yield record
            steps.at(f"reading {self.type}", self.count, 0)

    def _problem(self, error: ClientError) -> None:
        self.failed += 1
        self.complaints.refused(error, f"refused {plain(str(error))}")

    def _tell_of_problems(self, record: Opened) -> None:
        """Name what no browser would have sent by itself, and what a thief may have signed."""
        self.odd += bool(record.problems)
        self.stolen += record.stolen
        tell_of_doubts(record, self.complaints)


def _day(since: str) -> str:
    return read_day(since).isoformat() if since else ""


def _format_of(out: str) -> str:
    """Return the format that a file's name asks for, else the table."""
    ending = Path(out).suffix.removeprefix(".").lower()
    return ending if ending in WRITERS else TABLE


def _report(reading: Reading, place: Destination, out: str) -> None:
    reading.complaints.sum_up()
    if place.path and not place.kept and (reading.count or reading.failed):
        say(f"{reading.count} records are in {plain(out)}, readable by you alone.")
    if reading.odd:
        note(
            f"note: {reading.odd} of {reading.count} records break rules of their form, which "
            "a visitor's browser keeps: they were sent in another way"
        )
    if reading.stolen:
        note(
            f"note: {reading.stolen} of {reading.count} records are signed by keys that were "
            "stolen since: a thief may have written them, or asked for them by a form of his own"
        )
    if place.kept:
        raise Refused(
            f"{plain(out)} was kept as it was: {place.kept}\n"
            f"hint: what came ({reading.count} records) is in {plain(str(place.path))}; compare "
            "the two, and run again with --replace if that is right",
            code=ExitCode.KEPT,
        )
    if reading.failed:
        raise Refused(
            f"{reading.failed} records failed verification; see above", code=ExitCode.UNREAD
        )
