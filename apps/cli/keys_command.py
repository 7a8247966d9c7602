"""``keys``: the ways into a key file, and its recovery sheet."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from ..client import credentials as stored
from ..client import slots
from ..client.acts import key_slots
from ..client.credentials import Credentials
from ..client.days import show_day
from ..client.errors import UsageError
from ..client.quoting import plain
from ..client.slots import Recovery
from ..envelope.key_files import PASSPHRASE, PLAIN, RECOVERY, KeyFile, Slot
from ..envelope.keys import show_fingerprint
from .commanding import (
    Command,
    Commands,
    confirm,
    credentials_option,
    named,
    note,
    passphrase_option,
    say,
    show,
    somebody_is_here,
    unlock_with,
    warn,
    yes_option,
)
from .protecting import (
    ask_recovery,
    check_sheet,
    hand_out,
    new_way,
    read_shares,
    shares_option,
    sheet_option,
    words_option,
)
from .safe_output import filled_table

SUMMARY = "Keep, change and bring back this client's keys."
HELP = """\
The keys of a client rest in its credentials file, closed. Each slot of that file is one way to
open it: a passphrase, a recovery sheet, a plain slot for a machine that is trusted.

Only `upload` and `fetch` talk to a server, which can open nothing. Each change writes the file anew
in one step, under the next serial; older copies of the file stay as they were, and still open with
what opened them.
"""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
code_option = click.option(
    "--code-file",
    default="",
    metavar="FILE",
    help="A file or descriptor with the recovery code, or with a share in each line; else a "
    "terminal is asked.",
)
label_option = click.option(
    "--label", default="", metavar="TEXT", help="What `keys list` calls it, such as a machine."
)


EXAMPLES = """
{program} keys verify --credentials acme.json
{program} keys list --credentials acme.json
{program} keys COMMAND --help
"""
keys = Commands("keys", short_help=SUMMARY, help=HELP, examples=EXAMPLES)


def keys_command(
    name: str,
    *,
    summary: str,
    help: str,
    examples: str,
    options: Sequence[click.Option] = (credentials_option,),
) -> Callable[[Callable[..., None]], Command]:
    """Make a function a command of ``keys``, with options behind its own."""

    def made(function: Callable[..., None]) -> Command:
        params = [*reversed(getattr(function, "__click_params__", [])), *options]
        command = Command(
            name, callback=function, params=params, short_help=summary, help=help, examples=examples
        )
        keys.add_command(command)
        return command

    return made


@keys_command(
    "list",
    summary="Show the ways into the key file.",
    help="""\
Show whose keys these are, the serial of the file, and each way to open it.

Nothing is opened. The fingerprint and the serial are those of the newest recovery sheet, if this is
the newest copy of the file.
""",
    examples="""
{program} keys list --credentials acme.json
{program} keys list --credentials acme.json --json
""",
)
@json_option
def list_keys(*, credentials: str, as_json: bool) -> None:
    """Print the slots."""
    file = stored.read(named(credentials))
    if as_json:
        say(json.dumps(file_as_json(file), ensure_ascii=False))
        return
    say(f"name         {plain(file.card.name)}")
    say(f"client id    {file.id}")
    say(f"fingerprint  {show_fingerprint(file.card.fingerprint)}")
    say(f"serial       {file.serial}\n")
    rows = [
        [plain(slot.label), kind_of(slot), show_day(slot.made), _proved(slot), slot.id[:8]]
        for slot in file.slots
    ]
    show(filled_table(("way", "kind", "made", "seen to work", "id"), rows))
    if not file.is_recoverable:
        say("\nNo recovery way was proved: a lost passphrase, or file, is the end of these keys.")


@keys_command(
    "add",
    summary="Add a way into the key file.",
    help="""\
Add a way into the key file: `passphrase` asks for one; `plain` makes a slot that whoever has the
file can open, for a machine that is trusted; another WAY names a key in a key service, which then
has to be there whenever the file is opened: openbao:MOUNT/KEY, aws-kms:ARN, or a URI of PKCS#11
like "pkcs11:token=LABEL;object=LABEL".

What opens the file today is asked for first. Copies of the file do not get the new way. How a key
service is set up stands in docs/operations.md.
""",
    examples="""
{program} keys add passphrase --label laptop --credentials acme.json
{program} keys add plain --label server --credentials acme.json
{program} keys add openbao:transit/acme --credentials acme.json
""",
    options=(credentials_option, passphrase_option),
)
@click.argument("way", metavar="WAY")
@label_option
@click.option(
    "--new-passphrase-file", default="", metavar="FILE", help="The new passphrase's file."
)
@words_option
@click.option(
    "--new-key", is_flag=True, help="Let a token of PKCS#11 make the key that is named first."
)
@json_option
def add(
    *,
    way: str,
    label: str,
    new_passphrase_file: str,
    words_file: str,
    new_key: bool,
    credentials: str,
    passphrase_file: str,
    as_json: bool,
) -> None:
    """Add a slot."""
    path, unlock = named(credentials), unlock_with(passphrase_file)
    found = stored.from_file(path, unlock)  # before anybody is asked for a new passphrase
    if way in {PASSPHRASE, PLAIN}:
        if new_key:
            raise click.UsageError("--new-key is for a key in a key service.")
        made = new_way(
            passphrase_file=new_passphrase_file,
            words_file=words_file,
            plain=way == PLAIN,
            beside=path,
            label=label or way,
        )
    else:
        made = slots.by_service(
            way, found.client_id, label=label, ask_pin=unlock.ask, new_key=new_key
        )
    file = key_slots.add(path, unlock, made).file
    done(file, f"{made.slot.label} opens the keys now", as_json=as_json)


@keys_command(
    "remove",
    summary="Remove a way into the key file.",
    help="""\
Remove a way into the key file, by its label or the beginning of its id.

Copies of the file that were made before still open with it: if somebody else may have such a copy
and what opens it, removing the slot helps nothing. The last way that needs no passkey stays, and
the last recovery sheet too, unless --last-recovery gives it up for ever.
""",
    examples="""
{program} keys remove laptop --credentials acme.json
{program} keys remove 5afece62 --yes --credentials acme.json
""",
    options=(credentials_option, passphrase_option),
)
@click.argument("way", metavar="WAY")
@click.option(
    "--last-recovery",
    is_flag=True,
    help="Remove the last recovery sheet, too: nothing recovers these keys then, and no new sheet "
    "can be made.",
)
@yes_option
@json_option
def remove(
    *,
    way: str,
    last_recovery: bool,
    yes: bool,
    credentials: str,
    passphrase_file: str,
    as_json: bool,
) -> None:
    """Ask, and remove a slot."""
    path, unlock = named(credentials), unlock_with(passphrase_file)
    file = stored.read(path)
    slot = key_slots.find(file, way)
    label = plain(slot.label)
    if key_slots.is_last_recovery(file, slot) and last_recovery:
        question = f"{label} is the last recovery sheet. Remove it, so that a lost file or a "
        question += "forgotten passphrase is the end of these keys, for ever?"
    elif slot.kind == RECOVERY:
        question = f"{label} is a recovery sheet. Remove it, so that the paper opens nothing more?"
    else:
        question = f"Remove {label}?"
    confirm(question, yes=yes)
    key_slots.remove(path, unlock, slot.id, last_recovery=last_recovery)
    done(stored.read(path), f"{label} is removed; older copies still open with it", as_json=as_json)


@keys_command(
    "passphrase",
    summary="Change the passphrase.",
    help="""\
Let a new passphrase take the place of every one that the file has.

Older copies of the file still open with the old one: if somebody else may have both, changing the
passphrase helps nothing. A plain slot still opens the file without any passphrase: a terminal is
asked whether it should go.
""",
    examples="""
{program} keys passphrase --credentials acme.json
{program} keys passphrase --new-passphrase-file new.passphrase --credentials acme.json
""",
    options=(credentials_option, passphrase_option),
)
@click.option(
    "--new-passphrase-file", default="", metavar="FILE", help="The new passphrase's file."
)
@words_option
@json_option
def passphrase(
    *,
    new_passphrase_file: str,
    words_file: str,
    credentials: str,
    passphrase_file: str,
    as_json: bool,
) -> None:
    """Change the passphrase."""
    path, unlock = named(credentials), unlock_with(passphrase_file)
    stored.from_file(path, unlock)
    way = new_way(
        passphrase_file=new_passphrase_file,
        words_file=words_file,
        plain=False,
        beside=path,
        label=PASSPHRASE,
    )
    file = key_slots.change_passphrase(path, unlock, way).file
    for slot in (slot for slot in file.slots if slot.kind == PLAIN):
        label = plain(slot.label)
        warn(f"{label} still opens the keys without any passphrase")
        if somebody_is_here() and click.confirm(f"Remove {label}?", err=True):
            file = key_slots.remove(path, unlock, slot.id).file
        else:
            note(f"`keys remove {slot.id[:8]}` takes it away.")
    done(file, "the passphrase is changed; older copies open with the old one", as_json=as_json)


@keys_command(
    "recovery",
    summary="Make a new recovery sheet.",
    help="""\
Let a new recovery sheet take the place of an old one, which has to be typed in: only a sheet holds
the client's recovery key. The old paper opens nothing of the new file, but still older copies.

With --shares 2/3 three shares are made, any two of which recover the keys.
""",
    examples="""
{program} keys recovery --credentials acme.json
{program} keys recovery --shares 2/3 --sheet shares.html --credentials acme.json
""",
)
@code_option
@sheet_option
@shares_option
@json_option
def recovery(*, code_file: str, sheet: str, shares: str, credentials: str, as_json: bool) -> None:
    """Ask for the old sheet, and hand out a new one."""
    path = named(credentials)
    threshold, count = read_shares(shares)
    check_sheet(sheet, beside=path, as_json=as_json)
    typed = ask_recovery(shares_needed(stored.read(path)), code_file)

    def make(seed: bytes) -> Recovery:
        return slots.recovery(seed=seed, threshold=threshold, shares=count)

    def give(found: Credentials, made: Recovery, serial: int) -> None:
        hand_out(found, made, sheet, serial=serial)

    found = key_slots.new_sheet(path, typed, make, give)
    done(found.file, "the new recovery sheet is in force; `keys verify` proves it", as_json=as_json)
    note("`keys upload` leaves a copy that the new fetch code gets, if a server is to have one.")


@keys_command(
    "verify",
    summary="See that the recovery sheet works.",
    help="""\
Type the recovery code, or enough shares, and see that they open the keys. The file keeps when that
was: before it, no form can be published.
""",
    examples="""
{program} keys verify --credentials acme.json
{program} keys verify --code-file /dev/fd/3 --credentials acme.json
""",
)
@code_option
@json_option
def verify(*, code_file: str, credentials: str, as_json: bool) -> None:
    """Ask for the sheet, and note that it works."""
    path = named(credentials)
    typed = ask_recovery(shares_needed(stored.read(path)), code_file)
    slot, found = key_slots.verify(path, typed)
    done(found.file, f"{plain(slot.label)} opens the keys", as_json=as_json)


def shares_needed(file: KeyFile) -> int:
    """Return how many shares the newest recovery slot asks for."""
    found = [slot for slot in file.slots if slot.kind == RECOVERY]
    if not found:
        raise UsageError(
            "these keys have no recovery sheet, and cannot get one any more",
            hint="`enroll --out` with a new file makes a client that has one",
        )
    return int(max(found, key=lambda slot: slot.made).params["threshold"])


def kind_of(slot: Slot) -> str:
    """Return what people read of the kind of a slot."""
    if slot.kind == RECOVERY and slot.params["shares"] > 1:
        return f"{slot.params['threshold']} of {slot.params['shares']} shares"
    if slot.kind == PASSPHRASE:
        return "passphrase, six words" if slot.params["generated"] else "passphrase, own"
    return slot.kind


def _proved(slot: Slot) -> str:
    if slot.proved:
        return show_day(slot.proved)
    return "not yet" if slot.kind == RECOVERY else ""


def file_as_json(file: KeyFile) -> dict[str, Any]:
    """Return what ``keys list`` shows; times are seconds since 1970, 0 for never."""
    return {
        "client_id": file.id,
        "name": file.card.name,
        "fingerprint": show_fingerprint(file.card.fingerprint),
        "serial": file.serial,
        "recoverable": file.is_recoverable,
        "slots": [
            {
                "id": slot.id,
                "kind": slot.kind,
                "label": slot.label,
                "made": slot.made,
                "proved": slot.proved,
            }
            for slot in file.slots
        ],
    }


def done(file: KeyFile, what: str, *, as_json: bool) -> None:
    """Say what was done, and which serial the file has since."""
    if as_json:
        say(json.dumps(file_as_json(file), ensure_ascii=False))
    else:
        say(f"{plain(what)}. The file has serial {file.serial} now.")
