"""Changing own records by their ids: read, change, and write the next revision of just that.

Somebody else may change the same record at the same time. The server takes one revision after
another, so the second one is refused, reads again and makes its change anew: neither is lost.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ...envelope.encoding import name as checked_name
from ...envelope.fields import Value
from ...envelope.records import Meta
from ..errors import ApiRefused, UsageError, VerificationError
from ..session import Session
from . import fetching
from .reading import Opened
from .writing import New, Writer, checked, checked_meta, has_contents, roomed

ROUNDS = 8
CONFLICT = "revision_conflict"


@dataclass(frozen=True)
class Change:
    """What is to become of a record: what is ``set`` and ``unset``, and the same of its meta.

    With ``replaces`` the values that are set are all that the record has afterwards, and the meta
    that is set is all of it, or stays as it is where none is.
    """

    set: Mapping[str, Value] = field(default_factory=dict)
    unset: Sequence[str] = ()
    meta: Meta = field(default_factory=dict)
    unset_meta: Sequence[str] = ()
    replaces: bool = False

    def check(self) -> None:
        """Refuse what no record can hold, and what does nothing; raises MalformedError."""
        for name in (*self.unset, *self.unset_meta):
            checked_name(name)
        if self.set:
            checked(self.set)
        checked_meta(self.meta)
        if not (self.set or self.unset or self.meta or self.unset_meta):
            raise UsageError("nothing is said of what is to be changed", hint="name=value sets one")

    def of(self, record: Opened) -> New:
        """Return the next revision of a record."""
        values = dict(self.set) if self.replaces else {**record.data, **self.set}
        meta = dict(self.meta or record.meta) if self.replaces else {**record.meta, **self.meta}
        for name in self.unset:
            values.pop(name, None)
        for name in self.unset_meta:
            meta.pop(name, None)
        if not values:
            raise UsageError(
                f"record {record.id} would have no value left", hint="`delete` deletes a record"
            )
        fields = roomed(checked(values), record.rooms)
        return New(record.id, fields, record.rev + 1, checked_meta(meta), record.akid)


def replace(
    session: Session, writer: Writer, record: Opened, values: Mapping[str, Value], meta: Meta
) -> None:
    """Write the next revision of an own record that was read before.

    Raises ApiRefused (``revision_conflict``) if another one was written since.
    """
    check_own(session, record)
    fields = roomed(checked(values), record.rooms)
    said = checked_meta(meta)
    writer.update(record.type, [New(record.id, fields, record.rev + 1, said, record.akid)])
    fetching.remember(session, record.id, record.rev + 1)


def change(
    session: Session,
    writer: Writer,
    changes: Mapping[str, Change],
    told: Callable[[str, bool], None] = lambda id, written: None,
) -> None:
    """Change own records, by their ids; ``told`` is said of each, and whether it was written.

    All are read first: NotFoundError, or UsageError for one that is not this client's, and nothing
    is changed. One that is as it is to be is not written again. Where another revision came in
    between, a change is made anew, and a replacement is given up: it would undo what it did not
    see (ApiRefused).
    """
    for one in changes.values():
        one.check()
    records = fetching.fetch(session, changes)
    for record in records:
        check_own(session, record)
    by_type: dict[str, list[Opened]] = {}
    for record in records:
        by_type.setdefault(record.type, []).append(record)
    for type, some in by_type.items():
        _change(session, writer, type, some, changes, told)


def _change(
    session: Session,
    writer: Writer,
    type: str,
    records: Sequence[Opened],
    changes: Mapping[str, Change],
    told: Callable[[str, bool], None],
) -> None:
    for round in range(ROUNDS):
        due: list[New] = []
        for record in records:
            new = changes[record.id].of(record)
            if has_contents(record, new):
                told(record.id, False)
            else:
                due.append(new)
        done = 0

        def wrote(count: int, due: list[New] = due) -> None:
            nonlocal done
            for new in due[done : done + count]:
                fetching.remember(session, new.id, new.rev)
                told(new.id, True)
            done += count

        try:
            writer.update(type, due, wrote)
        except ApiRefused as error:
            left = [new.id for new in due[done:]]
            gives_up = any(changes[id].replaces for id in left) or round == ROUNDS - 1
            if error.code != CONFLICT or gives_up:
                raise
            before = {new.id: new.rev - 1 for new in due}
            records = fetching.fetch(session, left)
            check_changed(before, records)
        else:
            return


def check_changed(before: Mapping[str, int], records: Sequence[Opened]) -> None:
    """Refuse a server that says that other revisions came, and then shows none of them."""
    if all(record.rev == before[record.id] for record in records):
        raise VerificationError(
            f"the server takes no next revision of record {records[0].id}, and shows no other one",
            code="mismatch",
            record=records[0].id,
        )


def check_own(session: Session, record: Opened) -> None:
    """Refuse to change what this client did not write."""
    if record.writer != session.me.id:
        raise UsageError(
            "only own records can be updated; what visitors sent stays as it is"
            if record.writer.startswith("form:")
            else f"record {record.id} is another client's: only own records can be updated"
        )
