"""What a client has and reads, to tell people who may have mistyped a name."""

from itertools import islice

from apps.envelope.encoding import FORM

from . import forms, keyring, overview, reading
from .keyring import Keyring
from .opening import ClientRecords, FormRecords
from .session import Session, Stream

FEW = 500  # one page


def own_types(session: Session) -> list[str]:
    """Return the types that this client writes, or that its forms collect."""
    own = {session.me.id, *(FORM + line.id for line in forms.own_forms(session))}
    return sorted({one.type for one in keyring.incoming(session) if one.writer in own})


def columns(session: Session, stream: Stream) -> set[str] | None:
    """Return the fields of an own stream's first records; None if nothing was written yet."""
    grants = keyring.incoming(session, writer=stream.writer, type=stream.type)
    ring = Keyring(session, stream, grants.get(stream, []), session.me)
    opener = (
        FormRecords(session, stream.form, ring) if stream.form else ClientRecords(ring, session.me)
    )
    first = list(islice(reading.read_stream(session, stream, opener), FEW))
    return {name for record in first for name in record.data} if first else None


def readable_types(session: Session) -> list[str]:
    """Return the types of which something is granted to this client."""
    return sorted({one.type for one in keyring.incoming(session)})


def is_shared_by(session: Session, writer: str, type: str) -> bool:
    """Whether a writer (a client, its forms included, or one form) grants a type to this client."""
    return any(
        writer in {one.writer, overview.granter_of(session, one)}
        for one in keyring.incoming(session, type=type)
        if one.type == type
    )
