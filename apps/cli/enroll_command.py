"""``manage.py enroll``: make keys here and enrol with a one-time token."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from ..client.acts.enrolling import Enrolled, enrol
from ..client.errors import UsageError
from ..envelope.keys import show_fingerprint
from .commanding import ClientCommand
from .display import plain

STDIN = "-"


class Command(ClientCommand):
    """Enrol a client, or renew its API key."""

    help = (
        "Make a key pair on this machine, enrol it with a one-time token, and keep the "
        "credentials in a file that only you can read. The private key stays in that file. "
        "Running the same command again after a crash goes on where it stood; a new token "
        "for an existing file adds an API key to the same client."
    )
    example = """
example:
  manage.py enroll --token sfe_... --name acme --out acme.json --api-url https://forms.example.org
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say with which token, under which name, into which file."""
        token = parser.add_mutually_exclusive_group(required=True)
        token.add_argument("--token", help="the token, or - to read it from stdin")
        token.add_argument("--token-file", metavar="FILE", help="a file that holds the token")
        parser.add_argument("--name", required=True, help="what others call this client")
        parser.add_argument("--out", required=True, metavar="FILE", help="the credentials file")
        parser.add_argument(
            "--api-url", default="", metavar="URL", help="the server; without it, in this process"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Enrol, and say what to do next."""
        url = options["api_url"].rstrip("/")
        enrolled = enrol(
            token=self._token(options),
            name=options["name"],
            path=Path(options["out"]),
            api_url=url,
            transport=self.transport(url),
        )
        self._report(enrolled)

    def _token(self, options: dict[str, Any]) -> str:
        if options["token"] == STDIN:
            return sys.stdin.readline().strip()
        if options["token"]:
            return str(options["token"]).strip()
        try:
            return Path(options["token_file"]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError("the token file cannot be read") from error

    def _report(self, enrolled: Enrolled) -> None:
        card, path = enrolled.credentials.card, enrolled.credentials.path
        fingerprint = show_fingerprint(card.fingerprint)
        what = "has a new API key" if enrolled.renewed else "is enrolled"
        ends = f", its API key is valid until {plain(enrolled.expires)}" if enrolled.expires else ""
        self.say(f"{plain(card.name)} {what}{ends}.")
        self.say(f"  client id    {card.id}")
        self.say(f"  fingerprint  {fingerprint}")
        self.say(
            f"  credentials  {path} (keep it secret, and keep a backup: nobody can restore it)"
        )
        if enrolled.renewed:
            return
        self.say("\nWho shares with this client runs, with the type that it shares:")
        self.say(f"  share TYPE --with {card.id} \\\n    --fingerprint {fingerprint}")
        self.say(
            "\nGive both to them by another way than the server: in person, by phone, by mail."
        )
