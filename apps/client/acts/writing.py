"""Writing: records sealed under the generation in force, in batches that the server takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from ...envelope import encoding
from ...envelope.encoding import MAX_BODY
from ...envelope.fields import Value, dump_value, pad
from ...envelope.grants import Grant
from ...envelope.records import META, NO_META, Meta, Record, seal_record
from ...envelope.statements import Deletion, Revocation, sign_deletion, sign_revocation
from .. import endpoints
from ..endpoints import Endpoint
from ..errors import ApiRefused, VerificationError
from ..session import Kept, Rooms, Session, Stream
from ..trust import generations, groups, rotation, succeeded
from ..trust.generations import Generation
from ..trust.turns import in_turn
from .reading import Opened

MAX_ITEMS = endpoints.MAX_ITEMS
ROOM = MAX_BODY - 1024
ROUNDS = 3
# A generation is closed by taking somebody's grants; nobody has this id.
NOBODY = "00000000-0000-4000-8000-000000000000"
STALE = "generation_stale"
"""What the server says of a generation that was granted to an earlier epoch of a group."""
CLOSED = {"generation_closed", "generation_conflict", "unknown_generation", STALE}

Values = Mapping[str, Value]
T = TypeVar("T")


class Status(StrEnum):
    """What became of one record."""

    CREATED = "created"
    EXISTING = "existing"
    CONFLICT = "conflict"
    DELETED = "deleted"
    UPDATED = "updated"


class Roomed(NamedTuple):
    """A value, and how many bytes its JSON has at least when it is sealed."""

    value: Value
    room: int = 0


def roomed(values: Values, rooms: Rooms) -> dict[str, Roomed]:
    """Return each value with its room."""
    return {name: Roomed(value, rooms.get(name, 0)) for name, value in values.items()}


def checked(values: Values) -> Values:
    """Return what a program wants to write, once a record can hold each of it exactly.

    Looked at before anything is sent: of a thousand records none is written because of the last.
    Raises MalformedError, LimitError.
    """
    encoding.field_count(values, "a record")
    for name, value in values.items():
        encoding.name(name, "field")
        pad(dump_value(value))
    return values


def checked_meta(meta: Meta) -> Meta:
    """Return what a program wants to say in plaintext, once a record can say it.

    Raises MalformedError, LimitError.
    """
    return META.read(dict(meta)) if meta else NO_META


class New(NamedTuple):
    """What a revision of a record is made of; ``meta`` is what stays plaintext."""

    id: str
    fields: Mapping[str, Roomed]
    rev: int = 1
    meta: Meta = NO_META

    @property
    def values(self) -> dict[str, Value]:
        """The values alone."""
        return {name: field.value for name, field in self.fields.items()}

    @property
    def rooms(self) -> dict[str, int]:
        """Their rooms alone."""
        return {name: field.room for name, field in self.fields.items()}


def has_contents(found: Opened, new: New) -> bool:
    """Whether a record holds exactly what was to be written: 1 is not true, and not 1.0."""
    same_meta = dict(found.meta) == dict(new.meta)
    return same_meta and _as_json(found.data) == _as_json(new.values)


def _as_json(values: Values) -> dict[str, bytes]:
    return {name: dump_value(value) for name, value in values.items()}


class Writer:
    """Writes this client's records; keeps what it knows of the generations in force."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._in_force = Kept[str, Generation](1024, lapses=True)

    def create(
        self,
        type: str,
        new: Sequence[New],
        progress: Callable[[int], None] = lambda done: None,
    ) -> dict[str, Status]:
        """Write new records, and return what became of each id.

        ``progress`` is told how many more are done. Raises MalformedError or
        LimitError for what no record can hold, ApiError.
        """
        return self._send_all(endpoints.CREATE_RECORDS, type, new, progress)

    def update(
        self,
        type: str,
        changed: Sequence[New],
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        """Write the next revisions of own records; each ``rev`` is one more than the last.

        One request is all or nothing. ``progress`` and errors are as those of ``create``.
        """
        self._send_all(endpoints.UPDATE_RECORDS, type, changed, progress)

    def create_some(self, type: str, new: Sequence[New]) -> dict[str, Status]:
        """Write the first of these new records, as many as one request holds; see ``create``."""
        send = self._sender(endpoints.CREATE_RECORDS, type, new[:MAX_ITEMS])
        return self._under_open_key(type, send)

    def in_force(self, type: str) -> Generation:
        """Return the open generation of an own type; the first use of a type opens one."""
        stream = Stream(self._session.me.id, encoding.name(type, "type"))
        known = self._in_force.current(type)
        if known is None or self._closed_meanwhile(stream, known):
            self._in_force[type] = known = open_generation(self._session, stream)
        return known

    def forget(self, type: str) -> None:
        """Ask the server anew what is in force."""
        self._in_force.pop(type, None)

    def _closed_meanwhile(self, stream: Stream, known: Generation) -> bool:
        """Whether another run has closed it since: then the server is not to be asked."""
        memory = self._session.state.load().stream(stream.writer, stream.type)
        return max(memory.closed, memory.spent) >= known.gen

    def _under_open_key(self, type: str, act: Callable[[Generation], T]) -> T:
        """Do something under the open generation, opening the next where it was closed."""
        for _ in range(ROUNDS - 1):
            try:
                return act(self.in_force(type))
            except ApiRefused as error:
                if error.code not in CLOSED:
                    raise
                if error.code == STALE:
                    groups.look_again(self._session)
                self.forget(type)
        return act(self.in_force(type))

    def _send_all(
        self, endpoint: Endpoint, type: str, new: Sequence[New], progress: Callable[[int], None]
    ) -> dict[str, Status]:
        statuses: dict[str, Status] = {}
        while len(statuses) < len(new):
            rest = new[len(statuses) : len(statuses) + MAX_ITEMS]
            written = self._under_open_key(type, self._sender(endpoint, type, rest))
            statuses |= written
            progress(len(written))
        return statuses

    def _sender(
        self, endpoint: Endpoint, type: str, new: Sequence[New]
    ) -> Callable[[Generation], dict[str, Status]]:
        api = self._session.api

        def send(generation: Generation) -> dict[str, Status]:
            sealed = (self._seal(generation, type, one) for one in new)
            batch = list(that_fit(sealed))
            answer = api.call(endpoint, body={"records": batch})
            self._remember_columns(type, {name for one in new for name in one.fields})
            check_about(answer["results"], [record.id for record in batch])
            return {one["id"]: Status(one["status"]) for one in answer["results"]}

        return send

    def _remember_columns(self, type: str, names: set[str]) -> None:
        """Keep which fields a type has: who shares some of them is told of a typing error."""
        stream = (self._session.me.id, type)
        if names - self._session.state.load().stream(*stream).columns:
            with self._session.state.change() as state:
                state.stream(*stream).columns |= names

    def _seal(self, generation: Generation, type: str, new: New) -> Record:
        return seal_record(
            keys=self._session.keys,
            writer=self._session.me.id,
            id=new.id,
            type=type,
            rev=new.rev,
            access_key=generation.key,
            values=new.values,
            rooms=new.rooms,
            meta=new.meta,
        )


def open_generation(session: Session, stream: Stream) -> Generation:
    """Return the open generation of an own type, after opening the next if there is none."""
    return in_turn(session, lambda: _open_generation(session, stream))


def _open_generation(session: Session, stream: Stream) -> Generation:
    known, listed = rotation.in_force(session, stream)
    due = succeeded.readers_to_renew(session, stream, known, listed)
    if known and generations.may_go_on(session, stream, known[-1]) and not due:
        post_grants(session, rotation.lacking(session, stream, known, listed))
        return known[-1]
    if known and known[-1].open:  # nobody is taken out
        close(session, stream, known[-1].gen, NOBODY)
    opening = rotation.next_generation(session, stream, known, listed)
    granted = [*listed, *opening.grants]
    late = rotation.lacking(session, stream, [*known, opening.generation], granted)
    post_grants(session, [*opening.grants, *late])
    with session.state.change() as state:
        generations.remember(state, stream, opening.generation)
        state.stream(stream.writer, stream.type).renew.clear()
    return opening.generation


def exists(session: Session, stream: Stream) -> bool:
    """Whether an own stream has a generation, as this client's own grants say."""
    return bool(generations.known(session, stream))


def close(session: Session, stream: Stream, gen: int, reader: str) -> None:
    """Close an open generation of an own type, and take all grants away from a reader."""
    statement = sign_revocation(Revocation(stream.writer, stream.type, gen, reader), session.keys)
    answer = session.api.call(endpoints.REVOKE, body=statement.to_wire())
    if answer["closed"] != gen:
        raise VerificationError("the server closed another generation", code="mismatch")


def post_grants(session: Session, grants: Sequence[Grant]) -> None:
    """Send grants in their order; one request is all or nothing."""
    for start in range(0, len(grants), MAX_ITEMS):
        some = list(grants[start : start + MAX_ITEMS])
        answer = session.api.call(endpoints.CREATE_GRANTS, body={"grants": some})
        if len(answer["results"]) != len(some):
            raise VerificationError("the server answers about other grants", code="mismatch")


def delete(session: Session, records: Iterable[Opened]) -> int:
    """Delete records of this client or of its forms; returns how many were there."""
    deletions = [_deletion(session, record) for record in records]
    done = 0
    for start in range(0, len(deletions), MAX_ITEMS):
        body = {"deletions": deletions[start : start + MAX_ITEMS]}
        results = session.api.call(endpoints.DELETE_RECORDS, body=body)["results"]
        check_about(results, [one.id for one in body["deletions"]])
        done += sum(one["status"] == Status.DELETED for one in results)
    return done


def _deletion(session: Session, record: Opened) -> Deletion:
    statement = Deletion(record.id, record.writer, record.type, record.rev)
    return sign_deletion(statement, session.keys)


def that_fit(records: Iterator[Record]) -> Iterator[Record]:
    """Yield sealed records as long as one request holds them, the first in any case."""
    room = ROOM
    for record in records:
        size = len(record.raw) + 1
        if room < ROOM and size > room:
            return
        room -= size
        yield record


def check_about(results: Sequence[Mapping[str, str]], ids: list[str]) -> None:
    """Refuse an answer to a batch that is not about each record that was sent, in order."""
    if [one["id"] for one in results] != ids:
        raise VerificationError("the server answers about other records", code="mismatch")
