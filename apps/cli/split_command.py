"""``manage.py split``: records of one type become unlinkable records of others."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from ..client.acts.split_rules import Rules, read_rules
from ..client.acts.splitting import Split
from ..client.errors import ClientError
from .commanding import ClientCommand
from .display import plain, simple_table
from .progress import Steps


class Command(ClientCommand):
    """Split records by rules."""

    help = (
        "Write each record of a type, own ones and those of own forms, as records of other "
        "types, which nobody without this client's key can link to each other. Every field of "
        "the source is assigned or dropped by name. Running it again changes only what changed."
    )
    example = """
example:
  manage.py split --rules rules.toml

rules.toml:
  drop = ["comments"]

  [source]
  type = "account"

  [targets.contact]
  name = "fullname"
  zip = "zip"

  [targets.health]
  age = "age"
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say by which rules."""
        super().add_arguments(parser)
        parser.add_argument("--rules", required=True, metavar="FILE", help="TOML, as below")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be written")

    def run(self, options: dict[str, Any]) -> None:
        """Split, and show what became of what."""
        rules = read_rules(options["rules"])
        with self.client(options) as client, Steps() as steps:
            result = client.split(
                rules, dry_run=options["dry_run"], on_problem=self._problem, progress=steps.at
            )
        self._report(rules, result, dry_run=options["dry_run"])
        if result.failed:
            raise CommandError(f"{result.failed} records failed verification and were not split")

    def _problem(self, error: ClientError) -> None:
        self.stderr.write(plain(str(error)))

    def _report(self, rules: Rules, result: Split, *, dry_run: bool) -> None:
        if not result.sources:
            self.say(f"There are no records of type {rules.source} to split yet.")
            return
        table = simple_table(
            f"{result.sources} {rules.source} into", "created", "updated", "unchanged", "deleted"
        )
        for type, tally in result.tallies.items():
            counts = tally.created, tally.updated, tally.unchanged, tally.deleted
            table.add_row(type, *map(str, counts))
        self.show(table)
        if dry_run:
            self.say("This was a dry run: nothing was written.")
