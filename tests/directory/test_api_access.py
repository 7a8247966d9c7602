"""Who may call: disabled, enabled again, keys that end"""

from datetime import UTC, datetime

import pytest

from apps.directory.api_access import (
    disable_clients,
    enable_clients,
    revoke_api_keys,
    set_end_of_api_key,
)
from apps.directory.enrolment import issue_token, withdraw_tokens
from apps.directory.models import ApiKey, Client, EnrolmentToken
from tests.people import Person, error

REFUSED = (401, "not_authenticated")


def test_what_changed_is_told_row_by_row(acme: Person, mallory: Person) -> None:
    everybody = Client.objects.order_by("name")

    assert disable_clients(clients=everybody.filter(pk=acme.card.id)) == [client(acme)]
    assert disable_clients(clients=everybody) == [client(mallory)]
    assert disable_clients(clients=everybody) == []
    assert {error(each.get("/me")) for each in (acme, mallory)} == {REFUSED}

    assert enable_clients(clients=everybody.filter(pk=acme.card.id)) == [client(acme)]
    assert enable_clients(clients=everybody) == [client(mallory)]
    assert acme.get("/me").status_code == 200


def test_a_key_is_revoked_once_and_the_others_go_on(acme: Person, mallory: Person) -> None:
    [key] = ApiKey.objects.filter(client__name="acme")

    assert revoke_api_keys(keys=ApiKey.objects.filter(client__name="acme")) == [key]
    assert revoke_api_keys(keys=ApiKey.objects.filter(client__name="acme")) == []

    assert error(acme.get("/me")) == REFUSED
    assert mallory.get("/me").status_code == 200


@pytest.mark.parametrize(("year", "status"), [(2001, 401), (2099, 200)])
def test_a_key_ends_when_it_was_said(year: int, status: int, acme: Person) -> None:
    set_end_of_api_key(key=ApiKey.objects.get(), expires=datetime(year, 1, 1, tzinfo=UTC))

    assert acme.get("/me").status_code == status


def test_a_used_token_is_not_withdrawn(acme: Person) -> None:
    [used] = EnrolmentToken.objects.all()
    _, unused = issue_token(name="clinic")

    assert withdraw_tokens(tokens=EnrolmentToken.objects.all()) == [unused]

    assert list(EnrolmentToken.objects.all()) == [used]


def client(person: Person) -> Client:
    return Client.objects.get(pk=person.card.id)
