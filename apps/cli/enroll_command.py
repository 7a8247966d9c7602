"""``enroll``: make keys here and enrol with a one-time token."""

import sys
from pathlib import Path
from typing import Any

import click

from ..client.acts.enrolling import Enrolled, enrol
from ..client.errors import UsageError
from ..client.files import decoded, read_text
from ..client.quoting import plain
from ..client.server_address import read_address
from ..envelope.key_files import RECOVERY
from ..envelope.keys import show_fingerprint
from ..envelope.seen import pasted
from .commanding import Caller, Command, say, unlock_with
from .protecting import (
    Chosen,
    new_passphrase_option,
    plain_option,
    shares_option,
    sheet_option,
    words_option,
)

STDIN = "-"
SUMMARY = "Make keys here, and enrol with a token."
HELP = """\
Make a key pair on this machine, enrol it with a one-time token, and keep the credentials in a
file that only you can read.

The private key stays in that file, and a passphrase opens it: six words are offered. A recovery
sheet is shown once, to be printed: with it and a copy of the file the keys come back, and without
it a lost file or a forgotten passphrase is the end of every answer. Where nobody is at a terminal,
say with the options what is wanted.

Running the same command again after a crash goes on where it stood; a new token for an existing
file adds an API key to the same client.
"""
EXAMPLES = """
{program} enroll --token sfe_... --name acme --out acme.json \\
  --api-url https://forms.example.org
{program} enroll --token - --name acme --out acme.json --api-url https://forms.example.org \\
  --words-file acme.passphrase --sheet acme-recovery.html
{program} enroll --token sfe_... --name reader --out reader.json --plain --without-recovery \\
  --api-url https://forms.example.org
"""


@click.command("enroll", cls=Command, short_help=SUMMARY, help=HELP, examples=EXAMPLES)
@click.option("--token", default="", help="The token, or - to read it from stdin.")
@click.option("--token-file", default="", metavar="FILE", help="A file that holds the token.")
@click.option(
    "--name",
    required=True,
    help="What others call this client: visitors read it as who gets the answers.",
)
@click.option("--out", required=True, metavar="FILE", help="The credentials file.")
@click.option("--api-url", default="", metavar="URL", help="The server's address.")
@new_passphrase_option
@words_option
@plain_option
@sheet_option
@shares_option
@click.option(
    "--without-recovery",
    is_flag=True,
    help="No recovery sheet, now or later: a lost file is the end of these keys.",
)
@click.pass_obj
def enroll(
    caller: Caller,
    /,
    *,
    token: str,
    token_file: str,
    name: str,
    out: str,
    api_url: str,
    **protected: Any,
) -> None:
    """Enrol, and say what to do next."""
    if bool(token) == bool(token_file):
        raise click.UsageError("Give the token once, with --token or with --token-file.")
    url = read_address(api_url)
    enrolled = enrol(
        token=_read(token, token_file),
        name=name,
        path=Path(out),
        protect=Chosen(Path(out), **protected),
        unlock=unlock_with(_opens(**protected)),
        api_url=url,
        transport=caller.transport(url),
    )
    _report(enrolled)


def _opens(*, passphrase_file: str, words_file: str, **_: Any) -> str:
    """Return the file of the passphrase of a key file that is there already."""
    return words_file if words_file and Path(words_file).exists() else passphrase_file


def _read(token: str, file: str) -> str:
    if token == STDIN:
        return pasted(decoded(sys.stdin.readline().encode(errors="replace"), Path("stdin")))
    if token:
        return pasted(token)
    try:
        return pasted(read_text(Path(file)))
    except OSError as error:
        raise UsageError(f"the token file cannot be read: {error.strerror}") from error


def _report(enrolled: Enrolled) -> None:
    card, path = enrolled.credentials.card, enrolled.credentials.path
    fingerprint = show_fingerprint(card.fingerprint)
    what = "has a new API key" if enrolled.renewed else "is enrolled"
    ends = f", its API key is valid until {plain(enrolled.expires)}" if enrolled.expires else ""
    say(f"{plain(card.name)} {what}{ends}.")
    say(f"  client id    {card.id}")
    say(f"  fingerprint  {fingerprint}")
    say(f"  credentials  {path} (keep it secret, and keep copies of it)")
    if enrolled.renewed:
        return
    if any(slot.kind == RECOVERY for slot in enrolled.credentials.file.slots):
        say("\nSee that the recovery sheet works, before you rely on it:")
        say(f"  sealform keys verify --credentials {path}")
    say("\nWho shares with this client runs, with the type that it shares:")
    say(f"  sealform share TYPE --with {card.id} \\\n    --fingerprint {fingerprint}")
    say("\nGive both to them by another way than the server: in person, by phone, by mail.")
