"""``share``: let a party read a type, now and in future."""

import click

from ..client import Client
from ..client.acts import overview
from ..client.acts.sharing import Shared
from ..client.days import read_day, show_day
from ..client.quoting import plain
from .commanding import Connect, client_command, say, warn

SUMMARY = "Let another client read a type."
HELP = """\
Let another client read a record type of this one: what is there and what will be written, in one
small request.

The reader's fingerprint is needed the first time; it must come from the reader, not from the
server.
"""
EXAMPLES = """
{program} share contact --with CLIENT_ID --fingerprint ABCD-...
{program} share contact --with marketing --columns zip,city --until 2027-12-31
{program} share account --with CLIENT_ID --form signup
"""


@client_command("share", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("type")
@click.option(
    "--with",
    "reader",
    required=True,
    metavar="CLIENT",
    help="Who is to read it: the id that its `whoami` shows, or its name where it is pinned here.",
)
@click.option(
    "--fingerprint", default="", metavar="FP", help="The reader's, the first time; pins it."
)
@click.option(
    "--form", default="", metavar="SLUG", help="Share what this form collects of the type."
)
@click.option("--until", default="", metavar="DATE", help="Last day of access (UTC): 2027-12-31.")
@click.option("--columns", default="", metavar="A,B", help="Only these fields.")
def share(
    connect: Connect,
    *,
    type: str,
    reader: str,
    fingerprint: str,
    form: str,
    until: str,
    columns: str,
) -> None:
    """Share, and say what the reader has to type."""
    with connect() as client:
        shared = client.share(
            type,
            client.party(reader),
            fingerprint=fingerprint,
            columns=[name.strip() for name in columns.split(",") if name.strip()],
            until=read_day(until) if until else None,
            form=form,
        )
        _report(client, shared)
        _doubt(client, shared)


def _doubt(client: Client, shared: Shared) -> None:
    """Warn of a type or a column that was never written: it may be a typing error."""
    type = shared.stream.type
    written = overview.written(client.session)
    names = written.get(type)
    if shared.stream.form:
        return  # its manifest says that it collects the type
    if names is None:
        others = sorted(written)
        has = f"; this client has: {', '.join(others)}" if others else ""
        warn(f"nothing of type {type} was written from here yet{has}")
    elif missing := [name for name in shared.columns if name not in names]:
        warn(f"no record of {type} has a column {', '.join(missing)} so far")


def _report(client: Client, shared: Shared) -> None:
    done = "shares" if shared.sent else "already shares"
    what = f"{', '.join(shared.columns)} of {shared.stream.type}"
    what = what if shared.columns else shared.stream.type
    until = f" until {show_day(shared.not_after)}" if shared.not_after else ""
    say(f"This client {done} {what} with {plain(shared.reader.name)}{until}.")
    say("\nWhat the reader runs (it needs the fingerprint the first time only):")
    say(
        f"  sealform extract --type {shared.stream.type} --writer {client.id} \\\n"
        f"    --fingerprint {client.fingerprint}"
    )
