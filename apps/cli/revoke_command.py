"""``revoke``: a party reads no more of a type."""

import click

from ..client.quoting import plain
from .commanding import Connect, client_command, confirm, say, yes_option

SUMMARY = "End the access of another client, or of a group, to a type."
HELP = """\
End the access of another client, or of a group, to a type.

The server stops serving it at once, and what is written from now on is under a new key that it
never gets. What it has read already cannot be taken back.
"""
EXAMPLES = """
{program} revoke contact --from marketing
{program} revoke account --from CLIENT_ID --form signup
"""


@client_command("revoke", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("type")
@click.option(
    "--from",
    "reader",
    required=True,
    metavar="READER",
    help="Whose access ends: a client's id, group: and a group's id, or the name of either where "
    "it is known here; `shares` lists them.",
)
@click.option("--form", default="", metavar="SLUG", help="Revoke what this form collects of it.")
@yes_option
def revoke(connect: Connect, *, type: str, reader: str, form: str, yes: bool) -> None:
    """Ask, revoke, and say plainly what that means."""
    with connect() as client:
        reader = client.reader(reader)
        found = client.access(type, reader, form=form)
        who = plain(found.title)
        say(f"What {who} has read already cannot be taken back.")
        confirm(f"End the access of {who} to {type}?", yes=yes)
        if not yes:  # while a person thought about it, another run may have shared with others
            found = client.access(type, reader, form=form)
        revoked = client.end(found)
    if not found.listed:
        say(
            f"The server lists no share of {type} with {who}; "
            "a new key was put in force all the same."
        )
    say(f"From now on, {who} reads no {type} (generation {revoked.closed} closed).")
    if form:
        say("The form was published again with a new inbox; it looks as before.")
    else:
        say("What is written next is under a new key; other readers keep their access.")
