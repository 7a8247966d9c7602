"""Who a client is: its key file, opened, and the server that knows it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ..envelope.errors import EnvelopeError, LimitError
from ..envelope.key_files import (
    MAX_FILE,
    ApiKey,
    KeyFile,
    Secrets,
    Slot,
    bare,
    parse_key_file,
    seal_key_file,
)
from ..envelope.keys import NO_RECOVERY, Card, ClientKeys, make_card
from ..envelope.primitives import KEY, random
from ..envelope.tokens import without_tokens
from . import files
from .errors import CredentialsError, UsageError
from .server_address import read_address
from .slots import Recovery

MOST_READ = MAX_FILE + 1024  # with the white space that editors add
RESTORE = (
    "restore a copy of it, or `keys restore` with the recovery sheet; "
    "`enroll --out` with a new file makes another client"
)

FETCHED = b'{"v":"sealform/1","copy":'
"""How a copy begins that ``keys fetch`` wrote: it is no key file, lest it be used as one."""


class Former(NamedTuple):
    """An own card that was succeeded, and the keys that it was made of."""

    card: Card
    keys: ClientKeys


Opened = Callable[[KeyFile], Secrets]
"""What opens a key file: see ``unlocking.Unlock``."""


@dataclass(frozen=True)
class Credentials:
    """A key file and what is in it; ``api_url`` is "" for the server in this very process."""

    path: Path
    file: KeyFile
    secrets: Secrets = field(repr=False)
    api_url: str = ""

    @property
    def client_id(self) -> str:
        """The client's id."""
        return self.file.id

    @property
    def name(self) -> str:
        """The client's name on its card."""
        return self.file.card.name

    @property
    def card(self) -> Card:
        """The client's own card, which its keys were seen to grow."""
        return self.file.card

    @cached_property
    def keys(self) -> ClientKeys:
        """The client's keys."""
        return self.secrets.keys

    @cached_property
    def former(self) -> tuple[Former, ...]:
        """The client's earlier cards with their keys, the newest first.

        The recovery key and the name stay, so that each seed tells the whole card.
        """
        card = self.card
        grown = [ClientKeys(seed) for seed in self.secrets.seeds[1:]]
        return tuple(
            Former(make_card(keys=keys, id=card.id, name=card.name, recovery=card.recovery), keys)
            for keys in grown
        )

    @property
    def api_key(self) -> ApiKey | None:
        """What the server knows the client by, None before the enrolment is complete."""
        return self.secrets.api_key

    def saved(
        self,
        *,
        secrets: Secrets | None = None,
        slots: Iterable[Slot] | None = None,
        serial: int | None = None,
        card: Card | None = None,
    ) -> "Credentials":
        """Write other secrets, other slots, or the next card, in one step.

        It gets the next serial, if none is said.

        Who calls it holds the lock of the file; see ``saving.saved``, which knows the next serial.
        Raises CredentialsError; the old file is kept then.
        """
        secrets = secrets or self.secrets
        kept = self.file.slots if slots is None else tuple(slots)
        serial = self.file.serial + 1 if serial is None else serial
        file = seal_key_file(card or self.card, serial=serial, slots=kept, secrets=secrets)
        write(self.path, file)
        return replace(self, file=file, secrets=secrets)


def new(
    *,
    id: str,
    keys: ClientKeys,
    name: str,
    path: Path,
    api_url: str,
    slots: Iterable[Slot],
    recovery: Recovery | None = None,
) -> Credentials:
    """Return the credentials of a new client, with serial 1; nothing is written yet."""
    secrets = Secrets(
        seeds=(keys.seed,), ids=(keys.ids,), state=keys.state, fetch=random(KEY), api_url=api_url
    )
    public = recovery.public if recovery else NO_RECOVERY
    card = make_card(keys=keys, id=id, name=name, recovery=public)
    paper = [recovery.slot(card)] if recovery else []
    file = seal_key_file(card, serial=1, slots=[*slots, *paper], secrets=secrets)
    return Credentials(path, file, secrets, api_url)


def write(path: Path, file: KeyFile) -> None:
    """Let a key file take the place of what is at ``path``; raises CredentialsError."""
    try:
        files.write_private(path, file.raw + b"\n")
    except OSError as error:
        raise CredentialsError(f"{path} cannot be written: {error.strerror}") from error


def enrolled(credentials: Credentials) -> ApiKey:
    """Return the API key; raises CredentialsError while the enrolment is not complete."""
    if credentials.api_key is None:
        raise CredentialsError(
            "the enrolment of this client was not completed",
            hint="run the same `enroll` command again",
        )
    return credentials.api_key


def read(path: Path) -> KeyFile:
    """Read a key file without opening it; raises CredentialsError."""
    check_is_a_name(str(path))
    try:
        raw = files.read_private(path, most=MOST_READ)
    except OSError as error:
        raise CredentialsError(
            f"{path} cannot be read: {error.strerror}",
            hint="`enroll --out FILE` makes a credentials file",
        ) from error
    if raw is None:
        raise CredentialsError(
            f"{path} can be read by other users of this machine", hint=f"chmod 600 {path}"
        )
    if not raw.strip():
        raise CredentialsError(f"{path} is empty", hint=RESTORE)
    try:
        if len(raw) > MOST_READ:
            raise LimitError(f"it has more than {MOST_READ:,} bytes")
        return parse_key_file(raw)
    except EnvelopeError as error:
        if bare(raw).startswith(FETCHED):
            raise CredentialsError(
                f"{path} is a server's copy, and opens with the recovery sheet only",
                hint=f"`keys restore --from {path} --out FILE` makes a key file of it",
            ) from error
        raise CredentialsError(
            f"{path} is not what `enroll` wrote: {error}", hint=RESTORE
        ) from error


def from_file(path: str | Path, unlock: Opened, *, api_url: str | None = None) -> Credentials:
    """Read a key file and open it; raises CredentialsError, KeyServiceError.

    ``api_url`` replaces the server that it names.
    """
    path = Path(path)
    file = read(path)
    try:
        secrets = unlock(file)
    except EnvelopeError as error:
        raise CredentialsError(
            f"{path} was altered since it was written: {error}", hint=RESTORE
        ) from error
    return Credentials(path, file, secrets, _address(path, secrets.api_url, api_url))


def _address(path: Path, named: str, instead: str | None) -> str:
    """Return the server's address, checked."""
    if instead is not None:
        return read_address(instead)
    try:
        return read_address(named)
    except UsageError as error:
        raise CredentialsError(f"{path}: {error}", hint=error.hint) from error


def check_is_a_name(path: str) -> None:
    """Refuse what is no name of a file but what stands in one, without showing it."""
    if "\n" in path or path.lstrip().startswith("{") or without_tokens(path) != path:
        raise CredentialsError(
            "what should name the credentials file looks like what stands in one",
            hint="give the file's name",
        )
