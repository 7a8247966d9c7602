"""``keys restore`` and what it takes: copies of a key file, with the server or elsewhere."""

import json
import time
from pathlib import Path

import click

from ..client import Client, files
from ..client import credentials as stored
from ..client.acts import key_slots, server_copies
from ..client.days import show_day
from ..client.errors import UsageError
from ..client.quoting import plain
from ..client.server_address import read_address
from ..envelope.codes import FETCH, read_code
from ..envelope.keys import show_fingerprint
from ..envelope.seen import pasted
from .commanding import (
    CREDENTIALS,
    Caller,
    Refused,
    confirm,
    credentials_option,
    named,
    note,
    opened,
    passphrase_option,
    say,
    somebody_is_here,
    unlock_with,
)
from .keys_command import (
    code_option,
    done,
    file_as_json,
    json_option,
    keys_command,
    kind_of,
    label_option,
    shares_needed,
)
from .protecting import (
    ask_code,
    ask_recovery,
    new_passphrase_option,
    new_way,
    plain_option,
    wanted,
    words_option,
)

api_url_option = click.option("--api-url", default="", metavar="URL", help="The server's address.")
fetch_code_option = click.option(
    "--fetch-code-file",
    default="",
    metavar="FILE",
    help="A file or descriptor with the fetch code; else a terminal is asked.",
)


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
    done(found.file, f"the keys of {found.name} are in {out}", as_json=as_json)
    if not as_json:
        say("\nThese ways open them too, as they were when the copy was made:")
        for slot in file.slots:
            say(f"  {plain(slot.label)} ({kind_of(slot)}, made {show_day(slot.made)})")
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
    done(found.file, f"the keys of {found.name} may sign again", as_json=as_json)


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
    done(found.file, "the server keeps a copy, and cannot open it", as_json=as_json)


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
        say(json.dumps(file_as_json(copy.file), ensure_ascii=False))
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
