"""The ways into a key file: add, remove, prove, and come back with the recovery sheet.

Every change reads the file, opens it and writes it anew under the lock of the file, in one step:
whatever ends the program, the old file or the new one is there.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ...envelope.errors import EnvelopeError, OpenError
from ...envelope.key_files import (
    MAX_SLOTS,
    PASSKEY,
    PASSPHRASE,
    RECOVERY,
    KeyFile,
    Slot,
    open_key_file,
    open_signer,
    slot_key,
)
from ...envelope.primitives import KEY, SigningKey, random
from .. import credentials, files
from ..credentials import Credentials
from ..errors import CredentialsError, UsageError
from ..saving import next_serial, saved
from ..slots import Recovery, Way, recovery_secret
from ..state import state_file, state_path
from ..unlocking import MOST_TRIED, Unlock
from .server_copies import Copy, recall

LEAST_PREFIX = 4

T = TypeVar("T")


def add(path: Path, unlock: Unlock, way: Way) -> Credentials:
    """Add a way into the file; raises UsageError, CredentialsError."""
    with files.locked(path):
        found = credentials.from_file(path, unlock)
        return saved(found, slots=_room_for(found.file, way.slot))


def remove(path: Path, unlock: Unlock, named: str, *, last_recovery: bool = False) -> Credentials:
    """Remove the way that a label or the beginning of an id names.

    Copies of the file that were made before still open with it. Raises UsageError for the last,
    and for the last recovery sheet unless ``last_recovery`` agrees to that.
    """
    with files.locked(path):
        found = credentials.from_file(path, unlock)
        slot = find(found.file, named)
        left = [one for one in found.file.slots if one.id != slot.id]
        if is_last_recovery(found.file, slot) and not last_recovery:
            raise UsageError(
                f"{slot.label} is the last recovery sheet, and no other can be made without one: a "
                "lost file, or a forgotten passphrase, would be the end of these keys",
                hint="`keys recovery` puts a new sheet in its place; --last-recovery removes it "
                "for ever",
            )
        if all(one.kind == PASSKEY for one in left):
            raise UsageError(
                f"{slot.label} is the last way into {path} that needs no passkey",
                hint="add another first, with `keys add`",
            )
        return saved(found, slots=left)


def change_passphrase(path: Path, unlock: Unlock, way: Way) -> Credentials:
    """Let a new passphrase take the place of every one that the file has."""
    with files.locked(path):
        found = credentials.from_file(path, unlock)
        kept = [slot for slot in found.file.slots if slot.kind != PASSPHRASE]
        return saved(found, slots=[*kept, way.slot])


def new_sheet(
    path: Path,
    typed: Sequence[str],
    make: Callable[[bytes], Recovery],
    hand_out: Callable[[Credentials, Recovery, int], None],
) -> Credentials:
    """Let a new recovery sheet take the place of the one that was typed in.

    ``make`` is given the seed of the client's recovery key, which only an old sheet holds;
    ``hand_out`` gets the new one, and the serial that the file will have, to its owner before the
    old one is given up. The fetch code is a new one, too: the old paper fetches nothing that is
    left with the server from now on.
    Raises CredentialsError, MalformedError.
    """
    with files.locked(path):
        file = credentials.read(path)
        slot, secret = by_recovery(file, typed)
        recovery_key = signer(path, file, slot, secret)
        found = opened(path, file, slot, secret)
        made = make(recovery_key.seed)
        secrets = replace(found.secrets, fetch=random(KEY))
        hand_out(replace(found, secrets=secrets), made, next_serial(found))
        kept = [one for one in file.slots if one.id != slot.id]
        return saved(found, secrets=secrets, slots=[*kept, made.slot(file.card)])


def verify(path: Path, typed: Sequence[str]) -> tuple[Slot, Credentials]:
    """Open the file with the recovery sheet, note that it works, and return its slot.

    Raises CredentialsError, and MalformedError for what was mistyped.
    """
    with files.locked(path):
        file = credentials.read(path)
        slot, secret = by_recovery(file, typed)
        found = opened(path, file, slot, secret)
        proved = replace(slot, proved=int(time.time()))
        slots = [proved if one.id == slot.id else one for one in file.slots]
        return proved, saved(found, slots=slots)


def restore(
    copy: Copy, typed: Sequence[str], *, path: Path, way: Way, without_memory: bool = False
) -> Credentials:
    """Make a machine's key file of a copy and the recovery sheet; ``way`` will open it there.

    The other ways stay, and what the client remembered comes back; ``without_memory`` agrees that
    it does not. The serial stays the copy's own until somebody has compared it. Raises UsageError
    where there is a file already, CredentialsError, VerificationError.
    """
    files.check_target(path)
    check_memory(copy, path, without_memory=without_memory)
    with files.locked(path):
        if path.exists():
            raise UsageError(f"{path} is there already", hint="choose another file with --out")
        file = copy.file
        slot, secret = by_recovery(file, typed)
        found = opened(path, file, slot, secret)
        proved = replace(slot, proved=int(time.time()))
        slots = [proved if one.id == slot.id else one for one in _room_for(file, way.slot)]
        recall(copy.state(found.secrets), state_file(found), serial=file.serial)
        marked = replace(found.secrets, unconfirmed=True)
        return found.saved(secrets=marked, slots=slots, serial=file.serial)


def check_memory(copy: Copy, path: Path, *, without_memory: bool) -> None:
    """Refuse a copy that comes without memory, unless that was agreed to.

    A server that leaves it out would have its own changes forgotten.
    """
    if without_memory or copy.has_memory or state_path(path).exists():
        return
    raise UsageError(
        "what this client remembered does not come with the copy: whose fingerprints it knew, whom "
        "it revoked, which forms it signed",
        hint="put the state file beside the copy, with `.state` behind the copy's name; if it is "
        "lost, --without-memory goes on, and an older state of the server is not noticed",
    )


def confirm(path: Path, unlock: Unlock, *, serial: int, newer: bool = False) -> Credentials:
    """Agree that this key file is the newest; ``serial`` is the one that a person compared.

    From now on it has the next one. Again changes nothing. ``newer`` agrees although this machine
    has seen a newer file, which is lost. Raises UsageError for another serial than the file's.
    """
    with files.locked(path):
        found = credentials.from_file(path, unlock)
        marked, now = found.secrets.unconfirmed, found.file.serial
        with state_file(found).change() as known:
            known.met(now)
            # A killed run may have changed the file, and not the memory.
            if serial != now and (marked or serial != now - 1):
                raise UsageError(
                    f"the serial that was compared is not that of {found.path}",
                    hint="look again at the newest sheet, at other machines, and at `keys list`",
                )
            if known.serial > now and not newer:
                raise UsageError(
                    f"this machine has seen a newer key file, with serial {known.serial}",
                    hint="find that one; a person at a terminal may confirm this one all the same",
                )
            if known.vouches and not marked:
                return found
            if marked or known.serial > now:
                agreed = replace(found.secrets, unconfirmed=False)
                found = found.saved(secrets=agreed, serial=max(known.serial, now) + 1)
            known.serial, known.unconfirmed = found.file.serial, False
    return found


def remembered(found: Credentials) -> int:
    """Return the highest serial of the key file that was seen here, 0 for none."""
    return state_file(found).load().serial


def by_recovery(file: KeyFile, typed: Sequence[str]) -> tuple[Slot, bytes]:
    """Return the recovery slot that a code, or shares, open, and its secret."""
    secret = recovery_secret(typed)
    for slot in file.slots:
        if slot.kind == RECOVERY:
            with suppress(OpenError):
                slot_key(slot, secret)
                return slot, secret
    raise CredentialsError(
        f"this is not the recovery sheet of the keys of {file.card.name}",
        hint="the sheet says whose it is, and which fingerprint they have",
    )


def is_last_recovery(file: KeyFile, slot: Slot) -> bool:
    """Whether a slot is the only one left that recovers the keys."""
    return slot.kind == RECOVERY and sum(one.kind == RECOVERY for one in file.slots) == 1


def find(file: KeyFile, named: str) -> Slot:
    """Return the slot with a label, or whose id begins so; raises UsageError."""
    found = [slot for slot in file.slots if slot.label == named]
    if not found and len(named) >= LEAST_PREFIX:
        found = [slot for slot in file.slots if slot.id.startswith(named)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"several ways are called {named}", hint="name one by its id: `keys list`")
    raise UsageError(f"no way into the keys is called {named}", hint="`keys list` shows them")


def _room_for(file: KeyFile, slot: Slot) -> list[Slot]:
    if len(file.slots) >= MAX_SLOTS:
        raise UsageError(
            f"a key file has at most {MAX_SLOTS} slots", hint="remove one first: `keys remove`"
        )
    phrases = sum(one.kind == PASSPHRASE for one in file.slots)
    if slot.kind == PASSPHRASE and phrases >= MOST_TRIED:
        raise UsageError(
            f"a passphrase is tried on at most {MOST_TRIED} slots",
            hint="remove one first: `keys remove`",
        )
    if any(one.label == slot.label for one in file.slots):
        raise UsageError(
            f"there is a slot called {slot.label} already", hint="choose another with --label"
        )
    return [*file.slots, slot]


def signer(path: Path, file: KeyFile, slot: Slot, secret: bytes) -> SigningKey:
    """Return the client's recovery key, with the secret of a recovery slot."""
    return _checked(path, lambda: open_signer(file, slot, secret))


def opened(path: Path, file: KeyFile, slot: Slot, secret: bytes) -> Credentials:
    """Return a key file as the secret of one of its slots opens it; raises CredentialsError."""
    secrets = _checked(path, lambda: open_key_file(file, slot, secret))
    return Credentials(path, file, secrets, secrets.api_url)


def _checked(path: Path, opens: Callable[[], T]) -> T:
    try:
        return opens()
    except EnvelopeError as error:
        raise CredentialsError(
            f"{path} was altered since it was written: {error}", hint=credentials.RESTORE
        ) from error
