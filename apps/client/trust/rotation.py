"""Opening the next generation, for those readers who remain (docs/protocol.md §7)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ...envelope.errors import EnvelopeError
from ...envelope.grants import Grant, seal_grant, verify_grant
from ...envelope.holders import Recipient
from ...envelope.keys import column_key
from ..days import has_passed
from ..errors import EndedGroupError, UnpinnedError, VerificationError, verifying
from ..session import Session, Stream
from ..state import Extent, StreamMemory
from . import generations, groups, keyring, listed_grants, pins, readers
from .generations import Generation


@dataclass(frozen=True)
class Opening:
    """A generation that nobody has been told of yet, and the grants that open it."""

    generation: Generation
    grants: list[Grant]


def next_generation(
    session: Session,
    stream: Stream,
    known: list[Generation],
    listed: Sequence[Grant] | None = None,
    *,
    without: str = "",
) -> Opening:
    """Make the generation after the last, granted to oneself first, then to who remains.

    ``listed`` is what ``in_stream`` returned, where it was asked already and ``still_tells`` who
    remains; ``without`` is the id of a reader who is granted it in another way. Raises
    VerificationError if the server lists a grant that this client did not sign.
    """
    memory = session.state.load().stream(stream.writer, stream.type)
    generation = generations.create(stream, generations.next_number(memory, known))
    own = generations.grant(session, stream, generation, session.me)
    before = outgoing(session, stream, listed) if known else []
    again = [
        regrant(session, stream, generation, grant)
        for grant in before
        if grant.reader != without and may_be_regranted(session, stream, grant, known[-1].gen)
    ]
    _note_groups(session, stream, generation, again, without=without)
    return Opening(generation, [own, *again])


def _note_groups(
    session: Session, stream: Stream, generation: Generation, again: Sequence[Grant], without: str
) -> None:
    """Remember, before anything is sent, which groups have the next generation, and which lack it.

    ``without`` is granted it in another way.
    """
    granted = {grant.reader: grant.reader_fp for grant in again}
    if not any(map(groups.is_group, {*granted, *_groups_of(session, stream)})):
        return
    with session.state.change() as state:
        memory = state.stream(stream.writer, stream.type)
        for reader in {*memory.readers, *granted} - {without}:
            if not groups.is_group(reader):
                continue
            if reader in granted:
                memory.hold(reader, generation.gen, granted[reader])
            elif not has_passed(memory.readers[reader].not_after, session.now()):
                memory.open_without(reader, generation.gen)


def _groups_of(session: Session, stream: Stream) -> set[str]:
    readers = session.state.load().stream(stream.writer, stream.type).readers
    return set(filter(groups.is_group, readers))


def note_held(session: Session, stream: Stream, last: int, due: Sequence[Grant]) -> None:
    """Remember, before it is sent, that groups are granted the last generation."""
    if held := [one for one in due if groups.is_group(one.reader) and one.gen == last]:
        with session.state.change() as state:
            memory = state.stream(stream.writer, stream.type)
            for one in held:
                memory.hold(one.reader, one.gen, one.reader_fp)


def may_be_regranted(session: Session, stream: Stream, grant: Grant, last: int) -> bool:
    """Whether a reader of the last generation also gets the next.

    Only by an own signed grant, with a pinned fingerprint, and not after a revocation. A group
    gets it while its roster is in force.
    """
    if grant.record or grant.gen != last or grant.reader == session.me.id:
        return False
    if is_over(session, grant):
        return False
    if is_revoked(session, stream, grant.reader):
        called = readers.called(grant.reader)
        session.notify(f"{called} was revoked: it gets no new key of {stream}")
        return False
    if session.renewing and not _is_followed(session, stream, grant.reader):
        return False
    if not readers.is_known(session, grant):
        what = "owner" if groups.is_group(grant.reader) else "fingerprint"
        session.notify(
            f"{readers.called(grant.reader)} reads {stream}, but its {what} is not pinned here: "
            f"it gets no new key until you `share` with it again and give its --{what}"
        )
        return False
    if groups.is_group(grant.reader) and not _is_in_force(session, stream, grant.reader):
        return False
    if session.renewing and session.renewing.compromised and not is_remembered(session, grant):
        session.notify(
            f"{readers.called(grant.reader)} reads {stream}, or more of it, as this client does "
            "not remember to have shared it: a thief may have, so it gets no new key until you "
            "`share` with it again"
        )
        return False
    return True


def _is_in_force(session: Session, stream: Stream, reader: str) -> bool:
    """Whether a group has members now; people are told if not. Raises VerificationError."""
    try:
        groups.known_epoch(session, reader)
    except EndedGroupError as error:
        session.tell_once(
            f"{error}: it gets nothing of what is written to {stream} until its owner renews it"
        )
        return False
    return True


def _is_followed(session: Session, stream: Stream, reader: str) -> bool:
    """Whether a reader's card of today, or a group's roster, can be known; people are told if not.

    Its keys may have been stolen, or the server lies: new keys of one's own cannot wait for that.
    """
    try:
        if groups.is_group(reader):
            groups.standing(session, reader)
        else:
            pins.known_cards(session, reader)
    except UnpinnedError:
        return True
    except VerificationError as error:
        session.notify(
            f"{readers.called(reader)} reads {stream}, but its {readers.vouched_by(reader)} cannot "
            f"be followed ({error}): it gets no new key until you `trust add` its new fingerprint "
            "and `share` with it again"
        )
        return False
    return True


def is_remembered(session: Session, grant: Grant) -> bool:
    """Whether this client remembers to have shared as much as a grant gives, as long.

    Who stole its keys could share with others, in its name.
    """
    memory = session.state.load().stream(grant.writer, grant.type)
    extent = memory.readers.get(grant.reader)
    if extent is None:
        return False
    wide = not extent.columns or (bool(grant.fields) and {*grant.fields} <= {*extent.columns})
    long = not extent.not_after or 0 < grant.not_after <= extent.not_after
    return wide and long


def is_over(session: Session, grant: Grant) -> bool:
    """Whether the last day of a grant has passed."""
    return has_passed(grant.not_after, session.now())


def is_revoked(session: Session, stream: Stream, reader: str) -> bool:
    """Whether this client revoked the reader and did not share with it again."""
    return reader in session.state.load().stream(stream.writer, stream.type).revoked


def lacking(
    session: Session, stream: Stream, known: Sequence[Generation], granted: Sequence[Grant]
) -> list[Grant]:
    """Return what groups lack of an own stream that this client shares with them.

    That are generations which this very client opened while their rosters had ended, and these are
    in force again: a server that lists less than was granted is not believed. ``granted`` are the
    grants in the stream, not verified yet. Who has none there was revoked, on another machine.
    Raises VerificationError.
    """
    memory = session.state.load().stream(stream.writer, stream.type)
    due: list[Grant] = []
    for reader, gens in sorted(memory.lacks.items()):
        extent = memory.readers.get(reader)
        if extent is None or has_passed(extent.not_after, session.now()):
            continue
        before = _of_reader(session, stream, reader, granted)
        missing = [one for one in known if one.key and one.gen in gens - before.keys()]
        try:
            epoch = groups.known_epoch(session, reader)
        except (EndedGroupError, UnpinnedError):
            continue
        if missing and before:
            extent = _narrower(extent, before[max(before)])
            due += [grant_of(session, stream, one, epoch, *extent) for one in missing]
        _forget_lacking(session, stream, reader, gens & before.keys())
    note_held(session, stream, known[-1].gen if known else 0, due)
    return due


def _of_reader(
    session: Session, stream: Stream, reader: str, granted: Sequence[Grant]
) -> dict[int, Grant]:
    """Return by generation what this client granted a reader of a stream."""
    found = {}
    for grant in granted:
        if grant.reader == reader and not grant.record:
            with suppress(VerificationError):
                check_own(session, stream, grant)
                found[grant.gen] = grant
    return found


def _narrower(extent: Extent, last: Grant) -> Extent:
    """Return what is remembered of a share, as far as the last grant goes: the later word counts.

    Another machine may have shared less since. Of two that have no column in common it is the last.
    """
    columns = tuple(name for name in last.fields if name in (extent.columns or last.fields))
    ends = [end for end in (extent.not_after, last.not_after) if end]
    if not last.fields:
        columns = extent.columns
    return Extent(columns or last.fields, min(ends, default=0))


def _forget_lacking(session: Session, stream: Stream, reader: str, has: set[int]) -> None:
    if not has:
        return
    with session.state.change() as state:
        memory = state.stream(stream.writer, stream.type)
        left = memory.lacks.get(reader, set()) - has
        memory.lacks = {**memory.lacks, reader: left}
        if not left:
            del memory.lacks[reader]


def regrant(session: Session, stream: Stream, generation: Generation, old: Grant) -> Grant:
    """Grant the next generation as the last one was: the same columns, the same end."""
    reader = readers.known(session, old.reader)
    return grant_of(session, stream, generation, reader, old.fields, old.not_after)


def grant_of(
    session: Session,
    stream: Stream,
    generation: Generation,
    reader: Recipient,
    columns: tuple[str, ...],
    not_after: int,
) -> Grant:
    """Grant one generation, whole if no columns are named."""
    if columns:
        return grant_columns(session, stream, generation, reader, columns, not_after)
    return generations.grant(session, stream, generation, reader, not_after)


def grant_columns(
    session: Session,
    stream: Stream,
    generation: Generation,
    reader: Recipient,
    columns: tuple[str, ...],
    not_after: int = 0,
) -> Grant:
    """Grant some columns of one generation of an own type."""
    return seal_grant(
        granter=session.keys,
        reader=reader,
        writer=stream.writer,
        type=stream.type,
        gen=generation.gen,
        akid=generation.akid,
        keys={name: column_key(generation.key, name) for name in columns},
        not_after=not_after,
    )


def in_stream(session: Session, stream: Stream) -> list[Grant]:
    """Return the grants that the server lists in an own stream; none is verified yet."""
    found = listed_grants.listed(
        session, direction="outgoing", writer=stream.writer, type=stream.type
    )
    return [grant for _, grant in found]


def still_tells(
    listed: Sequence[Grant] | None, memory: StreamMemory, last: Generation
) -> Sequence[Grant] | None:
    """Return the grants that were listed, if who reads cannot have changed since.

    A run on another machine that revokes a reader closes a generation. So the last one has to be
    as it was remembered, ``memory``, before the list was asked for. What a run on this machine
    revokes meanwhile is remembered.
    """
    is_news = memory.gen != last.gen or (memory.closed < last.gen) != last.open
    return None if is_news else listed


def in_force(session: Session, stream: Stream) -> tuple[list[Generation], list[Grant]]:
    """Return the generations of an own stream, and the grants there, of which none is verified.

    Who reads it is as it was when the generations were: what was listed before news is not used.
    """
    remembered = session.state.load().stream(stream.writer, stream.type)
    listed = in_stream(session, stream) if remembered.gen else None
    known = generations.known(session, stream, listed)
    if not known:
        return [], []
    if listed is None or still_tells(listed, remembered, known[-1]) is None:
        listed = in_stream(session, stream)
    return known, listed


def outgoing(
    session: Session, stream: Stream, listed: Sequence[Grant] | None = None
) -> list[Grant]:
    """Return the grants in an own stream, each checked to be signed by this client.

    Without those of single records, and without what its earlier keys alone signed, of which
    people are told: a thief may have, and nobody believes it any more.
    """
    own, lapsed = by_signer(session, stream, listed)
    for reader in sorted({grant.reader for grant in lapsed} - {session.me.id}):
        session.tell_once(
            f"{readers.called(reader)} was granted {stream} by earlier keys of this client, which "
            "is void: `share` with it again, or `revoke` it"
        )
    return own


def by_signer(
    session: Session,
    stream: Stream,
    listed: Sequence[Grant] | None = None,
    *,
    single: bool = False,
) -> tuple[list[Grant], list[Grant]]:
    """Return the grants in an own stream that this client signed, and those of its earlier keys.

    Those of generations, of which nothing follows from those of ``single`` records, or these alone.
    Those of a form's former owners are neither. Raises VerificationError for what is of nobody.
    """
    grants = in_stream(session, stream) if listed is None else listed
    own: list[Grant] = []
    lapsed: list[Grant] = []
    for grant in grants:
        if bool(grant.record) != single:
            continue
        try:
            check_own(session, stream, grant)
        except VerificationError:
            if _is_lapsed(session, stream, grant):
                lapsed.append(grant)
                continue
            if generations.former_owners(session, stream).ids and is_about(stream, grant):
                continue
            raise
        own.append(grant)
    return own, lapsed


def _is_lapsed(session: Session, stream: Stream, grant: Grant) -> bool:
    """Whether an earlier card of this client signed a grant that is not verified by today's."""
    if not is_about(stream, grant):
        return False
    owner = session.me.id if stream.form else None
    for former in session.former:
        with suppress(EnvelopeError):
            verify_grant(grant, former.card, owner)
            return True
    return False


def check_own(session: Session, stream: Stream, grant: Grant) -> None:
    """Refuse a grant in the own list that this client never signed (docs/protocol.md §11, 6)."""
    if not is_about(stream, grant):
        raise VerificationError(f"a grant is not about {stream}", code="mismatch")
    with verifying(f"a grant of {stream} to {readers.called(grant.reader)}"):
        verify_own(session, stream, grant)


def is_about(stream: Stream, grant: Grant) -> bool:
    """Whether a grant is of this very stream."""
    return (grant.writer, grant.type) == (stream.writer, stream.type)


def verify_own(session: Session, stream: Stream, grant: Grant) -> None:
    """Check that this client signed a grant; raises EnvelopeError.

    With its earlier card, while ``keys rotate`` signs anew what that one has signed.
    """
    owner = session.me.id if stream.form else None
    for card in keyring.may_have_granted(session, grant):
        with suppress(EnvelopeError):
            return verify_grant(grant, card, owner)
    return verify_grant(grant, session.me, owner)
