"""The last roster of an own group, which the next is made from: what this client signed (§7).

The server keeps it. What its owner goes on from is signed with its keys of today; or with earlier
ones that nobody else had; or it is the very one that is remembered.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ...envelope.encoding import GROUP
from ...envelope.errors import EnvelopeError, MismatchError, SignatureError
from ...envelope.grants import EPOCH, INBOX, Grant, open_grant, verify_grant
from ...envelope.keys import Card, show_fingerprint
from ...envelope.primitives import same
from ...envelope.rosters import (
    Known,
    Link,
    Member,
    OpenEpoch,
    Roster,
    open_epoch,
    open_past,
    verify_roster,
)
from ...envelope.statements import Leave, parse_leave, sign_leave, verify_statement
from ..errors import (
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
    """The last version of an own group's roster, as far as the next one takes it over.

    ``version`` and ``epoch`` are the highest there were, and ``prev`` is what the next version
    follows. ``base`` is the fingerprint (32 bytes) of the epoch that the next one leads back to.
    ``is_signed_before`` says that earlier keys signed it, ``is_over`` that its epoch has ended.
    """

    roster: Roster
    version: int
    epoch: int
    prev: bytes
    base_epoch: int
    base: bytes
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
    check_own(session, roster, memory)
    signer = _signer(session, roster, group)
    if memory and roster.version < memory.known.version:
        check_restored(roster, memory, restored=restored)
        if signer != session.me and _may_be_a_thiefs(session, signer):
            return _signed_before(session, roster, signer, memory)
        return _of_an_older_database(roster, memory, is_signed_before=signer != session.me)
    if signer != session.me:
        return _signed_before(session, roster, signer, memory)
    with verifying(f"the roster of group {plain(roster.name)}"):
        groups.remember(session, roster)
    return _as_it_is(roster, served.leaves)


def check_own(session: Session, roster: Roster, memory: GroupMemory | None) -> None:
    """Refuse to change a group of somebody else."""
    owner = memory.known.owner if memory else roster.owner
    if owner != session.me.id:
        raise UsageError(
            f"group {plain(roster.name)} is one of client {owner}, who says who is in it",
            hint="`groups leave` ends a membership of this client's own",
        )


def check_restored(roster: Roster, memory: GroupMemory, *, restored: bool) -> None:
    """Refuse to go on from an older roster than is remembered, unless a person agreed to it."""
    if not restored:
        raise RollbackError(
            f"the server shows version {roster.version} of the roster of group "
            f"{plain(roster.name)}; version {memory.known.version} was signed before",
            hint="the server lost data or is lying, and nothing was sent: ask who runs it; where "
            "an older database was restored, `groups renew GROUP --restored` goes on",
        )


def _as_it_is(roster: Roster, leaves: tuple[object, ...]) -> Last:
    fingerprint = roster.as_reader.fingerprint
    return Last(
        roster, roster.version, roster.epoch, roster.digest, roster.epoch, fingerprint, leaves
    )


def _of_an_older_database(roster: Roster, memory: GroupMemory, *, is_signed_before: bool) -> Last:
    """Go on from an older roster; whom the memory has as removed does not come back by it."""
    found = _as_it_is(roster, ())
    return replace(
        found,
        version=memory.known.version,
        epoch=max(memory.known.epoch, roster.epoch),
        prev=memory.known.digest,
        is_signed_before=is_signed_before,
        is_over=True,
    )


def _signer(session: Session, roster: Roster, group: str) -> Card:
    """Return the own card that signed a roster; raises VerificationError."""
    with verifying(f"the roster of group {group}"):
        for card in groups.owner_cards(session, session.me.id).earlier:
            with suppress(SignatureError):
                verify_roster(roster, group=group, owner=card)
                return card
        verify_roster(roster, group=group, owner=session.me)
    return session.me


def _signed_before(
    session: Session, roster: Roster, signer: Card, memory: GroupMemory | None
) -> Last:
    """Return what earlier keys signed, as far as only this client can have.

    Keys that were stolen since may have signed anything. Then the roster that is remembered counts;
    of another nobody is taken over, and its version is left out, so that nobody who met the one or
    the other has to find that the next one does not follow it.
    """
    found = replace(_as_it_is(roster, ()), is_signed_before=True, is_over=True)
    if memory and same(roster.digest, memory.known.digest):
        return found
    if not _may_be_a_thiefs(session, signer):
        with session.state.change() as state:
            removed = state.groups[roster.group].removed if roster.group in state.groups else {}
            state.groups[roster.group] = GroupMemory(Known.of(roster), removed)
        return found
    known = memory.known if memory else Known.of(roster)
    session.notify(
        f"the last roster of group {plain(roster.name)} is signed by keys that were stolen, and is "
        "not the one that this client remembers: nobody of it was taken over. Add those who belong "
        "to the group again, with `groups add`"
    )
    return replace(
        found,
        roster=replace(roster, name=known.name, members=()),
        version=max(roster.version, known.version) + 1,
        epoch=max(roster.epoch, known.epoch),
        base_epoch=known.epoch,
        base=known.fingerprint,
    )


def _may_be_a_thiefs(session: Session, signer: Card) -> bool:
    """Whether an own earlier card was given up because somebody else may have its keys."""
    cards = pins.known_cards(session, session.me.id)
    line = (*cards.earlier, cards.card)
    at = next((n for n, card in enumerate(line) if card.fingerprint == signer.fingerprint), 0)
    return any(step.compromised for step in cards.successions[at:])


def remember(session: Session, roster: Roster) -> None:
    """Keep a roster that this client signed, and that the server took."""
    with session.state.change() as state:
        memory = state.groups.setdefault(roster.group, GroupMemory(Known.of(roster)))
        memory.known = Known.of(roster)
    session.verified.rosters.pop(roster.group, None)
    session.verified.groups.pop(roster.group, None)


# --- Who is in ------------------------------------------------------------------------------


def removed(session: Session, found: Last) -> set[str]:
    """Return the members whom this client decided to take out, whatever became of it so far."""
    memory = session.state.load().groups.get(found.roster.group)
    gone = memory.removed if memory else {}
    return {one.id for one in found.roster.members if gone.get(one.id, 0) >= one.since}


def left(session: Session, found: Last, *, but: set[str] | None = None) -> set[str]:
    """Return the members who have left, each by its own signed word; people are told of others.

    ``but`` are those of whom that is not asked. A member that goes on under new keys since may have
    signed it with the ones before.
    """
    gone = set[str]()
    for wire in found.leaves:
        try:
            with verifying(f"a leave of group {plain(found.roster.name)}"):
                leave = parse_leave(wire)
                if leave.member in (but or ()):
                    continue
                check_leave(session, leave, found)
        except (VerificationError, UnpinnedError) as error:
            session.tell_once(f"refused {error}")
            continue
        gone.add(leave.member)
    return gone


def check_leave(session: Session, leave: Leave, found: Last) -> None:
    """Refuse a leave of another group or membership, or that the member did not sign.

    Raises MismatchError, SignatureError, and what ``card_of`` does.
    """
    member = found.roster.member(leave.member)
    if leave.group != found.roster.group or member is None or leave.since != member.since:
        raise MismatchError("it is not about a member that is in it by this roster")
    card = card_of(session, found, member)
    for earlier in pins.known_cards(session, member.id).earlier:
        with suppress(SignatureError):
            return verify_statement(leave, earlier)
    return verify_statement(leave, card)


def card_of(session: Session, found: Last, member: Member) -> Card:
    """Return a member's card of today; a roster of this client's vouches for one not pinned here.

    Raises VerificationError, which says what to do, for one that cannot be followed.
    """
    try:
        if member.id not in {session.me.id, *session.state.load().pins}:
            check_vouched(found, member)
            return pins.pin(session, member.id, show_fingerprint(member.fingerprint))
        return pins.known_card(session, member.id)
    except (VerificationError, UnpinnedError) as error:
        code = error.code if isinstance(error, VerificationError) else MismatchError.code
        raise VerificationError(
            f"client {member.id}, a member of {plain(found.roster.name)}: {error}",
            code=code,
            hint=f"ask that party for its fingerprint of today and `trust add {member.id} "
            f"--fingerprint FP`, or take it out: `groups remove {found.roster.group} {member.id}`",
        ) from error


def check_vouched(found: Last, member: Member) -> None:
    """Refuse to learn a fingerprint from a roster that keys of before signed."""
    if found.is_signed_before:
        raise UnpinnedError(f"the fingerprint of client {member.id} is not known here")


def leave_of(session: Session, group: str, member: Member) -> Leave:
    """Return this client's signed word that it goes out of a group."""
    return sign_leave(Leave(group, session.me.id, member.since), session.keys)


# --- Its epochs -----------------------------------------------------------------------------


class Head(NamedTuple):
    """An epoch that no link leads to, and its seed: what comes before a cut."""

    epoch: OpenEpoch
    seed: bytes


@dataclass(frozen=True)
class Seeds:
    """What an owner opens of its group: the seed (32 bytes) of the epoch to go on from, if it can.

    ``links`` are those to be taken over, ``heads`` the epochs before the cuts.
    """

    today: bytes = field(repr=False)
    links: tuple[Link, ...] = ()
    heads: tuple[Head, ...] = field(default=(), repr=False)


def seeds(session: Session, found: Last) -> Seeds:
    """Return the seeds of an own group's epochs, from this client's own grants to itself."""
    roster, own = found.roster, dict[int, bytes]()
    for _, grant in listed(session, direction="incoming", writer=GROUP + roster.group, type=EPOCH):
        if grant.reader == session.me.id and (seed := _seed(session, grant)) is not None:
            own.setdefault(grant.gen, seed)
    today = own.get(found.base_epoch, b"")
    if today and not same(_grown(roster, found.base_epoch, today), found.base):
        today = b""
    if not today:
        session.notify(
            f"the key of group {plain(roster.name)} could not be opened: who is in it from now on "
            "does not read what was shared with it before"
        )
        return Seeds(b"")
    if found.base != roster.as_reader.fingerprint:  # after a theft: what can be checked alone
        return Seeds(today, _that_open(roster, found.base_epoch, today))
    behind = {one.before for one in roster.links}
    heads = tuple(
        Head(open_epoch(roster, epoch=number, seed=seed), seed)
        for number, seed in sorted(own.items())
        if number < roster.epoch and number not in behind
    )
    return Seeds(today, roster.links, heads)


def _seed(session: Session, grant: Grant) -> bytes | None:
    """Open a grant to this client itself by keys of its own, today's or earlier ones."""
    me, keys = own_card(session, grant)
    for granter in (session.me, *(one.card for one in session.former)):
        with suppress(EnvelopeError):
            opened = open_grant(
                grant, keys=keys, me=me, granter=granter, now=session.now(), owner=session.me.id
            )
            return opened[INBOX]
    return None


def _grown(roster: Roster, epoch: int, seed: bytes) -> bytes:
    """Return the fingerprint of the epoch that a seed grows, whatever the roster says of it."""
    return open_epoch(replace(roster, epoch=0), epoch=epoch, seed=seed).party.fingerprint


def _that_open(roster: Roster, epoch: int, seed: bytes) -> tuple[Link, ...]:
    """Return the links that lead back from an epoch as far as they open."""
    links, chain, at = {one.epoch: one for one in roster.links}, list[Link](), epoch
    while at in links:
        chain.append(links[at])
        at = links[at].before

    def opens(count: int) -> bool:
        some = replace(roster, epoch=0, links=tuple(chain[:count]))
        try:
            open_past(some, epoch=epoch, seed=seed)
        except EnvelopeError:
            return False
        return True

    good = bisect_left(range(1, len(chain) + 1), True, key=lambda count: not opens(count))
    return tuple(sorted(chain[:good]))


def void(session: Session, group: str, readers: Collection[str]) -> dict[str, set[int]]:
    """Return which epochs these readers were granted by earlier keys of this client alone.

    Nobody believes that any more. It asks for nothing while there are no such keys.
    """
    held: dict[str, set[int]] = defaultdict(set)
    earlier = [one.card for one in session.former]
    if not earlier:
        return {}
    for _, grant in listed(session, direction="outgoing", writer=GROUP + group, type=EPOCH):
        if grant.reader in readers and _is_signed(grant, earlier):
            held[grant.reader].add(grant.gen)
    return dict(held)


def _is_signed(grant: Grant, cards: Sequence[Card]) -> bool:
    for card in cards:
        with suppress(EnvelopeError):
            verify_grant(grant, card, card.id)
            return True
    return False
