"""POST /enrolments"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.directory.enrolment import issue_token
from apps.directory.models import ApiKey, Client, EnrolmentToken
from apps.envelope.encoding import b64
from apps.envelope.keys import Card, ClientKeys, make_card
from apps.envelope.tokens import API_SECRET, ENROLMENT, new_token, token_digest
from tests.people import Person, accepted, basic, error, send

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def new_card(name: str = "acme") -> Card:
    return make_card(keys=ClientKeys.generate(), id=str(uuid4()), name=name)


def body(card: Card, **changes: Any) -> dict[str, Any]:
    token = changes.pop("token", None) or issue_token(name=card.name)[0]
    key = {"id": str(uuid4()), "digest": b64(token_digest(new_token(API_SECRET)))}
    return {"token": token, "card": card.to_wire(), "api_key": key | changes}


def enrol(wire: object) -> Any:
    return send("POST", "/enrolments", wire)


def test_a_token_lets_one_client_in() -> None:
    card, secret = new_card(), new_token(API_SECRET)
    wire = body(card, digest=b64(token_digest(secret)))

    response = enrol(wire)

    assert response.status_code == 201
    assert response.json() == {
        "client_id": card.id,
        "api_key_id": wire["api_key"]["id"],
        "expires": None,
    }
    assert Client.objects.get().card == card
    me = send("GET", "/me", b"", authorization=basic(wire["api_key"]["id"], secret))
    assert accepted(me)["card"] == card.to_wire()


def test_the_server_keeps_digests_only() -> None:
    secret = new_token(API_SECRET)
    wire = body(new_card(), digest=b64(token_digest(secret)))
    enrol(wire)

    kept = [*ApiKey.objects.values_list(), *EnrolmentToken.objects.values_list()]

    assert bytes(ApiKey.objects.get().digest) == token_digest(secret)
    assert bytes(EnrolmentToken.objects.get().digest) == token_digest(wire["token"])
    assert wire["token"] not in str(kept)
    assert secret not in str(kept)


def test_the_same_again_gives_the_same_answer_even_after_the_token_has_expired() -> None:
    wire = body(new_card())
    first = enrol(wire)
    EnrolmentToken.objects.update(expires=timezone.now() - timedelta(days=1))

    again = enrol(wire)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (Client.objects.count(), ApiKey.objects.count()) == (1, 1)


def test_a_used_token_lets_nobody_else_in() -> None:
    card, token = new_card(), issue_token(name="acme")[0]
    wire = body(card, token=token)
    enrol(wire)

    other_client = body(new_card("mallory"), token=token)
    other_key = body(card, token=token)
    other_secret = wire | {"api_key": wire["api_key"] | {"digest": b64(bytes(32))}}
    same_key_other_client = wire | {"card": new_card("mallory").to_wire()}

    for attempt in (other_client, other_key, other_secret, same_key_other_client):
        assert error(enrol(attempt)) == (403, "token_used")
    assert (Client.objects.count(), ApiKey.objects.count()) == (1, 1)


def test_an_enrolled_card_gains_a_further_key_with_a_new_token() -> None:
    card = new_card()
    enrol(body(card))

    assert enrol(body(card)).status_code == 201

    assert (Client.objects.count(), ApiKey.objects.count()) == (1, 2)


def test_mallory_cannot_enrol_another_card_under_acmes_id(acme: Person) -> None:
    keys = ClientKeys.generate()
    imposter = make_card(keys=keys, id=acme.id, name="acme")
    renamed = make_card(keys=acme.keys, id=acme.id, name="other")

    for card in (imposter, renamed):
        assert error(enrol(body(card))) == (409, "card_conflict")

    assert Client.objects.get().card == acme.card
    assert not EnrolmentToken.objects.filter(used_at=None, client__isnull=False).exists()


def test_a_refused_request_does_not_use_the_token_up(acme: Person) -> None:
    token, _ = issue_token(name="mallory")
    imposter = make_card(keys=ClientKeys.generate(), id=acme.id, name="acme")
    enrol(body(imposter, token=token))

    assert enrol(body(new_card("mallory"), token=token)).status_code == 201


def test_a_card_that_its_own_key_did_not_sign_is_refused() -> None:
    card = replace(new_card(), name="marketing")

    assert error(enrol(body(card))) == (422, "signature")


def test_a_token_expires() -> None:
    token, _ = issue_token(name="acme", valid_for=timedelta(seconds=-1))

    assert error(enrol(body(new_card(), token=token))) == (403, "token_expired")


def test_a_token_of_no_server_is_refused() -> None:
    assert error(enrol(body(new_card(), token=new_token(ENROLMENT)))) == (403, "token_refused")


def test_a_mistyped_token_says_so_and_is_not_shown() -> None:
    token, _ = issue_token(name="acme")
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")

    response = enrol(body(new_card(), token=wrong))

    assert error(response) == (400, "malformed")
    assert "mistyped" in response.json()["error"]["message"]
    assert wrong not in response.content.decode()


def test_an_api_key_that_is_in_use_is_refused() -> None:
    wire = body(new_card())
    enrol(wire)
    key = wire["api_key"]

    same_id = body(new_card("mallory"), id=key["id"])
    same_secret = body(new_card("mallory"), digest=key["digest"])

    assert error(enrol(same_id)) == (409, "api_key_conflict")
    assert error(enrol(same_secret)) == (409, "api_key_conflict")
    assert Client.objects.count() == 1


def test_a_disabled_client_gets_no_further_key() -> None:
    card = new_card()
    enrol(body(card))
    Client.objects.update(disabled_at=timezone.now())

    assert error(enrol(body(card))) == (403, "client_disabled")


@pytest.mark.parametrize("key", ["token", "card", "api_key"])
def test_it_refuses_any_other_shape(key: str) -> None:
    wire = body(new_card())

    for wrong in ({**wire, "more": 1}, {**wire, key: None}, {**wire, key: "x"}, {**wire, key: {}}):
        assert error(enrol(wrong)) == (400, "malformed")
    del wire[key]
    assert error(enrol(wire)) == (400, "malformed")


@pytest.mark.slow
def test_who_guesses_tokens_is_slowed_down() -> None:
    codes = {error(enrol(body(new_card(), token=new_token(ENROLMENT))))[1] for _ in range(60)}

    guess = body(new_card(), token=new_token(ENROLMENT))
    response = enrol(guess)

    assert codes == {"token_refused"}
    assert error(response) == (429, "throttled")
    assert int(response["Retry-After"]) > 0
    assert send("POST", "/enrolments", guess, x_forwarded_for="1.2.3.4").status_code == 429
    assert enrol(body(new_card())).status_code == 201  # who was handed a token guesses nothing


def test_mallory_does_not_enrol_under_the_name_of_acme() -> None:
    token, _ = issue_token(name="mallory")

    response = enrol(body(new_card("acme"), token=token))

    assert error(response) == (403, "token_name")
    assert not Client.objects.exists()


def test_a_further_key_needs_no_token_of_the_same_name() -> None:
    card = new_card("acme")
    enrol(body(card))
    token, _ = issue_token(name="acme, second machine")

    assert enrol(body(card, token=token)).status_code == 201


def test_it_takes_no_cookies_and_sets_none() -> None:
    assert not enrol(body(new_card())).cookies
