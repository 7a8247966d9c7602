"""Groups to share with: whom their pinned owner signed for, and never whom a server names (§7).

A roster is believed if the owner's card of today signed it and it follows the one that is
remembered. One that has ended, or that an earlier card of the owner signed, counts as none: what
is written next is not for the group. Any other is refused, which stops the writing.
"""

from typing import NamedTuple

from ...envelope import encoding
from ...envelope.encoding import GROUP
from ...envelope.errors import ExpiredError, SignatureError
from ...envelope.rosters import (
    Epoch,
    Known,
    Roster,
    check_follows,
    check_in_force,
    parse_roster,
    verify_roster,
)
from .. import endpoints
from ..days import show_day
from ..errors import (
    ApiRefused,
    EndedGroupError,
    UnpinnedError,
    VerificationError,
    verifying,
)
from ..quoting import plain
from ..session import Cards, Served, Session
from ..state import GroupMemory
from . import pins


class Standing(NamedTuple):
    """What a group is today; ``why_not`` says why it counts as having no members, else ""."""

    epoch: Epoch
    why_not: str = ""


def known_epoch(session: Session, reader: str) -> Epoch:
    """Return today's epoch of a group, by ``group:`` and its id: what is granted is sealed to it.

    Raises UnpinnedError, EndedGroupError, VerificationError.
    """
    found = standing(session, reader)
    if found.why_not:
        raise EndedGroupError(
            found.why_not, hint="its owner runs `groups renew`, which brings it into force again"
        )
    return found.epoch


def standing(session: Session, reader: str) -> Standing:
    """Return whether and how a group can be granted something now.

    The server is asked again after five minutes. Raises UnpinnedError, VerificationError.
    """
    group = group_id(reader)
    memory = session.state.load().groups.get(group)
    if memory is None:
        raise unknown(group)
    return verified(session, group, memory.known.owner)


def pin_group(session: Session, reader: str, owner: str, fingerprint: str = "") -> Epoch:
    """Learn a group of an owner who is pinned, or is pinned by this call; both came from outside.

    Raises UnpinnedError, EndedGroupError, VerificationError.
    """
    group = group_id(reader)
    pins.known_card(session, owner, fingerprint)
    memory = session.state.load().groups.get(group)
    if memory and memory.known.owner != owner:
        raise VerificationError(
            f"group {group} is known here as one of client {memory.known.owner}",
            code="mismatch",
            hint="ask that group's owner, by another channel than this server",
        )
    verified(session, group, owner)
    return known_epoch(session, GROUP + group)


def owner_of(session: Session, reader: str) -> str:
    """Return the owner of a group that is known here; raises UnpinnedError."""
    memory = session.state.load().groups.get(group_id(reader))
    if memory is None:
        raise unknown(group_id(reader))
    return memory.known.owner


def group_id(reader: str) -> str:
    """Return the id in ``group:ID``; raises MalformedError for what is none."""
    return encoding.uuid(reader.removeprefix(GROUP), "group id")


def is_group(reader: str) -> bool:
    """Whether a reader is a group."""
    return reader.startswith(GROUP)


def unknown(group: str) -> UnpinnedError:
    """Return the error for a group of which nobody has told this client."""
    return UnpinnedError(
        f"group {group} is not known here",
        hint="ask its owner, by another channel than this server, for the group's id and its own "
        f"fingerprint, and pass both once: --with group:{group} --owner CLIENT_ID --fingerprint FP",
    )


def owner_cards(session: Session, owner: str) -> Cards:
    """Return the cards of a group's owner, this client's own without asking anybody."""
    if owner == session.me.id:
        return Cards(session.me, tuple(one.card for one in session.former))
    return pins.known_cards(session, owner)


def look_again(session: Session) -> None:
    """Ask for rosters anew: what is kept may be over. That decides nothing."""
    session.verified.rosters.clear()


def served(session: Session, group: str) -> Served:
    """Return what the server shows of a group; of its roster nothing is verified but its form."""

    def fetch() -> Served:
        try:
            answer = session.api.call(endpoints.ROSTER, group)
        except ApiRefused as error:
            if error.status != pins.NOT_FOUND:
                raise
            raise ApiRefused(
                f"no group has the id {group}",
                code=error.code,
                status=error.status,
                hint="`groups show` lists those of this client; others are told by their owners",
            ) from error
        with verifying(f"the roster of group {group}"):
            return Served(parse_roster(answer["roster"]), answer["leaves"])

    return session.verified.rosters.find(group, fetch)


def verified(session: Session, group: str, owner: str) -> Standing:
    """Verify the roster that is served as one of this owner's, and remember it.

    Raises UnpinnedError, VerificationError.
    """
    kept = group in session.verified.rosters
    while True:
        roster = served(session, group).roster
        cards = owner_cards(session, owner)
        try:
            return _standing(session, roster, group, cards)
        except VerificationError:
            if not kept:  # another run may have met a later one than this one keeps
                raise
        kept = False
        session.verified.rosters.pop(group, None)


def _standing(session: Session, roster: Roster, group: str, cards: Cards) -> Standing:
    with verifying(f"the roster of group {group}"):
        try:
            verify_roster(roster, group=group, owner=cards.card)
        except SignatureError:
            check_earlier(roster, group, cards)
            return Standing(
                roster.as_reader,
                f"the roster of group {plain(roster.name)} is signed by keys of "
                f"{plain(cards.card.name)} that were succeeded",
            )
        remember(session, roster)
    try:
        check_in_force(roster, session.now())
    except ExpiredError as error:
        days = f"from {show_day(roster.issued)} to {show_day(roster.expires)}"
        return Standing(roster.as_reader, f"group {plain(roster.name)}: {error} ({days})")
    return Standing(roster.as_reader)


def check_earlier(roster: Roster, group: str, cards: Cards) -> None:
    """Refuse a roster that no earlier card of the owner signed either; raises SignatureError."""
    for card in cards.earlier:
        try:
            return verify_roster(roster, group=group, owner=card)
        except SignatureError:
            continue
    return verify_roster(roster, group=group, owner=cards.card)


def remember(session: Session, roster: Roster) -> None:
    """Keep a roster that was verified as the latest; raises MismatchError if it does not follow."""
    memory = session.state.load().groups.get(roster.group)
    if memory and Known.of(roster) == memory.known:
        return
    with session.state.change() as state:
        memory = state.groups.get(roster.group)
        if memory is None:
            state.groups[roster.group] = GroupMemory(Known.of(roster))
            return
        check_follows(roster, memory.known)
        memory.known = Known.of(roster)
