"""Whom keys are granted to, clients and groups alike: known from outside the server or not at all.

A client is a pinned card, a group the epoch of a roster that its pinned owner signed.
"""

from ...envelope import encoding
from ...envelope.encoding import GROUP
from ...envelope.grants import Grant
from ...envelope.holders import Recipient
from ...envelope.primitives import same
from ...envelope.seen import alike, pasted
from ..errors import UsageError
from ..session import Session
from . import groups, pins


def find(session: Session, named: str) -> str:
    """Return the client id, or ``group:`` and the group's id, of a reader that was named.

    By an id, or by the name of a client that is pinned or a group that is known. Raises UsageError.
    """
    text = pasted(named)
    state = session.state.load()
    if text.lower().startswith(GROUP):
        return encoding.reader(text.lower())
    if text.lower() in state.groups:
        return GROUP + text.lower()
    found = [
        GROUP + id
        for id, memory in sorted(state.groups.items())
        if alike(memory.known.name) == alike(named)
    ]
    if not found:
        return pins.find(session, named)
    found += [id for id, name in sorted(state.names.items()) if _is_so_called(session, id, named)]
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} readers are known here under the name {alike(named)}",
            hint=f"name one by its id: {', '.join(found)}",
        )
    return found[0]


def _is_so_called(session: Session, id: str, named: str) -> bool:
    state = session.state.load()
    return id in state.pins and alike(state.names.get(id, "")) == alike(named)


def known(session: Session, reader: str, fingerprint: str = "") -> Recipient:
    """Return a reader as keys are sealed to it now; ``fingerprint`` pins a client.

    Raises UnpinnedError, EndedGroupError, VerificationError.
    """
    if groups.is_group(reader):
        return groups.known_epoch(session, reader)
    return pins.known_card(session, reader, fingerprint)


def is_known(session: Session, grant: Grant) -> bool:
    """Whether an own grant is to a reader who is known here.

    Of a group each epoch is, today's or one before: this client has sealed to it.
    """
    if groups.is_group(grant.reader):
        return groups.group_id(grant.reader) in session.state.load().groups
    return pins.is_pinned(session, grant.reader, grant.reader_fp)


def is_served_by(grant: Grant, reader: Recipient) -> bool:
    """Whether a grant that a reader has is good for it as it is today.

    A card that was succeeded wants another. The members of a group open grants to earlier epochs by
    the links of its roster, and who is to see only what comes is not to get them.
    """
    return groups.is_group(grant.reader) or same(grant.reader_fp, reader.fingerprint)


def name_of(session: Session, reader: str) -> str:
    """Return a reader's name, "" if there is none that can be trusted."""
    if not groups.is_group(reader):
        return pins.name_of(session, reader)
    memory = session.state.load().groups.get(groups.group_id(reader))
    return memory.known.name if memory else ""


def check(session: Session, reader: str) -> None:
    """Refuse what is no reader, and this client itself; raises MalformedError, UsageError."""
    if not groups.is_group(reader):
        encoding.uuid(reader, "client id")
    if encoding.reader(reader) == session.me.id:
        raise UsageError("that is this client itself, which reads what it owns anyway")


def called(reader: str) -> str:
    """Return what to call a reader in a message: a client or a group, and the id."""
    return f"{kind(reader)} {reader.removeprefix(GROUP)}"


def kind(reader: str) -> str:
    """Return what a reader is, in a word."""
    return "group" if groups.is_group(reader) else "client"


def vouched_by(reader: str) -> str:
    """Return what says which keys a reader has today, in a word."""
    return "roster" if groups.is_group(reader) else "card"
