"""Reading as a member: the epochs of groups that this client is in (docs/protocol.md §7, "Groups").

A member needs no word of the server's on who is in a group. What an epoch's seed opens, it was
granted by the owner, whom it has pinned; from there the roster's links lead to the epochs before.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from ...envelope.encoding import GROUP
from ...envelope.errors import EnvelopeError
from ...envelope.grants import EPOCH, INBOX, Grant, open_grant, verify_grant
from ...envelope.holders import Opener
from ...envelope.keys import Card
from ...envelope.primitives import same
from ...envelope.rosters import OpenEpoch, open_past, verify_roster
from ..errors import UnpinnedError, VerificationError, verifying
from ..quoting import plain
from ..session import Cards, OpenGroup, Session
from . import groups
from .listed_grants import listed


class MemberEpochs:
    """Opens the epochs that some grants are sealed to; groups are asked for once they are needed.

    What was opened is kept for some minutes. Where it lacks an epoch it is asked for again, once.
    """

    def __init__(self, session: Session, grants: Sequence[Grant]) -> None:
        self._session = session
        self._asked = set[str]()
        self._wanted: dict[str, set[bytes]] = defaultdict(set)
        for grant in grants:
            if groups.is_group(grant.reader):
                self._wanted[groups.group_id(grant.reader)].add(grant.reader_fp)

    def find(self, grant: Grant) -> OpenEpoch:
        """Return the epoch that a grant is sealed to; raises UnpinnedError, VerificationError."""
        session, group = self._session, groups.group_id(grant.reader)
        kept = session.verified.groups
        if kept.current(group) is None:
            self._asked.add(group)
        while True:
            opened = kept.find(group, lambda: fetch(session, group))
            epoch = _found(session, opened, grant.reader_fp, self._wanted[group])
            if epoch:
                return epoch
            if group in self._asked:
                break
            self._asked.add(group)
            kept.pop(group, None)
            session.verified.rosters.pop(group, None)
        raise VerificationError(
            f"no epoch of group {plain(opened.roster.name)} that this client was granted is the "
            "one that the grant is for",
            code="mismatch",
        )


def fetch(session: Session, group: str) -> OpenGroup:
    """Ask for a group's roster, and for what this client was granted of it; opens nothing yet.

    The roster's owner has to be pinned. Its time does not matter. Raises UnpinnedError,
    VerificationError.
    """
    roster = groups.served(session, group).roster
    try:
        owner = groups.owner_cards(session, roster.owner)
    except UnpinnedError as error:
        raise UnpinnedError(
            f"what is shared with group {plain(roster.name)} cannot be read: the fingerprint of "
            f"its owner, client {roster.owner}, is not pinned here",
            hint="ask that party for it, by another channel than this server, and pin it: `trust "
            f"add {roster.owner} --fingerprint FP`",
        ) from error
    with verifying(f"the roster of group {group}"):
        verify_roster(roster, group=group, owner=owner.card)
    granted = [
        grant
        for _, grant in listed(session, direction="incoming", writer=GROUP + group, type=EPOCH)
        if (grant.writer, grant.type) == (GROUP + group, EPOCH)
    ]
    granted.sort(key=lambda one: one.gen)
    return OpenGroup(roster, owner, granted)


def _found(
    session: Session, opened: OpenGroup, fingerprint: bytes, wanted: set[bytes]
) -> OpenEpoch | None:
    """Return an epoch, from what was opened before, else from the next grant that leads to it."""
    if fingerprint not in opened.epochs:
        for epoch, known in opened.seeds.items():
            _walk(session, opened, epoch, known, wanted)
    while fingerprint not in opened.epochs and opened.grants:
        grant = opened.grants.pop()
        if is_reached(opened, grant):
            continue
        seed = open_seed(session, opened, grant)
        if seed is not None:
            opened.seeds[grant.gen] = seed
            _walk(session, opened, grant.gen, seed, wanted)
    return opened.epochs.get(fingerprint)


def is_reached(opened: OpenGroup, grant: Grant) -> bool:
    """Whether links led to the epoch of a grant: what comes before it was looked at, too."""
    return any(
        one.party.epoch == grant.gen and same(one.party.akid, grant.akid)
        for one in opened.epochs.values()
    )


def _walk(session: Session, opened: OpenGroup, epoch: int, seed: bytes, wanted: set[bytes]) -> None:
    """Open an epoch and those that links lead to from it, as far as they are wanted."""
    if epoch in opened.walked:
        return
    missing = wanted - opened.epochs.keys()
    try:
        with verifying(f"the links of group {plain(opened.roster.name)}"):
            found = open_past(opened.roster, epoch=epoch, seed=seed, wanted=missing)
    except VerificationError as error:
        session.tell_once(f"refused {error}")
        opened.walked.add(epoch)
        return
    opened.epochs |= {one.party.fingerprint: one for one in found}
    if not missing <= opened.epochs.keys():
        opened.walked.add(epoch)  # to its end


def open_seed(session: Session, opened: OpenGroup, grant: Grant) -> bytes | None:
    """Return the seed of an epoch (32 bytes) that was granted to this client, None if it was not.

    People are told once of a grant that had to be refused. One that an earlier card of the owner
    signed is void, and was followed by another if this client still is to have it.
    """
    try:
        with verifying(f"a grant of group {plain(opened.roster.name)}"):
            me, keys = own_card(session, grant)
            owner = opened.owner.card
            opened_keys = open_grant(
                grant, keys=keys, me=me, granter=owner, now=session.now(), owner=owner.id
            )
            return opened_keys[INBOX]
    except VerificationError as error:
        if not _is_lapsed(grant, opened.owner):
            session.tell_once(f"refused {error}")
        return None


def _is_lapsed(grant: Grant, owner: Cards) -> bool:
    for card in owner.earlier:
        with suppress(EnvelopeError):
            verify_grant(grant, card, card.id)
            return True
    return False


def own_card(session: Session, grant: Grant) -> tuple[Card, Opener]:
    """Return the own card that a grant is sealed to, with its keys: an earlier one opens, too."""
    for former in session.former:
        if same(grant.reader_fp, former.card.fingerprint):
            return former
    return session.me, session.keys
