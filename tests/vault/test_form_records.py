"""What intake stands on: inboxes that open and close, submissions stored all or nothing."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from apps.envelope.errors import SignatureError
from apps.envelope.grants import inbox_id
from apps.envelope.primitives import KemKey, random
from apps.envelope.statements import Deletion, sign_deletion
from apps.vault.errors import (
    GenerationConflict,
    ManifestSuperseded,
    OwnAccess,
    RecordConflict,
    RecordDeleted,
)
from apps.vault.form_records import store_form_records
from apps.vault.lanes import lane_of
from apps.vault.models import Arrivals, Generation, Grant, Lane, Record, Stream
from apps.vault.stored_grants import open_inbox_generation, remove_reader
from apps.web.errors import Mismatch
from tests.people import Person, accepted, error
from tests.vault.counting import check_counters
from tests.vault.inbox import Inboxes

pytestmark = pytest.mark.database


@pytest.fixture
def inboxes(acme: Person) -> Inboxes:
    return Inboxes(acme).open()


def test_a_submission_is_stored_once(inboxes: Inboxes) -> None:
    records = inboxes.submission()

    assert store_form_records(records=records, inboxes=inboxes.ids) is True
    assert store_form_records(records=records, inboxes=inboxes.ids) is False

    assert {str(row.pk) for row in Record.objects.all()} == {record.id for record in records}


def test_a_repeat_is_known_after_the_inbox_has_closed(inboxes: Inboxes) -> None:
    records, before = inboxes.submission(), inboxes.ids
    store_form_records(records=records, inboxes=before)
    inboxes.open()

    assert store_form_records(records=records, inboxes=before) is False


def test_a_closed_inbox_takes_nothing(inboxes: Inboxes) -> None:
    records, before = inboxes.submission(), inboxes.ids
    inboxes.open()

    with pytest.raises(ManifestSuperseded):
        store_form_records(records=records, inboxes=before)

    assert not Record.objects.exists()


@pytest.mark.slow
def test_lanes_and_days_count_what_came(inboxes: Inboxes) -> None:
    submissions = [inboxes.submission() for _ in range(40)]
    for records in submissions:
        store_form_records(records=records, inboxes=inboxes.ids)
        store_form_records(records=records, inboxes=inboxes.ids)  # a repeat counts for nothing

    assert Record.objects.count() == 80
    check_counters()


def test_a_record_is_stored_with_its_place_and_its_time(inboxes: Inboxes) -> None:
    before = timezone.now()
    records = inboxes.submission()
    store_form_records(records=records, inboxes=inboxes.ids)
    after = timezone.now()

    for record in records:
        row = Record.objects.select_related("stream", "generation").get(pk=record.id)
        assert (row.stream.writer, row.stream.type) == (inboxes.writer, record.type)
        assert bytes(row.generation.akid) == inboxes.ids[record.type]
        assert (row.lane, row.position, row.rev) == (lane_of(row.pk), 1, 1)
        assert before <= row.arrived == row.stored <= after
        assert row.deleted_at is None
        assert bytes(row.body) == record.raw


def test_time_does_not_run_backwards_in_a_lane(inboxes: Inboxes) -> None:
    ahead = timezone.now() + timedelta(days=1)
    Lane.objects.update(last_arrival=ahead)

    store_form_records(records=inboxes.submission(), inboxes=inboxes.ids)

    assert {row.arrived for row in Record.objects.all()} == {ahead}
    assert {lane.last_arrival for lane in Lane.objects.all()} == {ahead}
    assert {row.day for row in Arrivals.objects.all()} == {ahead.date()}


def test_a_refused_submission_leaves_no_trace(inboxes: Inboxes) -> None:
    first, second = inboxes.submission(), inboxes.submission()
    store_form_records(records=first, inboxes=inboxes.ids)
    before = list(Lane.objects.order_by("pk").values()), list(Arrivals.objects.values())

    with pytest.raises(RecordConflict):
        store_form_records(records=(second[0], first[1]), inboxes=inboxes.ids)

    assert (list(Lane.objects.order_by("pk").values()), list(Arrivals.objects.values())) == before
    assert Record.objects.count() == 2


@pytest.mark.parametrize("types", [1, 2])
def test_a_record_comes_into_no_stream_but_its_own(
    types: int, acme: Person, inboxes: Inboxes
) -> None:
    other = Inboxes(acme).open()
    records = inboxes.submission()[:types]
    swapped = dict(zip(inboxes.TYPES, reversed(inboxes.ids.values()), strict=True))

    for wrong in (other.ids, swapped):
        with pytest.raises(ManifestSuperseded):
            store_form_records(records=records, inboxes=wrong)

    assert not Record.objects.exists()


def test_an_id_that_is_taken_stops_the_whole_submission(inboxes: Inboxes) -> None:
    first, second = inboxes.submission(), inboxes.submission()
    store_form_records(records=first, inboxes=inboxes.ids)

    with pytest.raises(RecordConflict):
        store_form_records(records=(first[0], second[1]), inboxes=inboxes.ids)

    assert Record.objects.count() == 2


def test_an_id_of_a_clients_record_is_taken(inboxes: Inboxes, mallory: Person) -> None:
    foreign = Inboxes(mallory).open()
    records = inboxes.submission()
    Record.objects.create(
        id=UUID(records[0].id),
        stream=foreign.generations["account"].stream,
        generation=foreign.generations["account"],
        lane=lane_of(UUID(records[0].id)),
        position=1,
        rev=1,
        body=b"{}",
    )

    with pytest.raises(RecordConflict):
        store_form_records(records=records, inboxes=inboxes.ids)


def test_a_deleted_record_is_not_submitted_again(inboxes: Inboxes, acme: Person) -> None:
    records = inboxes.submission()
    store_form_records(records=records, inboxes=inboxes.ids)
    gone = records[0]
    deletion = sign_deletion(Deletion(gone.id, gone.writer, gone.type, 1), acme.keys)
    answer = accepted(acme.post("/deletions", {"deletions": [deletion.to_wire()]}))
    assert answer["results"] == [{"id": gone.id, "status": "deleted"}]

    with pytest.raises(RecordDeleted):
        store_form_records(records=records, inboxes=inboxes.ids)


def test_the_owner_lists_what_visitors_sent_and_readers_of_the_inbox_too(
    inboxes: Inboxes, acme: Person, clinic: Person, mallory: Person
) -> None:
    records = {record.type: record for record in inboxes.submission()}
    store_form_records(records=tuple(records.values()), inboxes=inboxes.ids)
    grant = inboxes.grant("health", clinic).to_wire()
    accepted(acme.post("/grants", {"grants": [grant]}))

    def listed(person: Person, type: str) -> list[object]:
        page = accepted(person.get("/records", writer=inboxes.writer, type=type))
        return [item["record"] for item in page["items"]]

    assert listed(acme, "account") == [records["account"].to_wire()]
    assert listed(clinic, "health") == [records["health"].to_wire()]
    assert listed(clinic, "account") == listed(mallory, "health") == []


def test_the_next_inbox_closes_the_one_before(inboxes: Inboxes) -> None:
    inboxes.open()

    found = Generation.objects.filter(stream__type="account").order_by("number")

    assert [(each.number, each.closed is None) for each in found] == [(1, False), (2, True)]


def test_an_inbox_is_not_opened_by_a_grant_alone(inboxes: Inboxes, acme: Person) -> None:
    inboxes.new_seeds()
    grant = inboxes.grant("account", acme).to_wire()

    assert error(acme.post("/grants", {"grants": [grant]})) == (409, "unknown_generation")


def test_no_generation_opens_that_is_not_above_the_last(inboxes: Inboxes, acme: Person) -> None:
    stream = Stream.objects.get(type="account")
    inboxes.gen = 0
    inboxes.new_seeds()
    grant = inboxes.grant("account", acme)

    with pytest.raises(GenerationConflict):
        open_inbox_generation(stream=stream, gen=1, inbox_id=grant.akid, self_grant=grant)

    assert Generation.objects.get(stream=stream).closed is None


def test_after_a_restore_a_form_s_owner_leaves_a_generation_out(
    inboxes: Inboxes, acme: Person
) -> None:
    stream = Stream.objects.get(type="account")
    inboxes.gen = 2
    inboxes.new_seeds()
    grant = inboxes.grant("account", acme)

    open_inbox_generation(stream=stream, gen=3, inbox_id=grant.akid, self_grant=grant)

    assert Generation.objects.get(stream=stream, closed=None).number == 3


def test_an_inbox_needs_the_owners_own_grant_of_it(
    inboxes: Inboxes, acme: Person, mallory: Person
) -> None:
    stream = Stream.objects.get(type="account")
    inboxes.new_seeds()
    good = inboxes.grant("account", acme)
    other = inbox_id(KemKey(random(32)).public)
    attempts = [
        (inboxes.grant("account", mallory), good.akid, Mismatch),
        (inboxes.grant("account", acme, granter=mallory.keys), good.akid, SignatureError),
        (inboxes.grant("health", acme), good.akid, Mismatch),
        (good, other, Mismatch),
    ]

    for grant, name, refusal in attempts:
        with pytest.raises(refusal):
            open_inbox_generation(stream=stream, gen=2, inbox_id=name, self_grant=grant)

    assert Generation.objects.get(stream=stream).closed is None


def test_a_reader_is_removed_and_the_owner_is_not(
    inboxes: Inboxes, acme: Person, clinic: Person
) -> None:
    stream = Stream.objects.get(type="health")
    accepted(acme.post("/grants", {"grants": [inboxes.grant("health", clinic).to_wire()]}))

    assert remove_reader(stream=stream, reader=clinic.id) == 1
    with pytest.raises(OwnAccess):
        remove_reader(stream=stream, reader=acme.id)

    assert Grant.objects.get(stream=stream).reader == acme.row


def test_mallory_cannot_grant_acmes_inbox(inboxes: Inboxes, mallory: Person) -> None:
    forged = inboxes.grant("account", mallory, granter=mallory.keys).to_wire()

    assert error(mallory.post("/grants", {"grants": [forged]})) == (422, "mismatch")


def test_clients_do_not_write_a_forms_records(inboxes: Inboxes, acme: Person) -> None:
    body = {"records": [record.to_wire() for record in inboxes.submission()]}

    assert error(acme.post("/records", body)) == (422, "mismatch")


def test_fields_of_one_submission_are_granted(
    inboxes: Inboxes, acme: Person, clinic: Person
) -> None:
    records = inboxes.submission()
    store_form_records(records=records, inboxes=inboxes.ids)
    account = next(record for record in records if record.type == "account")
    one = {"record": account.id, "akid": account.akid, "keys": {"name": bytes(32)}}
    grant = inboxes.grant("account", clinic, **one)

    accepted(acme.post("/grants", {"grants": [grant.to_wire()]}))

    [item] = accepted(clinic.get("/records", writer=inboxes.writer, type="account"))["items"]
    assert (set(item["record"]["fields"]), set(item["record"]["hidden"])) == ({"name"}, {"city"})
