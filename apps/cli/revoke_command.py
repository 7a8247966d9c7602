"""``manage.py revoke``: a party reads no more of a type."""

from argparse import ArgumentParser
from typing import Any

from .commanding import ClientCommand, add_yes, client_id
from .display import plain


class Command(ClientCommand):
    """Revoke a share."""

    help = (
        "End another client's access to a type. The server stops serving it at once, and what "
        "is written from now on is under a new key that it never gets. What it has read "
        "already cannot be taken back."
    )
    example = """
examples:
  manage.py revoke contact --from CLIENT_ID
  manage.py revoke account --from CLIENT_ID --form signup
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what, and from whom."""
        super().add_arguments(parser)
        parser.add_argument("type", help="the record type")
        parser.add_argument(
            "--from",
            dest="reader",
            required=True,
            metavar="CLIENT_ID",
            help="whose access ends; `shares` lists the ids",
        )
        parser.add_argument("--form", default="", help="revoke what this form collects of it")
        add_yes(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Ask, revoke, and say plainly what that means."""
        type, reader, form = options["type"], client_id(options["reader"]), options["form"]
        with self.client(options) as client:
            found = client.access(type, reader, form=form)
            who = plain(found.title)
            self.say(f"What {who} has read already cannot be taken back.")
            self.confirm(f"End the access of {who} to {type}?", options)
            revoked = client.end(found)
        if not found.listed:
            self.say(
                f"The server lists no share of {type} with {who}; "
                "a new key was put in force all the same."
            )
        self.say(f"From now on, {who} reads no {type} (generation {revoked.closed} closed).")
        if options["form"]:
            self.say("The form was published again with a new inbox; it looks as before.")
        else:
            self.say("What is written next is under a new key; other readers keep their access.")
