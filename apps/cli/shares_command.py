"""``manage.py shares``: who reads what."""

import json
from argparse import ArgumentParser
from typing import Any

from ..client.acts.overview import INCOMING, OUTGOING, Share
from ..client.days import show_day
from .commanding import ClientCommand
from .display import filled_table


class Command(ClientCommand):
    """List shares."""

    help = (
        "List what this client shares with others and what others share with it. Verified "
        "means: signed by who may share it, and the other party's fingerprint is pinned here."
    )
    example = """
example:
  manage.py shares --credentials acme.json
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say how to print."""
        super().add_arguments(parser)
        parser.add_argument(
            "--format",
            choices=["table", "jsonl"],
            default="table",
            help="a table for people (the default), or lines of JSON for programs",
        )

    def run(self, options: dict[str, Any]) -> None:
        """List outgoing shares, then incoming ones."""
        with self.client(options) as client:
            shares = client.shares()
        if options["format"] == "jsonl":
            for share in shares:
                self.say(json.dumps(_line(share), ensure_ascii=False))
        elif shares:
            self._tables(shares)
        else:
            self.say("Nothing is shared with this client or by it.")

    def _tables(self, shares: list[Share]) -> None:
        for direction, title in ((OUTGOING, "You share"), (INCOMING, "You read")):
            rows = [_row(share) for share in shares if share.direction == direction]
            if rows:
                self.say(f"{title}:")
                self.show(filled_table(HEADINGS, rows))


HEADINGS = ("type", "columns", "name", "client id", "until", "verified")


def _row(share: Share) -> list[str]:
    return [
        share.stream.type + (" (form)" if share.stream.form else ""),
        ", ".join(share.columns) or "all",
        share.name or "not pinned",
        share.other or share.stream.writer,
        _until(share),
        "yes" if share.verified else "NO",
    ]


def _until(share: Share) -> str:
    day = show_day(share.not_after) if share.not_after else ""
    return f"{day} (ended)" if share.ended else day


def _line(share: Share) -> dict[str, Any]:
    return {
        "direction": share.direction,
        "writer": share.stream.writer,
        "type": share.stream.type,
        "columns": share.columns,
        "record": share.record,
        "other": share.other,
        "name": share.name,
        "generations": share.generations,
        "until": show_day(share.not_after) if share.not_after else None,
        "ended": share.ended,
        "since": share.since,
        "verified": share.verified,
    }
