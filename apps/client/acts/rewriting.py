"""Writing own records anew, as they are, under the generation in force (docs/protocol.md §7).

What somebody downloaded before she keeps. What is written anew she cannot open, even if the server
shows it to her: it has new data keys, under an access key that she never had.

Nothing is written under a closed generation, and an updated record moves to the end of its lane. So
those that are still under an older one stand in front of all others of their lane, and a run that
ended anywhere finds what is left without reading the rest.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from ...envelope.errors import EnvelopeError
from ...envelope.records import parse_record
from .. import endpoints
from ..api import News
from ..errors import ApiRefused, ClientError, VerificationError
from ..session import Session, Stream
from ..trust import single_grants
from ..trust.generations import Generation
from ..trust.single_grants import Standing
from . import reading
from .reading import ABOUT_ONE, Opened, Problem
from .writing import MAX_ITEMS, New, Writer, open_generation, roomed

LANES = 16
PASSES = 3
MOST_REFUSED = 20
"""How often in a row the server may say that records have changed meanwhile."""

MOST_AGE = 20
"""After how many requests a long list of grants of single records is asked for again."""

MOVED = {"revision_conflict", "record_deleted", "not_found"}
"""What the server says where another run came before."""

Progress = Callable[[str, int, int], None]


@dataclass
class Rewritten:
    """What a run did: how many records it wrote, under which generation, and how many it left.

    ``failed`` failed verification, ``stolen`` are signed by a stolen key alone: signed anew, nobody
    could tell any more.
    """

    stream: Stream
    generation: int = 0
    written: int = 0
    failed: int = 0
    stolen: int = 0


def rewrite_all(
    session: Session,
    writer: Writer,
    stream: Stream,
    *,
    above: int = 0,
    on_problem: Problem | None = None,
    progress: Progress = lambda step, done, total: None,
) -> Rewritten:
    """Write each own record that is under another key than the one in force anew under that.

    ``above`` is the last generation whose key others may have: none of it is written under. Lane by
    lane, and in each in the order of ids, which says nothing of when they came. Raises ClientError.
    """
    result = Rewritten(stream)
    for _ in range(PASSES):
        generation = in_force(session, writer, stream, above)
        result.generation, result.failed, result.stolen = generation.gen, 0, 0
        for lane in range(LANES):
            due = under_others(session, stream, generation, lane)

            def told(more: int) -> None:
                result.written += more
                progress(f"encrypting {stream.type} anew", result.written, 0)

            rewrite(session, writer, stream, due, result=result, on_problem=on_problem, told=told)
        if in_force(session, writer, stream, above).gen == generation.gen:
            return result
    return result


def in_force(session: Session, writer: Writer, stream: Stream, above: int) -> Generation:
    """Return the open generation, which is above the last one whose key others may have."""
    open_generation(session, stream, above=above)
    writer.forget(stream.type)
    generation = writer.in_force(stream.type)
    check_later(generation, stream, above)
    return generation


def check_later(generation: Generation, stream: Stream, above: int) -> None:
    """Refuse to write anew under a key that others may have."""
    if generation.gen <= above:
        raise VerificationError(
            f"generation {generation.gen} of {stream} is not after {above}", code="mismatch"
        )


def under_others(
    session: Session, stream: Stream, generation: Generation, lane: int
) -> dict[str, int]:
    """Return the ids of one lane's records that are under another key, with their revisions.

    Nothing of them is believed yet. The list is read as far as a page has any.
    """
    found: dict[str, int] = {}
    news = News()
    asked = {"writer": stream.writer, "type": stream.type, "shard": f"{lane}/{LANES}"}
    for page in session.api.pages(endpoints.LIST_RECORDS, news, **asked):
        goes_on = not page
        for item in page:
            try:
                record = parse_record(item["record"])
            except (EnvelopeError, LookupError, TypeError):
                if id := reading.claimed_id(item):
                    found.setdefault(id, 0)  # named when it is looked up
                continue
            if record.akid != generation.akid:
                found[record.id] = max(record.rev, found.get(record.id, 0))
                goes_on = True
        news.count = len(found)
        if not goes_on:
            break
    return dict(sorted(found.items()))


def rewrite(
    session: Session,
    writer: Writer,
    stream: Stream,
    due: Mapping[str, int],
    *,
    result: Rewritten | None = None,
    on_problem: Problem | None = None,
    told: Callable[[int], None] = lambda more: None,
) -> None:
    """Write these records anew unless they are under the key in force, as they are now.

    ``due`` has the least revision that each must have. What another run changed meanwhile is read
    again. Raises ApiRefused where that does not end.
    """
    result = result or Rewritten(stream)
    left, size, refused, said = list(due), MAX_ITEMS, 0, set[str]()
    standing: Standing = {}
    age = MOST_AGE

    def problem(error: ClientError, id: str) -> None:
        if on_problem is None:
            raise error
        if id not in said:
            said.add(id)
            result.failed += 1
            on_problem(error)

    while left:
        some = left[:size]
        in_force = writer.in_force(stream.type).akid
        new: list[New] = []
        for one in _as_they_are(session, stream, some, due, problem):
            if one.akid == in_force:
                continue
            if one.stolen:
                result.stolen += one.id not in said
                said.add(one.id)
                continue
            fields = roomed(one.data, one.rooms)
            new.append(New(one.id, fields, one.rev + 1, one.meta, one.akid))
        new.sort(key=attrgetter("id"))  # whatever the order of the answer was
        if age >= MOST_AGE or len(standing) < MAX_ITEMS:
            standing, age = single_grants.standing(session, stream), 0
        age += 1
        try:
            writer.update(stream.type, new, told, standing=standing)
        except ApiRefused as error:
            refused += 1
            if error.code not in MOVED or refused > MOST_REFUSED:
                raise
            size = max(1, len(some) // 4)  # fewer at a time: another run is changing some of them
            continue
        left, size, refused = left[len(some) :], MAX_ITEMS, 0


def _as_they_are(
    session: Session,
    stream: Stream,
    ids: list[str],
    due: Mapping[str, int],
    problem: Callable[[ClientError, str], None],
) -> Iterator[Opened]:
    """Yield those of these records that exist and can be trusted; ``problem`` takes the others."""
    opener = reading.own_opener(session, stream)
    for one in reading.open_items(reading.fetch_some(session, ids), stream, opener, {}):
        try:
            if one.error is not None:
                raise one.error
            if one.opened is None:
                continue
            reading.check_named(one.opened.id, ids)
            reading.check_not_older(one.opened, due)
        except ABOUT_ONE as error:
            problem(error, reading.claimed_id(one.item))
            continue
        yield one.opened
