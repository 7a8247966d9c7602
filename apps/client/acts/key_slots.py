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
from ...envelope.primitives import SigningKey
from .. import credentials, files
from ..credentials import Credentials
from ..errors import CredentialsError, UsageError
from ..slots import Recovery, Way, recovery_secret
from ..state import state_file
from ..unlocking import Unlock
from .server_copies import Copy, recall

LEAST_PREFIX = 4

T = TypeVar("T")


def add(path: Path, unlock: Unlock, way: Way) -> Credentials:
    """Add a way into the file; raises UsageError, CredentialsError."""
    with files.locked(path):
        found = credentials.from_file(path, unlock)
        return found.saved(slots=_room_for(found.file, way.slot))


def remove(path: Path, unlock: Unlock, named: str) -> Credentials:
    """Remove the way that a label or the beginning of an id names.

    Copies of the file that were made before still open with it. Raises UsageError for the last.
    """
    with files.locked(path):
        found = credentials.from_file(path, unlock)
        slot = find(found.file, named)
        left = [one for one in found.file.slots if one.id != slot.id]
        if all(one.kind == PASSKEY for one in left):
            raise UsageError(
                f"{slot.label} is the last way into {path} that needs no passkey",
                hint="add another first, with `keys add`",
            )
        return found.saved(slots=left)


def change_passphrase(path: Path, unlock: Unlock, way: Way) -> Credentials:
    """Let a new passphrase take the place of every one that the file has."""
    with files.locked(path):
        found = credentials.from_file(path, unlock)
        kept = [slot for slot in found.file.slots if slot.kind != PASSPHRASE]
        return found.saved(slots=[*kept, way.slot])


def new_sheet(
    path: Path,
    typed: Sequence[str],
    make: Callable[[bytes], Recovery],
    hand_out: Callable[[Credentials, Recovery], None],
) -> Credentials:
    """Let a new recovery sheet take the place of the one that was typed in.

    ``make`` is given the seed of the client's recovery key, which only an old sheet holds;
    ``hand_out`` gets the new one to its owner before the old one is given up.
    Raises CredentialsError, MalformedError.
    """
    with files.locked(path):
        file = credentials.read(path)
        slot, secret = by_recovery(file, typed)
        recovery_key = signer(path, file, slot, secret)
        found = opened(path, file, slot, secret)
        made = make(recovery_key.seed)
        hand_out(found, made)
        kept = [one for one in file.slots if one.id != slot.id]
        return found.saved(slots=[*kept, made.slot(file.card)])


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
        return proved, found.saved(slots=slots)


def restore(copy: Copy, typed: Sequence[str], *, path: Path, way: Way) -> Credentials:
    """Make a machine's key file of a copy and the recovery sheet; ``way`` will open it there.

    The other ways stay, and what the client remembered comes back. Raises UsageError where there
    is a file already, CredentialsError, VerificationError.
    """
    files.check_target(path)
    with files.locked(path):
        if path.exists():
            raise UsageError(f"{path} is there already", hint="choose another file with --out")
        file = copy.file
        slot, secret = by_recovery(file, typed)
        found = opened(path, file, slot, secret)
        proved = replace(slot, proved=int(time.time()))
        slots = [proved if one.id == slot.id else one for one in _room_for(file, way.slot)]
        # First: no kill leaves keys that sign unasked.
        recall(copy.state(found.secrets), state_file(found), serial=file.serial + 1)
        return found.saved(slots=slots)


def confirm(found: Credentials, *, serial: int) -> None:
    """Agree that this key file is the newest; ``serial`` is the one that a person compared.

    Raises UsageError if the file has another.
    """
    if serial != found.file.serial:
        raise UsageError(
            f"{found.path} has serial {found.file.serial}, not {serial}",
            hint="compare it again with the newest sheet or machine",
        )
    with state_file(found).change() as known:
        known.serial, known.unconfirmed = serial, False


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
