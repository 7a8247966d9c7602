"""What the database itself refuses, whatever the code above it does."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.directory.models import ApiKey, Client, EnrolmentToken
from apps.vault.lanes import LANES, lane_of
from apps.vault.models import Arrivals, Generation, Grant, Lane, Record, RecordMeta, Stream
from tests.people import Person, Type, id_in

pytestmark = pytest.mark.database


def refused(model: Any, **values: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**values)


def test_streams_and_generations(acme: Person, contact: Type) -> None:
    stream = Stream.objects.get()

    refused(Stream, writer=stream.writer, type=stream.type, owner=acme.row)
    refused(Stream, writer=stream.writer, type="", owner=acme.row)
    refused(Generation, stream=stream, number=2, akid=bytes(32))  # a second open one
    closed = {"stream": stream, "closed": timezone.now()}
    refused(Generation, number=1, akid=bytes(32), **closed)
    refused(Generation, number=0, akid=bytes(32), **closed)
    refused(Generation, number=2, akid=bytes(31), **closed)
    other = Stream.objects.create(writer=stream.writer, type="health", owner=acme.row)
    refused(Generation, stream=other, number=1, akid=stream.generations.get().akid)


def test_records(acme: Person, contact: Type) -> None:
    contact.write(contact.record(id=id_in(9)))
    stream, generation = Stream.objects.get(), Generation.objects.get()
    good = {
        "stream": stream,
        "generation": generation,
        "lane": 9,
        "position": 2,
        "rev": 1,
        "body": b"{}",
    }

    refused(Record, id=Record.objects.get().pk, **good)
    refused(Record, id=id_in(9), **good | {"position": 1})
    refused(Record, id=id_in(9), **good | {"position": 0})
    refused(Record, id=id_in(9), **good | {"rev": 0})
    refused(Record, id=id_in(9), **good | {"body": b""})
    refused(Record, id=id_in(9), **good, deleted_at=timezone.now())
    Record.objects.create(id=id_in(9), **good)


def test_what_records_say_in_plaintext(contact: Type) -> None:
    contact.write(contact.record(meta={"state": "open"}))
    row = RecordMeta.objects.get()
    good = {"record": row.record, "stream": row.stream, "name": "kind", "text": "a"}

    refused(RecordMeta, **good | {"name": row.name})
    refused(RecordMeta, **good | {"name": ""})
    refused(RecordMeta, **good | {"text": ""})

    def of_no_record() -> None:
        RecordMeta.objects.create(**good | {"record": Record(pk=uuid4())})
        connection.check_constraints()

    with pytest.raises(IntegrityError), transaction.atomic():
        of_no_record()
    RecordMeta.objects.create(**good)


@pytest.mark.parametrize("lane", range(LANES))
def test_a_record_is_in_the_lane_that_its_id_names(contact: Type, lane: int) -> None:
    stream, generation = Stream.objects.get(), Generation.objects.get()
    good = {"stream": stream, "generation": generation, "position": 1, "rev": 1, "body": b"{}"}

    for other in range(-1, LANES + 1):
        if other != lane:
            refused(Record, id=id_in(lane), **good, lane=other)
    record = Record.objects.create(id=id_in(lane), **good, lane=lane)

    assert lane_of(UUID(str(record.pk))) == lane


def test_lanes_and_arrivals(contact: Type) -> None:
    contact.write(contact.record(id=id_in(9)))
    stream = Stream.objects.get()
    lane = stream.lanes.get(number=9)
    today = {"stream": stream, "day": timezone.now().date()}

    refused(Lane, stream=stream, number=9)
    refused(Lane, stream=stream, number=16)
    for change in ({"living": 2}, {"position": 0}, {"living": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Lane.objects.filter(pk=lane.pk).update(**change)
    refused(Arrivals, **today, lane=9, count=1)
    refused(Arrivals, **today, lane=16, count=1)
    refused(Arrivals, **today, lane=8, count=0)


def test_grants(acme: Person, clinic: Person, contact: Type) -> None:
    [record] = contact.write()
    contact.share(clinic)
    contact.share(clinic, record=record, fields=("name",))
    good = {
        "stream": Stream.objects.get(),
        "generation": Generation.objects.get(),
        "reader": clinic.row,
        "akid": bytes(32),
        "body": b"{}",
    }

    refused(Grant, **good)
    refused(Grant, **good, record=Record.objects.get())
    refused(Grant, **good | {"reader": acme.row, "record": Record.objects.get(), "body": b""})
    refused(Grant, **good | {"reader": acme.row, "record": Record.objects.get(), "akid": b""})


def test_the_directory(acme: Person) -> None:
    card = acme.card
    keys = {"kem_pk": card.kem_pk, "sig_pk": card.sig_pk, "recovery": card.recovery}
    good = {"name": "x", "card_sig": card.sig, **keys}
    token = {"name": "x", "expires": timezone.now()}

    for key in ("card_sig", *keys):
        refused(Client, id=uuid4(), **good | {key: bytes(31)})
    refused(ApiKey, id=uuid4(), client=acme.row, digest=bytes(31))
    refused(ApiKey, id=uuid4(), client=acme.row, digest=ApiKey.objects.get().digest)
    refused(EnrolmentToken, digest=bytes(31), **token)
    refused(EnrolmentToken, digest=bytes(32), used_at=timezone.now(), **token)
    refused(EnrolmentToken, digest=bytes(32), client=acme.row, **token)
