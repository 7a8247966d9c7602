"""Splitting records of one type into unlinkable ones of others (docs/protocol.md §4, "Split ids").

A run that is repeated writes the same ids: what is there and equal is left alone,
what differs becomes the next revision, what was deleted stays deleted. So a run may end at any
point, and two may run at once.

Sources are read, compared and written in windows: what is at hand at a time does not grow with the
number of records, and which targets belong together is hidden among those of a window
(docs/threat-model.md).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from ...envelope.records import Meta
from ..errors import ApiRefused, ClientError, VerificationError
from ..session import Session, Stream
from ..trust import verified_manifests
from . import reading
from .reading import Problem
from .split_rules import Rules, check_complete, check_known
from .writing import MAX_ITEMS, New, Roomed, Status, Writer, has_contents, roomed

Progress = Callable[[str, int, int], None]
Targets = dict[str, New]
"""What one source becomes, by type."""

T = TypeVar("T")

WINDOW = 2_000
ROUNDS = 3
MOVED = {"record_conflict", "revision_conflict", "record_deleted", "not_found"}
"""What the server says where another run came before with the same targets."""


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

    The rules are checked against the manifests of the forms before anything is read, and against
    the fields of each window before anything of it is written, so that a field that they forgot,
    or misspelt, stops the run at once. ``progress`` is told (step, done, total; 0 for unknown).
    Raises RulesError, ClientError.
    """
    check_rules(session, rules)
    for warning in rules.links:
        session.notify(warning)
    run = _Run(session, writer, rules, progress)
    sources = run.read(allow_empty=allow_empty, on_problem=on_problem)
    for window in windows(run.due(sources), WINDOW):
        for type in rules.targets:
            run.write(type, in_order(window, type), dry_run=dry_run)
    return run.result


def windows(items: Iterable[T], least: int) -> Iterator[list[T]]:
    """Yield lists of at least ``least`` items and less than twice as many, or of all there are."""
    window: list[T] = []
    for item in items:
        window.append(item)
        if len(window) == 2 * least:
            yield window[:least]
            del window[:least]
    if window:
        yield window


def in_order(window: Iterable[Targets], type: str) -> list[New]:
    """Return the targets of a type in the order of their ids.

    It says nothing that the ids do not say, and they say nothing to whoever has not the ids key:
    each type has an order of its own, the same whenever a run is repeated.
    """
    return sorted((one[type] for one in window if type in one), key=lambda target: target.id)


def check_rules(session: Session, rules: Rules) -> None:
    """Check the rules against the manifests of own forms; raises RulesError.

    A word that no manifest in force knows may be a field of an earlier one, or of records that
    this client wrote: then the names that records have are asked for, and nothing is opened.
    """
    streams = reading.own_streams(session, rules.source)
    forms = [one for one in streams if one.form]
    names = [_fields_in_force(session, stream) for stream in forms]
    known = set().union(*names, *(_columns(session, one) for one in streams))
    found = reading.field_names(session, streams)
    while not rules.named <= known and (more := next(found, None)) is not None:
        known |= more
    if known:
        check_known(rules, known)
    check_complete(rules, set().union(*names))


def _fields_in_force(session: Session, stream: Stream) -> set[str]:
    """Return the fields that a form sends to a type now; none if it collects nothing now."""
    try:
        manifest = verified_manifests.latest(session, stream.form)
    except ApiRefused:
        return set()
    return manifest.routes.get(stream.type, set())


def _columns(session: Session, stream: Stream) -> set[str]:
    return session.state.load().stream(stream.writer, stream.type).columns


class _Run:
    """One run, and what it has done so far."""

    def __init__(self, session: Session, writer: Writer, rules: Rules, progress: Progress) -> None:
        self._session = session
        self._writer = writer
        self._rules = rules
        self._progress = progress
        self._done: dict[str, int] = {}
        self._former: dict[str, list[str]] = {}
        self.result = Split(tallies={type: Tally() for type in rules.targets})

    def read(self, *, allow_empty: bool, on_problem: Problem | None) -> Iterator[Targets]:
        """Yield what each source should become; raises RulesError for a field without a rule."""

        def failed(error: ClientError) -> None:
            self.result.failed += 1
            if on_problem is None:
                raise error
            on_problem(error)

        rules = self._rules
        for record in reading.read_own(
            self._session, type=rules.source, allow_empty=allow_empty, on_problem=failed
        ):
            self.result.sources += 1
            fields = rules.apply(roomed(record.data, record.rooms))
            meta = rules.meta_of(record.data)
            yield {type: self._target(record.id, type, fields[type], meta[type]) for type in fields}
            self._tell_of_unsaid(meta)
            self._tell(f"reading {rules.source}", 1)

    def _tell_of_unsaid(self, meta: Mapping[str, Meta]) -> None:
        """Tell people once of each name of meta for which a source had no text to say."""
        for type, names in self._rules.meta.items():
            for name in names.keys() - meta[type].keys():
                self._session.tell_once(
                    f"some records of {self._rules.source} have nothing for meta `{name}` of "
                    f"{type}: only a text of 1 to 200 characters, all visible, can stand there"
                )

    def _target(self, source: str, type: str, fields: Mapping[str, Roomed], meta: Meta) -> New:
        keys = self._session.keys
        if former := keys.former_split_ids(source, type):
            self._former[keys.split_id(source, type)] = former
        return New(keys.split_id(source, type), fields, meta=meta)

    def due(self, sources: Iterable[Targets]) -> Iterator[Targets]:
        """Yield for each source what has to be written, if anything has.

        What is compared together is a window of its own: in what order the server is asked for
        targets, and for which of them at once, must not connect them either.
        """
        for found in windows(sources, WINDOW):
            window = self._as_written(found)
            due = {
                type: {one.id: one for one in self._changed(type, in_order(window, type))}
                for type in self._rules.targets
            }
            for source in window:
                targets = {
                    type: due[type][target.id]
                    for type, target in source.items()
                    if target.id in due[type]
                }
                if targets:
                    yield targets

    def _as_written(self, window: list[Targets]) -> list[Targets]:
        """Let targets that were written before a theft keep the ids that they have had since.

        Each is looked for under every earlier ids key (docs/protocol.md §4). What was deleted since
        is not to be found so, and is written anew.
        """
        if not self._former:
            return window
        for type in self._rules.targets:
            by_former = {
                id: source
                for source in window
                if type in source
                for id in self._former.pop(source[type].id, ())
            }
            ids = sorted(by_former)
            for start in range(0, len(ids), MAX_ITEMS):
                for id in reading.lookup(self._session, type, ids[start : start + MAX_ITEMS]):
                    by_former[id][type] = by_former[id][type]._replace(id=id)
        return window

    def write(self, type: str, due: Sequence[New], *, dry_run: bool) -> None:
        """Write targets of one type; what another run has written meanwhile is compared again."""
        tally = self.result.tallies[type]
        if dry_run:
            tally.created += sum(one.rev == 1 for one in due)
            tally.updated += sum(one.rev > 1 for one in due)
            return
        for _ in range(ROUNDS):
            done = self._send(type, due)
            due = [one for one in due if one.id not in done]
            if not due:
                return
            due = list(self._changed(type, due))
        check_written(type, due)

    def _send(self, type: str, due: Sequence[New]) -> set[str]:
        """Write new and changed targets; return the ids of all but those that others came to."""
        tally, done = self.result.tallies[type], set[str]()
        new = [one for one in due if one.rev == 1]
        changed = [one for one in due if one.rev > 1]

        def updated(count: int) -> None:
            done.update(one.id for one in changed[: len(done) + count])
            tally.updated += count
            self._tell(f"writing {type}", count)

        with suppress_moved():
            self._writer.update(type, changed, updated)
        with suppress_moved():
            statuses = self._writer.create(type, new, lambda n: self._tell(f"writing {type}", n))
            for id, status in statuses.items():
                if status is not Status.CONFLICT:
                    done.add(id)
                    tally.created += status is not Status.DELETED
                    tally.deleted += status is Status.DELETED
        return done

    def _changed(self, type: str, wanted: Sequence[New]) -> Iterator[New]:
        """Yield the targets that do not exist, or are not equal; the others are unchanged."""
        for start in range(0, len(wanted), MAX_ITEMS):
            some = wanted[start : start + MAX_ITEMS]
            existing = reading.lookup(self._session, type, [target.id for target in some])
            for target in some:
                found = existing.get(target.id)
                if found is None:
                    yield target._replace(rev=1)
                elif has_contents(found, target):
                    self.result.tallies[type].unchanged += 1
                else:
                    yield target._replace(rev=found.rev + 1, akid=found.akid)
            self._tell(f"comparing {type}", len(some))

    def _tell(self, step: str, more: int) -> None:
        self._done[step] = self._done.get(step, 0) + more
        self._progress(step, self._done[step], 0)


@contextmanager
def suppress_moved() -> Iterator[None]:
    """Go on where another run came before: what it left is compared again."""
    try:
        yield
    except ApiRefused as error:
        if error.code not in MOVED:
            raise


def check_written(type: str, left: Sequence[New]) -> None:
    """Refuse targets that the server says are not there, and then that they are, ever again."""
    if left:
        raise VerificationError(
            f"record {left[0].id} of {type} was not to be found, and could not be written either",
            code="mismatch",
            record=left[0].id,
            hint="other runs may be splitting at the same time: run it again",
        )
