"""POST /revocations"""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from apps.envelope.statements import Revocation, sign_revocation
from apps.vault import models
from tests.people import Person, Type, accepted, error, send


def revoke(owner: Person, revocation: Revocation) -> dict[str, Any]:
    answer: dict[str, Any] = accepted(owner.post("/revocations", revocation.to_wire()))
    return answer


def refused(caller: Person, revocation: Revocation) -> tuple[int, str]:
    answer = error(caller.post("/revocations", revocation.to_wire()))
    assert not models.Generation.objects.filter(closed__isnull=False).exists()
    return answer


def test_it_removes_every_grant_of_the_reader_and_closes_the_generation(
    acme: Person, marketing: Person, clinic: Person, contact: Type
) -> None:
    [record] = contact.write()
    contact.share(marketing)
    contact.share(marketing, record=record, fields=("name",))
    contact.share(clinic)

    assert revoke(acme, contact.revocation(marketing)) == {"closed": 1, "removed": 2}

    assert not models.Grant.objects.filter(reader=marketing.row).exists()
    assert models.Grant.objects.filter(reader=clinic.row).count() == 1
    assert models.Generation.objects.get().closed is not None


def test_grants_of_other_types_stay(acme: Person, marketing: Person, contact: Type) -> None:
    Type(acme, "health").open().share(marketing)
    contact.share(marketing)

    revoke(acme, contact.revocation(marketing))

    assert models.Grant.objects.get(reader=marketing.row).stream.type == "health"


def test_grants_of_closed_generations_go_too(
    acme: Person, marketing: Person, clinic: Person, contact: Type
) -> None:
    contact.share(marketing)
    revoke(acme, contact.revocation(clinic))
    contact.open().share(marketing)

    assert revoke(acme, contact.revocation(marketing)) == {"closed": 2, "removed": 2}


def test_a_repeat_gives_an_answer_and_changes_nothing(
    acme: Person, marketing: Person, contact: Type
) -> None:
    contact.share(marketing)
    revocation = contact.revocation(marketing)
    revoke(acme, revocation)
    contact.open()

    assert revoke(acme, revocation) == {"closed": 1, "removed": 0}

    assert models.Generation.objects.get(number=2).closed is None


def test_an_old_revocation_does_not_end_what_was_granted_later(
    acme: Person, marketing: Person, contact: Type
) -> None:
    old = contact.revocation(marketing)
    revoke(acme, old)
    contact.open().share(marketing)

    response = acme.post("/revocations", old.to_wire())

    assert error(response) == (409, "generation_conflict")
    assert models.Grant.objects.filter(reader=marketing.row).exists()


def test_who_was_forgotten_is_taken_out_of_the_last_one_when_it_is_closed(
    acme: Person, marketing: Person, clinic: Person, contact: Type
) -> None:
    contact.share(marketing)
    revoke(acme, contact.revocation(clinic))

    assert revoke(acme, contact.revocation(marketing)) == {"closed": 1, "removed": 1}


def test_it_names_the_generation_that_is_open(
    acme: Person, marketing: Person, contact: Type
) -> None:
    assert refused(acme, contact.revocation(marketing, gen=2)) == (409, "generation_conflict")


def test_mallory_cannot_revoke(
    acme: Person, marketing: Person, mallory: Person, contact: Type
) -> None:
    contact.share(marketing)
    revocation = contact.revocation(marketing)
    forged = sign_revocation(replace(revocation, sig=b""), mallory.keys)

    assert refused(mallory, revocation) == (422, "signature")
    assert refused(mallory, forged) == (422, "mismatch")
    assert refused(acme, forged) == (422, "signature")
    assert models.Grant.objects.filter(reader=marketing.row).exists()


def test_a_reader_cannot_revoke_another(marketing: Person, clinic: Person, contact: Type) -> None:
    contact.share(marketing)
    contact.share(clinic)
    wish = Revocation(contact.owner.id, "contact", 1, clinic.id)

    assert refused(marketing, sign_revocation(wish, marketing.keys)) == (422, "mismatch")


def test_an_owner_does_not_revoke_itself(acme: Person, contact: Type) -> None:
    assert refused(acme, contact.revocation(acme)) == (409, "own_access")


def test_a_form_is_published_instead_and_only_its_owner_learns_that(
    acme: Person, marketing: Person, mallory: Person
) -> None:
    form = models.Stream.objects.create(writer=f"form:{uuid4()}", type="account", owner=acme.row)
    wish = Revocation(form.writer, "account", 1, marketing.id)

    assert refused(acme, sign_revocation(wish, acme.keys)) == (409, "publish_instead")
    assert refused(mallory, sign_revocation(wish, mallory.keys)) == (422, "mismatch")


def test_it_refuses_what_is_no_revocation(acme: Person) -> None:
    assert error(acme.post("/revocations", {})) == (400, "malformed")


def test_it_wants_an_api_key(marketing: Person, contact: Type) -> None:
    response = send("POST", "/revocations", contact.revocation(marketing).to_wire())

    assert error(response) == (401, "not_authenticated")
