"""``manage.py extract``: read and decrypt records, here and nowhere else."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from ..client import Client, Opened
from ..client.acts import overview
from ..client.acts.sources import Sources
from ..client.days import read_day
from ..client.errors import ClientError, UsageError
from ..client.files import check_target, replacing_text
from ..client.trust import pins
from .commanding import ClientCommand
from .display import plain
from .output import WRITERS
from .progress import Steps, goes_to_a_file


class Command(ClientCommand):
    """Extract records of a type."""

    help = (
        "Read all records of a type that this client may read: its own, those of its forms, "
        "and what others share with it. Each one is verified, then decrypted on this machine. "
        "A record that fails is named on stderr, the others go on, and the exit code is 1. "
        "An answer that breaks the rules of its form is shown as it was sent, and named on "
        "stderr; jsonl has it in `problems`. "
        "jsonl streams and has the exact values; table and csv hold all records in memory. In "
        "csv, what a spreadsheet would run as a formula gets an apostrophe, and control "
        "characters are written as \\x1b."
    )
    example = """
examples:
  manage.py extract --type account
  manage.py extract --type account --form signup --format csv --out accounts.csv
  manage.py extract --type contact --writer CLIENT_ID --fingerprint ABCD-...
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what to read, and how to print it."""
        super().add_arguments(parser)
        parser.add_argument("--type", required=True, help="the record type")
        parser.add_argument(
            "--writer", default="", metavar="ID", help="only this client's, its forms' included"
        )
        parser.add_argument("--form", default="", metavar="SLUG", help="only this form's")
        parser.add_argument(
            "--fingerprint", default="", metavar="FP", help="of the --writer, the first time"
        )
        parser.add_argument(
            "--since", default="", metavar="DATE", help="stored on this day (UTC) or later"
        )
        parser.add_argument(
            "--format",
            choices=["table", "jsonl", "csv"],
            default="table",
            help="a table for people (the default), lines of JSON, or a sheet",
        )
        parser.add_argument(
            "--out", metavar="FILE", help="write to a file that only you can read (mode 0600)"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Read, verify, decrypt and print."""
        self._count = self._failed = self._odd = 0
        if options["out"]:
            check_target(Path(options["out"]))
        with self.client(options) as client:
            if options["fingerprint"]:
                self._pin(client, options)
            watched = bool(options["out"]) or goes_to_a_file(lambda: self.stdout.fileno())
            with Steps(enabled=watched) as steps, self._output(options) as out:
                records = self._records(client, options, steps)
                WRITERS[options["format"]](out, records, Sources(client.session))
            if not self._count and not self._failed:
                self._say_why_nothing(client, options)
        self._report(options)

    def _records(self, client: Client, options: dict[str, Any], steps: Steps) -> Iterator[Opened]:
        since = read_day(options["since"]).isoformat() if options["since"] else ""
        for record in client.query(
            options["type"],
            writer=options["writer"],
            form=options["form"],
            on_problem=self._problem,
        ):
            if record.stored[:10] >= since:
                self._count += 1
                self._tell_of_problems(record)
                yield record
            steps.at(f"reading {options['type']}", self._count, 0)

    def _problem(self, error: ClientError) -> None:
        self._failed += 1
        self.stderr.write(f"refused {plain(str(error))}")

    def _tell_of_problems(self, record: Opened) -> None:
        """Name the fields whose values no browser would have sent by itself."""
        if record.problems:
            self._odd += 1
            said = ", ".join(f"{name} ({code})" for name, code in record.problems.items())
            self.stderr.write(f"note: record {record.id} breaks rules of its form: {said}")

    def _pin(self, client: Client, options: dict[str, Any]) -> None:
        if not options["writer"]:
            raise UsageError("--fingerprint belongs to a --writer", hint="name the client id")
        client.pin(options["writer"], options["fingerprint"])

    def _output(self, options: dict[str, Any]) -> Any:
        return replacing_text(Path(options["out"])) if options["out"] else nullcontext(self.stdout)

    def _say_why_nothing(self, client: Client, options: dict[str, Any]) -> None:
        type, writer = options["type"], options["writer"]
        lines = [f"There are no records of type {type} to read."]
        if writer and not overview.is_shared_by(client.session, writer, type):
            name = pins.name_of(client.session, writer) or writer
            lines.append(f"{name} shares no {type} with this client (any more).")
        readable = overview.readable_types(client.session)
        if readable:
            lines.append(f"This client reads: {', '.join(readable)}.")
        self.stderr.write("\n".join(map(plain, lines)))

    def _report(self, options: dict[str, Any]) -> None:
        if options["out"] and (self._count or self._failed):
            self.say(f"{self._count} records are in {options['out']}, readable by you alone.")
        if self._odd:
            self.stderr.write(
                f"note: {self._odd} of {self._count} records break rules of their form, which "
                "a visitor's browser keeps: they were sent in another way"
            )
        if self._failed:
            raise CommandError(f"{self._failed} records failed verification; see above")
