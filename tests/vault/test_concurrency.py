"""Many at once, on PostgreSQL: a cursor misses nothing, a closed generation takes nothing.

SQLite has one writer at a time, and its tests run in memory: see test_crash.py for that.
"""

import itertools
import random
import threading
import time
from collections.abc import Iterable
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Max

from apps.directory.enrolment import issue_token
from apps.directory.models import Client
from apps.envelope.encoding import b64
from apps.envelope.keys import ClientKeys, make_card
from apps.envelope.records import Record
from apps.envelope.tokens import API_SECRET, new_token, token_digest
from apps.vault import counters, models, streams
from apps.vault.counters import Place
from apps.vault.errors import GenerationClosed
from apps.vault.form_records import store_form_records
from apps.vault.lanes import LANES
from apps.vault.stored_grants import revoke
from apps.vault.stored_records import delete_records, update_records, write_records
from tests.people import Person, Type, accepted, id_in, send
from tests.vault.counting import check_counters
from tests.vault.inbox import Inboxes
from tests.vault.threads import SOON, is_waiting, threads

pytestmark = [pytest.mark.postgres, pytest.mark.database, pytest.mark.django_db(transaction=True)]


class Poller:
    """Reads a stream from its beginning, again and again, each time after what it has."""

    def __init__(self, reader: Person, writer: str, type: str) -> None:
        self.reader, self.query = reader, {"writer": writer, "type": type, "limit": 3}
        self.seen: list[str] = []
        self.revisions: dict[str, int] = {}
        self.cursor: dict[str, str] = {}

    def poll(self) -> None:
        more = True
        while more:
            page = accepted(self.reader.get("/records", **self.query, **self.cursor))
            records = [item["record"] for item in page["items"]]
            self.seen += [record["id"] for record in records]
            self.revisions |= {record["id"]: record["rev"] for record in records}
            self.cursor, more = {"after": page["next"]}, page["more"]

    def poll_until(self, done: threading.Event) -> None:
        while not done.is_set():
            self.poll()
        self.poll()


def lock_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the defence off: positions as a bare sequence would give them out.

    A sequence shows itself to everybody at once, whoever commits; no row of a lane is touched.
    """
    sequence = itertools.count(1)
    models.Lane.objects.update(position=1000)

    def unlocked(*, places: Iterable[Place]) -> dict[Place, models.Lane]:
        lanes = {Place(lane.stream_id, lane.number): lane for lane in models.Lane.objects.all()}
        return {place: lanes[place] for place in places}

    def drawn(*, lanes: object, rows: Iterable[models.Record]) -> None:
        for row in rows:
            row.position = next(sequence)

    def not_kept(**_: object) -> None:
        pass

    monkeypatch.setattr(counters, "locked_lanes", unlocked)
    monkeypatch.setattr(counters, "take_positions", drawn)
    monkeypatch.setattr(counters, "count_arrivals", not_kept)
    monkeypatch.setattr(counters, "keep", not_kept)


@pytest.mark.parametrize("defended", [True, False])
def test_who_commits_late_is_not_missed(
    acme: Person, contact: Type, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        lock_nothing(monkeypatch)
    slow, fast = contact.record(id=id_in(7)), contact.record(id=id_in(7))
    other = contact.record(id=id_in(8))
    poller = Poller(acme, acme.id, "contact")
    written, commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            write_records(caller=acme.row, records=[slow])
            written.set()
            assert commit.wait(SOON)

    with threads(3) as run:
        first = run(write_slowly)
        assert written.wait(SOON)
        elsewhere = run(write_records, caller=acme.row, records=[other])
        elsewhere.result(SOON)  # in another lane nobody waits
        second = run(write_records, caller=acme.row, records=[fast])
        assert is_waiting(second) is defended  # for its turn
        poller.poll()
        commit.set()
        first.result(SOON), second.result(SOON)
    poller.poll()

    assert poller.seen == ([other.id, slow.id, fast.id] if defended else [fast.id, other.id])


def test_a_polling_reader_misses_nothing_and_gets_nothing_twice(acme: Person) -> None:
    inboxes = Inboxes(acme).open()
    submissions = [inboxes.submission() for _ in range(60)]
    pollers = [Poller(acme, inboxes.writer, type) for type in inboxes.TYPES]
    done = threading.Event()

    def write(some: list[tuple[Record, ...]]) -> None:
        for records in some:
            with transaction.atomic():
                store_form_records(records=records, inboxes=inboxes.ids)
                time.sleep(random.uniform(0, 0.004))  # who comes first does not commit first

    with threads(4) as run:
        reading = [run(poller.poll_until, done) for poller in pollers]
        writing = [run(write, submissions[number::2]) for number in range(2)]
        try:
            for writer in writing:
                writer.result(60)
        finally:
            done.set()  # or the readers would go on for ever
        for reader in reading:
            reader.result(SOON)

    for poller, type in zip(pollers, inboxes.TYPES, strict=True):
        sent = [record.id for records in submissions for record in records if record.type == type]
        assert len(poller.seen) == len(set(poller.seen))
        assert set(poller.seen) == set(sent)


def share_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the defence off: a writer looks which generation is open, and locks nothing."""

    def looked_at(*, streams: Iterable[models.Stream]) -> dict[int, models.Generation]:
        by_id = {stream.pk: stream for stream in streams}
        found = models.Generation.objects.filter(stream__in=by_id, closed__isnull=True)
        return {each.stream_id: each for each in found.select_related("stream")}

    monkeypatch.setattr(streams, "shared", looked_at)


@pytest.mark.parametrize("defended", [True, False])
def test_a_revocation_waits_for_who_is_writing(
    acme: Person,
    marketing: Person,
    contact: Type,
    monkeypatch: pytest.MonkeyPatch,
    defended: bool,
) -> None:
    if not defended:
        share_nothing(monkeypatch)
    looked, go_on = threading.Event(), threading.Event()
    place = counters.locked_lanes

    def slowly(*, places: Iterable[Place]) -> dict[Place, models.Lane]:
        looked.set()
        assert go_on.wait(SOON)
        return place(places=places)

    monkeypatch.setattr(counters, "locked_lanes", slowly)
    with threads(2) as run:
        writing = run(write_records, caller=acme.row, records=[contact.record()])
        assert looked.wait(SOON)  # the writer knows that the generation is open
        revoking = run(revoke, caller=acme.row, revocation=contact.revocation(marketing))
        assert is_waiting(revoking) is defended
        go_on.set()
        writing.result(SOON), revoking.result(SOON)

    [record] = models.Record.objects.select_related("generation")
    closed = record.generation.closed
    assert closed is not None
    assert (record.stored < closed) is defended


class Busy:
    """Writes, updates and deletes records of several types in lanes at random."""

    def __init__(self, owner: Person, types: list[Type], number: int) -> None:
        self.owner, self.types = owner, types
        self.random = random.Random(number)
        self.held: list[Record] = []
        self.written = self.refused = 0

    def go_on_until(self, done: threading.Event) -> None:
        while not done.is_set():
            step = self.random.choice([self.write, self.write, self.update, self.delete])
            try:
                step()
            except (GenerationClosed, IndexError):  # the next key is not open yet
                self.refused += 1

    def write(self) -> None:
        new = [self.random.choice(self.types).record() for _ in range(self.random.randrange(1, 4))]
        write_records(caller=self.owner.row, records=new)
        self.held += new
        self.written += len(new)

    def update(self) -> None:
        some = self._some()
        by_type = {type.type: type for type in self.types}
        changed = [by_type[one.type].record(id=one.id, rev=one.rev + 1) for one in some]
        update_records(caller=self.owner.row, records=changed)
        self.held = [one for one in self.held if one not in some] + changed
        self.written += len(changed)

    def delete(self) -> None:
        some = self._some()
        by_type = {type.type: type for type in self.types}
        deletions = [by_type[one.type].deletion(one) for one in some]
        delete_records(caller=self.owner.row, deletions=deletions)
        self.held = [one for one in self.held if one not in some]

    def _some(self) -> list[Record]:
        return self.random.sample(self.held, min(len(self.held), 3))


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def check_nothing_after_closing() -> None:
    """No record was stored under a generation after that was closed."""
    for generation in models.Generation.objects.filter(closed__isnull=False):
        last = generation.records.aggregate(last=Max("stored"))["last"]
        assert last is None or last < generation.closed


@pytest.mark.slow
def test_sixteen_writers_and_a_revoker(acme: Person, marketing: Person) -> None:
    """Nothing is stored under a closed generation, nobody deadlocks, nobody waits for ever."""
    types = [Type(acme, name).open() for name in ("contact", "health")]
    busy = [Busy(acme, types, number) for number in range(LANES)]
    pollers = [Poller(acme, acme.id, type.type) for type in types]
    done, waits, before = threading.Event(), list[float](), deadlocks()

    def revoke_again_and_again() -> None:
        for number in range(10):
            type = types[number % 2]
            type.share(marketing)
            time.sleep(0.2)
            start = time.monotonic()
            revoke(caller=acme.row, revocation=type.revocation(marketing))
            waits.append(time.monotonic() - start)
            type.open()

    with threads(LANES + 3) as run:
        reading = [run(poller.poll_until, done) for poller in pollers]
        writing = [run(one.go_on_until, done) for one in busy]
        start = time.monotonic()
        try:
            run(revoke_again_and_again).result(120)
        finally:
            done.set()
            seconds = time.monotonic() - start
        for each in writing + reading:
            each.result(SOON)

    check_nothing_after_closing()
    check_counters()
    for poller, type in zip(pollers, types, strict=True):
        poller.poll()
        living = models.Record.objects.filter(stream__type=type.type, deleted_at__isnull=True)
        latest = {str(id): rev for id, rev in living.values_list("pk", "rev")}
        assert poller.revisions | latest == poller.revisions
    assert deadlocks() == before
    assert models.Generation.objects.filter(closed__isnull=False).count() == 10
    written, refused = sum(one.written for one in busy), sum(one.refused for one in busy)
    assert written > 0
    print(
        f"16 writers: {written} revisions in {seconds:.1f} s, {refused} batches refused, "
        f"10 revocations, the longest waited {max(waits):.2f} s, 0 deadlocks"
    )


def test_a_write_that_waits_for_a_revocation_is_refused(
    acme: Person, marketing: Person, contact: Type
) -> None:
    revoked, commit = threading.Event(), threading.Event()
    record = contact.record()

    def revoke_slowly() -> None:
        with transaction.atomic():
            revoke(caller=acme.row, revocation=contact.revocation(marketing))
            revoked.set()
            assert commit.wait(SOON)

    with threads(2) as run:
        closing = run(revoke_slowly)
        assert revoked.wait(SOON)
        writing = run(write_records, caller=acme.row, records=[record])
        assert is_waiting(writing)
        commit.set()
        closing.result(SOON)
        with pytest.raises(GenerationClosed):
            writing.result(SOON)

    assert not models.Record.objects.exists()


def test_two_openings_of_one_generation_give_one(acme: Person) -> None:
    types = [Type(acme, "contact") for _ in range(4)]
    for type in types:
        type.new_key()

    def open(type: Type) -> int:
        return acme.post("/grants", {"grants": [type.grant(acme).to_wire()]}).status_code

    with threads(4) as run:
        answers = [run(open, type) for type in types]
        statuses = sorted(answer.result(SOON) for answer in answers)

    assert statuses == [200, 409, 409, 409]
    assert models.Generation.objects.count() == 1


def test_the_same_submission_from_several_tabs_is_stored_once(acme: Person) -> None:
    inboxes = Inboxes(acme).open()
    records = inboxes.submission()

    with threads(4) as run:
        stores = [run(store_form_records, records=records, inboxes=inboxes.ids) for _ in range(4)]
        created = [store.result(SOON) for store in stores]

    assert sorted(created) == [False, False, False, True]
    assert models.Record.objects.count() == 2


def test_streams_are_locked_in_one_order_whatever_the_order_of_records(acme: Person) -> None:
    contact, health = Type(acme, "contact").open(), Type(acme, "health").open()

    def write(first: Type, second: Type) -> None:
        for _ in range(15):
            write_records(caller=acme.row, records=[first.record(), second.record()])

    with threads(2) as run:
        for writer in [run(write, contact, health), run(write, health, contact)]:
            writer.result(60)

    assert models.Record.objects.count() == 60


def test_one_access_key_opens_one_of_several_types_at_once(acme: Person) -> None:
    types = [Type(acme, name) for name in ("contact", "health", "account", "order")]
    types[0].new_key()
    for type in types[1:]:
        type.access_keys = types[0].access_keys

    def open(type: Type) -> tuple[int, bytes]:
        answer = acme.post("/grants", {"grants": [type.grant(acme).to_wire()]})
        return answer.status_code, answer.content

    with threads(4) as run:
        answers = [run(open, type) for type in types]
        results = sorted(answer.result(SOON) for answer in answers)

    assert [status for status, _ in results] == [200, 409, 409, 409]
    assert all(b"access_key_used" in content for _, content in results[1:])


def test_one_token_lets_in_one_of_two_cards_at_once(db: None) -> None:
    token, _ = issue_token(name="acme")

    def enter() -> int:
        card = make_card(keys=ClientKeys.generate(), id=str(uuid4()), name="acme")
        key = {"id": str(uuid4()), "digest": b64(token_digest(new_token(API_SECRET)))}
        body = {"token": token, "card": card.to_wire(), "api_key": key}
        return send("POST", "/enrolments", body).status_code

    with threads(4) as run:
        answers = [run(enter) for _ in range(4)]
        statuses = sorted(answer.result(SOON) for answer in answers)

    assert statuses == [201, 403, 403, 403]
    assert Client.objects.count() == 1
