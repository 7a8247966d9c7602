"""``whoami``: this client's id and fingerprint."""

from ..client.quoting import plain
from ..envelope.keys import show_fingerprint
from .commanding import Connect, client_command, say

SUMMARY = "Show this client's id and fingerprint."
HELP = """\
Show this client's id and fingerprint, its server and when its API key ends, and the serial of its
key file, which the newest recovery sheet must not exceed.

The fingerprint is what other parties pin: tell it to them by another way than the server.
"""
EXAMPLES = """
{program} whoami --credentials acme.json
"""


@client_command("whoami", summary=SUMMARY, help=HELP, examples=EXAMPLES)
def whoami(connect: Connect) -> None:
    """Ask the server, check that it knows this very client, and print."""
    with connect() as client:
        me = client.whoami()
    say(f"name         {plain(me.name)}")
    say(f"client id    {me.id}")
    say(f"fingerprint  {show_fingerprint(me.fingerprint)}")
    say(f"serial       {client.serial}")
    say(f"server       {me.server or 'in this process'}")
    say(f"API key      {f'valid until {plain(me.expires)}' if me.expires else 'no end'}")
