"""``extract``: read and decrypt records, here and nowhere else."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import click

from ..client import Client, Opened
from ..client.acts import overview
from ..client.acts.writer_names import Sources
from ..client.days import read_day
from ..client.errors import ClientError, UsageError
from ..client.files import check_target, replacing_text
from ..client.quoting import plain
from ..client.trust import pins
from .commanding import Connect, Refused, client_command, note, say
from .complaints import Complaints, kind_of
from .exit_codes import ExitCode
from .progress import Steps, goes_to_a_file
from .record_formats import WRITERS

SUMMARY = "Decrypt what this client may read."
HELP = """\
Read all records of a type that this client may read: its own, those of its forms, and what others
share with it. Each one is verified, then decrypted on this machine.

A record that fails is named on stderr, the others go on, and the exit code is 4. An answer that
breaks the rules of its form is shown as it was sent, and named on stderr; jsonl has it in
`problems`.

jsonl streams and has the exact values; table and csv hold all records in memory. In csv, what a
spreadsheet would run as a formula gets an apostrophe, and control characters are written as
\\x1b.
"""
EXAMPLES = """
{program} extract --type account
{program} extract --type account --form signup --format csv --out accounts.csv
{program} extract --type contact --writer CLIENT_ID --fingerprint ABCD-...
"""


@client_command(
    "extract",
    summary=SUMMARY,
    help=HELP,
    examples=EXAMPLES,
)
@click.option("--type", required=True, help="The record type.")
@click.option("--writer", default="", metavar="ID", help="Only this client's, its forms' included.")
@click.option("--form", default="", metavar="SLUG", help="Only this form's.")
@click.option("--fingerprint", default="", metavar="FP", help="Of the --writer, the first time.")
@click.option("--since", default="", metavar="DATE", help="Stored on this day (UTC) or later.")
@click.option(
    "--format",
    type=click.Choice([*WRITERS]),
    default="table",
    help="A table for people (the default), lines of JSON, or a sheet.",
)
@click.option(
    "--out",
    default="",
    metavar="FILE",
    type=click.Path(),
    help="Write to a file that only you can read (mode 0600).",
)
def extract(
    connect: Connect,
    *,
    type: str,
    writer: str,
    form: str,
    fingerprint: str,
    since: str,
    format: str,
    out: str,
) -> None:
    """Read, verify, decrypt and print."""
    reading = Reading(type, writer=writer, form=form, since=_day(since))
    if fingerprint and not writer:
        raise UsageError("--fingerprint belongs to a --writer", hint="name the client id")
    if out:
        check_target(Path(out))
    with connect() as client:
        if fingerprint:
            client.pin(writer, fingerprint)
        watched = bool(out) or goes_to_a_file(lambda: sys.stdout.fileno())
        with Steps(enabled=watched) as steps, _output(out) as file:
            WRITERS[format](file, reading.records(client, steps), Sources(client.session))
        if not reading.count and not reading.failed:
            _say_why_nothing(client, type, writer)
    _report(reading, out)


@dataclass
class Reading:
    """What is to be read, and how many records there were so far, failed and odd ones too."""

    type: str
    writer: str
    form: str
    since: str
    count: int = 0
    failed: int = 0
    odd: int = 0
    complaints: Complaints = field(default_factory=lambda: Complaints(note))

    def records(self, client: Client, steps: Steps) -> Iterator[Opened]:
        """Yield the records that can be trusted, and name the others on stderr."""
        for record in client.query(
            self.type, writer=self.writer, form=self.form, on_problem=self._problem
        ):
            if record.stored[:10] >= self.since:
                self.count += 1
                self._tell_of_problems(record)
                yield record
            steps.at(f"reading {self.type}", self.count, 0)

    def _problem(self, error: ClientError) -> None:
        self.failed += 1
        self.complaints.tell(kind_of(error), f"refused {plain(str(error))}")

    def _tell_of_problems(self, record: Opened) -> None:
        """Name the fields whose values no browser would have sent by itself."""
        if record.problems:
            self.odd += 1
            said = ", ".join(f"{name} ({code})" for name, code in record.problems.items())
            text = f"note: record {record.id} breaks rules of its form: {said}"
            self.complaints.tell("breaks rules", text)


def _day(since: str) -> str:
    return read_day(since).isoformat() if since else ""


def _output(out: str) -> AbstractContextManager[TextIO]:
    return replacing_text(Path(out)) if out else nullcontext(sys.stdout)


def _say_why_nothing(client: Client, type: str, writer: str) -> None:
    lines = [f"There are no records of type {type} to read."]
    if writer and not overview.is_shared_by(client.session, writer, type):
        name = pins.name_of(client.session, writer) or writer
        lines.append(f"{name} shares no {type} with this client (any more).")
    readable = overview.readable_types(client.session)
    if readable:
        lines.append(f"This client reads: {', '.join(readable)}.")
    note("\n".join(map(plain, lines)))


def _report(reading: Reading, out: str) -> None:
    reading.complaints.sum_up()
    if out and (reading.count or reading.failed):
        say(f"{reading.count} records are in {out}, readable by you alone.")
    if reading.odd:
        note(
            f"note: {reading.odd} of {reading.count} records break rules of their form, which "
            "a visitor's browser keeps: they were sent in another way"
        )
    if reading.failed:
        raise Refused(
            f"{reading.failed} records failed verification; see above", code=ExitCode.UNREAD
        )
