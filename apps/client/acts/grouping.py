"""Groups of one's own: who is in them is signed here, each change in one request (§7, "Groups").

What is decided is remembered before it is sent, so that a run that ended anywhere can be made
again: whom the memory has as removed is left out of whatever is signed next. After a new epoch the
own types and inboxes that the group reads go on under new keys; other writers do so before they
write.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple
from uuid import uuid4

from ...envelope import encoding
from ...envelope.encoding import GROUP
from ...envelope.errors import EnvelopeError
from ...envelope.grants import EPOCH, INBOX, Grant, seal_grant
from ...envelope.holders import Recipient
from ...envelope.keys import CLIENT_NAME, Card
from ...envelope.primitives import KEY, KemKey, random
from ...envelope.rosters import (
    FIRST,
    MAX_EPOCHS,
    MAX_MEMBERS,
    Epoch,
    Member,
    Roster,
    seal_link,
    sign_roster,
)
from ...envelope.seen import alike, pasted
from .. import endpoints
from ..errors import ApiRefused, ClientError, UsageError, VerificationError
from ..quoting import plain
from ..session import Served, Session, Stream
from ..trust import groups, listed_grants, own_rosters, pins, readers
from ..trust.own_rosters import Last, Seeds
from ..trust.turns import in_turn
from . import overview, own_forms, publishing, writing

DAY = 24 * 60 * 60
DAYS = 30
MOST_DAYS = 400
CARDS_CHANGED = {"fingerprint", "unknown_reader"}
"""What the server says of a roster that names other cards than its members have today."""


class Wish(NamedTuple):
    """What is to become of a group: who comes, who goes, and for how many days it is signed.

    ``from_now`` lets those who come read only what is written from now on; ``look`` asks for the
    cards of all members, ``restored`` goes on from an older roster, which a person agreed to.
    """

    add: Mapping[str, Card] = {}
    remove: Collection[str] = ()
    from_now: bool = False
    days: int = DAYS
    look: bool = True
    restored: bool = False


class Stale(NamedTuple):
    """A stream that is still open under keys which an earlier epoch of the group has."""

    writer: str
    type: str


class StillReads(NamedTuple):
    """A removed member that reads an own type all the same, by a share of its own or a group."""

    member: str
    type: str
    by: str


@dataclass
class Changed:
    """A new version of a roster, and what followed from it.

    ``added``, ``removed``, ``left`` and ``renewed`` (their cards are others than before) are client
    ids. ``types`` and ``forms`` go on under new keys; ``pending`` says by slug why a form does not.
    ``stale`` is what other writers have not closed so far, as the server tells.
    """

    roster: Roster
    is_new_epoch: bool
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)
    stale: list[Stale] = field(default_factory=list)
    more_stale: bool = False
    still_read: list[StillReads] = field(default_factory=list)

    @property
    def reader(self) -> str:
        """The group as a reader."""
        return GROUP + self.roster.group


# --- Changing -------------------------------------------------------------------------------


def create(session: Session, name: str, *, days: int = DAYS) -> Changed:
    """Make a group without members, of which this client is the owner.

    One of that name that an earlier run made, and may not have heard of, is taken up if nobody was
    in it so far. Raises UsageError where this client knows another by that name, LimitError,
    MalformedError, VerificationError.
    """
    name = CLIENT_NAME.read(name)
    check_days(days)
    known = session.state.load().groups
    for id in [id for id, one in known.items() if one.known.name == name]:
        if known[id].known.owner == session.me.id:
            roster = own_rosters.last(session, id).roster
            if roster.epoch == 1 and not roster.members:  # nobody was taken out either
                return Changed(roster, is_new_epoch=True)
        raise UsageError(
            f"this client knows a group {name} already",
            hint="`groups show` lists them; take another name, by which people can tell them apart",
        )
    for line in lines(session):
        if (line.owner, line.name) == (session.me.id, name) and line.id not in known:
            check_called(session, line.id, name)
            check_fresh(session, line.id)
            return change(session, line.id, Wish(days=days))
    seed = random(KEY)
    bare = Roster(
        group=str(uuid4()),
        name=name,
        version=1,
        epoch=1,
        owner=session.me.id,
        kem_pk=KemKey(seed).public,
        prev=FIRST,
        issued=session.now(),
        expires=session.now() + days * DAY,
    )
    roster = sign_roster(bare, session.keys)
    _send(session, roster, [epoch_grant(session, roster.as_reader, session.me, seed)])
    return Changed(roster, is_new_epoch=True)


def check_fresh(session: Session, group: str) -> None:
    """Refuse to take up a group of another machine's, in which somebody is or was."""
    roster = groups.served(session, group).roster
    if roster.members or roster.epoch > 1:
        raise UsageError(
            f"this client has a group {roster.name} already, made on another machine: {group}",
            hint="`groups show` says who is in it; take another name for another group",
        )


def add(
    session: Session,
    group: str,
    members: Iterable[str],
    *,
    fingerprint: str = "",
    from_now: bool = False,
    days: int = DAYS,
) -> Changed:
    """Take clients into an own group; ``fingerprint`` pins one of them.

    They read what was shared with it so far, too, unless ``from_now``. The others' cards are asked
    for only where a new epoch is needed. Raises UnpinnedError, UsageError, VerificationError.
    """
    members = list(dict.fromkeys(members))
    for id in members:
        check_client(id)
    cards = {id: pins.known_card(session, id, fingerprint) for id in members}
    wish = Wish(add=cards, from_now=from_now, days=days, look=False)
    try:
        return change(session, group, wish)
    except ApiRefused as error:
        if error.code not in CARDS_CHANGED:
            raise
        return change(session, group, wish._replace(look=True))


def remove(session: Session, group: str, members: Iterable[str], *, days: int = DAYS) -> Changed:
    """Take clients out of an own group, and let what it reads of this client go on under new keys.

    Who is out already, by an earlier run, is no error. Raises UsageError, VerificationError.
    """
    return change(session, group, Wish(remove=list(dict.fromkeys(members)), days=days))


def renew(session: Session, group: str, *, days: int = DAYS, restored: bool = False) -> Changed:
    """Sign the roster of an own group anew, with its members' cards of today."""
    return change(session, group, Wish(days=days, restored=restored))


def change(session: Session, group: str, wish: Wish) -> Changed:
    """Sign the next version of an own group's roster, and do what follows from it.

    Raises UsageError, VerificationError, ApiError.
    """
    check_days(wish.days)
    done = in_turn(session, lambda: _change(session, group, wish))
    done.still_read = list(_still_read(session, done.reader, wish.remove))
    failed = close_own(session, done)
    done.stale, done.more_stale = stale(session, group)
    if hinted := _hinted(session, done):
        failed += _close(session, done, hinted)
        done.stale, done.more_stale = stale(session, group)
    if failed:
        raise failed[0]
    return done


def check_client(id: str) -> None:
    """Refuse a group: its owner would say who is in this one."""
    if groups.is_group(id):
        raise UsageError(
            "the members of a group are clients, and not groups", hint="name clients by their ids"
        )


def check_days(days: int) -> None:
    """Refuse a roster that no client would take; raises UsageError."""
    if not 1 <= days <= MOST_DAYS:
        raise UsageError(f"a roster is in force for 1 to {MOST_DAYS} days")


def _change(session: Session, group: str, wish: Wish) -> Changed:
    last = own_rosters.last(session, group, restored=wish.restored)
    _decide(session, last, wish.remove)
    draft = _draft(session, last, wish)
    done = Changed(
        sign_roster(draft.roster, session.keys),
        draft.roster.epoch != last.roster.epoch,
        added=[id for id in wish.add if last.roster.member(id) is None],
        removed=sorted(draft.removed),
        left=sorted(draft.left),
        renewed=sorted(draft.renewed),
    )
    done.roster = _send(session, done.roster, draft.grants)
    return done


def _decide(session: Session, last: Last, removed: Collection[str]) -> None:
    """Remember who is to be out, before anybody is told; raises UsageError for who never was in."""
    memory = session.state.load().groups[last.roster.group]
    for id in removed:
        if last.roster.member(id) is None and id not in memory.removed:
            raise UsageError(
                f"client {id} is not in group {last.roster.name}, and nothing was done",
                hint="`groups show` lists who is",
            )
    if not removed:
        return
    with session.state.change() as state:
        known = state.groups[last.roster.group].removed
        for id in removed:
            if last.roster.member(id) is not None:
                known[id] = max(last.version, known.get(id, 0))


class _Draft(NamedTuple):
    """A roster that is not signed yet, with the grants of its epochs."""

    roster: Roster
    grants: list[Grant]
    removed: set[str]
    left: set[str]
    renewed: set[str]


def _draft(session: Session, last: Last, wish: Wish) -> _Draft:
    """Draw up the next roster. A new epoch begins if somebody is out, or has another card."""
    before = last.roster
    gone = own_rosters.removed(session, last)
    left = own_rosters.left(session, last, but=gone)
    stay = [one for one in before.members if one.id not in gone | left]
    is_new = bool(gone or left or wish.from_now or last.is_over)
    cards = dict(wish.add)
    if wish.look or is_new:
        cards |= _cards(session, last, stay)
    renewed = _renewed(stay, cards)
    if renewed and not is_new:
        is_new = True
        cards |= _cards(session, last, stay)
    version = last.version + 1
    members = {one.id: one._replace(fingerprint=_fingerprint(cards, one)) for one in stay}
    new = {id: card for id, card in wish.add.items() if id not in members}
    members |= {id: Member(id, card.fingerprint, version) for id, card in new.items()}
    check_size(members)
    roster = replace(
        before,
        version=version,
        prev=last.prev,
        issued=session.now(),
        expires=session.now() + wish.days * DAY,
        members=tuple(members[id] for id in sorted(members)),
        sig=b"",
    )
    grants: list[Grant] = []
    void = own_rosters.void(session, before.group, {session.me.id, *members.keys() - new.keys()})
    if is_new or new or void:
        seeds = own_rosters.seeds(session, last)
        everybody: dict[str, Card] = {}
        if is_new:
            roster, seed = _with_epoch(roster, last, seeds, is_cut=wish.from_now)
            everybody = {session.me.id: session.me} | {id: cards[id] for id in members}
        elif new:
            seed, everybody = seeds.today, new
        else:
            seed = b""
        today = roster.as_reader
        grants = [epoch_grant(session, today, card, seed) for card in everybody.values()]
        if not wish.from_now:
            grants += _of_heads(session, seeds, new.values())
        grants += _heads_anew(session, last, seeds, void, {session.me.id: session.me} | cards)
    return _Draft(roster, grants, {one.id for one in before.members} & gone, left, renewed)


def _cards(session: Session, last: Last, members: Iterable[Member]) -> dict[str, Card]:
    return {one.id: own_rosters.card_of(session, last, one) for one in members}


def _renewed(members: Iterable[Member], cards: Mapping[str, Card]) -> set[str]:
    return {one.id for one in members if one.fingerprint != _fingerprint(cards, one)}


def _fingerprint(cards: Mapping[str, Card], member: Member) -> bytes:
    card = cards.get(member.id)
    return card.fingerprint if card else member.fingerprint


def check_size(members: Collection[str]) -> None:
    """Refuse more members than a group may have."""
    if len(members) > MAX_MEMBERS:
        raise UsageError(f"a group has at most {MAX_MEMBERS} members")


def _with_epoch(roster: Roster, last: Last, seeds: Seeds, *, is_cut: bool) -> tuple[Roster, bytes]:
    """Return the roster with a new epoch, and the seed (32 bytes) of that.

    After a cut there is no link to the epoch before: who comes from now on gets no way back.
    """
    seed, epoch, links = random(KEY), last.epoch + 1, seeds.links
    if epoch > MAX_EPOCHS:
        raise UsageError(
            f"a group has at most {MAX_EPOCHS:,} epochs, and {plain(roster.name)} had them all",
            hint="`groups create` makes another one",
        )
    if seeds.today and not is_cut:
        link = seal_link(
            group=roster.group, epoch=epoch, seed=seed, before=last.base_epoch, former=seeds.today
        )
        links = (*links, link)
    return replace(roster, epoch=epoch, kem_pk=KemKey(seed).public, links=links), seed


def _of_heads(session: Session, seeds: Seeds, readers: Iterable[Card]) -> list[Grant]:
    """Grant what comes before each cut to those who are to read all of it."""
    return [
        epoch_grant(session, head.epoch.party, card, head.seed)
        for head in seeds.heads
        for card in readers
    ]


def _heads_anew(
    session: Session,
    last: Last,
    seeds: Seeds,
    void: Mapping[str, Collection[int]],
    cards: Mapping[str, Card],
) -> list[Grant]:
    """Sign anew what earlier keys of the owner's granted of epochs that no link leads to.

    ``void`` has by reader of which epochs that is so; cards that are not at hand are asked for.
    """
    due = [
        (head, id)
        for head in seeds.heads
        for id, epochs in sorted(void.items())
        if head.epoch.party.epoch in epochs
    ]
    missing = {id for _, id in due} - cards.keys()
    asked = _cards(session, last, [one for one in last.roster.members if one.id in missing])
    known = {**cards, **asked}
    return [epoch_grant(session, head.epoch.party, known[id], head.seed) for head, id in due]


def epoch_grant(session: Session, epoch: Epoch, reader: Recipient, seed: bytes) -> Grant:
    """Grant an epoch's seed (32 bytes) to a member, or to its owner."""
    return seal_grant(
        granter=session.keys,
        reader=reader,
        writer=epoch.id,
        type=EPOCH,
        gen=epoch.epoch,
        akid=epoch.akid,
        keys={INBOX: seed},
    )


def _send(session: Session, roster: Roster, grants: Sequence[Grant]) -> Roster:
    """Send a roster with grants of its epochs, and return the last version that was sent.

    What does not fit into a request comes with further versions, which say the same.
    """
    rest = list(grants)
    while True:
        some = _that_fit(roster, rest)
        rest = rest[len(some) :]
        body = {"roster": roster, "grants": some}
        answer = session.api.call(endpoints.SIGN_ROSTER, roster.group, body=body)
        if (answer["version"], answer["epoch"]) != (roster.version, roster.epoch):
            raise VerificationError("the server took another roster", code="mismatch")
        own_rosters.remember(session, roster)
        if not rest:
            return roster
        following = replace(roster, version=roster.version + 1, prev=roster.digest, sig=b"")
        roster = sign_roster(following, session.keys)


def _that_fit(roster: Roster, grants: Sequence[Grant]) -> list[Grant]:
    room, some = writing.ROOM - len(roster.raw), list[Grant]()
    for grant in grants[: writing.MAX_ITEMS]:
        room -= len(grant.raw) + 1
        if some and room < 0:
            break
        some.append(grant)
    return some


# --- What follows ---------------------------------------------------------------------------


def close_own(session: Session, done: Changed) -> list[ClientError | EnvelopeError]:
    """Let own types and inboxes that the group reads go on under keys of today's epoch alone.

    One type that cannot does not hold up the others; returns why it could not.
    """
    memory = session.state.load().streams.items()
    known = {Stream(*place): one.gen for place, one in memory if done.reader in one.readers}
    return _close(session, done, known)


def _close(
    session: Session, done: Changed, streams: Mapping[Stream, int]
) -> list[ClientError | EnvelopeError]:
    """Close these own streams, each with its last generation that is remembered."""
    forms: dict[str, list[Stream]] = {}
    failed: list[ClientError | EnvelopeError] = []
    for stream, gen in sorted(streams.items()):
        if stream.form:
            forms.setdefault(stream.form, []).append(stream)
            continue
        try:
            if writing.open_generation(session, stream).gen != gen:
                done.types.append(stream.type)
        except (ClientError, EnvelopeError) as error:
            check_about_one(error)
            failed.append(error)
    known = {line.id: line for line in own_forms.own_forms(session)} if forms else {}
    for id in sorted(forms.keys() & known.keys()):
        line = known[id]
        try:
            if publishing.renew_inboxes(session, line, forms[id]):
                done.forms.append(line.slug)
        except (ClientError, EnvelopeError) as error:
            check_about_one(error)
            done.pending[line.slug] = str(error)
    return failed


def check_about_one(error: Exception) -> None:
    """Raise what the server would say of anything else, too."""
    if isinstance(error, ApiRefused) and error.status in {401, 403}:
        raise error


def _hinted(session: Session, done: Changed) -> dict[Stream, int]:
    """Return what another machine of this client has shared with the group, as the server hints.

    What it tells decides nothing: own signed grants do.
    """
    memory = session.state.load()
    return {
        stream: memory.stream(stream.writer, stream.type).gen
        for stream in (Stream(one.writer, one.type) for one in done.stale)
        if stream.form or (stream.writer == session.me.id and writing.exists(session, stream))
    }


def own_types(session: Session, group: str) -> list[str]:
    """Return the own types that a group reads, by memory and by own grants on another machine."""
    me, reader = session.me.id, GROUP + group
    streams = session.state.load().streams.items()
    found = {type for (writer, type), one in streams if writer == me and reader in one.readers}
    for _, grant in listed_grants.listed(session, direction="outgoing", writer=me):
        is_new = grant.reader == reader and not grant.record and grant.type not in found
        if is_new and overview.is_genuine(session, grant, me):
            found.add(grant.type)
    return sorted(found)


def stale(session: Session, group: str) -> tuple[list[Stale], bool]:
    """Return what the server says is still open for an earlier epoch, and whether there is more."""
    answer = session.api.call(endpoints.STALE, group)
    return [Stale(one["writer"], one["type"]) for one in answer["streams"]], answer["more"]


def _still_read(session: Session, reader: str, removed: Collection[str]) -> Iterator[StillReads]:
    """Yield who reads on of what this client shares with a group, as far as it knows."""
    for (_, type), memory in sorted(session.state.load().streams.items()):
        if reader not in memory.readers:
            continue
        for id in removed:
            if id in memory.readers:
                yield StillReads(id, type, "")
            for other in sorted(memory.readers.keys() - {reader}):
                if groups.is_group(other) and _is_in(session, other, id):
                    yield StillReads(id, type, readers.name_of(session, other) or other)


def _is_in(session: Session, reader: str, id: str) -> bool:
    try:
        groups.standing(session, reader)
        return groups.served(session, groups.group_id(reader)).roster.member(id) is not None
    except ClientError:
        return False


# --- Looking --------------------------------------------------------------------------------


class Line(NamedTuple):
    """A group as the server lists it, of which nothing is verified; ``expires`` since 1970."""

    id: str
    name: str
    owner: str
    version: int
    epoch: int
    expires: int
    member: bool


def lines(session: Session) -> list[Line]:
    """Return the groups that this client owns or is in, as the server says."""
    return [Line(**one) for one in session.api.call(endpoints.LIST_GROUPS)["groups"]]


def own(session: Session) -> list[str]:
    """Return the ids of the groups that this client owns, by its memory or the server's word."""
    known = session.state.load().groups
    found = {id for id, one in known.items() if one.known.owner == session.me.id}
    return sorted(found | {line.id for line in lines(session) if line.owner == session.me.id})


def find(session: Session, named: str) -> str:
    """Return the id of a group that was named, by its id or name; raises UsageError."""
    bare = pasted(named).lower().removeprefix(GROUP)
    if encoding.UUID.fullmatch(bare):
        return bare
    known = session.state.load().groups
    names = {line.id: line.name for line in lines(session)}
    names |= {id: one.known.name for id, one in known.items()}
    found = sorted(id for id, name in names.items() if alike(name) == alike(named))
    if len(found) == 1:
        if found[0] not in known:
            check_called(session, found[0], named)
        return found[0]
    if found:
        raise UsageError(
            f"this client is in {len(found)} groups that are called {plain(named)}",
            hint=f"name one by its id: {', '.join(found)}",
        )
    raise UsageError(
        f"this client knows no group {plain(named)}, nor is it in one",
        hint="`groups show` lists those that there are; `groups create` makes one",
    )


def check_called(session: Session, group: str, named: str) -> None:
    """Refuse a group that the server alone calls so; what its owner calls it is remembered then.

    Raises VerificationError.
    """
    roster = groups.served(session, group).roster
    if roster.owner in {session.me.id, *session.state.load().pins}:
        groups.verified(session, group, roster.owner)
    if alike(roster.name) != alike(named):
        raise VerificationError(
            f"the server says that group {group} is called {plain(named)}, and its owner calls it "
            f"{plain(roster.name)}",
            code="mismatch",
            hint="name it by its id; and ask who runs the server",
        )


@dataclass(frozen=True)
class Shown:
    """A group: its roster, and what is known of it.

    ``owner`` is the owner's name, "" if it is not pinned: then nothing of it is verified.
    ``why_not`` says why it counts as having no members now; ``names`` are those of members who are
    known here; ``leaving`` those of whom the server says that they left; ``types`` are own types
    that this client shares with it. What is ``stale`` is told to its owner alone.
    """

    roster: Roster
    owner: str
    why_not: str
    names: dict[str, str]
    leaving: list[str]
    types: list[str]
    stale: list[Stale]
    more_stale: bool = False


def show(session: Session, group: str) -> Shown:
    """Return a group as it is today, its roster verified where the owner is known here."""
    found, known, why_not = _looked_at(session, group)
    state = session.state.load()
    owner = session.me.name if known == session.me.id else state.names.get(known, "")
    is_own = found.roster.owner == session.me.id
    open, more = stale(session, group) if is_own else ([], False)
    left = own_rosters.left(session, own_rosters.last(session, group)) if is_own else ()
    types = [t for (_, t), one in state.streams.items() if GROUP + group in one.readers]
    return Shown(
        roster=found.roster,
        owner=owner,
        why_not=why_not,
        names={session.me.id: session.me.name, **state.names},
        leaving=sorted(left),
        types=sorted(set(types)),
        stale=open,
        more_stale=more,
    )


def _looked_at(session: Session, group: str) -> tuple[Served, str, str]:
    """Return a group as it is served today, its owner's id, and why it has no members now.

    Where the owner is known here, the roster is verified (VerificationError); else both are "".
    """
    session.verified.rosters.pop(group, None)
    found, state = groups.served(session, group), session.state.load()
    memory = state.groups.get(group)
    known = memory.known.owner if memory else found.roster.owner
    if known not in {session.me.id, *state.pins}:
        return found, "", ""
    why_not = groups.verified(session, group, known).why_not
    return groups.served(session, group), known, why_not


# --- Leaving --------------------------------------------------------------------------------


class Left(NamedTuple):
    """A group that this client is in no more; ``now`` is false if it was out before."""

    roster: Roster
    now: bool


def leave(session: Session, group: str) -> Left:
    """Go out of a group: the server serves nothing of it from then on.

    What is signed names the version that took this client in, or a server would have a word that
    it can show again once the client is back: so the roster is verified where the owner is known.
    """
    roster = _looked_at(session, group)[0].roster
    mine = roster.member(session.me.id)
    if mine is None:
        return Left(roster, now=False)
    answer = session.api.call(
        endpoints.LEAVE, group, body=own_rosters.leave_of(session, group, mine).to_wire()
    )
    return Left(roster, now=answer["left"])


# --- New keys -------------------------------------------------------------------------------


def renew_all(session: Session) -> list[str]:
    """Sign the rosters of own groups anew that earlier keys of this client signed; return names."""
    done = []
    for group in own(session):
        found = in_turn(session, partial(_renew_signed_before, session, group))
        if found:
            done.append(found.roster.name)
    return done


def _renew_signed_before(session: Session, group: str) -> Changed | None:
    last = own_rosters.last(session, group)
    return _change(session, group, Wish()) if last.is_signed_before else None
