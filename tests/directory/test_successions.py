"""POST /me/successions, and the lines that GET /me and GET /clients/ID tell"""

import time
from dataclasses import replace

import pytest
from django.utils import timezone

from apps.directory.models import ApiKey, Client, Succession
from apps.envelope.keys import ClientKeys, parse_card
from apps.envelope.primitives import SigningKey
from apps.envelope.successions import (
    MAX_STEPS,
    NO_PAST,
    LastGeneration,
    Past,
    follow,
    parse_succession,
)
from apps.vault.models import Generation, Grant
from tests.directory.successions import (
    RECOVERY,
    body_of,
    new_api_key,
    next_card,
    past_of,
    rotated,
    step_of,
    with_recovery,
)
from tests.people import Person, Type, accepted, error, send

pytestmark = pytest.mark.database

NEXT = ClientKeys(bytes([1]) * 32)


@pytest.fixture
def owner(acme: Person) -> Person:
    return with_recovery(acme)


def test_the_next_card_is_the_client_s_and_anybody_can_follow(
    owner: Person, marketing: Person
) -> None:
    step = step_of(owner, NEXT)

    first = owner.post("/me/successions", body_of(step))
    again = owner.post("/me/successions", body_of(step))

    assert (first.status_code, first.json()) == (201, {"number": 1})
    assert (again.status_code, again.json()) == (200, {"number": 1})
    for line in (accepted(marketing.get(f"/clients/{owner.id}")), accepted(owner.get("/me"))):
        found = follow(parse_card(line["first"]), map(parse_succession, line["successions"]))
        assert found.card == step.card == parse_card(line["card"])
        assert parse_card(line["first"]) == owner.card


def test_who_never_rotated_has_no_first_card(owner: Person, marketing: Person) -> None:
    line = accepted(marketing.get(f"/clients/{owner.id}"))

    assert line == {"card": owner.card.to_wire(), "first": None, "successions": []}


def test_the_past_is_for_who_reads_there(owner: Person, marketing: Person, mallory: Person) -> None:
    contact = Type(owner, "contact").open()
    contact.share(marketing)
    past = Past((LastGeneration(owner.id, "contact", 1, contact.grant(owner).akid),))
    assert past == past_of(owner.row)
    owner = rotated(owner)

    path = f"/clients/{owner.id}/pasts/1"
    for reader in (owner, marketing):
        assert accepted(reader.get(path)) == {"past": past.to_wire()}
    assert error(mallory.get(path)) == (404, "not_found")
    assert error(marketing.get(f"/clients/{owner.id}/pasts/2")) == (404, "not_found")
    assert error(send("GET", path, b"")) == (401, "not_authenticated")
    assert b"contact" not in mallory.get(f"/clients/{owner.id}").content


def test_the_past_is_for_nobody_whose_grants_have_ended(owner: Person, marketing: Person) -> None:
    """It names every type and form of the owner's, and who reads nothing needs none of them."""
    contact = Type(owner, "contact").open()
    contact.share(marketing, not_after=int(time.time()) + 60)
    owner = rotated(owner)
    path = f"/clients/{owner.id}/pasts/1"
    assert accepted(marketing.get(path))

    Grant.objects.filter(reader=marketing.row).update(not_after=int(time.time()) - 1)

    assert error(marketing.get(path)) == (404, "not_found")


def test_a_thief_of_the_seed_and_the_api_key_cannot_rotate(owner: Person) -> None:
    mine = SigningKey(bytes([7]) * 32)
    api_key, _ = new_api_key()
    plain = step_of(owner, NEXT, recovery=mine)
    stolen = step_of(owner, NEXT, recovery=mine, compromised=True)

    assert error(owner.post("/me/successions", body_of(plain))) == (422, "signature")
    refused = owner.post("/me/successions", body_of(stolen, api_key=api_key))
    assert error(refused) == (422, "signature")
    assert Client.objects.get(pk=owner.row.pk).card == owner.card


def test_another_client_cannot_post_it(owner: Person, mallory: Person) -> None:
    body = body_of(step_of(owner, NEXT))

    assert error(mallory.post("/me/successions", body)) == (422, "mismatch")
    assert error(send("POST", "/me/successions", body)) == (401, "not_authenticated")
    assert Succession.objects.count() == 0


def test_a_card_has_one_successor(owner: Person) -> None:
    rotated(owner)

    other = step_of(owner, ClientKeys(bytes([2]) * 32))

    assert error(owner.post("/me/successions", body_of(other))) == (409, "succession_exists")


def test_a_client_without_recovery_key_has_none(acme: Person) -> None:
    assert error(acme.post("/me/successions", body_of(step_of(acme, NEXT)))) == (422, "mismatch")


def test_what_does_not_lead_on_is_refused(owner: Person) -> None:
    far = step_of(owner, NEXT, number=2)
    second = rotated(owner)
    old = step_of(owner, NEXT, number=2)
    renamed = step_of(second, NEXT, number=2, card=next_card(second, NEXT, name="acme2"))
    back = step_of(second, owner.keys, number=2)
    past = Past((LastGeneration(owner.id, "contact", 1, bytes(32)),))
    good = step_of(second, NEXT, number=2)

    def refusal(body: object) -> tuple[int, str]:
        return error(owner.post("/me/successions", body))

    assert refusal(body_of(step_of(owner, NEXT, number=3))) == (422, "mismatch")
    assert refusal(body_of(far)) == (422, "fingerprint")
    assert refusal(body_of(old)) == (422, "fingerprint")
    assert refusal(body_of(renamed)) == (422, "mismatch")
    assert refusal(body_of(back)) == (422, "mismatch")
    assert refusal(body_of(good, past)) == (422, "mismatch")
    assert refusal(body_of(replace(good, number=1))) == (409, "succession_exists")
    accepted(owner.post("/me/successions", body_of(good)))


def test_there_are_at_most_sixteen(owner: Person) -> None:
    for number in range(1, MAX_STEPS + 1):
        owner = rotated(owner, number=number)

    seventeenth = step_of(owner, NEXT, number=MAX_STEPS + 1)
    assert error(owner.post("/me/successions", body_of(seventeenth))) == (400, "limit")
    assert len(owner.get(f"/clients/{owner.id}").content) < 64 * 1024


def test_own_streams_are_closed_and_the_old_keys_write_nothing(
    owner: Person, marketing: Person
) -> None:
    contact = Type(owner, "contact").open()
    contact.share(marketing)
    before = contact.record()
    new = rotated(owner)

    generations = accepted(new.get("/generations", writer=owner.id, type="contact"))
    assert [one["open"] for one in generations["generations"]] == [False]
    assert error(owner.post("/records", {"records": [before.to_wire()]})) == (422, "signature")
    grants = {"grants": [contact.grant(owner, gen=1).to_wire()]}
    assert error(owner.post("/grants", grants)) == (422, "signature")
    renewed = Type(new, "contact", contact.access_keys)
    assert error(new.post("/records", {"records": [renewed.record().to_wire()]})) == (
        409,
        "generation_closed",
    )
    renewed.open()
    renewed.write()


def test_a_past_that_another_machine_has_overtaken_is_refused(owner: Person) -> None:
    contact = Type(owner, "contact").open()
    past = past_of(owner.row)
    Generation.objects.update(closed=timezone.now())
    contact.open()
    step = step_of(owner, NEXT, past=past)

    assert error(owner.post("/me/successions", body_of(step, past))) == (409, "past_not_last")
    assert Client.objects.get(pk=owner.row.pk).card == owner.card
    assert Generation.objects.get(closed=None).number == 2
    rotated(owner)


def test_nobody_is_granted_by_an_old_card(owner: Person, marketing: Person) -> None:
    contact = Type(owner, "contact").open()
    before = with_recovery(marketing)
    after = rotated(before)

    old = {"grants": [contact.grant(before).to_wire()]}
    assert error(owner.post("/grants", old)) == (422, "fingerprint")
    contact.share(after)


def test_after_a_theft_the_new_api_key_is_the_only_one(owner: Person) -> None:
    api_key, authorization = new_api_key()
    body = body_of(step_of(owner, NEXT, compromised=True), api_key=api_key)

    accepted(owner.post("/me/successions", body))

    assert error(owner.get("/me")) == (401, "not_authenticated")
    new = replace(owner, authorization=authorization)
    assert accepted(new.get("/me"))["api_key"]["id"] == api_key["id"]
    assert new.post("/me/successions", body).status_code == 200
    assert ApiKey.objects.filter(client=owner.row, revoked_at=None).count() == 1
    other = body | {"api_key": new_api_key()[0]}
    assert error(new.post("/me/successions", other)) == (409, "succession_exists")


def test_after_a_theft_an_api_key_is_asked_for_and_else_none_is_taken(owner: Person) -> None:
    api_key, _ = new_api_key()
    stolen = step_of(owner, NEXT, compromised=True)

    assert error(owner.post("/me/successions", body_of(stolen))) == (400, "malformed")
    plain = body_of(step_of(owner, NEXT), api_key=api_key)
    assert error(owner.post("/me/successions", plain)) == (400, "malformed")


def test_an_api_key_of_somebody_else_s_is_refused(owner: Person, marketing: Person) -> None:
    theirs = {"id": str(ApiKey.objects.get(client=marketing.row).pk)}
    api_key, _ = new_api_key()
    body = body_of(step_of(owner, NEXT, compromised=True), api_key=api_key | theirs)

    assert error(owner.post("/me/successions", body)) == (409, "api_key_conflict")
    assert Client.objects.get(pk=owner.row.pk).card == owner.card
    assert owner.get("/me").status_code == 200


def test_the_past_of_a_client_without_types_is_nothing() -> None:
    assert NO_PAST.to_wire() == {"streams": [], "forms": []}
    assert RECOVERY.public != bytes(32)
