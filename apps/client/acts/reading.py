"""Reading: own records, those of forms, and what others shared, page by page."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from ...envelope import encoding
from ...envelope.encoding import FORM, members
from ...envelope.errors import EnvelopeError, LimitError
from ...envelope.grants import Grant
from ...envelope.keys import Card
from ...envelope.records import META, NO_META, Meta, Record, parse_record
from .. import endpoints
from ..api import News
from ..days import served_time
from ..errors import (
    ApiRefused,
    ClientError,
    NotReadError,
    RollbackError,
    UnpinnedError,
    UsageError,
    VerificationError,
)
from ..near_names import meant
from ..session import Rooms, Session, Stream
from ..trust import generations, keyring, pins, verified_manifests
from ..trust.keyring import Keyring
from . import overview, own_forms
from .opening import ClientRecords, Data, FormRecords, Opener, Problems, Unlocked

MOST_BAD = 10_000
ABOUT_ONE = (VerificationError, ApiRefused)
"""Errors that leave the other records of a page as they are."""

Problem = Callable[[ClientError], None]

Seen = dict[bytes, int]
"""By the 16 bytes of its id, the revision of each record that came by << 64 | a mark of its bytes.

All that is kept of a record for as long as its list is read, so it is kept small.
"""

MARK = (1 << 64) - 1

ALLOW = "--allow-empty takes nothing for an answer"


class Opened(NamedTuple):
    """A record that was verified and opened; ``data`` has the fields that were granted.

    ``writer`` is a client id, or ``form:`` and a form id; ``stored`` is what the
    server says of when it came: a time, or for other readers than the owner a day.
    ``problems`` names the fields whose values break the rules of the form, which
    nobody but the visitor's own browser enforces (docs/protocol.md §8); ``rooms`` is for
    who seals the values again. What is ``stolen`` may be by a thief of its writer's, or its form's
    owner's, old keys. ``meta`` is what the writer said in plaintext, which others see too; ``akid``
    names the access key (32 bytes) that it is sealed under.
    """

    id: str
    writer: str
    type: str
    rev: int
    stored: str
    data: Data
    problems: Problems
    rooms: Rooms
    stolen: bool = False
    meta: Meta = NO_META
    akid: bytes = b""


def read(
    session: Session,
    *,
    type: str,
    writer: str = "",
    form: str = "",
    meta: Meta = NO_META,
    allow_empty: bool = False,
    on_problem: Problem | None = None,
) -> Iterator[Opened]:
    """Yield all records of a type that this client may read, or those that say all of ``meta``.

    ``writer`` is a client id (its own records and those of its forms) or ``form:``
    and an id, ``form`` the slug or id of one form; without them, everything from
    writers that are pinned. No record of a form has meta. With ``on_problem`` a record that fails
    is handed to it and the rest go on; without it the first failure is raised. Raises
    UnpinnedError if ``writer`` is not pinned, or if nothing but the unpinned could be read;
    NotReadError if nothing of the type is granted to this client, unless ``allow_empty``.
    """
    encoding.name(type, "type")
    if meta:
        META.read(dict(meta))
        check_can_have_meta(of_form=bool(form) or writer.startswith(FORM))
    strangers: list[UnpinnedError] = []
    found = granted = of_form = False
    for stream, grants in _streams(session, type=type, writer=writer, form=form):
        if meta and stream.form:
            of_form = True
            continue
        try:
            opener = opener_of(session, stream, grants, writer)
        except UnpinnedError as error:
            strangers.append(error)
            continue
        if opener is None:
            continue
        granted = True
        for opened in read_stream(session, stream, opener, on_problem, meta):
            found = True
            yield opened
    if not writer:
        _tell_of_strangers(session, strangers, insist=bool(form) or not found)
    if not (granted or strangers or allow_empty):
        check_can_have_meta(of_form=of_form)
        raise _not_read(session, type=type, writer=writer)


def check_can_have_meta(*, of_form: bool) -> None:
    """Refuse to look for meta where there is none."""
    if of_form:
        raise UsageError(
            "what visitors send has no meta",
            hint="read the form's records without it; `split` may give meta to what it writes",
        )


def read_own(
    session: Session,
    *,
    type: str,
    allow_empty: bool = False,
    on_problem: Problem | None = None,
) -> Iterator[Opened]:
    """Yield this client's own records of a type, and those of its own forms."""
    return read(
        session, type=type, writer=session.me.id, allow_empty=allow_empty, on_problem=on_problem
    )


def own_streams(session: Session, type: str) -> list[Stream]:
    """Return where ``read_own`` reads: own records, and those of own forms."""
    me, found = session.me.id, []
    for stream, _ in _streams(session, type=type, writer=me, form=""):
        with suppress(UnpinnedError):  # whose form that is, nobody here can know
            if me in {
                stream.writer,
                stream.form and verified_manifests.owner_of(session, stream.form),
            }:
                found.append(stream)
    return found


def field_names(session: Session, streams: Iterable[Stream]) -> Iterator[set[str]]:
    """Yield the names of fields that pages of records have, before anything of them is believed."""
    for stream in streams:
        news, seen = News(), set[str]()
        asked = {"writer": stream.writer, "type": stream.type}
        for page in session.api.pages(endpoints.LIST_RECORDS, news, **asked):
            names = set[str]()
            for item in page:
                with suppress(EnvelopeError):  # told of when it is read
                    members(item, ("stored", "record"), "an item")
                    record = parse_record(item["record"])
                    seen.add(record.id)
                    names |= record.names
            news.count = len(seen)
            yield names


def _not_read(session: Session, *, type: str, writer: str) -> NotReadError:
    """Say what this client reads instead, and what was probably meant."""
    readable = overview.readable_types(session, writer)
    if writer == session.me.id:
        message = f"this client has nothing of its own of type {type}, nor has a form of it"
    elif writer and not writer.startswith(FORM):
        whose = pins.name_of(session, writer) or writer
        message = f"{whose} shares no {type} with this client (any more)"
    else:
        message = f"this client reads nothing of type {type}"
    said = meant([type], readable)
    whence = "there" if writer else "so far"
    reads = f"it reads: {', '.join(readable)}" if readable else f"it reads nothing {whence}"
    return NotReadError(message, hint="; ".join(filter(None, [said, reads, ALLOW])))


def read_stream(
    session: Session,
    stream: Stream,
    opener: Opener,
    on_problem: Problem | None = None,
    meta: Meta = NO_META,
) -> Iterator[Opened]:
    """Yield the records of one stream, each at its latest revision when it came by.

    With ``meta`` the server is asked for those that say so, and only those are taken. A record
    that fails is told of once. Raises VerificationError if too many of a client's do.
    """
    news, seen, failed = News(), Seen(), set[str]()
    in_a_row = 0
    asked: dict[str, Any] = {"writer": stream.writer, "type": stream.type}
    if meta:
        pages = session.api.pages(endpoints.QUERY_RECORDS, news, **asked, meta=dict(meta))
    else:
        pages = session.api.pages(endpoints.LIST_RECORDS, news, **asked)
    for page in pages:
        for one in open_items(page, stream, opener, seen, meta):
            if one.error is not None:
                if on_problem is None or not isinstance(one.error, ABOUT_ONE):
                    raise one.error
                id = claimed_id(one.item)
                if id not in failed:
                    news.count += bool(id)  # what has no id may be the same for ever
                    failed.add(id)
                    on_problem(one.error)
                in_a_row += 1
                check_some_are_good(in_a_row, stream)
                continue
            in_a_row = 0
            if one.opened is not None:
                news.count += 1
                yield one.opened


def check_some_are_good(in_a_row: int, stream: Stream) -> None:
    """Refuse a client's stream of nothing but bad records: only the server can have made them.

    Those of a form may have come from anybody, who must not end the reading of the others.
    """
    if in_a_row > MOST_BAD and not stream.form:
        raise VerificationError(
            f"more than {MOST_BAD:,} records of {stream} in a row failed verification",
            code="limit",
        )


@dataclass(slots=True)
class Item:
    """A listed record on its way: ``opened``, or the ``error`` that ended it.

    Neither if exactly it came by before.
    """

    item: Any
    record: Record = field(init=False)
    unlocked: Unlocked = field(init=False)
    opened: Opened | None = None
    error: ClientError | None = None


def open_items(
    items: Iterable[Any], stream: Stream, opener: Opener, seen: Seen, meta: Meta = NO_META
) -> Sequence[Item]:
    """Verify and open listed records, which have to say ``meta``.

    Each step is taken by all of them before the next: a page in which each record takes all steps
    costs a sixth more, as if the processor had to fetch the code of each step for each record anew
    (tests/benchmarks/extract.py).
    """
    due = list(map(Item, items))
    for step in (partial(_parse, stream, meta), partial(_unlock, opener), partial(_open, seen)):
        for number, one in enumerate(due):
            if one.error is None:
                try:
                    step(one)
                except (ClientError, EnvelopeError) as error:
                    one.error = _told_of(error, one.item, stream)
                    if not isinstance(one.error, ABOUT_ONE):
                        del due[number + 1 :]  # a server that is away is not asked for each of them
                        break
    return due


def _parse(stream: Stream, meta: Meta, one: Item) -> None:
    members(one.item, ("stored", "record"), "an item")
    one.record = parse_record(one.item["record"])
    check_asked_for(one.record, stream)
    if meta:
        check_says(one.record, meta)


def _unlock(opener: Opener, one: Item) -> None:
    one.unlocked = opener.unlock(one.record)


def _open(seen: Seen, one: Item) -> None:
    record, contents = one.record, one.unlocked()
    if is_news(record, seen):
        stored = served_time(one.item["stored"])
        about = (record.id, record.writer, record.type, record.rev)
        one.opened = Opened(*about, stored, *contents, meta=record.meta, akid=record.akid)


def _told_of(error: ClientError | EnvelopeError, item: Any, stream: Stream) -> ClientError:
    """Return the error as one that says which record it is about, if it is about one."""
    if isinstance(error, VerificationError) and error.record:
        return error
    if isinstance(error, (EnvelopeError, VerificationError, ApiRefused)):
        named = naming(error, claimed_id(item), stream)
        named.__cause__ = error
        return named
    return error


def naming(
    error: EnvelopeError | VerificationError | ApiRefused, id: str, stream: Stream
) -> VerificationError | ApiRefused:
    """Return an error that also says which record it is about: its manifest may be to blame."""
    what = f"record {id or 'without an id'} of {stream}: {error}"
    if isinstance(error, RollbackError):
        return RollbackError(what, record=id, hint=error.hint)
    if isinstance(error, ApiRefused):
        return ApiRefused(what, code=error.code, status=error.status, hint=error.hint)
    hint = error.hint if isinstance(error, VerificationError) else ""
    return VerificationError(what, code=error.code, record=id, hint=hint)


def check_asked_for(record: Record, stream: Stream) -> None:
    """Refuse a record of another writer or type than was asked for (docs/protocol.md §11, 7)."""
    if record.writer != stream.writer or record.type != stream.type:
        raise VerificationError(
            f"the server put record {record.id} into {stream}, where it does not belong",
            code="mismatch",
            record=record.id,
        )


def check_says(record: Record, meta: Meta) -> None:
    """Refuse an answer to a query that is none: a record that says something else (§10)."""
    if not meta.items() <= record.meta.items():
        raise VerificationError(
            f"the server answers with record {record.id}, whose meta is not what was asked for",
            code="mismatch",
            record=record.id,
        )


def is_news(record: Record, seen: Seen) -> bool:
    """Whether this revision did not come by yet; refuses an older or altered one (§11, 11)."""
    # Python's keyed hash: it only has to tell apart what the server could not have prepared.
    mark = hash((record.sig, record.ak, *record.fields.items(), *record.hidden.items())) & MARK
    id = bytes.fromhex(record.id.replace("-", ""))
    held = seen.get(id, 0)
    rev, known = held >> 64, held & MARK
    if record.rev < rev or (record.rev == rev and mark != known):
        raise RollbackError(
            f"record {record.id} came at revision {rev}, then older or altered", record=record.id
        )
    seen[id] = record.rev << 64 | mark
    return record.rev > rev


def claimed_id(item: Any) -> str:
    """Return a record's id for messages, before anything of it is believed; "" for none."""
    try:
        return encoding.uuid(item["record"]["id"], "id", "48")
    except (EnvelopeError, LookupError, TypeError):
        return ""


def _streams(
    session: Session, *, type: str, writer: str, form: str
) -> Iterator[tuple[Stream, list[Grant]]]:
    """Yield what was granted to this client, its own first; clients are filtered later."""
    only = FORM + own_forms.form_id(session, form) if form else ""
    if writer.startswith(FORM):
        only = encoding.writer(writer)
    elif writer:
        pins.pinned_fingerprint(session, encoding.uuid(writer, "writer"))
    found = keyring.incoming(session, writer=only, type=type)
    wanted = [one for one in found if one.type == type and only in {"", one.writer}]
    for stream in sorted(wanted, key=lambda one: (one.writer != session.me.id, one)):
        yield stream, found[stream]


def opener_of(
    session: Session, stream: Stream, grants: list[Grant], writer: str = ""
) -> Opener | None:
    """Return what opens a stream, with the card of who may grant there.

    None if it is not by ``writer``, where one was asked for. Raises UnpinnedError.
    """
    granter = verified_manifests.owner_of(session, stream.form) if stream.form else stream.writer
    if writer not in {"", granter, stream.writer}:
        return None
    card = pins.known_card(session, granter)
    if not stream.form:
        return of_client(session, Keyring(session, stream, grants, card), card)
    before = generations.former_owners(session, stream).cards
    own = [one.card for one in session.former]  # of a form that was handed over since
    ring = Keyring(session, stream, grants, card, *before, *own)
    return FormRecords(session, stream.form, ring)


def of_client(session: Session, ring: Keyring, card: Card) -> ClientRecords:
    """Return what opens a client's records, those of before its last rotation, too."""
    is_own = card.id == session.me.id
    changed = session.former if is_own else pins.known_cards(session, card.id).earlier
    earlier = pins.earlier_cards(session, card.id) if changed else ()
    return ClientRecords(ring, card, earlier)


def own_opener(session: Session, stream: Stream) -> Opener:
    """Return what opens an own stream: this client's, or one of its forms'.

    Raises UsageError for a form of somebody else.
    """
    grants = keyring.incoming(session, writer=stream.writer, type=stream.type).get(stream, [])
    if stream.form and verified_manifests.owner_of(session, stream.form) != session.me.id:
        raise UsageError(f"this client does not own the form {stream.form}")
    opener = opener_of(session, stream, grants)
    if opener is None:
        raise AssertionError("an opener without a writer asked for is always made")
    return opener


def lookup(session: Session, type: str, ids: list[str]) -> dict[str, Opened]:
    """Return those of these own records that exist, verified and opened, by id."""
    stream = Stream(session.me.id, type)
    items = fetch_some(session, ids)
    if not items:
        return {}
    found: dict[str, Opened] = {}
    for one in open_items(items, stream, own_opener(session, stream), {}):
        if one.error is not None:
            raise one.error
        if one.opened is not None:
            found[one.opened.id] = one.opened
    return {id: found[id] for id in ids if id in found}


def fetch_some(session: Session, ids: list[str]) -> tuple[Any, ...]:
    """Ask for records, for fewer at a time where they are too large for one answer."""
    try:
        items: tuple[Any, ...] = session.api.call(endpoints.LOOK_UP, body={"ids": ids})["items"]
    except ApiRefused as error:
        if error.code != LimitError.code or len(ids) == 1:
            raise
        half = len(ids) // 2
        return fetch_some(session, ids[:half]) + fetch_some(session, ids[half:])
    if len(items) > len(ids):
        raise VerificationError("the server answers with more records than asked", code="limit")
    return items


def check_named(id: str, ids: Iterable[str]) -> None:
    """Refuse a record that was not asked for."""
    if id not in ids:
        raise VerificationError(
            f"the server answers with record {id}, which was not asked for", code="mismatch"
        )


def check_not_older(record: Opened, least: Mapping[str, int]) -> None:
    """Refuse a record at an earlier revision than it was seen at: those values were replaced."""
    if record.rev < least[record.id]:
        raise RollbackError(
            f"record {record.id} came at revision {record.rev}, and was at {least[record.id]} "
            "before",
            record=record.id,
        )


def count(
    session: Session, stream: Stream, progress: Callable[[int], None] = lambda done: None
) -> int:
    """Return how many records of a stream the server lists; none of them is opened.

    Ids are kept for a lane at a time, so that one that moved meanwhile counts once.
    """
    news, done, lane, seen = News(), 0, "", set[bytes]()
    for page in session.api.pages(
        endpoints.LIST_RECORDS, news, writer=stream.writer, type=stream.type
    ):
        for item in page:
            id = claimed_id(item)
            if id[:1] != lane:
                lane, done, seen = id[:1], done + len(seen), set()
            seen.add(bytes.fromhex(id.replace("-", "")))
        news.count = done + len(seen)
        progress(news.count)
    return done + len(seen)


def _tell_of_strangers(session: Session, strangers: list[UnpinnedError], *, insist: bool) -> None:
    if strangers and insist:
        raise strangers[0]
    for stranger in strangers:
        session.notify(f"{stranger}: what it shares was not read")
