"""``share``: let a client or a group read a type, now and in future."""

import click

from ..client import Client
from ..client.acts.sharing import Shared
from ..client.days import read_day, show_day
from ..client.quoting import plain
from ..envelope.encoding import GROUP
from .commanding import Connect, client_command, say

SUMMARY = "Let another client, or a group, read a type."
HELP = """\
Let another client, or a group, read a record type of this one: what is there and what will be
written, in one small request.

The reader's fingerprint is needed the first time; it must come from the reader, not from the
server. Of a group it is its owner who is named, and whose fingerprint is given: that client says
who is in it, today and later.
"""
EXAMPLES = """
{program} share contact --with CLIENT_ID --fingerprint ABCD-...
{program} share contact --with marketing --columns zip,city --until 2027-12-31
{program} share account --with CLIENT_ID --form signup
{program} share health --with group:GROUP_ID --owner CLIENT_ID --fingerprint ABCD-...
"""


@client_command("share", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("type")
@click.option(
    "--with",
    "reader",
    required=True,
    metavar="READER",
    help="Who is to read it: the id that its `whoami` shows, group: and a group's id, or the name "
    "of either where it is known here.",
)
@click.option(
    "--fingerprint",
    default="",
    metavar="FP",
    help="The reader's, or that of a group's owner, the first time; pins it.",
)
@click.option(
    "--owner", default="", metavar="CLIENT", help="Who owns the group, the first time: its id."
)
@click.option(
    "--form", default="", metavar="SLUG", help="Share what this form collects of the type."
)
@click.option("--until", default="", metavar="DATE", help="Last day of access (UTC): 2027-12-31.")
@click.option("--columns", default="", metavar="A,B", help="Only these fields.")
@click.option(
    "--allow-empty",
    is_flag=True,
    help="Share ahead what this client has not written yet, instead of taking it for misspelt.",
)
def share(
    connect: Connect,
    *,
    type: str,
    reader: str,
    fingerprint: str,
    owner: str,
    form: str,
    until: str,
    columns: str,
    allow_empty: bool,
) -> None:
    """Share, and say what the reader has to type."""
    with connect() as client:
        shared = client.share(
            type,
            client.reader(reader),
            fingerprint=fingerprint,
            owner=client.party(owner) if owner else "",
            columns=[name.strip() for name in columns.split(",") if name.strip()],
            until=read_day(until) if until else None,
            form=form,
            allow_empty=allow_empty,
        )
        _report(client, shared)


def _report(client: Client, shared: Shared) -> None:
    done = "shares" if shared.sent else "already shares"
    what = f"{', '.join(shared.columns)} of {shared.stream.type}"
    what = what if shared.columns else shared.stream.type
    until = f" until {show_day(shared.not_after)}" if shared.not_after else ""
    is_group = shared.reader.id.startswith(GROUP)
    kind = "group " if is_group else ""
    say(f"This client {done} {what} with {kind}{plain(shared.reader.name)}{until}.")
    whoever = "each member runs" if is_group else "the reader runs"
    say(f"\nWhat {whoever} (it needs the fingerprint the first time only):")
    say(
        f"  sealform extract --type {shared.stream.type} --writer {client.id} \\\n"
        f"    --fingerprint {client.fingerprint}"
    )
