"""``delete``: own records, and what visitors sent to own forms."""

from collections import Counter

import click

from ..client.acts.writer_names import Sources
from ..client.quoting import plain
from .commanding import Connect, client_command, confirm, note, say, yes_option
from .record_lines import ids_of

SUMMARY = "Delete records by their ids."
HELP = """\
Delete records that this client wrote, and those that visitors sent to its forms: for every reader,
and for good. Their ids are never used again.

All are read first: if one is not there, or is another client's, nothing is deleted. After a run
that ended half-way some are gone already; --allow-missing lets the next run go on with the others.
Who runs the server may have backups.
"""
EXAMPLES = """
{program} delete RECORD_ID
{program} delete RECORD_ID RECORD_ID --yes
{program} delete - --yes --allow-missing <ids.txt
"""


@client_command("delete", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--allow-missing", is_flag=True, help="An id that is not there is no error.")
@yes_option
def delete(connect: Connect, *, ids: tuple[str, ...], allow_missing: bool, yes: bool) -> None:
    """Read, ask, and delete."""
    wanted = ids_of(ids)
    missing: list[str] = []
    with connect() as client:
        found = client.read_many(wanted, on_missing=missing.append if allow_missing else None)
        client.check_own(found)
        if missing:
            note(f"note: {len(missing):,} of these records are not there")
        if not found:
            say("Nothing was deleted.")
            return
        sources = Sources(client.session)
        kinds = Counter((one.type, sources.of(one.writer)) for one in found)
        what = ", ".join(
            f"{count:,} of {plain(type)} ({plain(source)})"
            for (type, source), count in sorted(kinds.items())
        )
        confirm(f"Delete {what} for good?", yes=yes)
        count = client.delete(found)
    say(f"{count:,} records were deleted.")
