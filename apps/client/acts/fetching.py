"""Reading single records by their ids, whoever wrote them."""

from collections.abc import Callable, Iterable
from typing import Any

from ...envelope import encoding
from ...envelope.errors import EnvelopeError
from ...envelope.records import parse_record
from .. import endpoints
from ..errors import ClientError, NotFoundError, RollbackError, VerificationError
from ..session import Session, Stream
from ..trust import keyring, verified_manifests
from . import reading
from .opening import Opener
from .reading import ABOUT_ONE, Opened, Problem

MAX_ITEMS = endpoints.MAX_ITEMS


def fetch(
    session: Session,
    ids: Iterable[str],
    *,
    writer: str = "",
    on_problem: Problem | None = None,
    on_missing: Callable[[str], None] | None = None,
) -> list[Opened]:
    """Return the records with these ids, in order and each once: own ones, and those granted.

    An id says nothing of who wrote the record: anybody who is pinned and shares with this client
    may have, with the server's help. ``writer`` says who it has to be: a client id (its own
    records and those of its forms), or ``form:`` and an id.

    Each is verified as in a list, and refused at a lower revision than this client has read or
    written in this run. With ``on_problem`` one that fails is handed to it, without it the first
    failure is raised. ``on_missing`` is told of each that is not to be had; without it they raise
    NotFoundError. Raises UnpinnedError.
    """
    wanted = list(dict.fromkeys(encoding.uuid(id, "record id", "48") for id in ids))
    found, failed = _found(session, wanted, writer, on_problem)
    missing = [id for id in wanted if id not in found and id not in failed]
    if missing and on_missing is None:
        raise NotFoundError(missing)
    for id in missing:
        if on_missing is not None:
            on_missing(id)
    return [found[id] for id in wanted if id in found]


def there(session: Session, ids: Iterable[str]) -> list[Opened]:
    """Return those of the records with these ids that are to be had; see ``fetch``."""
    return fetch(session, ids, on_missing=lambda id: None)


def is_own(session: Session, record: Opened) -> bool:
    """Whether a record is this client's, or one of its forms'."""
    return _owner_of(session, record) == session.me.id


def _owner_of(session: Session, record: Opened) -> str:
    form = Stream(record.writer, record.type).form
    return verified_manifests.owner_of(session, form) if form else record.writer


def remember(session: Session, id: str, rev: int) -> None:
    """Keep in mind which revision a record has, at least."""
    session.verified.revisions[id] = max(rev, session.verified.revisions.get(id, 0))


def _found(
    session: Session, ids: list[str], writer: str, on_problem: Problem | None
) -> tuple[dict[str, Opened], set[str]]:
    """Return the records by their ids, and the ids of those that failed."""
    found, failed = dict[str, Opened](), set[str]()

    def fails(id: str, error: ClientError) -> None:
        if on_problem is None or not isinstance(error, ABOUT_ONE):
            raise error
        failed.add(id)
        on_problem(error)

    for start in range(0, len(ids), MAX_ITEMS):
        some = ids[start : start + MAX_ITEMS]
        items_found = reading.fetch_some(session, some)
        for stream, items in _by_stream(items_found, set(some), fails).items():
            opener = _opener(session, stream)
            for one in reading.open_items(items, stream, opener, {}):
                id = reading.claimed_id(one.item)
                try:
                    if one.error is not None:
                        raise one.error
                    if one.opened is not None:
                        check_writer(session, one.opened, writer)
                        check_not_older(session, one.opened)
                        found[id] = one.opened
                except ClientError as error:
                    fails(id, error)
    return {id: one for id, one in found.items() if id not in failed}, failed


def _opener(session: Session, stream: Stream) -> Opener:
    grants = keyring.incoming(session, writer=stream.writer, type=stream.type)
    opener = reading.opener_of(session, stream, grants.get(stream, []))
    if opener is None:  # which is so only where one writer is asked for
        raise VerificationError(f"nobody may grant {stream}", code="mismatch")
    return opener


def check_writer(session: Session, record: Opened, writer: str) -> None:
    """Refuse a record of somebody else than was asked for; "" asks for nobody."""
    if writer not in {"", record.writer, _owner_of(session, record)}:
        raise VerificationError(
            f"record {record.id} is not by {writer}, who was asked for",
            code="mismatch",
            record=record.id,
            hint=f"it is by {record.writer}",
        )


def _by_stream(items: Iterable[Any], ids: set[str], fails: Any) -> dict[Stream, list[Any]]:
    """Sort records by the stream that they claim to be of; each has an id that was asked for."""
    streams: dict[Stream, list[Any]] = {}
    for item in items:
        id = reading.claimed_id(item)
        if id not in ids:
            raise VerificationError(
                f"the server answers with record {id or 'without an id'}, which was not asked for",
                code="mismatch",
                record=id,
            )
        try:
            record = parse_record(item["record"])
        except EnvelopeError as error:
            fails(id, VerificationError(f"record {id}: {error}", code=error.code, record=id))
        else:
            streams.setdefault(Stream(record.writer, record.type), []).append(item)
    return streams


def check_not_older(session: Session, record: Opened) -> None:
    """Refuse a record at a lower revision than it was seen at in this run (§11, 11)."""
    if record.rev < session.verified.revisions.get(record.id, 0):
        raise RollbackError(
            f"record {record.id} came at revision {record.rev}, which this client saw replaced",
            record=record.id,
        )
    remember(session, record.id, record.rev)
