"""What can go wrong in a client, as a tree on one page.

Messages are lower-case, say what failed, and never hold a plaintext, a key or a
token; ``hint`` names the next step. What one's own arguments break (a bad field
name, a value that is too long) is raised as the envelope's own errors.

    ClientError
    ├── CredentialsError     the credentials file or environment cannot be used
    ├── KeyServiceError      a key service refuses, is not set up, or answers what it must not
    │   └── KeyServiceAway   ... does not answer now: switched off, sealed, busy; try again later
    ├── StateError           the local state file was altered or cannot be kept
    ├── UnpinnedError        a party whose fingerprint never came from outside the server
    ├── VerificationError    the server sent what the protocol says to reject
    │   ├── RollbackError    ... or something older than what was seen before
    │   └── ForkError        ... or another next card of a client than was followed before
    ├── RulesError           a rules file is wrong, or leaves a field unassigned
    ├── UsageError           this cannot be asked for (now)
    │   ├── EndedGroupError  a group without a roster in force: it counts as having no members
    │   ├── NotReadError     nothing of a type is granted to this client
    │   ├── NotFoundError    no record with an id is there, or may be read
    │   ├── TakenError       an id that was to be written has a record with other contents
    │   └── NotWrittenError  nothing of a type was written by this client
    ├── ConsentError         a person has to agree to what the server supplied
    └── ApiError
        ├── ApiRefused       the server understood and said no: code, hint, status
        ├── ApiUnavailable   no answer now: the server is away, busy or broken; try again later
        └── NotSealform      an answer, but not one of a Sealform server
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..envelope.errors import EnvelopeError


class ClientError(Exception):
    """Root of everything that this package raises; ``hint`` says what to do next."""

    hint = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint or self.hint


class CredentialsError(ClientError):
    """The credentials cannot be read, or do not fit together."""


class KeyServiceError(ClientError):
    """A key service does not give out the secret of a slot; its message names the service."""


class KeyServiceAway(KeyServiceError):
    """A key service cannot answer now: the same call may succeed later."""


class StateError(ClientError):
    """The local state file was altered, belongs to another client or cannot be kept."""


class UnpinnedError(ClientError):
    """A party was named whose fingerprint this client does not know."""


class VerificationError(ClientError):
    """The server sent something that MUST be rejected (docs/protocol.md §11).

    ``code`` is the envelope's (``signature``, ``mismatch``, ...), ``record`` the id
    of the record it is about, or "".
    """

    def __init__(self, message: str, *, code: str, record: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.record = record


class RollbackError(VerificationError):
    """The server shows an older state than this client has seen already."""

    hint = (
        "the server lost data or is lying, and nothing was sent: ask who runs it; where an older "
        "database was restored, the owner of the type or form runs `recover`"
    )

    def __init__(self, message: str, *, record: str = "", hint: str = "") -> None:
        super().__init__(message, code="rollback", record=record, hint=hint)


class ForkError(VerificationError):
    """The server shows another next card of a client than the one that was followed."""

    hint = (
        "follow neither: the server lies, or somebody has that party's recovery secret; ask that "
        "party, by another channel than this server"
    )

    def __init__(self, message: str) -> None:
        super().__init__(message, code="fork")


class RulesError(ClientError):
    """A rules file is wrong, or leaves a field of its source unassigned."""


class UsageError(ClientError):
    """What was asked for is not possible, or not possible now."""


class EndedGroupError(UsageError):
    """The latest roster of a group has ended, or is of keys of its owner that were succeeded."""


class NotReadError(UsageError):
    """Nothing of a type is granted to this client: the type may be misspelt."""


class NotFoundError(UsageError):
    """No record with one of these ``ids`` is there, or this client may not read it."""

    hint = (
        "is the id complete? the record may have been deleted, never been shared with this client, "
        "or not any more; a server can also hide one"
    )

    def __init__(self, ids: Sequence[str], *, hint: str = "") -> None:
        more = f", and {len(ids) - 1} more" if len(ids) > 1 else ""
        super().__init__(f"there is no record {ids[0]}{more} that this client may read", hint=hint)
        self.ids = tuple(ids)


class TakenError(UsageError):
    """The id of a record that was to be written is that of another one."""

    hint = "`read` shows what is there, if it is this client's; write under another id"


class NotWrittenError(UsageError):
    """This client wrote nothing of a type, or of a column: the name may be misspelt."""


class ConsentError(ClientError):
    """What the server supplied would be signed, and nobody has agreed to it."""


class ApiError(ClientError):
    """A call of the server's API failed."""


class ApiRefused(ApiError):
    """The server answered with an error of its catalogue."""

    def __init__(self, message: str, *, code: str, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.status = status


class ApiUnavailable(ApiError):
    """The server is away, busy or broken: the same call may succeed later."""


class NotSealform(ApiError):
    """What answers is not a Sealform server: the address may be wrong."""


@contextmanager
def verifying(what: str, *, record: str = "", hint: str = "") -> Iterator[None]:
    """Turn the envelope's errors about something received into a VerificationError."""
    try:
        yield
    except EnvelopeError as error:
        raise VerificationError(
            f"{what}: {error}", code=error.code, record=record, hint=hint
        ) from error
