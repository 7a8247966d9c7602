"""``keys``: the ways into a key file, and the recovery sheet that brings it back."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from ..client import Client, files, slots
from ..client import credentials as stored
from ..client.acts import key_slots, server_copies
from ..client.credentials import Credentials
from ..client.days import show_day
from ..client.errors import UsageError
from ..client.quoting import plain
from ..client.server_address import read_address
from ..client.slots import Recovery
from ..envelope.codes import FETCH, read_code
from ..envelope.key_files import PASSPHRASE, PLAIN, RECOVERY, KeyFile, Slot
from ..envelope.keys import show_fingerprint
from ..envelope.seen import pasted
from .commanding import (
    CREDENTIALS,
    Caller,
    Command,
    Commands,
    Refused,
    confirm,
    credentials_option,
    named,
    note,
    opened,
    passphrase_option,
    say,
    show,
    somebody_is_here,
    unlock_with,
    warn,
    yes_option,
)
from .protecting import (
    ask_code,
    ask_recovery,
    check_sheet,
    hand_out,
    new_passphrase_option,
    new_way,
    plain_option,
    read_shares,
    shares_option,
    sheet_option,
    wanted,
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
api_url_option = click.option("--api-url", default="", metavar="URL", help="The server's address.")
fetch_code_option = click.option(
    "--fetch-code-file",
    default="",
    metavar="FILE",
    help="A file or descriptor with the fetch code; else a terminal is asked.",
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
        say(json.dumps(_as_json(file), ensure_ascii=False))
        return
    say(f"name         {plain(file.card.name)}")
    say(f"client id    {file.id}")
    say(f"fingerprint  {show_fingerprint(file.card.fingerprint)}")
    say(f"serial       {file.serial}\n")
    rows = [
        [plain(slot.label), _kind(slot), show_day(slot.made), _proved(slot), slot.id[:8]]
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
    _done(file, f"{made.slot.label} opens the keys now", as_json=as_json)


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
    _done(
        stored.read(path), f"{label} is removed; older copies still open with it", as_json=as_json
    )


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
    _done(file, "the passphrase is changed; older copies open with the old one", as_json=as_json)


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
    _done(
        found.file, "the new recovery sheet is in force; `keys verify` proves it", as_json=as_json
    )
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
    _done(found.file, f"{plain(slot.label)} opens the keys", as_json=as_json)


@keys_command(
    "restore",
    summary="Bring the keys back with the recovery sheet.",
    help="""\
Make this machine's key file of a copy and the recovery sheet, with a new passphrase for it. The
client can read at once; it signs nothing before `keys confirm`.

The copy may be any file that `enroll` or `keys` wrote, or the server's, with which the memory of
pins and generations comes back, too. A copy of the state file is taken where it stands beside the
copy of the key file, with `.state` behind its name.

The serial is the copy's own: compare it, and the fingerprint, with the newest sheet.
""",
    examples="""
{program} keys restore --fetch f989507e-88c3-433a-a142-7c19e63314a0 --out acme.json \\
  --api-url https://forms.example.org
{program} keys restore --from backup/acme.json --out acme.json
{program} keys restore --from backup/acme.json --out acme.json --plain --code-file /dev/fd/3
""",
    options=(),
)
@click.option("--from", "copy", default="", metavar="FILE", help="A copy of the key file.")
@click.option(
    "--fetch",
    "client_id",
    default="",
    metavar="CLIENT_ID",
    help="Instead of --from: fetch the server's copy, with the fetch code on the sheet.",
)
@api_url_option
@fetch_code_option
@click.option("--out", required=True, metavar="FILE", help="The new key file.")
@click.option(
    "--without-memory",
    is_flag=True,
    help="What the client remembered is lost: fingerprints have to be given again, and an older "
    "state of the server is not noticed.",
)
@code_option
@new_passphrase_option
@words_option
@plain_option
@label_option
@json_option
@click.pass_obj
def restore(
    caller: Caller,
    /,
    *,
    copy: str,
    client_id: str,
    api_url: str,
    fetch_code_file: str,
    out: str,
    without_memory: bool,
    code_file: str,
    passphrase_file: str,
    words_file: str,
    as_plain: bool,
    label: str,
    as_json: bool,
) -> None:
    """Ask for the sheet and a new passphrase, and write the file."""
    if bool(copy) == bool(client_id):
        raise click.UsageError("Give --from with a copy, or --fetch with the client's id.")
    path = _new_file(out)
    if copy:
        found_copy = server_copies.read_copy(Path(copy))
    else:
        found_copy = _fetched(caller, client_id, api_url, fetch_code_file)
    key_slots.check_memory(found_copy, path, without_memory=without_memory)
    file = found_copy.file
    note(f"The copy is of {plain(file.card.name)}, with serial {file.serial} and fingerprint")
    note(f"{show_fingerprint(file.card.fingerprint)}.")
    if found_copy.made:
        note(f"It was left with the server on {show_day(found_copy.made // 1000)}, it says.")
    typed = ask_recovery(shares_needed(file), code_file)
    key_slots.by_recovery(file, typed)  # before anybody is asked for a new passphrase
    way = new_way(
        passphrase_file=wanted(passphrase_file, as_plain, words_file),
        words_file=words_file,
        plain=as_plain,
        beside=path,
        label=label or f"restored {show_day(int(time.time()))}",
    )
    found = key_slots.restore(found_copy, typed, path=path, way=way, without_memory=without_memory)
    _done(found.file, f"the keys of {found.name} are in {out}", as_json=as_json)
    if not as_json:
        say("\nThese ways open them too, as they were when the copy was made:")
        for slot in file.slots:
            say(f"  {plain(slot.label)} ({_kind(slot)}, made {show_day(slot.made)})")
        say("\n`keys remove` takes away what was removed since, or lost. The keys read, and")
        say(f"sign nothing before `keys confirm --credentials {out}`.")


@keys_command(
    "confirm",
    summary="Say that restored keys are the newest.",
    help="""\
After `keys restore`, and wherever an older copy of the key file took the place of a newer one, the
client reads but signs nothing: it cannot know what happened after that copy was made.

Ask whoever else has these keys, look at the newest recovery sheet and at other machines of yours:
does any show a higher serial, or another fingerprint? If none does, confirm it here.
""",
    examples="""
{program} keys confirm --credentials acme.json
{program} keys confirm --serial 7 --credentials acme.json
""",
    options=(credentials_option, passphrase_option),
)
@click.option("--serial", type=int, help="Do not ask: this is the serial that was compared.")
@json_option
def confirm_restored(
    *, serial: int | None, credentials: str, passphrase_file: str, as_json: bool
) -> None:
    """Show what has to be compared, ask, and take note."""
    path, unlock = named(credentials), unlock_with(passphrase_file)
    newer = False
    if serial is None:
        if not somebody_is_here():
            raise Refused("nobody is here to compare: pass --serial with the one that was compared")
        found = stored.from_file(path, unlock)
        serial = found.file.serial
        seen = key_slots.remembered(found)
        newer = seen > serial
        say(f"fingerprint  {show_fingerprint(found.card.fingerprint)}")
        say(f"serial       {serial}\n")
        if newer:
            say(
                f"This machine has seen serial {seen}: what was changed then is not in this file.\n"
            )
        confirm(
            "Is no other file with a higher serial left, and no other fingerprint known?"
            if newer
            else "Is no higher serial known, and no other fingerprint of this client?",
            yes=False,
        )
    found = key_slots.confirm(path, unlock, serial=serial, newer=newer)
    _done(found.file, f"the keys of {found.name} may sign again", as_json=as_json)


@keys_command(
    "upload",
    summary="Leave a copy of the key file with the server.",
    help="""\
Leave a copy of the key file with the server, and of what this client remembers, both closed: the
server can open neither. Who has the recovery sheet gets them back with `keys restore --fetch`.

The fetch code on the sheet gets the copy, and an API key alone does not. A file with a plain slot,
or with a passphrase that is not six of the words that are offered, stays here: whoever steals the
server's database could try to guess it. Upload it again after each change of the keys, and now and
then for the memory.
""",
    examples="""
{program} keys upload --credentials acme.json
""",
    options=CREDENTIALS,
)
@json_option
@click.pass_obj
def upload(
    caller: Caller,
    /,
    *,
    credentials: str,
    passphrase_file: str,
    api_url: str | None,
    as_json: bool,
) -> None:
    """Send the copy."""
    found = opened(credentials, passphrase_file, api_url=api_url)
    with Client(found, transport=caller.transport(found.api_url)) as client:
        server_copies.upload(client.session, found)
    _done(found.file, "the server keeps a copy, and cannot open it", as_json=as_json)


@keys_command(
    "fetch",
    summary="Fetch the server's copy of a key file.",
    help="""\
Fetch the copy of a key file, and of the client's memory, that `keys upload` left with the server,
to keep it. It stays closed, and no other command takes it for a key file, since the server may have
made another one: `keys restore --from` opens it with the recovery sheet, which shows whose it is.
`keys restore --fetch` does both at once.
""",
    examples="""
{program} keys fetch f989507e-88c3-433a-a142-7c19e63314a0 --out copy.json \\
  --api-url https://forms.example.org
""",
    options=(),
)
@click.argument("client_id", metavar="CLIENT_ID")
@click.option("--out", required=True, metavar="FILE", help="Where to keep the copy.")
@api_url_option
@fetch_code_option
@json_option
@click.pass_obj
def fetch(
    caller: Caller,
    /,
    *,
    client_id: str,
    out: str,
    api_url: str,
    fetch_code_file: str,
    as_json: bool,
) -> None:
    """Ask for the code, and write the copy."""
    path = _new_file(out)
    copy = _fetched(caller, client_id, api_url, fetch_code_file)
    server_copies.write_copy(path, copy)
    if as_json:
        say(json.dumps(_as_json(copy.file), ensure_ascii=False))
        return
    say(f"What the server calls the keys of {plain(copy.file.card.name)} is in {out}.")
    say(f"  serial       {copy.file.serial}")
    say(f"  fingerprint  {show_fingerprint(copy.file.card.fingerprint)}")
    say("Compare both with the newest sheet.")


def _fetched(caller: Caller, client_id: str, api_url: str, code_file: str) -> server_copies.Copy:
    url = read_address(api_url)
    code = read_code(FETCH, ask_code(FETCH, code_file))
    return server_copies.fetch(
        client_id=pasted(client_id), code=code, api_url=url, transport=caller.transport(url)
    )


def _new_file(out: str) -> Path:
    path = Path(out)
    files.check_target(path)
    if path.exists():
        raise UsageError(f"{path} is there already", hint="choose another file with --out")
    return path


def shares_needed(file: KeyFile) -> int:
    """Return how many shares the newest recovery slot asks for."""
    found = [slot for slot in file.slots if slot.kind == RECOVERY]
    if not found:
        raise UsageError(
            "these keys have no recovery sheet, and cannot get one any more",
            hint="`enroll --out` with a new file makes a client that has one",
        )
    return int(max(found, key=lambda slot: slot.made).params["threshold"])


def _kind(slot: Slot) -> str:
    if slot.kind == RECOVERY and slot.params["shares"] > 1:
        return f"{slot.params['threshold']} of {slot.params['shares']} shares"
    if slot.kind == PASSPHRASE:
        return "passphrase, six words" if slot.params["generated"] else "passphrase, own"
    return slot.kind


def _proved(slot: Slot) -> str:
    if slot.proved:
        return show_day(slot.proved)
    return "not yet" if slot.kind == RECOVERY else ""


def _as_json(file: KeyFile) -> dict[str, Any]:
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


def _done(file: KeyFile, what: str, *, as_json: bool) -> None:
    if as_json:
        say(json.dumps(_as_json(file), ensure_ascii=False))
    else:
        say(f"{plain(what)}. The file has serial {file.serial} now.")
