"""Sharing and revoking a type: one small request, however many records there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...envelope import encoding
from ...envelope.encoding import FORM, GROUP
from ...envelope.grants import Grant
from ...envelope.holders import Recipient
from ..days import has_passed, show_day
from ..errors import ClientError, NotWrittenError, UsageError
from ..near_names import meant
from ..session import Session, Stream, Verified
from ..state import Extent, Unkept
from ..trust import generations, groups, listed_grants, readers, rotation
from ..trust.generations import Generation
from ..trust.turns import in_turn
from . import overview
from .own_forms import FormLine
from .writing import close, open_generation, post_grants

COLLECTED = "what a form collects is shared with --form SLUG"
AHEAD = "--allow-empty shares what is yet to be written"


@dataclass(frozen=True)
class Reads:
    """What a reader can read of an own stream: ``extent`` None for nothing of the whole type.

    ``since`` is the day or time of the first grant that the server lists, "" for none;
    ``records`` how many are granted to it one by one; ``revoked`` the generation up to which it
    could read before it was revoked, 0 for none. ``listed`` says that the extent is what grants
    say, and not only what this client remembers.
    """

    extent: Extent | None = None
    since: str = ""
    records: int = 0
    revoked: int = 0
    listed: bool = False


NOTHING = Reads()


def reads(
    session: Session, stream: Stream, reader: str, listed: Iterable[tuple[str, Grant]]
) -> Reads:
    """Return what a reader can read: by own signed grants that are listed, else as remembered."""
    memory = session.state.load().stream(stream.writer, stream.type)
    mine = [
        (at, grant)
        for at, grant in listed
        if is_listed(stream, reader, [grant]) and overview.is_genuine(session, grant, session.me.id)
    ]
    whole = [Extent(grant.fields, grant.not_after) for _, grant in mine if not grant.record]
    single = {
        grant.record for _, grant in mine if grant.record and not rotation.is_over(session, grant)
    }
    extent = _together(whole) if whole else memory.readers.get(reader)
    since = min((at for at, _ in mine), default="")
    revoked = memory.decided.get(reader, 0) if reader in memory.revoked else 0
    return Reads(extent, since, len(single), revoked, bool(whole))


def _together(extents: Sequence[Extent]) -> Extent:
    """Return all that any of these gives, as long as any of them."""
    names = {name for one in extents for name in one.columns}
    columns = tuple(sorted(names)) if all(one.columns for one in extents) else ()
    ends = [one.not_after for one in extents]
    return Extent(columns, max(ends) if all(ends) else 0)


@dataclass(frozen=True)
class Access:
    """A reader of an own stream; ``name`` is "" if it is not pinned.

    ``listed`` says whether the server lists a grant to it. Where it does not, the
    reader is one that this client knows, and the server may be lying. ``grants`` are
    all that it lists in the stream, unverified, None where it did not tell; ``form``
    is the own form that writes the stream, None for a client's own. ``reads`` is what the reader
    could read so far.
    """

    stream: Stream
    reader: str
    name: str
    listed: bool
    grants: tuple[Grant, ...] | None = None
    form: FormLine | None = None
    reads: Reads = NOTHING

    @property
    def title(self) -> str:
        """The reader's name and id, as far as they are known."""
        if not self.name:
            return readers.called(self.reader)
        kind = "group " if groups.is_group(self.reader) else ""
        return f"{kind}{self.name} ({self.reader.removeprefix(GROUP)})"


def find_access(
    session: Session, stream: Stream, reader: str, form: FormLine | None = None
) -> Access:
    """Return what is known of a reader of an own stream.

    Who was revoked before is found, too: the run may have been cut short. Raises UsageError if it
    is neither listed nor known here, or if there is no such type.
    """
    readers.check(session, reader)
    remembered = session.state.load()
    known = reader in remembered.pins or reader.removeprefix(GROUP) in remembered.groups
    memory = remembered.stream(stream.writer, stream.type)
    grants, dated = None, list[tuple[str, Grant]]()
    try:
        dated = list(
            listed_grants.listed(
                session, direction="outgoing", writer=stream.writer, type=stream.type
            )
        )
        grants = tuple(grant for _, grant in dated)
        listed = is_listed(stream, reader, grants)
        exists = listed or bool(generations.known(session, stream, grants))
    except ClientError:
        if not known:
            raise
        listed, exists = False, True  # a server that tells nothing must not prevent a revocation
    if not listed and not known:
        raise UsageError(
            f"no {readers.kind(reader)} with this id reads {stream.type}",
            hint="`shares` lists who does",
        )
    if not exists:
        raise UsageError(f"nothing was shared of type {stream.type}")
    is_known = reader in memory.readers or reader in memory.revoked
    if grants is not None and not listed and not is_known:
        raise UsageError(
            f"{readers.name_of(session, reader) or reader} reads no {stream.type}: there is "
            "nothing to revoke, and nothing was done",
            hint="`shares` lists who reads what",
        )
    had = reads(session, stream, reader, dated)
    name = readers.name_of(session, reader)
    return Access(stream, reader, name, listed, grants, form, had)


def is_listed(stream: Stream, reader: str, grants: Iterable[Grant]) -> bool:
    """Whether any of these grants, genuine or not, is of this stream and to this reader."""
    return any(
        (grant.writer, grant.type, grant.reader) == (stream.writer, stream.type, reader)
        for grant in grants
    )


@dataclass(frozen=True)
class Shared:
    """What was shared: the verified reader, and how many grants had to be sent."""

    stream: Stream
    reader: Recipient
    columns: tuple[str, ...]
    not_after: int
    generations: int
    sent: int


@dataclass(frozen=True)
class Revoked:
    """What was revoked, and the generation that was closed by it."""

    access: Access
    closed: int


def own_stream(session: Session, type: str, form: str = "") -> Stream:
    """Return an own stream: this client's, or that of one of its forms, by the form's id."""
    return Stream(FORM + form if form else session.me.id, encoding.name(type, "type"))


def share(
    session: Session,
    stream: Stream,
    *,
    reader: str,
    fingerprint: str = "",
    owner: str = "",
    columns: Iterable[str] = (),
    not_after: int = 0,
    allow_empty: bool = False,
) -> Shared:
    """Grant all generations of an own stream to a reader, whom ``fingerprint`` pins.

    A group, ``group:`` and its id, is learnt by naming its ``owner``, whom ``fingerprint`` pins.

    Where no generation of an own type is open, this opens the next in the same request.
    A type or a column that was never written is taken for a typing error, unless
    ``allow_empty``. Raises NotWrittenError, UnpinnedError, VerificationError, UsageError,
    EndedGroupError.
    """
    names = column_names(columns)
    party = checked_reader(session, stream, reader, fingerprint, owner, names, not_after)

    def act() -> Shared:
        today = readers.known(session, party.id)
        _close_to_earlier_epochs(session, stream, today.id)
        plan = draw_up(session, stream, today, names, not_after, allow_empty)
        rotation.note_held(session, stream, plan.known[-1].gen, plan.due)
        post_grants(session, [*plan.opening, *plan.due])
        with session.state.change() as state:
            generations.remember(state, stream, plan.known[-1])
            memory = state.stream(stream.writer, stream.type)
            memory.share(today.id, Extent(names, not_after), plan.known[-1].gen)
        return Shared(stream, today, names, not_after, len(plan.known), len(plan.due))

    return in_turn(session, act)


def _close_to_earlier_epochs(session: Session, stream: Stream, reader: str) -> None:
    """Let an own type go on under another key before more of it is granted to a group.

    Granted once more to today's epoch, nothing would tell that an earlier one has the last key. Of
    a form's inbox, which a manifest names, it is remembered.
    """
    if not groups.is_group(reader):
        return
    known, listed = rotation.in_force(session, stream)
    last = known[-1].gen if known else 0
    held = [one for one in listed if one.reader == reader and one.gen == last]
    if not stream.form and (held or reader in _readers(session, stream)):
        open_generation(session, stream)
    elif stream.form:
        rotation.note_held(session, stream, last, rotation.outgoing(session, stream, held))


def _readers(session: Session, stream: Stream) -> Iterable[str]:
    return session.state.load().stream(stream.writer, stream.type).readers


def column_names(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the names of columns, sorted, each once; raises MalformedError."""
    return tuple(sorted({encoding.name(name, "column") for name in columns}))


def checked_reader(
    session: Session,
    stream: Stream,
    reader: str,
    fingerprint: str,
    owner: str,
    names: tuple[str, ...],
    not_after: int,
) -> Recipient:
    """Return who is to read, who is pinned by it, or whose owner is; raises as ``share``."""
    readers.check(session, reader)
    check_not_over(not_after, session.now())
    if names and stream.form:
        raise UsageError("a form's records are shared whole: split them, then share a type")
    party = known_reader(session, reader, fingerprint, owner)
    if stream.form and groups.is_group(reader):
        check_own_group(session, reader)
    return party


def known_reader(
    session: Session, reader: str, fingerprint: str = "", owner: str = ""
) -> Recipient:
    """Return a reader as it is today; ``fingerprint`` pins a client, or the owner of a group."""
    if owner and not groups.is_group(reader):
        raise UsageError("only a group has an owner", hint="name the group as group:ID")
    if groups.is_group(reader) and (owner or fingerprint):
        groups.pin_group(session, reader, owner or groups.owner_of(session, reader), fingerprint)
    return readers.known(session, reader, fingerprint)


def looking(session: Session) -> Session:
    """Return a session that remembers nothing of what it learns: for a dry run."""
    return replace(session, state=Unkept(session.state), verified=Verified())


@dataclass(frozen=True)
class Plan:
    """What a share would do: nothing was sent. ``known`` are the generations that it gives.

    ``opening`` grants of a new one come first, then those that are ``due``. ``reads`` is what the
    reader has so far.
    """

    stream: Stream
    reader: Recipient
    columns: tuple[str, ...]
    not_after: int
    known: Sequence[Generation]
    opening: Sequence[Grant]
    due: Sequence[Grant]
    reads: Reads = NOTHING


def preview(
    session: Session,
    stream: Stream,
    *,
    reader: str,
    fingerprint: str = "",
    owner: str = "",
    columns: Iterable[str] = (),
    not_after: int = 0,
    allow_empty: bool = False,
) -> Plan:
    """Return what ``share`` would do, after the same checks; nothing is sent or remembered."""
    names, session = column_names(columns), looking(session)
    card = checked_reader(session, stream, reader, fingerprint, owner, names, not_after)
    plan = draw_up(session, stream, card, names, not_after, allow_empty)
    return replace(plan, reads=reads_now(session, stream, reader))


def reads_now(session: Session, stream: Stream, reader: str) -> Reads:
    """Return what a reader can read of an own stream, as the server lists it now."""
    listed = listed_grants.listed(
        session, direction="outgoing", writer=stream.writer, type=stream.type
    )
    return reads(session, stream, reader, listed)


def draw_up(
    session: Session,
    stream: Stream,
    card: Recipient,
    names: tuple[str, ...],
    not_after: int,
    allow_empty: bool,
) -> Plan:
    """Return the grants that a share is made of; raises as ``share``."""
    remembered = session.state.load().stream(stream.writer, stream.type)
    listed = rotation.outgoing(session, stream)
    known = generations.known(session, stream, listed)
    if not (stream.form or allow_empty):
        check_written(session, stream.type, names, exists=bool(known))
    opening: list[Grant] = []
    if not stream.form and not (known and known[-1].open):
        told = rotation.still_tells(listed, remembered, known[-1]) if known else None
        opened = rotation.next_generation(session, stream, known, told, without=card.id)
        known, opening = [*known, opened.generation], opened.grants
    known = [one for one in known if one.key]  # the others are of who had the form before
    if not known:
        raise UsageError(f"the form collects no type {stream.type}", hint="`publish` it first")
    before = _granted(listed, card)
    for grant in before.values():
        check_not_narrower(grant, names)
        check_not_shorter(grant, not_after)
    due = [
        rotation.grant_of(session, stream, one, card, names, not_after)
        for one in known
        if not _is_same(before.get(one.gen), card, names, not_after)
    ]
    return Plan(stream, card, names, not_after, known, opening, due)


def revoked_before(session: Session, found: Access) -> Revoked | None:
    """Return what an earlier run revoked, if nothing is left to do: it may not have heard of it.

    What the server lists as closed is not written under, and what comes after the generation at
    which the reader was revoked was opened without it.
    """
    stream = found.stream
    memory = session.state.load().stream(stream.writer, stream.type)
    if found.listed or found.reader not in memory.revoked:
        return None
    gen, known = memory.decided[found.reader], generations.known(session, stream, found.grants)
    is_over = bool(known) and (known[-1].gen > gen or not known[-1].open)
    return Revoked(found, gen) if is_over else None


def revoke(session: Session, found: Access) -> Revoked:
    """End the access that was found to an own type; what is written next is under a new key.

    A form's stream is revoked by ``publishing.revoke``. Raises UsageError.
    """
    remember_revoked(session, found.stream, found.reader)  # first: whatever happens, never again
    grants = iter([found.grants])  # as they were listed a moment ago; if that was not in turn, anew
    return in_turn(session, lambda: _revoke(session, found, next(grants, None)))


def _revoke(session: Session, found: Access, listed: Sequence[Grant] | None) -> Revoked:
    stream, reader = found.stream, found.reader
    remembered = session.state.load().stream(stream.writer, stream.type)
    known = generations.known(session, stream, listed)
    if not known:
        raise UsageError(f"nothing was shared of type {stream.type}")
    last = known[-1]
    if not last.open:
        told = rotation.still_tells(listed, remembered, last)
        opening = rotation.next_generation(session, stream, known, told, without=reader)
        post_grants(session, opening.grants)
        last = opening.generation
    close(session, stream, last.gen, reader)
    with session.state.change() as state:
        generations.remember(state, stream, replace(last, open=False))
    remember_revoked(session, stream, reader, gen=last.gen)
    return Revoked(found, last.gen)


def remember_revoked(session: Session, stream: Stream, reader: str, gen: int = 0) -> None:
    """Keep in mind that a reader gets no further key of a stream.

    ``gen`` is the generation that was closed for it, where that is known: another machine, that
    shares again, does so in a later one.
    """
    with session.state.change() as state:
        memory = state.stream(stream.writer, stream.type)
        memory.revoke(reader, gen or memory.gen)


def check_written(session: Session, type: str, names: Iterable[str], *, exists: bool) -> None:
    """Refuse a type or columns of which nothing was written: they may be misspelt.

    ``exists`` says whether the type has a generation: it may have been written on another machine.
    Raises NotWrittenError.
    """
    written = overview.written(session)
    columns = written.get(type, set())
    if not (columns or exists):
        has = f"this client has: {', '.join(sorted(written))}" if written else ""
        hints = [meant([type], written), has, COLLECTED, AHEAD]
        raise NotWrittenError(
            f"nothing of type {type} was written by this client so far, and nothing was shared",
            hint="; ".join(filter(None, hints)),
        )
    if missing := sorted(set(names) - columns):
        has = f"it has: {', '.join(sorted(columns))}" if columns else ""
        raise NotWrittenError(
            f"no record of {type} that this client remembers to have written has a column "
            f"{', '.join(missing)}; nothing was shared",
            hint="; ".join(filter(None, [meant(missing, columns), has, AHEAD])),
        )


def check_own_group(session: Session, reader: str) -> None:
    """Refuse to share an inbox with a group of somebody else: visitors seal to it unasked."""
    if groups.owner_of(session, reader) != session.me.id:
        raise UsageError(
            "what a form collects is shared with an own group only, since visitors send without "
            "asking who is in it",
            hint="split it, and share the type",
        )


def check_not_over(not_after: int, now: int) -> None:
    """Refuse a share that would end before it begins."""
    if has_passed(not_after, now):
        raise UsageError(
            f"{show_day(not_after)} has passed: the share would have ended already",
            hint="name a day to come; `revoke` ends a share",
        )


def check_not_narrower(before: Grant, names: tuple[str, ...]) -> None:
    """Refuse to take columns away by a new grant: the old keys would go on to open them."""
    if names and not set(names).issuperset(before.fields or ("*",)):
        had = ", ".join(before.fields) or "all columns"
        raise UsageError(
            f"that reader has {had}: another share cannot take keys back",
            hint="name those columns too, or `revoke` first and share again",
        )


def check_not_shorter(before: Grant, not_after: int) -> None:
    """Refuse an earlier end: the server could go on to show the grant that is replaced."""
    if not_after and not 0 < before.not_after <= not_after:
        end = f"until {show_day(before.not_after)}" if before.not_after else "without an end"
        raise UsageError(
            f"that reader has access {end}: another share cannot take that back",
            hint="`revoke` first and share again",
        )


def _granted(listed: Iterable[Grant], reader: Recipient) -> dict[int, Grant]:
    """Return by generation which of these verified grants of whole types are the reader's."""
    return {grant.gen: grant for grant in listed if grant.reader == reader.id and not grant.record}


def _is_same(
    before: Grant | None, reader: Recipient, names: tuple[str, ...], not_after: int
) -> bool:
    if before is None or (before.fields, before.not_after) != (names, not_after):
        return False
    return readers.is_served_by(before, reader)
