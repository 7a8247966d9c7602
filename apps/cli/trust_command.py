"""``trust``: whose fingerprints this client has pinned."""

import io
import json
from typing import Any

import click
import segno

from ..client.days import show_day
from ..client.errors import UsageError
from ..client.quoting import plain
from ..client.session import Session
from ..client.trust import pins
from ..client.trust.pins import Pin
from ..envelope.keys import show_fingerprint
from .commanding import Commands, Connect, client_command, confirm, say, show, yes_option
from .safe_output import filled_table

SUMMARY = "List and change whose fingerprints are pinned here."
HELP = """\
A fingerprint is what this client knows another one by: it came from that party, and not from the
server. Whatever a party signs, and whatever is shared with it, is compared with its fingerprint.
"""
EXAMPLES = """
{program} trust list
{program} trust show marketing
{program} trust COMMAND --help
"""
trust = Commands("trust", short_help=SUMMARY, help=HELP, examples=EXAMPLES)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@client_command(
    "list",
    summary="Show who is pinned.",
    help="""\
Show whose fingerprints are pinned here, since when, and what of this client they read. Nobody is
asked.
""",
    examples="""
{program} trust list --credentials acme.json
{program} trust list --json
""",
)
@json_option
def list_pins(connect: Connect, *, as_json: bool) -> None:
    """Print the pins."""
    with connect() as client:
        found = pins.listed(client.session)
    if as_json:
        say(json.dumps([_line(one) for one in found], ensure_ascii=False))
    elif found:
        rows = [[plain(one.name) or "unknown", one.id, _since(one), _reads(one)] for one in found]
        show(filled_table(("name", "client id", "since", "reads"), rows))
    else:
        say("Nobody is pinned here: `trust add` pins, and `share --fingerprint` does.")


@client_command(
    "show",
    summary="Show the fingerprint of who is pinned.",
    help="""\
Show the fingerprint that is pinned for a client, in groups and as a QR code, to compare it with
what that party's own `whoami` shows.
""",
    examples="""
{program} trust show marketing --credentials acme.json
""",
)
@click.argument("party", metavar="CLIENT")
@json_option
def show_pin(connect: Connect, *, party: str, as_json: bool) -> None:
    """Print one pin."""
    with connect() as client:
        found = _found(client.session, client.party(party))
    if as_json:
        say(json.dumps(_line(found), ensure_ascii=False))
        return
    shown = show_fingerprint(found.fingerprint)
    say(f"name         {plain(found.name) or 'unknown'}")
    say(f"client id    {found.id}")
    say(f"fingerprint  {shown}")
    say(f"since        {_since(found) or 'unknown'}")
    say(f"reads        {_reads(found) or 'nothing of this client'}\n")
    out = io.StringIO()
    segno.make(shown, error="m", micro=False).terminal(out, border=2, compact=True)
    say(out.getvalue())


@client_command(
    "add",
    summary="Pin a fingerprint.",
    help="""\
Pin the fingerprint of a client, which that party told you in person, by phone or by mail. The
server is asked for the card, and has to have the one that fits.
""",
    examples="""
{program} trust add f989507e-88c3-433a-a142-7c19e63314a0 \\
  --fingerprint INJ6-QWBJ-IQMD-TN4L-Z7DM-HCKZ-PF7R-R4EY-Q7ZL-3LGJ-ZFTF-ABT7-OWVA
""",
)
@click.argument("party", metavar="CLIENT_ID")
@click.option("--fingerprint", required=True, help="What that party's `whoami` shows.")
@json_option
def add_pin(connect: Connect, *, party: str, fingerprint: str, as_json: bool) -> None:
    """Pin, and say whom."""
    with connect() as client:
        id = client.party(party)
        client.pin(id, fingerprint)
        found = _found(client.session, id)
    _done(found, f"{plain(found.name)} is pinned", as_json=as_json)


@client_command(
    "remove",
    summary="Forget a fingerprint.",
    help="""\
Forget the fingerprint of a client: what it signs is believed no more, and nothing can be shared
with it before its fingerprint is given again. Who reads something of this client has to be revoked
first.

Where a party has a new fingerprint, ask that party why, and not the server, before you do this.
""",
    examples="""
{program} trust remove marketing
{program} trust remove f989507e-88c3-433a-a142-7c19e63314a0 --yes
""",
)
@click.argument("party", metavar="CLIENT")
@yes_option
@json_option
def remove_pin(connect: Connect, *, party: str, yes: bool, as_json: bool) -> None:
    """Ask, and forget."""
    with connect() as client:
        found = _found(client.session, client.party(party))
        name = plain(found.name) or found.id
        confirm(f"Forget the fingerprint of {name}?", yes=yes)
        pins.forget(client.session, found.id)
    _done(found, f"{name} is pinned no more", as_json=as_json)


for command in (list_pins, show_pin, add_pin, remove_pin):
    trust.add_command(command)


def _found(session: Session, id: str) -> Pin:
    for one in pins.listed(session):
        if one.id == id:
            return one
    raise UsageError(f"client {id} is not pinned here", hint="`trust list` shows who is")


def _since(pin: Pin) -> str:
    return show_day(pin.since) if pin.since else ""


def _reads(pin: Pin) -> str:
    return ", ".join(sorted({plain(stream.type) for stream in pin.reads}))


def _line(pin: Pin) -> dict[str, Any]:
    """Return a pin for programs; ``since`` is in seconds since 1970, null if it is not known."""
    return {
        "client_id": pin.id,
        "name": pin.name,
        "fingerprint": show_fingerprint(pin.fingerprint),
        "since": pin.since or None,
        "reads": sorted({stream.type for stream in pin.reads}),
    }


def _done(pin: Pin, what: str, *, as_json: bool) -> None:
    say(json.dumps(_line(pin), ensure_ascii=False) if as_json else f"{what}.")
