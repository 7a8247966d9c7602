"""How a key file is opened: by what this machine, or whoever sits before it, has for a slot.

In this order: a passphrase that was handed in, slots that need nobody, key services that this
machine is set up for, and at last a passphrase that somebody is asked for. A recovery sheet is for
``keys restore`` and ``keys verify`` alone.
"""

import logging
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..envelope.encoding import unb64
from ..envelope.errors import OpenError
from ..envelope.key_files import (
    PASSPHRASE,
    PLAIN,
    SERVICES,
    KeyFile,
    Secrets,
    Slot,
    open_key_file,
    slot_key,
)
from ..envelope.passphrases import MOST_BYTES, passphrase_secret
from ..envelope.tokens import SEED, read_token
from . import files
from .errors import CredentialsError, KeyServiceError, UsageError
from .key_services import service
from .key_services.key_service import ANOTHER

logger = logging.getLogger(__name__)

PASSPHRASE_FILE = "SEALFORM_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
MOST_FILE = 16 * MOST_BYTES
LINE_END = re.compile("\r\n|\r|\n")
MOST_TRIED = 3
"""Passphrase slots that one passphrase is tried on, the newest first: each may cost seconds."""

Ask = Callable[[str], str]
"""Asks somebody for the passphrase of what it is told, such as a file."""


@dataclass(frozen=True)
class Unlock:
    """Opens a key file; ``passphrase`` was handed in, ``ask`` asks for one where somebody is.

    What opened a file once opens it again: nobody is asked twice.
    """

    passphrase: str = field(default="", repr=False)
    ask: Ask | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    known: dict[bytes, bytes] = field(default_factory=dict, repr=False)

    def __call__(self, file: KeyFile) -> Secrets:
        """Return what is in the file; raises CredentialsError, EnvelopeError."""
        slot, secret = self.found(file)
        secrets = open_key_file(file, slot, secret)
        self.known[slot.pk] = secret
        return secrets

    def found(self, file: KeyFile) -> tuple[Slot, bytes]:
        """Return a slot and the secret that opens it; raises CredentialsError."""
        for slot in file.slots:
            if slot.pk in self.known:
                return slot, self.known[slot.pk]
        by_passphrase = _of_kind(file, PASSPHRASE)
        if self.passphrase and by_passphrase:
            return _tried(by_passphrase, self.passphrase)
        for slot in _of_kind(file, PLAIN):
            return slot, read_token(SEED, slot.params["secret"])
        refused: list[KeyServiceError] = []
        for slot in (slot for slot in file.slots if slot.kind in SERVICES):
            try:
                return slot, self._unwrapped(file, slot)
            except KeyServiceError as error:
                refused.append(error)
        if self.ask and by_passphrase:
            for why in refused:
                logger.warning("%s", why)
            return _tried(by_passphrase, self.ask(f"the keys of {file.card.name}"))
        if refused:
            raise refused[0]
        raise CredentialsError(
            f"nothing here opens the keys of {file.card.name}", hint=_what_would(file)
        )

    def _unwrapped(self, file: KeyFile, slot: Slot) -> bytes:
        """Return the secret that a key service has wrapped; raises KeyServiceError."""
        held = service(slot.kind, environ=self.environ, ask_pin=self.ask)
        secret = held.unwrap(slot.params, slot.secret_context(file.id))
        try:
            slot_key(slot, secret)
        except OpenError as error:
            raise KeyServiceError(
                f"{held.title} gives another secret than the slot {slot.label} was made with",
                hint=ANOTHER,
            ) from error
        return secret


def unlock_from(environ: Mapping[str, str] = os.environ) -> Unlock:
    """Return what the environment has: the passphrase that SEALFORM_PASSPHRASE_FILE names.

    Key services are reached as it says, too.
    """
    named = environ.get(PASSPHRASE_FILE, "")
    return Unlock(passphrase=read_passphrase(Path(named)) if named else "", environ=environ)


def read_passphrase(path: Path) -> str:
    """Return the one line of a file or descriptor (/dev/fd/3); raises UsageError.

    Nothing else than a line feed or carriage return ends it. A file that others can read is
    refused, and so is one of several lines, of which one would silently not count.
    """
    lines = LINE_END.split(read_secret(path, "passphrase file"))
    text, *more = lines
    if not text.strip():
        raise UsageError(f"there is no passphrase in the first line of {path}")
    if any(more):
        raise UsageError(
            f"{path} has more than one line", hint="a passphrase's file holds it, and nothing else"
        )
    return text


def read_secret(path: Path, what: str) -> str:
    """Return the text of a private file or of a descriptor, at most 16 KiB; raises UsageError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISREG(mode) and files.is_others_business(path, mode):
                raise UsageError(
                    f"{path} can be read by other users of this machine", hint=f"chmod 600 {path}"
                )
            raw = file.read(MOST_FILE + 1)
    except OSError as error:
        raise UsageError(f"the {what} cannot be read: {error.strerror}") from error
    if len(raw) > MOST_FILE:
        raise UsageError(f"the {what} is too long: {path} has more than {MOST_FILE:,} bytes")
    return files.decoded(raw, path)


def _tried(slots: Iterable[Slot], passphrase: str) -> tuple[Slot, bytes]:
    for slot in sorted(slots, key=lambda one: -one.made)[:MOST_TRIED]:
        secret = passphrase_secret(passphrase, unb64(slot.params["salt"]), slot.cost)
        with suppress(OpenError):
            slot_key(slot, secret)
            return slot, secret
    raise CredentialsError(
        "this is not the passphrase", hint="`keys restore` opens the file with the recovery sheet"
    )


def _of_kind(file: KeyFile, kind: str) -> list[Slot]:
    return [slot for slot in file.slots if slot.kind == kind]


def _what_would(file: KeyFile) -> str:
    kinds = {slot.kind for slot in file.slots}
    ways = []
    if PASSPHRASE in kinds:
        ways.append(
            "name the passphrase's file with --passphrase-file or SEALFORM_PASSPHRASE_FILE, "
            "or run it in a terminal"
        )
    if services := sorted(kinds & set(SERVICES)):
        ways.append(f"set up {' or '.join(services)} on this machine (docs/operations.md)")
    return "; ".join(ways) or "`keys restore` opens it with the recovery sheet"
