"""Writing records under ids that are known before, so that a run can be repeated.

What was written before is compared with what is there: the same is left alone, and what differs
is told. Ids come with the records, or follow from the name of a run (docs/protocol.md §4).
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from ...envelope import encoding
from ...envelope.keys import run_source
from ..errors import NotWrittenError, VerificationError
from ..near_names import meant
from ..session import Session, Stream
from ..trust import generations
from . import fetching, overview
from .reading import Opened
from .writing import MAX_ITEMS, New, Status, Writer, has_contents

MAX_RUN = 64
BEGIN = "--new-type begins a type"


class Outcome(StrEnum):
    """What became of a record that was to be written."""

    CREATED = "created"
    EXISTING = "existing"
    DIFFERS = "differs"
    DELETED = "deleted"
    TAKEN = "taken"


MEANING = {
    Outcome.DIFFERS: "a record with this id and other contents is there",
    Outcome.DELETED: "the record with this id was deleted",
    Outcome.TAKEN: "another client, or another type, has a record with this id",
}
"""Of those that mean that it was not written."""


def store(
    session: Session, writer: Writer, type: str, new: Sequence[New]
) -> Iterator[tuple[str, Outcome]]:
    """Write records of distinct ids; yield what became of each, in order, once that is known.

    One that is there with the same contents is EXISTING, whoever wrote it: an earlier run of this
    client. Raises ClientError; what was yielded is stored.
    """
    done = 0
    while done < len(new):
        some = writer.create_some(type, new[done:])
        taken = [id for id, status in some.items() if status is Status.CONFLICT]
        held = {one.id: one for one in fetching.there(session, taken)} if taken else {}
        for one in new[done : done + len(some)]:
            yield one.id, _outcome(session, type, one, some[one.id], held.get(one.id))
        done += len(some)


def _outcome(session: Session, type: str, new: New, status: Status, held: Opened | None) -> Outcome:
    if status is Status.DELETED:
        return Outcome.DELETED
    if status is not Status.CONFLICT:
        fetching.remember(session, new.id, 1)
        return Outcome.CREATED if status is Status.CREATED else Outcome.EXISTING
    if held is None or (held.writer, held.type) != (session.me.id, type):
        return Outcome.TAKEN
    return Outcome.EXISTING if has_contents(held, new) else Outcome.DIFFERS


def check_stored(id: str, outcome: Outcome) -> None:
    """Refuse what cannot become of a record under an id that was drawn at random a moment ago."""
    if outcome in MEANING:
        raise VerificationError(
            f"the server says that the fresh id {id} is taken", code="mismatch", record=id
        )


def columns(session: Session, type: str, *, new: bool) -> set[str]:
    """Return the fields that this machine has written of an own type.

    A type of which nothing was written, on no machine, is taken for misspelt, unless it is ``new``.
    Raises NotWrittenError.
    """
    written = overview.written(session)
    if type in written:
        return set(written[type])
    stream = Stream(session.me.id, encoding.name(type, "type"))
    if not new and not generations.known(session, stream):
        has = f"this client has: {', '.join(sorted(written))}" if written else ""
        raise NotWrittenError(
            f"nothing of type {type} was written by this client so far, and nothing was now",
            hint="; ".join(filter(None, [meant([type], written), has, BEGIN])),
        )
    return set()


def run_ids(session: Session, type: str, run: str, numbers: Sequence[int]) -> list[str]:
    """Return the ids of these records of a named run: the same whenever it is repeated.

    Where keys were stolen since the run began, a record keeps the id that it has (§4).
    Raises MalformedError for a name that is none.
    """
    encoding.visible(run, "the name of a run", MAX_RUN)
    keys = session.keys
    sources = [run_source(run, number) for number in numbers]
    ids = [keys.split_id(source, type) for source in sources]
    former = {
        id: n for n, source in enumerate(sources) for id in keys.former_split_ids(source, type)
    }
    for start in range(0, len(former), MAX_ITEMS):
        for one in fetching.there(session, list(former)[start : start + MAX_ITEMS]):
            ids[former[one.id]] = one.id
    return ids
