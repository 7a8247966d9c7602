"""What a client remembers between runs, in a small file that only it can have written.

Pins came from outside the server; generations and manifest versions must never
go back (docs/protocol.md §7, §8, §11). The file is canonical JSON,
``{"state": {...}, "mac": ...}``, with ``mac`` = HMAC(state key, ctx("state",
client id, state)). A file that is missing means a first run.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..envelope.encoding import b64, ctx, dump_json, load_json, members, unb64
from ..envelope.errors import EnvelopeError
from ..envelope.primitives import mac, same
from . import files
from .credentials import Credentials
from .errors import StateError


class Extent(NamedTuple):
    """How far a share goes: its columns, none for all, and its last second, 0 for no end."""

    columns: tuple[str, ...]
    not_after: int


@dataclass
class StreamMemory:
    """The highest generation of an own stream; ``closed`` the highest one that was closed.

    ``columns`` are the names of all fields that this client has written there; ``readers`` those
    it shares the stream with, by id: which columns (none for all) and until when (0 for no end).
    """

    gen: int = 0
    akid: bytes = b""
    closed: int = 0
    revoked: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    readers: dict[str, Extent] = field(default_factory=dict)


@dataclass(frozen=True)
class FormMemory:
    """Who owns a form, and the version and hash (32 bytes) of its latest known manifest."""

    owner: str
    version: int
    hash: bytes


@dataclass
class State:
    """Pins (client id to fingerprint, 32 bytes), own streams, and forms.

    ``names`` are those on the verified cards of pinned clients, ``signed`` the hash (32 bytes) of
    the manifest that this client signed last for each of its forms.
    """

    pins: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    streams: dict[tuple[str, str], StreamMemory] = field(default_factory=dict)
    forms: dict[str, FormMemory] = field(default_factory=dict)
    signed: dict[str, bytes] = field(default_factory=dict)

    def stream(self, writer: str, type: str) -> StreamMemory:
        """Return what is known of an own stream, to be changed in place."""
        return self.streams.setdefault((writer, type), StreamMemory())


class StateFile:
    """The file of one client; every change is a read-modify-write under a lock."""

    def __init__(self, path: Path, *, client_id: str, key: bytes) -> None:
        self.path = path
        self._client_id = client_id
        self._key = key
        self._turn = threading.RLock()
        self._turns = 0

    def load(self) -> State:
        """Return the state; raises StateError if the file is not as this client wrote it."""
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return State()
        except OSError as error:
            raise StateError(f"{self.path} cannot be read: {error.strerror}") from error
        try:
            wire = members(load_json(raw), ("state", "mac"), "the state file")
            self._check_mac(wire)
        except EnvelopeError as error:
            raise StateError(f"{self.path} is damaged: {error}", hint=RESTORE) from error
        try:
            return _from_wire(wire["state"])
        except (EnvelopeError, LookupError, TypeError, ValueError, AttributeError) as error:
            problem = f"{self.path} was written by another version of this program"
            raise StateError(problem, hint=f"use that version; or {RESTORE}") from error

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold off other runs of this client on this machine that ask for a turn, too.

        Reading and changing the state is not held off. A turn may be taken inside a turn.
        """
        with self._turn, ExitStack() as stack:
            if not self._turns:
                with self._keeping():
                    stack.enter_context(files.locked(self.path.with_name(f"{self.path.name}.turn")))
            self._turns += 1
            try:
                yield
            finally:
                self._turns -= 1

    @contextmanager
    def change(self) -> Iterator[State]:
        """Yield the state as it is now, and keep what the block made of it."""
        with self._keeping(), files.locked(self.path):
            state = self.load()
            before = _to_wire(state)
            yield state
            if (after := _to_wire(state)) != before:
                files.write_private(self.path, self._sealed(after))

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Make the folder of the file; raises StateError for what cannot be kept there."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise StateError(
                f"{self.path} cannot be kept: {error.strerror}",
                hint="name a writable place in SEALFORM_STATE",
            ) from error

    def _sealed(self, wire: dict[str, Any]) -> bytes:
        return dump_json({"state": wire, "mac": b64(self._mac(wire))})

    def _mac(self, wire: dict[str, Any]) -> bytes:
        return mac(self._key, ctx("state", self._client_id, dump_json(wire)))

    def _check_mac(self, wire: dict[str, Any]) -> None:
        if not same(unb64(wire["mac"], 32), self._mac(wire["state"])):
            raise StateError(f"{self.path} was altered, or belongs to another client", hint=RESTORE)


RESTORE = (
    "restore it from a backup; or move it away and start without memory: fingerprints have "
    "to be given again, and an older state of the server would not be noticed"
)


def state_file(credentials: Credentials, environ: Mapping[str, str] | None = None) -> StateFile:
    """Return the state file that belongs to these credentials.

    It stands beside the credentials file with ``.state`` behind its name; for
    credentials from the environment $SEALFORM_STATE names it, else it stands in
    $XDG_STATE_HOME/sealform, by client id.
    """
    values = os.environ if environ is None else environ
    if credentials.path is not None:
        path = credentials.path.with_name(f"{credentials.path.name}.state")
    elif values.get("SEALFORM_STATE"):
        path = Path(values["SEALFORM_STATE"])
    else:
        home = values.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        path = Path(home) / "sealform" / f"{credentials.client_id}.state"
    return StateFile(path, client_id=credentials.client_id, key=credentials.keys.state)


def _to_wire(state: State) -> dict[str, Any]:
    return {
        "pins": {id: [b64(state.pins[id]), state.names.get(id, "")] for id in sorted(state.pins)},
        "streams": [
            [
                writer,
                type,
                one.gen,
                b64(one.akid),
                one.closed,
                sorted(one.revoked),
                sorted(one.columns),
                [[id, [*wide], until] for id, (wide, until) in sorted(one.readers.items())],
            ]
            for (writer, type), one in sorted(state.streams.items())
        ],
        "forms": {
            id: [form.owner, form.version, b64(form.hash)]
            for id, form in sorted(state.forms.items())
        },
        "signed": {id: b64(hash) for id, hash in sorted(state.signed.items())},
    }


def _from_wire(wire: dict[str, Any]) -> State:
    """Shapes are not checked one by one: only some version of this client can have made the MAC."""
    return State(
        pins={id: unb64(fingerprint) for id, (fingerprint, _) in wire["pins"].items()},
        names={id: name for id, (_, name) in wire["pins"].items() if name},
        streams={
            (writer, type): StreamMemory(
                gen,
                unb64(akid),
                closed,
                set(revoked),
                set(columns),
                {id: Extent(tuple(wide), until) for id, wide, until in readers},
            )
            for writer, type, gen, akid, closed, revoked, columns, readers in wire["streams"]
        },
        forms={
            id: FormMemory(owner, version, unb64(hash))
            for id, (owner, version, hash) in wire["forms"].items()
        },
        signed={id: unb64(hash) for id, hash in wire["signed"].items()},
    )
