"""GET /clients/ID"""

from uuid import uuid4

from django.utils import timezone

from apps.envelope.keys import parse_card, pinned
from tests.people import Person, accepted, error, send


def test_any_client_gets_a_card_that_has_the_pinned_fingerprint(
    acme: Person, marketing: Person
) -> None:
    card = parse_card(accepted(acme.get(f"/clients/{marketing.id}"))["card"])

    assert pinned(card, marketing.card.fingerprint) == marketing.card


def test_the_card_of_a_disabled_client_still_verifies_what_it_signed(
    acme: Person, marketing: Person
) -> None:
    marketing.row.disabled_at = timezone.now()
    marketing.row.save()

    assert accepted(acme.get(f"/clients/{marketing.id}"))["card"] == marketing.card.to_wire()


def test_nobody_is_not_found(acme: Person) -> None:
    assert error(acme.get(f"/clients/{uuid4()}")) == (404, "not_found")


def test_it_wants_an_api_key(acme: Person) -> None:
    assert error(send("GET", f"/clients/{acme.id}", b"")) == (401, "not_authenticated")
