"""``manage.py whoami``: this client's id and fingerprint."""

from typing import Any

from ..envelope.keys import show_fingerprint
from .commanding import ClientCommand
from .display import plain


class Command(ClientCommand):
    """Say who this client is."""

    help = (
        "Show this client's id and fingerprint, its server and when its API key ends. The "
        "fingerprint is what other parties pin: tell it to them by another way than the server."
    )
    example = """
example:
  manage.py whoami --credentials acme.json
"""

    def run(self, options: dict[str, Any]) -> None:
        """Ask the server, check that it knows this very client, and print."""
        with self.client(options) as client:
            me = client.whoami()
        self.say(f"name         {plain(me.name)}")
        self.say(f"client id    {me.id}")
        self.say(f"fingerprint  {show_fingerprint(me.fingerprint)}")
        self.say(f"server       {me.server or 'in this process'}")
        self.say(f"API key      {f'valid until {plain(me.expires)}' if me.expires else 'no end'}")
