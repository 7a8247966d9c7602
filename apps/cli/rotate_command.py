"""``keys rotate``: go on under new keys, which the old ones and the recovery sheet vouch for."""

import json
from contextlib import suppress
from typing import Any

import click

from ..client import credentials as stored
from ..client.acts import rotating
from ..client.acts.rotating import Network, Rotated
from ..client.errors import UsageError
from ..client.quoting import plain
from ..client.slots import Way
from ..envelope.encoding import unb64
from ..envelope.errors import OpenError
from ..envelope.key_files import PASSPHRASE, KeyFile, slot_key
from ..envelope.keys import show_fingerprint
from ..envelope.passphrases import passphrase_secret
from .commanding import (
    Caller,
    Refused,
    confirm,
    credentials_option,
    named,
    note,
    say,
    warn,
    yes_option,
)
from .complaints import Complaints
from .exit_codes import ExitCode
from .keys_command import code_option, json_option, keys_command, label_option, shares_needed
from .protecting import ask_recovery, new_way, plain_option, words_option

api_url_option = click.Option(
    ["--api-url"],
    metavar="URL",
    help="The server's address, instead of the one in the credentials.",
)


@keys_command(
    "rotate",
    summary="Go on under new keys.",
    help="""\
Make new keys, and let the old ones and the recovery sheet, which has to be typed in, sign that they
are this client's from now on. Whoever pinned the old fingerprint follows by itself; who has the old
keys alone reads nothing that is written afterwards.

Each own type gets a new generation and each published form new inboxes, granted to the same
readers; what was written before stays readable. Passphrases and other ways into the key file stay;
of recovery sheets only the one that was typed.

With --compromised somebody else may have the key file, or the keys: then the recovery sheet alone
signs, a new API key takes the place of all others, every way into the file but the sheet and a new
one is dropped, and whatever only the old keys signed is marked where it is read. Nobody follows
that unasked: other clients need the new fingerprint, and pages the new tags.

A run that is interrupted goes on where it stood when it is run again.
""",
    examples="""
{program} keys rotate --credentials acme.json
{program} keys rotate --compromised --credentials acme.json
{program} keys rotate --compromised --plain --code-file /dev/fd/3 --yes --credentials acme.json
""",
    options=(credentials_option, api_url_option),
)
@click.option(
    "--compromised", is_flag=True, help="Somebody else may have the keys, or the key file."
)
@code_option
@click.option(
    "--new-passphrase-file",
    default="",
    metavar="FILE",
    help="With --compromised: the new passphrase's file; else a terminal is asked.",
)
@words_option
@plain_option
@label_option
@yes_option
@json_option
@click.pass_obj
def rotate(
    caller: Caller,
    /,
    *,
    compromised: bool,
    code_file: str,
    new_passphrase_file: str,
    words_file: str,
    as_plain: bool,
    label: str,
    yes: bool,
    credentials: str,
    api_url: str | None,
    as_json: bool,
) -> None:
    """Ask for the sheet, rotate, and say what others have to do."""
    path = named(credentials)
    file = stored.read(path)
    if (as_plain or new_passphrase_file or words_file or label) and not compromised:
        raise click.UsageError("A new way goes with --compromised: else those there are stay.")
    what = "after a theft, which cannot be taken back" if compromised else "now"
    confirm(f"Rotate the keys of {plain(file.card.name)} {what}?", yes=yes)
    typed = ask_recovery(shares_needed(file), code_file)
    warnings = Complaints(warn)

    def way() -> Way:
        return new_way(
            passphrase_file=new_passphrase_file,
            words_file=words_file,
            plain=as_plain,
            beside=path,
            label=label,
            check=lambda text: check_is_new(file, text),
        )

    done = rotating.rotate(
        path,
        typed,
        network=Network(caller.transport, lambda text: warnings.tell("warning", text)),
        api_url=api_url,
        compromised=compromised,
        make_way=way,
    )
    warnings.sum_up()
    if as_json:
        say(json.dumps(_as_json(done), ensure_ascii=False))
    else:
        _report(done)
    if compromised and not done.compromised:
        raise Refused(
            "what an earlier run had begun is done now, and that was no rotation after a theft: "
            "whoever has the old keys may have these, too\nhint: run the same command once more",
            code=ExitCode.KEPT,
        )
    if done.renewed.pending:
        forms = ", ".join(sorted(done.renewed.pending))
        raise Refused(
            f"the keys are rotated, but these forms still go to the old ones: {forms}\n"
            "hint: `publish` each of them, after reading what it asks",
            code=ExitCode.KEPT,
        )


def check_is_new(file: KeyFile, passphrase: str) -> None:
    """Refuse a passphrase that opens the file already: a thief may have it; raises UsageError."""
    for slot in file.slots:
        if slot.kind == PASSPHRASE:
            secret = passphrase_secret(passphrase, unb64(slot.params["salt"]), slot.cost)
            with suppress(OpenError):
                slot_key(slot, secret)
                raise UsageError(
                    "this passphrase opens the old file, which somebody else may have",
                    hint="take another one",
                )


def _as_json(done: Rotated) -> dict[str, Any]:
    found = done.credentials
    return {
        "client_id": found.client_id,
        "fingerprint": show_fingerprint(found.card.fingerprint),
        "serial": found.file.serial,
        "compromised": done.compromised,
        "resumed": done.resumed,
        "groups": done.renewed.groups,
        "types": done.renewed.types,
        "forms": done.renewed.forms,
        "pending": done.renewed.pending,
        "dropped": done.dropped,
    }


def _report(done: Rotated) -> None:
    found = done.credentials
    begun = ", which an earlier run had begun" if done.resumed else ""
    say(f"The keys of {plain(found.name)} are rotated{begun}.")
    say(f"fingerprint  {show_fingerprint(found.card.fingerprint)}")
    say(f"serial       {found.file.serial}")
    if done.renewed.groups:
        say(f"groups       {plain(', '.join(done.renewed.groups))}: signed anew, with a new epoch")
    if done.renewed.types:
        say(f"types        {', '.join(done.renewed.types)}: written under new keys from now on")
    if done.renewed.forms:
        say(f"forms        {', '.join(done.renewed.forms)}: published again with new inboxes")
    for label in done.dropped:
        say(f"dropped      {plain(label)}: it opens older copies of the key file alone")
    say("\nWhat others have to do:")
    if done.compromised:
        say("  Clients that pinned this one stop until somebody compared its new fingerprint:")
        say(f"  `trust add {found.client_id} --fingerprint FP` there. Tell them.")
        say("  What the old keys alone signed is marked.")
        if done.renewed.forms:
            say("  Pages stay locked until they have the new tags: `publish FORM` prints them.")
    else:
        say("  Clients that pinned this one follow by themselves, and say so.")
        if done.renewed.forms:
            say("  Pages follow, too. Put the new tags there all the same: `publish FORM` prints")
            say("  them.")
    say("\nWhat to do here: keep a new copy of the key file (`keys upload`, backups).")
    say("  Older copies, and the one at the server, lack the new keys. The recovery code stays;")
    say("  note the new fingerprint and serial on its sheet.")
    for slug, why in done.renewed.pending.items():
        note(f"{slug} was not published again: {why}.")
