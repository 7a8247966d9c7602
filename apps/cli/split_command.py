"""``split``: records of one type become unlinkable records of others."""

import click

from ..client.acts.split_rules import Rules, read_rules
from ..client.acts.splitting import Split
from ..client.errors import ClientError
from ..client.quoting import plain
from .commanding import Connect, Refused, allow_empty_option, client_command, note, say, show
from .complaints import Complaints
from .exit_codes import ExitCode
from .progress import Steps
from .safe_output import simple_table

SUMMARY = "Make records of one type into those of others."
HELP = """\
Write each record of a type, own ones and those of own forms, as records of other types, which
nobody without this client's key can link to each other. Who was granted single ones of these
records goes on with the same fields when they change.

Every field of the source is assigned or dropped by name. Running it again changes only what
changed.

A field that goes to two types is warned of: it links what is split. So does plaintext: records have
no meta unless [meta.TYPE] in the rules says so, and what it says the server and every reader of the
record can see. A value that meta cannot hold (it is empty, longer than 200 characters or no text)
is left out of it.
"""
EXAMPLES = """
{program} split --rules rules.toml --dry-run
{program} split --rules rules.toml

rules.toml:

drop = ["comments"]

[source]
type = "account"

[targets.contact]
name = "fullname"
zip = "zip"

[targets.health]
age = "age"

[meta.contact]
campaign = "spring"
region = { from = "state" }
"""


@client_command(
    "split",
    summary=SUMMARY,
    help=HELP,
    examples=EXAMPLES,
)
@click.option(
    "--rules", required=True, metavar="FILE", type=click.Path(), help="TOML, as shown below."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@allow_empty_option
def split(connect: Connect, *, rules: str, dry_run: bool, allow_empty: bool) -> None:
    """Split, and show what became of what."""
    wanted = read_rules(rules)
    complaints = Complaints(note)

    def problem(error: ClientError) -> None:
        complaints.refused(error, plain(str(error)))

    with connect() as client, Steps() as steps:
        result = client.split(
            wanted,
            dry_run=dry_run,
            allow_empty=allow_empty,
            on_problem=problem,
            progress=steps.at,
        )
    complaints.sum_up()
    _report(wanted, result, dry_run=dry_run)
    if result.failed:
        raise Refused(
            f"{result.failed} records failed verification and were not split",
            code=ExitCode.UNREAD,
        )


def _report(rules: Rules, result: Split, *, dry_run: bool) -> None:
    if not result.sources:
        say(f"There are no records of type {rules.source} to split yet.")
        return
    table = simple_table(
        f"{result.sources} {rules.source} into", "created", "updated", "unchanged", "deleted"
    )
    for type, tally in result.tallies.items():
        counts = tally.created, tally.updated, tally.unchanged, tally.deleted
        table.add_row(type, *map(str, counts))
    show(table)
    if dry_run:
        say("This was a dry run: nothing was written.")
