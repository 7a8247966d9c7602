"""Many visitors at once, on PostgreSQL: statements written by hand keep the order of locks."""

import threading
import time
from uuid import UUID

import pytest
from django.db import connection, transaction

from apps.envelope.records import Record as SealedRecord
from apps.vault import form_records
from apps.vault.errors import ManifestSuperseded
from apps.vault.form_records import store_form_records
from apps.vault.lanes import lane_of
from apps.vault.models import Lane, Record
from apps.vault.streams import alone, locked_of_writer
from tests.people import Person, accepted
from tests.vault.counting import check_counters
from tests.vault.inbox import Inboxes
from tests.vault.threads import SOON, threads

pytestmark = [pytest.mark.postgres, pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def inboxes(acme: Person) -> Inboxes:
    return Inboxes(acme).open()


def one_in(lane: int, inboxes: Inboxes) -> list[SealedRecord]:
    """A submission of one type whose record is in this lane."""
    while True:
        record = inboxes.submission()[0]
        if lane_of(UUID(record.id)) == lane:
            return [record]


def store(inboxes: Inboxes, records: list[SealedRecord]) -> bool:
    return store_form_records(records=records, inboxes=inboxes.ids)


UNLOCKED = """
    SELECT lane.stream_id, nextval('unlocked'), coalesce(%s::timestamptz, %s::timestamptz)
    FROM vault_lane AS lane WHERE lane.number = %s AND lane.stream_id = (
        SELECT generation.stream_id FROM vault_generation AS generation
        JOIN vault_stream AS stream ON stream.id = generation.stream_id
        WHERE generation.akid = %s AND stream.writer = %s AND stream.type = %s)"""


def lock_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the defence off: positions as a bare sequence would give them out."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE unlocked")
    monkeypatch.setattr(form_records, "TAKE", UNLOCKED)
    monkeypatch.setattr(form_records, "COUNT", "SELECT 1 FROM (VALUES {rows}) AS nothing")
    Lane.objects.update(position=1000)


@pytest.mark.parametrize("defended", [True, False])
def test_what_commits_late_is_not_missed(
    defended: bool, acme: Person, inboxes: Inboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not defended:
        lock_nothing(monkeypatch)
    slow, fast, other = one_in(7, inboxes), one_in(7, inboxes), one_in(8, inboxes)
    stored, commit = threading.Event(), threading.Event()
    seen: list[str] = []
    cursor: dict[str, str] = {}

    def poll() -> None:
        query = {"writer": inboxes.writer, "type": "account"} | cursor
        page = accepted(acme.get("/records", **query))
        seen.extend(item["record"]["id"] for item in page["items"])
        cursor["after"] = page["next"]

    def store_slowly() -> None:
        with transaction.atomic():
            store(inboxes, slow)
            stored.set()
            assert commit.wait(SOON)

    with threads(3) as run:
        first = run(store_slowly)
        assert stored.wait(SOON)
        run(store, inboxes, other).result(SOON)  # in another lane nobody waits
        second = run(store, inboxes, fast)
        time.sleep(0.3)
        assert second.done() is not defended  # it waits for its turn
        poll()
        commit.set()
        first.result(SOON), second.result(SOON)
    poll()

    wanted = [other, slow, fast] if defended else [fast, other]
    assert seen == [record.id for records in wanted for record in records]


@pytest.mark.parametrize("types", [1, 2])
def test_a_submission_that_waits_for_a_closing_is_refused(types: int, inboxes: Inboxes) -> None:
    records, before = list(inboxes.submission()[:types]), inboxes.ids
    closed, commit = threading.Event(), threading.Event()

    def close_slowly() -> None:
        with transaction.atomic():
            inboxes.open()
            closed.set()
            assert commit.wait(SOON)

    with threads(2) as run:
        closing = run(close_slowly)
        assert closed.wait(SOON)
        storing = run(store_form_records, records=records, inboxes=before)
        time.sleep(0.3)
        assert not storing.done()
        commit.set()
        closing.result(SOON)
        with pytest.raises(ManifestSuperseded):
            storing.result(SOON)

    assert not Record.objects.exists()
    assert not Lane.objects.exclude(position=0).exists()


@pytest.mark.parametrize("types", [1, 2])
def test_a_closing_waits_for_a_submission_on_its_way(types: int, inboxes: Inboxes) -> None:
    records, before = list(inboxes.submission()[:types]), inboxes.ids
    stored, commit = threading.Event(), threading.Event()

    def store_slowly() -> None:
        with transaction.atomic():
            store_form_records(records=records, inboxes=before)
            stored.set()
            assert commit.wait(SOON)

    with threads(2) as run:
        storing = run(store_slowly)
        assert stored.wait(SOON)
        closing = run(inboxes.open)
        time.sleep(0.3)
        assert not closing.done()
        commit.set()
        storing.result(SOON), closing.result(SOON)

    for record in Record.objects.select_related("generation"):
        assert record.generation.closed is not None
        assert record.arrived < record.generation.closed


def test_visitors_and_a_publisher_never_wait_for_each_other_for_ever(inboxes: Inboxes) -> None:
    done = threading.Event()

    def publish() -> None:
        while not done.is_set():
            # The generations' order is then not always that of the streams.
            inboxes.TYPES = inboxes.TYPES[::-1]
            with transaction.atomic():
                alone(streams=locked_of_writer(writer=inboxes.writer).values())
                inboxes.open()

    def send() -> int:
        refused = 0
        for _ in range(10):
            while True:
                try:
                    store(inboxes, list(inboxes.submission()))
                    break
                except ManifestSuperseded:
                    refused += 1
        return refused

    with threads(4) as run:
        publishing = run(publish)
        sending = [run(send) for _ in range(3)]
        refused = sum(visitor.result(120) for visitor in sending)
        done.set()
        publishing.result(SOON)

    assert refused
    assert Record.objects.count() == 60
    for record in Record.objects.select_related("generation"):
        if record.generation.closed:
            assert record.arrived < record.generation.closed


def test_every_lane_counts_what_it_holds(inboxes: Inboxes) -> None:
    submissions = [inboxes.submission() for _ in range(60)]

    def write(some: list[tuple[SealedRecord, ...]]) -> None:
        for records in some:
            store(inboxes, list(records))

    with threads(4) as run:
        for writing in [run(write, submissions[number::4]) for number in range(4)]:
            writing.result(60)

    assert Record.objects.count() == 120
    check_counters()
