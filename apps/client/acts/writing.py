"""Writing: records sealed under the generation in force, in batches that the server takes.

Who was granted single records keeps them when they are updated: the grants of a revision travel
with it, in one transaction.
"""

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
from ..trust import generations, groups, rotation, single_grants, succeeded
from ..trust.generations import Generation
from ..trust.single_grants import Standing
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
    """What a revision of a record is made of; ``meta`` is what stays plaintext.

    ``akid`` names the access key of the revision before, b"" for none: what was granted of it
    alone is granted anew.
    """

    id: str
    fields: Mapping[str, Roomed]
    rev: int = 1
    meta: Meta = NO_META
    akid: bytes = b""

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


class Parcel(NamedTuple):
    """A sealed record with the grants of it that go in the same request, and those that do not."""

    record: Record
    grants: Sequence[Grant] = ()
    late: Sequence[Grant] = ()

    @property
    def size(self) -> int:
        """How many bytes of a request it takes."""
        return sum(len(one.raw) + 1 for one in (self.record, *self.grants))


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
        return self._send_all(endpoints.CREATE_RECORDS, type, new, progress, {})

    def update(
        self,
        type: str,
        changed: Sequence[New],
        progress: Callable[[int], None] = lambda done: None,
        *,
        standing: Standing | None = None,
    ) -> None:
        """Write the next revisions of own records; each ``rev`` is one more than the last.

        One request is all or nothing. Who was granted single ones of them keeps what it had
        (``standing``, where it was asked for a moment ago). ``progress`` and errors are as those of
        ``create``.
        """
        if not changed:
            return
        stream = Stream(self._session.me.id, encoding.name(type, "type"))
        if standing is None:
            only = changed[0].id if len(changed) == 1 else ""
            standing = single_grants.standing(self._session, stream, only)
        self._send_all(endpoints.UPDATE_RECORDS, type, changed, progress, standing)

    def create_some(self, type: str, new: Sequence[New]) -> dict[str, Status]:
        """Write the first of these new records, as many as one request holds; see ``create``."""
        send = self._sender(endpoints.CREATE_RECORDS, type, new[:MAX_ITEMS], {})
        return self._under_open_key(type, send)

    def in_force(self, type: str) -> Generation:
        """Return the open generation of an own type; the first use of a type opens one."""
        stream = Stream(self._session.me.id, encoding.name(type, "type"))
        known = self._in_force.current(type)
        if known is None or self._closed_meanwhile(stream, known):
            groups.look_again(self._session)  # what is found out now serves for five minutes
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
                self.forget(type)
        return act(self.in_force(type))

    def _send_all(
        self,
        endpoint: Endpoint,
        type: str,
        new: Sequence[New],
        progress: Callable[[int], None],
        standing: Standing,
    ) -> dict[str, Status]:
        statuses: dict[str, Status] = {}
        while len(statuses) < len(new):
            rest = new[len(statuses) : len(statuses) + MAX_ITEMS]
            written = self._under_open_key(type, self._sender(endpoint, type, rest, standing))
            statuses |= written
            progress(len(written))
        return statuses

    def _sender(
        self, endpoint: Endpoint, type: str, new: Sequence[New], standing: Standing
    ) -> Callable[[Generation], dict[str, Status]]:
        api = self._session.api

        def send(generation: Generation) -> dict[str, Status]:
            stream = Stream(self._session.me.id, type)
            now = single_grants.still(self._session, stream, standing, [one.id for one in new])
            parcels = list(that_fit(self._parcel(generation, type, one, now) for one in new))
            batch = [one.record for one in parcels]
            body: dict[str, Sequence[Record | Grant]] = {"records": batch}
            if grants := [grant for one in parcels for grant in one.grants]:
                body["grants"] = grants
            answer = api.call(endpoint, body=body)
            post_grants(self._session, [grant for one in parcels for grant in one.late])
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

    def _parcel(self, generation: Generation, type: str, new: New, standing: Standing) -> Parcel:
        """Return a sealed record, with what was granted of it granted anew."""
        record = self._seal(generation, type, new)
        grants = single_grants.made_anew(
            self._session,
            Stream(record.writer, type),
            generation,
            record,
            before=new.akid,
            grants=standing.get(new.id, ()),
        )
        room, fit = ROOM - len(record.raw) - 1, 0
        for grant in grants[:MAX_ITEMS]:
            room -= len(grant.raw) + 1
            fit += room >= 0
        return Parcel(record, grants[:fit], grants[fit:])

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


def open_generation(session: Session, stream: Stream, *, above: int = 0) -> Generation:
    """Return the open generation of an own type, after opening the next if there is none.

    One that is not ``above`` a number is closed first: others may have its key.
    """
    return in_turn(session, lambda: _open_generation(session, stream, above))


def _open_generation(session: Session, stream: Stream, above: int) -> Generation:
    known, listed = rotation.in_force(session, stream)
    due = succeeded.readers_to_renew(session, stream, known, listed)
    may_go_on = bool(known) and generations.may_go_on(session, stream, known[-1])
    if may_go_on and not due and known[-1].gen > above:
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
        state.stream(stream.writer, stream.type).lapse(session.now())
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
    """Send grants in their order, in as few requests as hold them; each is all or nothing."""
    sent = 0
    while sent < len(grants):
        some, room = list[Grant](), ROOM
        for grant in grants[sent : sent + MAX_ITEMS]:
            room -= len(grant.raw) + 1
            if some and room < 0:
                break
            some.append(grant)
        sent += len(some)
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


def that_fit(parcels: Iterator[Parcel]) -> Iterator[Parcel]:
    """Yield sealed records as long as one request holds them, the first in any case."""
    room, grants = ROOM, MAX_ITEMS
    for parcel in parcels:
        if room < ROOM and (parcel.size > room or len(parcel.grants) > grants):
            return
        room -= parcel.size
        grants -= len(parcel.grants)
        yield parcel


def check_about(results: Sequence[Mapping[str, str]], ids: list[str]) -> None:
    """Refuse an answer to a batch that is not about each record that was sent, in order."""
    if [one["id"] for one in results] != ids:
        raise VerificationError("the server answers about other records", code="mismatch")
