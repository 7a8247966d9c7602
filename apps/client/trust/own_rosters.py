"""The last roster of an own group, from which the next is made: what this client itself signed (§7).

The server keeps it. What its owner goes on from is signed with its own keys of today; or with
earlier ones that nobody else had; or it is the very one that is remembered.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from ...envelope.encoding import GROUP
from ...envelope.errors import EnvelopeError, MismatchError, SignatureError
from ...envelope.grants import EPOCH, INBOX, Grant, open_grant
from ...envelope.keys import Card, show_fingerprint
from ...envelope.primitives import same
from ...envelope.rosters import (
    Known,
    Member,
    OpenEpoch,
    Roster,
    check_follows,
    open_epoch,
    open_past,
    verify_roster,
)
from ...envelope.seen import alike, pasted
from ...envelope.statements import Leave, parse_leave, sign_leave, verify_statement
from ..errors import (
    ClientError,
    RollbackError,
    UnpinnedError,
    UsageError,
    VerificationError,
    verifying,
)
from ..quoting import plain
from ..session import Session
from ..state import GroupMemory
from . import groups, pins
from .listed_grants import listed
from .member_epochs import own_card


@dataclass(frozen=True)
class Last:
    """The last version of an own group's roster.

    ``version``, ``epoch`` and ``digest`` are the highest that were seen, which after an older
    database was restored are not those of ``roster``. ``is_signed_before`` says that earlier keys
    of this client signed it; ``is_over`` that whatever comes next needs an epoch of its own.
    """

    roster: Roster
    version: int
    epoch: int
    digest: bytes
    leaves: tuple[object, ...] = ()
    is_signed_before: bool = False
    is_over: bool = False


def last(session: Session, group: str, *, restored: bool = False) -> Last:
    """Ask for the last roster of an own group, verify and remember it.

    ``restored`` says that a person agreed to go on from an older one than is remembered. Raises
    UsageError for a group of somebody else, RollbackError, VerificationError.
    """
    session.verified.rosters.pop(group, None)
    served = groups.served(session, group)
    roster = served.roster
    memory = session.state.load().groups.get(group)
    owner = memory.known.owner if memory else roster.owner
    if owner != session.me.id:
        raise UsageError(
            f"group {plain(roster.name)} is one of client {owner}: its owner says who is in it",
            hint="`groups leave` ends a membership of this client's own",
        )
    signer = _signer(session, roster, group)
    if memory and restored and roster.version < memory.known.version:
        known = memory.known
        over = replace_members(session, roster, group)
        return Last(over, known.version, max(known.epoch, roster.epoch), known.digest, is_over=True)
    if signer == session.me:
        if memory and roster.version < memory.known.version:
            raise RollbackError(
                f"the server shows version {roster.version} of the roster of group "
                f"{plain(roster.name)}; version {memory.known.version} was signed before",
                hint="the server lost data or is lying, and nothing was sent: ask who runs it; "
                "where an older database was restored, `groups renew GROUP --restored` goes on",
            )
        with verifying(f"the roster of group {plain(roster.name)}"):
            groups.remember(session, roster)
        return Last(roster, roster.version, roster.epoch, roster.digest, served.leaves)
    return _signed_before(session, roster, signer, memory)


def replace_members(session: Session, roster: Roster, group: str) -> Roster:
    """Return an older roster as it is; whom the memory has as removed does not come back by it."""
    return roster


def _signer(session: Session, roster: Roster, group: str) -> Card:
    """Return the own card that signed a roster; raises VerificationError."""
    with verifying(f"the roster of group {group}"):
        for card in groups.owner_cards(session, session.me.id).earlier:
            try:
                verify_roster(roster, group=group, owner=card)
            except SignatureError:
                continue
            return card
        verify_roster(roster, group=group, owner=session.me)
    return session.me


def _signed_before(
    session: Session, roster: Roster, signer: Card, memory: GroupMemory | None
) -> Last:
    """Return what earlier keys signed, as far as only this client can have.

    Keys that were stolen since may have signed anything: then the one that is remembered counts,
    and of another nobody is taken over.
    """
    remembered = memory is not None and same(roster.digest, memory.known.digest)
    if not remembered and _may_be_a_thiefs(session, signer):
        session.notify(
            f"the last roster of group {plain(roster.name)} is signed by keys that were stolen, and "
            "is not the one that this client remembers: nobody of it is taken over. Whoever belongs "
            "to the group has to be added again with `groups add`"
        )
        known = memory.known if memory else Known.of(roster)
        bare = dict(members=(), links=())
        roster = Roster(**{**vars(roster), **bare, "raw": b""}) if False else _emptied(roster)
        return Last(
            roster,
            max(roster.version, known.version),
            max(roster.epoch, known.epoch),
            roster.digest if roster.version > known.version else known.digest,
            is_signed_before=True,
            is_over=True,
        )
    if memory is None:
        with session.state.change() as state:
            state.groups.setdefault(roster.group, GroupMemory(Known.of(roster)))
    return Last(
        roster,
        roster.version,
        roster.epoch,
        roster.digest,
        is_signed_before=True,
        is_over=True,
    )
