"""A copy of the key file at the server: left there, and fetched with the code on the sheet.

A server may hand out a whole file of its own making, with slots that it can open and keys that it
has. So what was fetched is never used as it is: only the recovery sheet makes a key file of it.
"""

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from ...envelope import encoding
from ...envelope.encoding import VERSION, b64, dump_json, load_json
from ...envelope.errors import EnvelopeError, MismatchError
from ...envelope.key_copies import (
    MAX_MEMORY,
    KeyCopy,
    for_a_server,
    open_memory,
    seal_memory,
    sign_key_copy,
)
from ...envelope.key_files import MAX_FILE, KeyFile, Secrets, bare, parse_key_file
from ...envelope.shapes import Integer, Object, Octets, OrEmpty, Text
from .. import credentials, endpoints, files
from ..api import Api
from ..credentials import Credentials
from ..errors import CredentialsError, UsageError, VerificationError
from ..session import Session
from ..state import State, StateFile, beside, dump_state, merged, parse_state

COPY = Object(
    "copy of a key file",
    {
        "copy": Text("copy", MAX_FILE, 1),
        "memory": OrEmpty(Octets()),
        "made": Integer("made"),
    },
)
MOST_COPY = 2 * (MAX_FILE + MAX_MEMORY)


@dataclass(frozen=True)
class Copy:
    """A key file that came from elsewhere, with the memory that the server had, b"" for none.

    ``made`` is when it was left there, in milliseconds since 1970, 0 for a file that was not;
    ``beside`` is where a state file would stand that was kept with it.
    """

    file: KeyFile
    memory: bytes = b""
    made: int = 0
    beside: Path | None = None

    @property
    def has_memory(self) -> bool:
        """Whether what the client remembered came with it."""
        return bool(self.memory) or (self.beside is not None and self.beside.exists())

    def state(self, secrets: Secrets) -> State | None:
        """Return what the client remembered; raises VerificationError if it does not open."""
        if not self.memory:
            if self.beside is None or not self.beside.exists():
                return None
            return StateFile(self.beside, client_id=self.file.id, key=secrets.state).load()
        try:
            raw = open_memory(
                secrets.state,
                self.memory,
                client_id=self.file.id,
                serial=self.file.serial,
                made=self.made,
            )
        except EnvelopeError as error:
            raise VerificationError(
                "the memory beside the copy is not what this client left with it", code=error.code
            ) from error
        return parse_state(raw)


def upload(session: Session, found: Credentials) -> KeyCopy:
    """Leave a copy of the key file and of this client's memory with the server.

    Again it leaves the memory of today. After a lost answer it is left a second time.
    Raises UsageError for a file that a server must not have, or memory that is too large.
    """
    check_may_leave(found.file)
    memory, made = dump_state(session.state.load()), time.time_ns() // 1_000_000
    sealed = seal_memory(
        found.secrets.state,
        memory,
        client_id=found.client_id,
        serial=found.file.serial,
        made=made,
    )
    if len(sealed) > MAX_MEMORY:
        raise UsageError(
            f"this client remembers more than the {MAX_MEMORY:,} bytes that a server keeps",
            hint="keep a copy of the state file yourself",
        )
    copy = sign_key_copy(
        found.file,
        memory=sealed,
        made=made,
        fetch_code=found.secrets.fetch,
        keys=session.keys,
    )
    answer = session.api.call(endpoints.KEEP_KEY_FILE, body=copy.to_wire())
    if answer["serial"] != found.file.serial:
        raise VerificationError("the server kept another copy than was sent", code="mismatch")
    return copy


def check_may_leave(file: KeyFile) -> None:
    """Refuse a file that whoever has the server's database could open by guessing."""
    try:
        for_a_server(file)
    except MismatchError as error:
        raise UsageError(
            str(error),
            hint="`keys remove` the plain slot, or take the six words with `keys passphrase`",
        ) from error


def fetch(
    *, client_id: str, code: bytes, api_url: str, transport: httpx.BaseTransport | None
) -> Copy:
    """Return the newest copy that a server keeps of a client, with its fetch code (32 bytes).

    Whose it really is shows when the recovery sheet opens it. Raises ApiError, and
    VerificationError for a file that no client leaves with a server.
    """
    client_id = encoding.uuid(client_id, "client id")
    with closing(Api(url=api_url, transport=transport)) as api:
        answer = api.call(endpoints.FETCH_KEY_FILE, client_id, body={"code": b64(code)})
    try:
        file = for_a_server(parse_key_file(answer["file"].encode()))
    except EnvelopeError as error:
        raise VerificationError(
            f"what the server sends is no copy of a key file: {error}", code=error.code
        ) from error
    check_is_of(file, client_id)
    return Copy(file, answer["memory"] or b"", answer["made"])


def read_copy(path: Path) -> Copy:
    """Read a key file, or a copy that ``write_copy`` wrote; raises CredentialsError."""
    try:
        raw = files.read_private(path, most=MOST_COPY) or b""
    except OSError:
        raw = b""
    if not bare(raw).startswith(credentials.FETCHED):
        return Copy(credentials.read(path), beside=beside(path))
    try:
        wire = COPY.read(load_json(bare(raw)))
        file = for_a_server(parse_key_file(wire["copy"].encode()))
        return Copy(file, wire["memory"] or b"", wire["made"])
    except EnvelopeError as error:
        raise CredentialsError(
            f"{path} is not what `keys fetch` wrote: {error}", hint="fetch it again"
        ) from error


def write_copy(path: Path, copy: Copy) -> None:
    """Write a copy in a form that only ``keys restore`` takes; raises CredentialsError."""
    try:
        files.write_private(path, dump_copy(copy) + b"\n")
    except OSError as error:
        raise CredentialsError(f"{path} cannot be written: {error.strerror}") from error


def dump_copy(copy: Copy) -> bytes:
    """Return a fetched copy as canonical JSON, which is no key file."""
    wire = {"v": VERSION, "copy": copy.file.raw.decode(), "memory": b64(copy.memory)}
    return dump_json(wire | {"made": copy.made})


def check_is_of(file: KeyFile, client_id: str) -> None:
    """Refuse another client's key file than was asked for."""
    if file.id != client_id:
        raise VerificationError("the server sends another client's key file", code="mismatch")


def recall(memory: State | None, file: StateFile, *, serial: int) -> None:
    """Take up what a copy remembered beside what is remembered here.

    Nothing is signed before a person has confirmed that it is the newest. Raises StateError where
    the two know one client by two fingerprints.
    """
    with file.change() as state:
        if memory:
            vars(state).update(vars(merged(state, memory)))
        state.serial, state.unconfirmed = max(state.serial, serial), True
