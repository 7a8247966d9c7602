"""A copy of the key file at the server: left there, and fetched with the code on the sheet."""

from contextlib import closing
from dataclasses import dataclass

import httpx

from ...envelope import encoding
from ...envelope.encoding import b64
from ...envelope.errors import EnvelopeError, MismatchError
from ...envelope.key_copies import (
    MAX_MEMORY,
    KeyCopy,
    for_a_server,
    open_memory,
    seal_memory,
    sign_key_copy,
)
from ...envelope.key_files import KeyFile, Secrets, parse_key_file
from .. import endpoints
from ..api import Api
from ..credentials import Credentials
from ..errors import UsageError, VerificationError
from ..session import Session
from ..state import State, StateFile, dump_state, merged, parse_state


@dataclass(frozen=True)
class Copy:
    """A key file that came from elsewhere, with the memory that lay beside it, b"" for none."""

    file: KeyFile
    memory: bytes = b""

    def state(self, secrets: Secrets) -> State | None:
        """Return what the client remembered; raises VerificationError if it does not open."""
        if not self.memory:
            return None
        try:
            raw = open_memory(
                secrets.state, self.memory, client_id=self.file.id, serial=self.file.serial
            )
        except EnvelopeError as error:
            raise VerificationError(
                "the memory beside the copy is not what this client left with it", code=error.code
            ) from error
        return parse_state(raw)


def upload(session: Session, found: Credentials) -> KeyCopy:
    """Leave a copy of the key file and of this client's memory with the server.

    Raises UsageError for a file that a server must not have, or memory that is too large.
    """
    check_may_leave(found.file)
    memory = dump_state(session.state.load())
    sealed = seal_memory(
        found.secrets.state, memory, client_id=found.client_id, serial=found.file.serial
    )
    if len(sealed) > MAX_MEMORY:
        raise UsageError(
            f"this client remembers more than the {MAX_MEMORY:,} bytes that a server keeps",
            hint="keep a copy of the state file yourself",
        )
    copy = sign_key_copy(
        found.file, memory=sealed, fetch_code=found.secrets.fetch, keys=session.keys
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

    Whose it really is shows when the recovery sheet opens it. Raises ApiError, VerificationError.
    """
    client_id = encoding.uuid(client_id, "client id")
    with closing(Api(url=api_url, transport=transport)) as api:
        answer = api.call(endpoints.FETCH_KEY_FILE, client_id, body={"code": b64(code)})
    try:
        file = parse_key_file(answer["file"].encode())
    except EnvelopeError as error:
        raise VerificationError(
            f"what the server sends is no key file: {error}", code=error.code
        ) from error
    check_is_of(file, client_id)
    return Copy(file, answer["memory"] or b"")


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
