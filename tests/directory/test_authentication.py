"""HTTP Basic with an API key: who gets in, who does not, and what is remembered."""

from base64 import b64decode, b64encode
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.directory.models import ApiKey, Client
from apps.envelope.tokens import API_SECRET, new_token
from tests.people import Person, accepted, basic, error, send

NO = (401, "not_authenticated")


def me(authorization: str) -> tuple[int, str]:
    response = send("GET", "/me", b"", authorization=authorization)
    assert response.status_code == 401, response.content
    assert response["WWW-Authenticate"].startswith("Basic ")
    return error(response)


def test_the_right_key_and_secret_get_in(acme: Person, marketing: Person) -> None:
    for person in (acme, marketing):
        assert accepted(person.get("/me"))["card"] == person.card.to_wire()


def test_the_password_is_the_whole_string_of_the_secret(acme: Person) -> None:
    """docs/protocol.md §10: prefix and checksum included, since SHA-256 of the whole is kept."""
    id, secret = b64decode(acme.authorization.split()[1]).decode().split(":")
    assert len(secret) == 56
    assert accepted(acme.get("/me"))
    prefix, middle, checksum = secret[:4], secret[4:47], secret[47:]

    for part in (middle, prefix + middle, middle + checksum, secret.upper(), f" {secret}"):
        assert me(basic(id, part)) == NO


def test_nothing_at_all_does_not(db: None) -> None:
    response = send("GET", "/me", b"")

    assert error(response) == NO
    assert response["WWW-Authenticate"].startswith("Basic ")


def test_mallory_with_her_own_secret_is_not_acme(acme: Person, mallory: Person) -> None:
    acme_key, her_key = (str(person.row.api_keys.get().pk) for person in (acme, mallory))

    for key_id in (acme_key, her_key, str(uuid4()), acme.id, "", "x"):
        assert me(basic(key_id, new_token(API_SECRET))) == NO


def test_all_refusals_look_alike(acme: Person) -> None:
    wrong = send("GET", "/me", b"", authorization=basic(str(acme.row.api_keys.get().pk), "x"))
    unknown = send("GET", "/me", b"", authorization=basic(str(uuid4()), "x"))
    acme.row.api_keys.update(revoked_at=timezone.now())
    revoked = acme.get("/me")

    assert wrong.content == unknown.content == revoked.content


@pytest.mark.parametrize(
    "header",
    [
        "x",
        "Bearer x",
        "Basic",
        "Basic ",
        "Basic !",
        *("Basic " + b64encode(raw).decode() for raw in (b"x", b":", b"\xff:\xff")),
    ],
)
def test_other_headers_do_not_get_in(db: None, header: str) -> None:
    assert me(header) == NO


def test_a_revoked_key_does_not_get_in(acme: Person) -> None:
    ApiKey.objects.update(revoked_at=timezone.now())

    assert me(acme.authorization) == NO


def test_a_key_does_not_get_in_after_its_end(acme: Person) -> None:
    ApiKey.objects.update(expires=timezone.now() + timedelta(minutes=1))
    accepted(acme.get("/me"))
    ApiKey.objects.update(expires=timezone.now() - timedelta(seconds=1))

    assert me(acme.authorization) == NO


def test_a_disabled_client_does_not_get_in(acme: Person) -> None:
    Client.objects.update(disabled_at=timezone.now())

    assert me(acme.authorization) == NO


def test_the_last_use_is_noted_once_a_minute(
    acme: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):  # the key, the time, the line of cards
        acme.get("/me")
    noted = ApiKey.objects.get().last_used
    with django_assert_num_queries(2):
        acme.get("/me")

    assert ApiKey.objects.get().last_used == noted
    ApiKey.objects.update(last_used=timezone.now() - timedelta(seconds=61))
    acme.get("/me")
    noted = ApiKey.objects.get().last_used
    assert noted is not None
    assert noted > timezone.now() - timedelta(seconds=10)


@pytest.mark.slow
def test_who_guesses_secrets_is_slowed_down_and_others_are_not(acme: Person) -> None:
    for _ in range(60):
        assert me(basic(str(uuid4()), "x")) == NO

    response = send("GET", "/me", b"", authorization=basic(str(uuid4()), "x"))

    assert error(response) == (429, "throttled")
    assert int(response["Retry-After"]) > 0
    accepted(acme.get("/me"))  # from the same address, as behind one proxy


@pytest.mark.slow
def test_success_is_not_counted(acme: Person) -> None:
    for _ in range(70):
        accepted(acme.get("/me"))


def test_wrong_secrets_do_not_stand_in_answers(acme: Person) -> None:
    secret = new_token(API_SECRET)

    response = send("GET", "/me", b"", authorization=basic(str(uuid4()), secret))

    assert secret not in response.content.decode()
