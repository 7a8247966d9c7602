"""Sharing fields of single records, and taking them back (docs/protocol.md §7).

A grant of one record holds the data keys of that revision. So this client opens them itself, from
records that it verified, and whoever has it back writes the record anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ...envelope import encoding
from ...envelope.encoding import FORM
from ...envelope.errors import EnvelopeError
from ...envelope.grants import Grant, seal_grant
from ...envelope.holders import Recipient
from ...envelope.primitives import KEY, random
from ...envelope.records import parse_record
from ..errors import UsageError, VerificationError, verifying
from ..near_names import meant
from ..session import Session, Stream
from ..state import State
from ..trust import groups, readers, rotation, single_grants
from ..trust.turns import in_turn
from . import reading, rewriting, sharing
from .reading import Opened
from .sharing import NOTHING, Reads
from .writing import MAX_ITEMS, Writer, open_generation, post_grants

MOST_RECORDS = 10_000
"""Records of one call, and grants of single records in one stream: a list of grants has an end."""
MOST_NAMED = 5
ROUNDS = 3
OVER = 1
"""The end, in seconds since 1970, of a grant that takes the place of one that is taken back."""


class Sealed(NamedTuple):
    """An own record that was verified: where it stands, and the data keys (32 bytes) of fields."""

    id: str
    rev: int
    akid: bytes
    gen: int
    keys: Mapping[str, bytes]


@dataclass(frozen=True)
class Offer:
    """What is to be granted to a verified reader: these ``records`` of a stream, of which ``due``.

    The others are granted already as they would be. ``until`` is in seconds since 1970, 0 for no
    end; ``had`` is what the reader has of the records, ``reads`` what else it can read.
    """

    stream: Stream
    reader: Recipient
    records: Sequence[Sealed]
    due: Sequence[Sealed]
    not_after: int
    had: Mapping[str, Grant] = field(default_factory=dict)
    reads: Reads = NOTHING


@dataclass(frozen=True)
class SharedRecords:
    """What was shared: the fields of each record by its id, and how many grants were sent."""

    stream: Stream
    reader: Recipient
    fields: Mapping[str, tuple[str, ...]]
    not_after: int
    sent: int


@dataclass(frozen=True)
class RevokedRecords:
    """What was taken back: the ``records``, and those of them that were ``written`` anew.

    ``reads`` says that the reader goes on to read them by what it has of the whole type.
    """

    stream: Stream
    reader: str
    name: str
    records: tuple[str, ...]
    written: int
    reads: bool


def share(
    session: Session,
    writer: Writer,
    records: Iterable[str | Opened],
    *,
    reader: str,
    fingerprint: str = "",
    owner: str = "",
    fields: Iterable[str] = (),
    not_after: int = 0,
) -> SharedRecords:
    """Grant fields of single records of an own stream, all of them if none is named.

    ``records`` are ids, or records that were read: then no older revision is granted. Nothing is
    sent unless all of it fits; what was granted so already is not sent again. Own ones under a key
    up to which the reader was revoked are written anew first: no update would keep a grant of such
    a key. Raises UnpinnedError, VerificationError, UsageError.
    """
    least = revisions(records)
    names = wanted(fields)
    readers.check(session, reader)
    sharing.check_not_over(not_after, session.now())
    card = sharing.known_reader(session, reader, fingerprint, owner)

    def act() -> SharedRecords:
        offer = draw_up(session, least, card, names, not_after)
        if over := _under_ended_keys(session, offer):
            _write_anew(session, writer, offer.stream, over)
            offer = draw_up(session, least, card, names, not_after)
        sent = 0
        for _ in range(ROUNDS):
            sent += _send(session, offer, offer.due)
            moved = moved_meanwhile(session, offer.due)
            if not moved:
                break
            again = draw_up(session, {id: least[id] for id in moved}, card, names, not_after)
            offer = Offer(
                offer.stream, card, [*_others(offer, moved), *again.records], again.records,
                not_after,
            )  # fmt: skip
        fields = {one.id: tuple(one.keys) for one in offer.records}
        return SharedRecords(offer.stream, card, fields, not_after, sent)

    return in_turn(session, act)


def _under_ended_keys(session: Session, offer: Offer) -> list[Sealed]:
    """Return the own records of which each grant to the reader counts as taken back."""
    memory = session.state.load().stream(offer.stream.writer, offer.stream.type)
    if offer.stream.form:
        return []
    return [one for one in offer.records if memory.has_ended(offer.reader.id, one.id, one.gen)]


def _write_anew(
    session: Session, writer: Writer, stream: Stream, records: Sequence[Sealed]
) -> None:
    """Write own records anew, under a key that comes after those that they are under."""
    open_generation(session, stream, above=max(one.gen for one in records))
    writer.forget(stream.type)
    rewriting.rewrite(session, writer, stream, {one.id: one.rev for one in records})


def preview(
    session: Session,
    records: Iterable[str | Opened],
    *,
    reader: str,
    fingerprint: str = "",
    owner: str = "",
    fields: Iterable[str] = (),
    not_after: int = 0,
) -> Offer:
    """Return what ``share`` would do, after the same checks; nothing is sent or remembered."""
    session, least, names = sharing.looking(session), revisions(records), wanted(fields)
    readers.check(session, reader)
    sharing.check_not_over(not_after, session.now())
    card = sharing.known_reader(session, reader, fingerprint, owner)
    offer = draw_up(session, least, card, names, not_after)
    return replace(offer, reads=sharing.reads_now(session, offer.stream, reader))


def draw_up(
    session: Session,
    least: Mapping[str, int],
    card: Recipient,
    names: tuple[str, ...],
    not_after: int,
) -> Offer:
    """Return what would be granted; nothing is sent. ``least`` has the ids and least revisions.

    Raises UsageError, VerificationError.
    """
    stream = stream_of(session, [*least])
    records = list(verified(session, stream, least, names))
    listed = single_grants.signed(session, stream)
    had = {
        grant.record: grant
        for grant in sorted(listed, key=lambda grant: grant.gen)
        if grant.reader == card.id
        and grant.record in least
        and not rotation.is_over(session, grant)
    }
    due = []
    for one in records:
        before = had.get(one.id)
        if before is None or before.akid != one.akid:
            due.append(one)
            continue
        sharing.check_not_narrower(before, tuple(one.keys))
        sharing.check_not_shorter(before, not_after)
        if not _is_same(before, card, one, not_after):
            due.append(one)
    check_room(stream, len(listed), sum(one.id not in had for one in due))
    return Offer(stream, card, records, due, not_after, had)


def check_room(stream: Stream, listed: int, new: int) -> None:
    """Refuse more grants of single records than a list of grants has room for."""
    if listed + new > MOST_RECORDS:
        raise UsageError(
            f"{listed:,} records of {stream.type} are shared one by one, and {MOST_RECORDS:,} is "
            "the most: nothing was shared",
            hint="share a type, or columns of it; `split` writes a type of their own for a reader",
        )


def revisions(records: Iterable[str | Opened]) -> dict[str, int]:
    """Return the ids of these records with the least revision that each must have.

    Raises UsageError for none or too many, MalformedError for what is no id.
    """
    found: dict[str, int] = {}
    for one in records:
        if isinstance(one, Opened):
            found[one.id] = max(one.rev, found.get(one.id, 0))
        else:
            found.setdefault(encoding.uuid(one, "record id", "48"), 0)
    if not found:
        raise UsageError("no record is named", hint="`extract` shows the ids")
    if len(found) > MOST_RECORDS:
        raise UsageError(
            f"{len(found):,} records are named, and {MOST_RECORDS:,} at once is the most",
            hint="share a type, or columns of it; `split` writes a type of their own for a reader",
        )
    return found


def wanted(fields: Iterable[str]) -> tuple[str, ...]:
    """Return names of fields, sorted, each once; raises MalformedError."""
    return tuple(sorted({encoding.name(name, "field") for name in fields}))


def stream_of(session: Session, ids: Sequence[str]) -> Stream:
    """Return the own stream that all these records are in, as they say themselves.

    Raises UsageError for ids that nothing of this client has, and for those of several types.
    """
    by_stream: dict[Stream, list[str]] = defaultdict(list)
    for chunk in _chunks(ids):
        for item in reading.fetch_some(session, chunk):
            try:
                record = parse_record(item["record"])
            except (EnvelopeError, LookupError, TypeError) as error:
                raise VerificationError(
                    f"record {reading.claimed_id(item)}: it is none", code="malformed"
                ) from error
            by_stream[Stream(record.writer, record.type)].append(record.id)
    found = {id for some in by_stream.values() for id in some}
    if missing := [id for id in ids if id not in found]:
        raise UsageError(
            f"this client reads no record {_named(missing)}; nothing was done",
            hint="`extract --format jsonl` shows the ids of records as they are",
        )
    for stream in by_stream:
        if stream.writer != session.me.id and not stream.writer.startswith(FORM):
            raise UsageError(
                f"record {_named(by_stream[stream])} is of client {stream.writer}, who alone may "
                "share it; nothing was done"
            )
    if len(by_stream) > 1:
        said = "; ".join(f"{one}: {_named(some)}" for one, some in sorted(by_stream.items()))
        raise UsageError(
            f"these records are of {len(by_stream)} types or forms: {said}",
            hint="name those of one type at a time",
        )
    return next(iter(by_stream))


def verified(
    session: Session, stream: Stream, least: Mapping[str, int], names: tuple[str, ...] = ()
) -> Iterator[Sealed]:
    """Yield these own records, verified and opened, with the data keys of fields of theirs.

    Of all fields if there are no ``names``. Raises VerificationError for one that is not to be
    trusted, UsageError for one that has not all the fields.
    """
    opener = reading.own_opener(session, stream)
    for chunk in _chunks([*least]):
        seen = set[str]()
        for one in reading.open_items(reading.fetch_some(session, chunk), stream, opener, {}):
            if one.error is not None:
                raise one.error
            if one.opened is None:
                continue
            reading.check_named(one.opened.id, chunk)
            reading.check_not_older(one.opened, least)
            seen.add(one.opened.id)
            check_fields(one.opened, names)
            with verifying(f"record {one.opened.id}", record=one.opened.id):
                access = opener.access_key(one.record)
                keys = single_grants.data_keys(one.record, access.key, names or one.opened.data)
            yield Sealed(one.opened.id, one.opened.rev, one.record.akid, access.gen, keys)
        if missing := [id for id in chunk if id not in seen]:
            raise UsageError(f"record {_named(missing)} is not there any more; nothing was done")


def check_fields(record: Opened, names: tuple[str, ...]) -> None:
    """Refuse fields that a record does not have: they may be misspelt."""
    missing = [name for name in names if name not in record.data]
    if missing:
        has = f"it has: {', '.join(sorted(record.data))}"
        raise UsageError(
            f"record {record.id} has no field {', '.join(missing)}; nothing was shared",
            hint="; ".join(filter(None, [meant(missing, record.data), has])),
        )


def moved_meanwhile(session: Session, records: Sequence[Sealed]) -> list[str]:
    """Return which records are at another revision than they were: what was granted is of no use.

    What the server says decides nothing but whether it is asked for them again.
    """
    revs = {one.id: one.rev for one in records}
    moved: list[str] = []
    for chunk in _chunks([*revs]):
        for item in reading.fetch_some(session, chunk):
            with verifying("a record in the answer"):
                record = parse_record(item["record"])
            if record.rev != revs.get(record.id, record.rev):
                moved.append(record.id)
    return moved


def _send(session: Session, offer: Offer, due: Sequence[Sealed]) -> int:
    stream = offer.stream
    for start in range(0, len(due), MAX_ITEMS):
        grants = [
            seal_grant(
                granter=session.keys,
                reader=offer.reader,
                writer=stream.writer,
                type=stream.type,
                gen=one.gen,
                akid=one.akid,
                keys=one.keys,
                record=one.id,
                not_after=offer.not_after,
            )
            for one in due[start : start + MAX_ITEMS]
        ]
        post_grants(session, grants)
    return len(due)


def _others(offer: Offer, moved: Iterable[str]) -> list[Sealed]:
    gone = set(moved)
    return [one for one in offer.records if one.id not in gone]


def _is_same(before: Grant, card: Recipient, one: Sealed, not_after: int) -> bool:
    same = (before.fields, before.not_after) == (tuple(sorted(one.keys)), not_after)
    return same and readers.is_served_by(before, card)


def revoke(
    session: Session, writer: Writer, records: Iterable[str | Opened], *, reader: str
) -> RevokedRecords:
    """End what a reader was granted of single records of an own stream.

    A client's own are written anew, under a key that comes after, so that what the reader kept
    opens nothing of the next revision; others who were granted them keep what they had. Those of a
    form stay as they were submitted: the server stops to show them to the reader. A run that ended
    may be done again. Raises UsageError where nothing was granted, VerificationError.
    """
    least = revisions(records)
    readers.check(session, reader)
    stream = stream_of(session, [*least])
    sealed = {one.id: one for one in verified(session, stream, least)}
    listed = {
        grant.record: grant
        for grant in single_grants.signed(session, stream)
        if grant.reader == reader and grant.record in sealed
    }
    if stream.form:
        over = [one for one in listed.values() if not rotation.is_over(session, one)]
        _check_granted(session, stream, reader, sealed, listed)
        _end(session, stream, [(one, sealed[one.record]) for one in over])
        return _revoked(session, stream, reader, sealed, 0)
    with session.state.change() as state:
        for id, grant in listed.items():
            end(state, stream, reader, id, max(grant.gen, sealed[id].gen))
    memory = session.state.load().stream(stream.writer, stream.type)
    ended = {id for id in sealed if memory.has_ended(reader, id, 1)}
    _check_granted(session, stream, reader, sealed, ended)
    due = {id: one for id, one in sealed.items() if memory.has_ended(reader, id, max(one.gen, 1))}
    if due:
        _write_anew(session, writer, stream, [*due.values()])
    return _revoked(session, stream, reader, sealed, len(due))


def end(state: State, stream: Stream, reader: str, id: str, gen: int) -> None:
    """Take note that a reader has a record of an own stream no more."""
    state.stream(stream.writer, stream.type).end(reader, id, gen)


def _check_granted(
    session: Session, stream: Stream, reader: str, records: Iterable[str], granted: Iterable[str]
) -> None:
    """Refuse to take back what was not given: an id may be another one than was meant."""
    known = set(granted)
    if missing := [id for id in records if id not in known]:
        who = readers.name_of(session, reader) or readers.called(reader)
        raise UsageError(
            f"{who} was not granted record {_named(missing)} of {stream.type}; nothing was done",
            hint="`shares` lists who reads what; who reads the whole type is revoked without "
            "--record; if the server hides a grant, an update of the record ends it",
        )


def _end(session: Session, stream: Stream, grants: Sequence[tuple[Grant, Sealed]]) -> None:
    """Put grants that are over, and hold no key of anything, into the place of these."""
    post_grants(
        session,
        [
            seal_grant(
                granter=session.keys,
                reader=_as_it_stands(session, grant.reader),
                writer=stream.writer,
                type=stream.type,
                gen=grant.gen,
                akid=grant.akid,
                keys={name: random(KEY) for name in grant.fields},
                record=grant.record,
                not_after=OVER,
            )
            for grant, _ in grants
        ],
    )


def _as_it_stands(session: Session, reader: str) -> Recipient:
    """Return a reader who is granted nothing any more: of a group its epoch, though it is over."""
    if groups.is_group(reader):
        return groups.standing(session, reader).epoch
    return readers.known(session, reader)


def _revoked(
    session: Session, stream: Stream, reader: str, records: Iterable[str], written: int
) -> RevokedRecords:
    memory = session.state.load().stream(stream.writer, stream.type)
    name = readers.name_of(session, reader)
    return RevokedRecords(stream, reader, name, tuple(records), written, reader in memory.readers)


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), MAX_ITEMS):
        yield list(ids[start : start + MAX_ITEMS])


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    return ", ".join(ids[:MOST_NAMED]) + more
