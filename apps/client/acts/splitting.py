"""Splitting records of one type into unlinkable ones of others (docs/protocol.md §4, "Split ids").

A run that is repeated writes the same ids: what is there and equal is left alone,
what differs becomes the next revision, what was deleted stays deleted.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...envelope.errors import LimitError
from .. import endpoints
from ..errors import ApiRefused, ClientError, VerificationError
from ..session import Session, Stream
from ..trust import keyring
from ..trust.keyring import Keyring
from . import reading
from .opening import ClientRecords
from .reading import Opened, Problem
from .split_rules import Rules, check_known
from .writing import MAX_ITEMS, New, Status, Writer, roomed

Progress = Callable[[str, int, int], None]

# Not a secret, but it must not be guessed either: in what order records are written.
shuffle = random.SystemRandom().shuffle


@dataclass
class Tally:
    """What became of the targets of one type."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0


@dataclass
class Split:
    """What a run did: sources read, sources that failed, and a tally for each type."""

    sources: int = 0
    failed: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)


def split(
    session: Session,
    writer: Writer,
    rules: Rules,
    *,
    dry_run: bool = False,
    allow_empty: bool = False,
    on_problem: Problem | None = None,
    progress: Progress = lambda step, done, total: None,
) -> Split:
    """Write each own record of the source type, and each of own forms, as its targets.

    All sources are read before anything is written, so that a field that the rules
    forgot, or misspelt, stops the run at once. ``progress`` is told (step, done, total; 0 for
    unknown). Raises RulesError, ClientError.
    """
    result = Split()
    wanted = _wanted(session, rules, result, on_problem, progress, allow_empty=allow_empty)
    for type in rules.targets:
        result.tallies[type] = tally = Tally()
        due = list(_due(session, type, wanted[type], tally, progress))
        shuffle(due)
        _write(writer, type, due, tally, progress, dry_run=dry_run)
    return result


def _wanted(
    session: Session,
    rules: Rules,
    result: Split,
    on_problem: Problem | None,
    progress: Progress,
    *,
    allow_empty: bool,
) -> dict[str, list[New]]:
    """Read all sources and return the targets that should exist, by type."""

    def failed(error: ClientError) -> None:
        result.failed += 1
        if on_problem is None:
            raise error
        on_problem(error)

    wanted: dict[str, list[New]] = {type: [] for type in rules.targets}
    names: set[str] = set()
    for record in reading.read_own(
        session, type=rules.source, allow_empty=allow_empty, on_problem=failed
    ):
        result.sources += 1
        names.update(record.data)
        for type, fields in rules.apply(roomed(record.data, record.rooms)).items():
            wanted[type].append(New(session.keys.split_id(record.id, type), fields))
        progress(f"reading {rules.source}", result.sources, 0)
    if result.sources:
        check_known(rules, names)
    return wanted


def _due(
    session: Session, type: str, wanted: list[New], tally: Tally, progress: Progress
) -> Iterator[New]:
    """Yield what has to be written: all but the targets that exist and are equal."""
    for start in range(0, len(wanted), MAX_ITEMS):
        some = wanted[start : start + MAX_ITEMS]
        existing = lookup(session, type, [target.id for target in some])
        for target in some:
            found = existing.get(target.id)
            if found is None:
                yield target
            elif found.data == target.values:
                tally.unchanged += 1
            else:
                yield target._replace(rev=found.rev + 1)
        progress(f"comparing {type}", start + len(some), len(wanted))


def _write(
    writer: Writer,
    type: str,
    due: list[New],
    tally: Tally,
    progress: Progress,
    *,
    dry_run: bool,
) -> None:
    new = [one for one in due if one.rev == 1]
    changed = [one for one in due if one.rev > 1]
    if dry_run:
        tally.created, tally.updated = len(new), len(changed)
        return
    done = 0

    def written(count: int) -> None:
        nonlocal done
        done += count
        progress(f"writing {type}", done, len(due))

    for id, status in writer.create(type, new, written).items():
        check_written(id, type, status)
        tally.created += status is not Status.DELETED
        tally.deleted += status is Status.DELETED
    writer.update(type, changed, written)
    tally.updated = len(changed)


def check_written(id: str, type: str, status: Status) -> None:
    """Refuse a target that the server said was not there, and then that it was."""
    if status is Status.CONFLICT:
        raise VerificationError(
            f"record {id} of {type} was not to be found, and could not be written either",
            code="mismatch",
            record=id,
            hint="another run may be splitting at the same time: run it again",
        )


def lookup(session: Session, type: str, ids: list[str]) -> dict[str, Opened]:
    """Return those of these own records that exist, verified and opened, by id."""
    stream = Stream(session.me.id, type)
    items = _fetch(session, ids)
    if not items:
        return {}
    grants = keyring.incoming(session, writer=stream.writer, type=type).get(stream, [])
    opener = ClientRecords(Keyring(session, stream, grants, session.me), session.me)
    found: dict[str, Opened] = {}
    for one in reading.open_items(items, stream, opener, {}):
        if one.error is not None:
            raise one.error
        if one.opened is not None:
            found[one.opened.id] = one.opened
    return {id: found[id] for id in ids if id in found}


def _fetch(session: Session, ids: list[str]) -> tuple[Any, ...]:
    """Ask for records, for fewer at a time where they are too large for one answer."""
    try:
        items: tuple[Any, ...] = session.api.call(endpoints.LOOK_UP, body={"ids": ids})["items"]
    except ApiRefused as error:
        if error.code != LimitError.code or len(ids) == 1:
            raise
        half = len(ids) // 2
        return _fetch(session, ids[:half]) + _fetch(session, ids[half:])
    if len(items) > len(ids):
        raise VerificationError("the server answers with more records than asked", code="limit")
    return items
