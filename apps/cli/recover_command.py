"""``recover``: back to a safe state after an older database was restored."""

from collections.abc import Sequence

import click

from ..client import Client
from ..client.acts import recovering, sharing
from ..client.acts.publishing import DAYS
from ..client.acts.recovering import Loss, Recovered
from ..client.days import show_day
from ..client.errors import UsageError
from ..client.quoting import plain
from ..client.state import Extent
from ..client.trust import readers
from .commanding import Connect, Refused, client_command, confirm, say, warn
from .publish_command import show_plan

SUMMARY = "Get back to a safe state after the server was restored."
HELP = """\
After an older database was restored, the server shows less than this client remembers, and lets
readers read whose access was ended since. Then nothing is written or shared, until this command
has closed what came back and has put a new key in force. Readers are those that this client
remembers, not those that the server lists.

It says what it will do and asks. Where nobody can answer, --generation names what it showed; for a
form, whose questions the server supplies, --draft does.

A reader runs it with --writer, if the owner of a form had to begin anew.
"""
EXAMPLES = """
{program} recover contact
{program} recover contact --generation 3
{program} recover account --form signup
{program} recover account --writer CLIENT_ID
"""


@client_command("recover", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("type")
@click.option("--form", default="", metavar="SLUG", help="Recover what this form collects.")
@click.option("--writer", default="", metavar="ID", help="Forget what is known of its forms.")
@click.option("--generation", type=int, default=0, help="Do not ask, if this is opened next.")
@click.option("--draft", default="", metavar="DIGEST", help="Do not ask, if this is the draft.")
@click.option("--days", type=int, default=DAYS, help=f"How long a form is valid; default {DAYS}.")
def recover(
    connect: Connect,
    *,
    type: str,
    form: str,
    writer: str,
    generation: int,
    draft: str,
    days: int,
) -> None:
    """Say what was lost, ask, and bring it back."""
    with connect() as client:
        if writer:
            _forget(client, client.party(writer))
        elif form:
            _recover_form(client, form, type, draft, days)
        else:
            _recover_type(client, type, generation)


def _recover_type(client: Client, type: str, generation: int) -> None:
    session = client.session
    loss = recovering.find_loss(session, sharing.own_stream(session, type))
    recovering.check_lost([loss], loss.stream)
    _show(client, loss)
    if not generation:
        confirm(f"Recover {type}?", yes=False, otherwise=f"--generation {loss.next}")
        generation = loss.next
    _report(client, [recovering.recover(session, loss, agreed=generation)])


def _recover_form(client: Client, form: str, type: str, draft: str, days: int) -> None:
    recovery = recovering.prepare(client.session, form, type, days=days)
    for loss in recovery.losses:
        _show(client, loss)
    show_plan(recovery.plan)
    if not draft:
        question = "Sign and publish this, with new inboxes?"
        confirm(question, yes=False, otherwise=f"--draft {recovery.plan.draft}")
        draft = recovery.plan.draft
    _report(client, recovering.recover_form(client.session, recovery, agreed=draft))


def _forget(client: Client, owner: str) -> None:
    forms = recovering.forms_of(client.session, owner)
    if not forms:
        raise UsageError(f"no form of {owner} is remembered here: there is nothing to forget")
    for id, version in forms.items():
        say(f"Of form {id} version {version} was seen; it will be taken as the server shows it.")
    confirm("Has its owner told you so, by another way than the server?", yes=False, otherwise="")
    recovering.forget_forms(client.session, forms)
    say("Forgotten. Fingerprints are still pinned.")


def _show(client: Client, loss: Loss) -> None:
    shown = f"generation {loss.shown} as the last" if loss.shown else "no generation"
    say(f"Of {loss.stream} the server shows {shown}; this client remembers {loss.remembered}.")
    if loss.open:
        say(f"  generation {loss.open} is closed: nothing is written under it any more")
    say(f"  generation {loss.next} is opened next, under a new key")
    for reader in loss.ends:
        say(f"  {_named(client, reader)} is listed, but was revoked or had less: its access ends")
    for reader, extent in loss.keeps.items():
        say(f"  {_named(client, reader)} reads on: {_extent(extent)}")
    for reader in loss.strangers:
        say(
            f"  {_named(client, reader)} is listed, and this client does not remember to share "
            "with it: it gets no new key; `share` again if it should"
        )


def _report(client: Client, several: Sequence[Recovered]) -> None:
    for done in several:
        say(f"Of {done.stream}, generation {done.open} is in force now.")
        for reader in done.readers:
            say(f"  {_named(client, reader)} reads it")
        for reader, error in done.failed.items():
            warn(f"{_named(client, reader)} could not be given the new key: {error}")
    if any(done.failed for done in several):
        raise Refused("some could not be given the new key: `share` again with them, see above")


def _named(client: Client, reader: str) -> str:
    name = readers.name_of(client.session, reader)
    return f"{plain(name)} ({reader})" if name else readers.called(reader)


def _extent(extent: Extent) -> str:
    until = f" until {show_day(extent.not_after)}" if extent.not_after else ""
    return (", ".join(extent.columns) or "all columns") + until
