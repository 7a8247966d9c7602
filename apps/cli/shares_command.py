"""``shares``: who reads what."""

import json
from typing import Any

import click

from ..client.acts.overview import INCOMING, OUTGOING, Share
from ..client.days import show_day
from ..client.quoting import plain
from ..envelope.encoding import GROUP
from .commanding import Connect, client_command, say, show
from .counting import records
from .safe_output import filled_table

SUMMARY = "List who reads what."
HELP = """\
List what this client shares with others and what others share with it. Single records of which the
same is shared are one line; --format jsonl has their ids.

Verified means: signed by who may share it, and the other party's fingerprint is pinned here.
"""
EXAMPLES = """
{program} shares --credentials acme.json
{program} shares --format jsonl
"""


@client_command("shares", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.option(
    "--format",
    type=click.Choice(["table", "jsonl"]),
    default="table",
    help="A table for people (the default), or lines of JSON for programs.",
)
def shares(connect: Connect, *, format: str) -> None:
    """List outgoing shares, then incoming ones."""
    with connect() as client:
        found = client.shares()
    if format == "jsonl":
        for share in found:
            say(json.dumps(_line(share), ensure_ascii=False))
    elif found:
        _tables(found)
    else:
        say("Nothing is shared with this client or by it.")


HEADINGS = ("type", "columns", "name", "id", "until", "verified")


def _tables(shares: list[Share]) -> None:
    for direction, title in ((OUTGOING, "You share"), (INCOMING, "You read")):
        rows = [_row(share) for share in shares if share.direction == direction]
        if rows:
            say(f"{title}:")
            show(filled_table(HEADINGS, rows))


def _row(share: Share) -> list[str]:
    return [
        share.stream.type + (" (form)" if share.stream.form else ""),
        _columns(share),
        _name(share),
        (share.other or share.stream.writer).removeprefix(GROUP),
        _until(share),
        "yes" if share.verified else "NO",
    ]


def _name(share: Share) -> str:
    """Return the other party's name; a group is said to be one, and as whose member this reads."""
    name = plain(share.name) or "not pinned"
    if share.other.startswith(GROUP):
        return f"group {name}"
    return f"{name}, in a group" if share.group else name


def _columns(share: Share) -> str:
    names = ", ".join(share.columns) or "all"
    return f"{names} of {records(len(share.records))}" if share.records else names


def _until(share: Share) -> str:
    day = show_day(share.not_after) if share.not_after else ""
    return f"{day} (ended)" if share.ended else day


def _line(share: Share) -> dict[str, Any]:
    return {
        "direction": share.direction,
        "writer": share.stream.writer,
        "type": share.stream.type,
        "columns": share.columns,
        "records": share.records,
        "other": share.other,
        "name": share.name,
        "group": share.group or None,
        "generations": share.generations,
        "until": show_day(share.not_after) if share.not_after else None,
        "ended": share.ended,
        "since": share.since,
        "verified": share.verified,
    }
