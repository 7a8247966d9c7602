"""Many at once, on PostgreSQL: a cursor misses nothing, a closed generation takes nothing.

SQLite has one writer at a time, and its tests run in memory: see test_crash.py for that.
"""

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from apps.directory.enrolment import issue_token
from apps.directory.models import Client
from apps.envelope.encoding import b64
from apps.envelope.keys import ClientKeys, make_card
from apps.envelope.records import Record
from apps.envelope.tokens import API_SECRET, new_token, token_digest
from apps.vault import counters, models
from apps.vault.counters import Place
from apps.vault.errors import GenerationClosed
from apps.vault.form_records import store_form_records
from apps.vault.stored_grants import revoke
from apps.vault.stored_records import write_records
from tests.people import Person, Type, accepted, id_in, send
from tests.vault.inbox import Inboxes

pytestmark = [pytest.mark.postgres, pytest.mark.database, pytest.mark.django_db(transaction=True)]

SOON = 10.0


@contextmanager
def threads(count: int) -> Iterator[Callable[..., Future[Any]]]:
    """Run functions in threads, each with a database connection that it gives back."""
    connection.close()  # the pool is small

    def alone(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:

        def run(function: Callable[..., Any], *arguments: Any, **named: Any) -> Future[Any]:
            return pool.submit(alone, function, *arguments, **named)

        yield run


class Poller:
    """Reads a stream from its beginning, again and again, each time after what it has."""

    def __init__(self, reader: Person, writer: str, type: str) -> None:
        self.reader, self.query = reader, {"writer": writer, "type": type, "limit": 3}
        self.seen: list[str] = []
        self.cursor: dict[str, str] = {}

    def poll(self) -> None:
        more = True
        while more:
            page = accepted(self.reader.get("/records", **self.query, **self.cursor))
            self.seen += [item["record"]["id"] for item in page["items"]]
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

    def not_kept(*, lanes: object, rows: object) -> None:
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
        time.sleep(0.3)
        assert second.done() is not defended  # it waits for its turn
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
        time.sleep(0.3)
        assert not writing.done()
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
