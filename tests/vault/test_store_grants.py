"""POST /grants"""

import tracemalloc
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from apps.envelope.grants import Grant, grant_message
from apps.envelope.keys import ClientKeys, akid, make_card
from apps.vault import models
from tests.people import Person, Type, accepted, error, send, wires


def post(granter: Person, *grants: Grant) -> list[str]:
    answer = accepted(granter.post("/grants", {"grants": wires(list(grants))}))
    return [result["status"] for result in answer["results"]]


def refused(granter: Person, *grants: Grant) -> tuple[int, str]:
    before = models.Grant.objects.count()
    answer = error(granter.post("/grants", {"grants": wires(list(grants))}))
    assert models.Grant.objects.count() == before
    return answer


def signed(grant: Grant, keys: ClientKeys, **changes: Any) -> Grant:
    changed = replace(grant, **changes)
    return replace(changed, sig=keys.sig.sign(grant_message(changed)))


def test_the_writers_grant_to_itself_opens_the_first_generation(acme: Person) -> None:
    contact = Type(acme, "contact")
    contact.new_key()

    assert post(acme, contact.grant(acme)) == ["created"]

    generation = models.Generation.objects.get()
    assert (generation.number, generation.closed) == (1, None)
    assert bytes(generation.akid) == akid(contact.access_keys[1])


def test_one_request_opens_a_generation_and_shares_it(
    acme: Person, marketing: Person, clinic: Person
) -> None:
    contact = Type(acme, "contact")
    contact.new_key()

    grants = [contact.grant(person) for person in (acme, marketing, clinic)]

    assert post(acme, *grants) == ["created"] * 3


def test_the_same_grant_again_changes_nothing(
    acme: Person, marketing: Person, contact: Type
) -> None:
    grant = contact.grant(marketing)

    assert post(acme, grant) == ["created"]
    assert post(acme, grant) == ["existing"]


def test_a_later_grant_replaces_the_one_before(
    acme: Person, marketing: Person, contact: Type
) -> None:
    contact.share(marketing)

    assert post(acme, contact.grant(marketing, fields=("zip",))) == ["replaced"]

    assert models.Grant.objects.get(reader=marketing.row).fields == ["zip"]


def test_a_second_generation_opens_when_the_first_is_closed(
    acme: Person, marketing: Person, contact: Type
) -> None:
    contact.new_key()
    assert refused(acme, contact.grant(acme)) == (409, "generation_conflict")

    accepted(acme.post("/revocations", contact.revocation(marketing, gen=1).to_wire()))

    assert post(acme, contact.grant(acme)) == ["created"]
    assert models.Generation.objects.get(closed__isnull=True).number == 2


def test_after_a_restore_a_number_is_left_out_and_none_below_the_last_is_opened(
    acme: Person, marketing: Person
) -> None:
    contact, older = Type(acme, "contact"), Type(acme, "contact")
    for _ in range(3):
        contact.new_key()
    for _ in range(2):
        older.new_key()

    assert post(acme, contact.grant(acme)) == ["created"]
    accepted(acme.post("/revocations", contact.revocation(marketing, gen=3).to_wire()))

    assert refused(acme, older.grant(acme)) == (409, "generation_conflict")
    assert [one.number for one in models.Generation.objects.all()] == [3]


def test_a_generation_does_not_get_an_earlier_key(
    acme: Person, marketing: Person, contact: Type
) -> None:
    accepted(acme.post("/revocations", contact.revocation(marketing).to_wire()))
    contact.access_keys[2] = contact.access_keys[1]

    assert refused(acme, contact.grant(acme)) == (409, "access_key_used")


def test_only_the_whole_grant_to_itself_opens_a_generation(acme: Person, marketing: Person) -> None:
    contact = Type(acme, "contact")
    contact.new_key()

    assert refused(acme, contact.grant(marketing)) == (409, "unknown_generation")
    assert refused(acme, contact.grant(acme, fields=("zip",))) == (409, "unknown_generation")


def test_a_grant_names_the_key_of_its_generation(
    acme: Person, marketing: Person, contact: Type
) -> None:
    other = Type(acme, "contact")
    other.new_key()

    assert refused(acme, other.grant(marketing)) == (409, "generation_conflict")
    assert refused(acme, other.grant(acme)) == (409, "generation_conflict")


def test_closed_generations_can_be_shared_later(
    acme: Person, marketing: Person, clinic: Person, contact: Type
) -> None:
    accepted(acme.post("/revocations", contact.revocation(clinic).to_wire()))
    contact.open()

    grants = [contact.grant(marketing, gen=gen) for gen in (1, 2)]

    assert post(acme, *grants) == ["created"] * 2


def test_a_grant_by_mallory_of_acmes_type_is_refused(
    acme: Person, mallory: Person, contact: Type
) -> None:
    forged = contact.grant(mallory, granter=mallory.keys)

    assert refused(mallory, forged) == (422, "mismatch")
    assert refused(acme, forged) == (422, "signature")
    assert refused(mallory, contact.grant(mallory)) == (422, "mismatch")


def test_a_reader_cannot_grant_what_it_was_granted(
    marketing: Person, clinic: Person, contact: Type
) -> None:
    contact.share(marketing)

    passed_on = contact.grant(clinic, granter=marketing.keys)

    assert refused(marketing, passed_on) == (422, "mismatch")


def test_a_form_that_is_not_the_callers_looks_like_none(
    acme: Person, mallory: Person, contact: Type
) -> None:
    stream = models.Stream.objects.get()
    form = models.Stream.objects.create(
        writer=f"form:{uuid4()}", type="account", owner=stream.owner
    )
    grant = contact.grant(mallory, granter=mallory.keys, keys={"@": bytes(32)}, writer=form.writer)
    nothing = replace(grant, writer=f"form:{uuid4()}")

    first = mallory.post("/grants", {"grants": [signed(grant, mallory.keys).to_wire()]})
    second = mallory.post("/grants", {"grants": [signed(nothing, mallory.keys).to_wire()]})

    assert error(first) == (422, "mismatch")
    assert first.content == second.content


def test_one_bad_grant_stops_all_of_them(
    acme: Person, marketing: Person, mallory: Person, contact: Type
) -> None:
    grants = [contact.grant(marketing), contact.grant(marketing, granter=mallory.keys)]

    assert refused(acme, *grants) == (422, "signature")


def test_the_reader_has_to_be_enrolled_with_that_fingerprint(
    acme: Person, marketing: Person, contact: Type
) -> None:
    nobody = replace(marketing, card=make_card(keys=marketing.keys, id=str(uuid4()), name="x"))
    imposter = replace(
        marketing, card=make_card(keys=ClientKeys.generate(), id=marketing.id, name="x")
    )

    assert refused(acme, contact.grant(nobody)) == (404, "unknown_reader")
    assert refused(acme, contact.grant(imposter)) == (422, "fingerprint")


def test_it_refuses_the_same_to_the_same_reader_twice(
    acme: Person, marketing: Person, contact: Type
) -> None:
    grants = [contact.grant(marketing), contact.grant(marketing, fields=("zip",))]

    assert refused(acme, *grants) == (400, "malformed")


def test_fields_of_one_record_are_granted(acme: Person, clinic: Person, contact: Type) -> None:
    record, other = contact.write(contact.record(), contact.record())

    grants = [contact.grant(clinic, record=each, fields=("name",)) for each in (record, other)]

    assert post(acme, *grants) == ["created"] * 2


def test_one_record_is_granted_as_it_is_stored(acme: Person, clinic: Person, contact: Type) -> None:
    [record] = contact.write()
    grant = contact.grant(clinic, record=record, fields=("name",))
    keys = acme.keys

    missing = signed(grant, keys, record=str(uuid4()))
    other_key = signed(grant, keys, akid=bytes(32))
    other_field = signed(grant, keys, fields=("age",))
    other_gen = signed(grant, keys, gen=2)

    assert refused(acme, missing) == (404, "not_found")
    assert refused(acme, other_key) == (409, "generation_conflict")
    assert refused(acme, other_field) == (422, "mismatch")
    assert refused(acme, other_gen) == (409, "unknown_generation")


def test_a_record_of_somebody_else_is_not_granted(
    acme: Person, mallory: Person, clinic: Person, contact: Type
) -> None:
    [record] = contact.write()
    own = Type(mallory, "contact").open()
    [hers] = own.write()
    grant = signed(own.grant(clinic, record=hers, fields=("name",)), mallory.keys, record=record.id)

    assert refused(mallory, grant) == (404, "not_found")


def test_a_deleted_record_is_not_granted(acme: Person, clinic: Person, contact: Type) -> None:
    [record] = contact.write()
    accepted(acme.post("/deletions", {"deletions": [contact.deletion(record).to_wire()]}))

    grant = contact.grant(clinic, record=record, fields=("name",))

    assert refused(acme, grant) == (404, "not_found")


@pytest.mark.parametrize("body", [{}, {"grants": []}, {"grants": [{}]}, {"grants": {}}, []])
def test_it_refuses_any_other_shape(acme: Person, body: object) -> None:
    assert error(acme.post("/grants", body)) == (400, "malformed")


def test_it_wants_an_api_key(marketing: Person, contact: Type) -> None:
    body = {"grants": [contact.grant(marketing).to_wire()]}

    assert error(send("POST", "/grants", body)) == (401, "not_authenticated")


def test_a_revoked_grant_is_not_put_back_by_who_kept_it_and_has_an_api_key(
    acme: Person, marketing: Person, contact: Type
) -> None:
    kept = contact.grant(marketing)
    post(acme, kept)
    contact.write()
    accepted(acme.post("/revocations", contact.revocation(marketing).to_wire()))

    assert refused(acme, kept) == (409, "grant_withdrawn")

    page = accepted(marketing.get("/records", writer=acme.id, type="contact"))
    assert page["items"] == []
    assert post(acme, contact.grant(marketing)) == ["created"]


def test_a_grant_that_was_replaced_does_not_widen_the_later_one(
    acme: Person, marketing: Person, contact: Type
) -> None:
    wide = contact.grant(marketing)
    post(acme, wide)
    contact.share(marketing, fields=("zip",))

    assert refused(acme, wide) == (409, "grant_withdrawn")

    assert models.Grant.objects.get(reader=marketing.row).fields == ["zip"]


def test_an_access_key_serves_one_generation_of_one_type(
    acme: Person, mallory: Person, contact: Type
) -> None:
    health, hers = Type(acme, "health"), Type(mallory, "contact")
    health.access_keys[1] = hers.access_keys[1] = contact.access_keys[1]

    assert refused(acme, health.grant(acme)) == (409, "access_key_used")
    assert refused(mallory, hers.grant(mallory)) == (409, "access_key_used")
    assert models.Generation.objects.count() == 1


@pytest.mark.slow
def test_large_records_are_not_all_held_at_once_to_be_granted(
    acme: Person, clinic: Person, contact: Type
) -> None:
    comment = {"name": "Ann", "comments": "x" * 40_000}
    records = [contact.write(contact.record(comment))[0] for _ in range(60)]
    grants = wires([contact.grant(clinic, record=each, fields=("name",)) for each in records])

    tracemalloc.start()
    try:
        accepted(acme.post("/grants", {"grants": grants}))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 * 1024 * 1024
