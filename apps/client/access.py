"""Whether a reader has access to an own stream, before it is taken away."""

from dataclasses import dataclass

from apps.envelope import encoding

from . import generations, keyring, pins
from .errors import ClientError, UsageError
from .session import Session, Stream


@dataclass(frozen=True)
class Access:
    """A reader of an own stream; ``name`` is "" if it is not pinned.

    ``listed`` says whether the server lists a grant to it. Where it does not, the
    reader is one that this client knows, and the server may be lying.
    """

    stream: Stream
    reader: str
    name: str
    listed: bool

    @property
    def title(self) -> str:
        """The reader's name and id, as far as they are known."""
        return f"{self.name} ({self.reader})" if self.name else f"client {self.reader}"


def find_access(session: Session, stream: Stream, reader: str) -> Access:
    """Return what is known of a reader of an own stream.

    Raises UsageError if it is neither listed nor known here, or if there is no such type.
    """
    check_reader(session, reader)
    known = reader in session.state.load().pins
    try:
        listed = is_listed(session, stream, reader)
        exists = listed or bool(generations.known(session, stream))
    except ClientError:
        if not known:
            raise
        listed, exists = False, True  # a server that tells nothing must not prevent a revocation
    if not listed and not known:
        raise UsageError(
            f"no client with this id reads {stream.type}", hint="`shares` lists who does"
        )
    if not exists:
        raise UsageError(f"nothing was shared of type {stream.type}")
    return Access(stream, reader, pins.name_of(session, reader), listed)


def is_listed(session: Session, stream: Stream, reader: str) -> bool:
    """Whether the server lists any grant of an own stream to this reader, genuine or not."""
    found = keyring.listed(session, direction="outgoing", writer=stream.writer, type=stream.type)
    return any(
        (grant.writer, grant.type, grant.reader) == (stream.writer, stream.type, reader)
        for _, grant in found
    )


def check_reader(session: Session, reader: str) -> None:
    """Refuse to share with oneself, or to revoke oneself."""
    if encoding.uuid(reader, "client id") == session.me.id:
        raise UsageError("that is this client itself, which reads what it owns anyway")
