"""Clients and API keys in the admin"""

from dataclasses import replace

import pytest
from django.test import Client as Browser

from apps.directory.models import ApiKey, Client, KeyFileCopy
from apps.envelope.keys import ClientKeys, show_fingerprint
from tests.directory.successions import body_of, new_api_key, next_card, step_of
from tests.intake.people import Person, error

pytestmark = pytest.mark.database

CLIENTS = "/admin/directory/client/"
KEYS = "/admin/directory/apikey/"


def act(browser: Browser, path: str, action: str, *rows: object) -> int:
    data = {"action": action, "_selected_action": [str(row) for row in rows]}
    return browser.post(path, data).status_code


def test_the_fingerprint_is_there_to_compare(admin_client: Browser, acme: Person) -> None:
    page = admin_client.get(f"{CLIENTS}{acme.row.pk}/change/").content.decode()

    assert acme.row.shown_fingerprint in page
    assert "_save" not in page


@pytest.mark.parametrize(("stolen", "why"), [(False, "rotated"), (True, "its keys were stolen")])
def test_earlier_cards_are_there_to_look_at(
    admin_client: Browser, acme: Person, stolen: bool, why: str
) -> None:
    card, keys = next_card(acme, acme.keys), ClientKeys.generate()
    acme.row.go_on_under(card)
    step = step_of(replace(acme, card=card), keys, compromised=stolen)
    body = body_of(step, api_key=new_api_key()[0] if stolen else None)
    assert acme.post("/api/v1/me/successions", body).status_code == 201

    page = admin_client.get(f"{CLIENTS}{acme.row.pk}/change/").content.decode()

    assert show_fingerprint(card.fingerprint) in page
    assert show_fingerprint(step.card.fingerprint) in page
    assert f"<p>{why}</p>" in page


def test_a_card_cannot_be_changed(admin_client: Browser, acme: Person) -> None:
    admin_client.post(f"{CLIENTS}{acme.row.pk}/change/", {"name": "mallory", "kem_pk": "x"})

    assert Client.objects.get().card == acme.card


def test_a_disabled_client_is_refused_until_it_is_enabled(
    admin_client: Browser, acme: Person
) -> None:
    act(admin_client, CLIENTS, "disable", acme.row.pk)
    assert error(acme.get("/api/v1/me"))[0] == 401

    act(admin_client, CLIENTS, "enable", acme.row.pk)
    assert acme.get("/api/v1/me").status_code == 200


def test_the_newest_copy_of_a_key_file_is_forgotten_where_a_thief_left_it(
    admin_client: Browser, acme: Person
) -> None:
    for serial in (3, 4):
        KeyFileCopy.objects.create(
            client=acme.row, serial=serial, made=1, file=b"{}", memory=b"", fetch=bytes(32)
        )

    act(admin_client, CLIENTS, "forget_newest_copy", acme.row.pk)

    assert [copy.serial for copy in KeyFileCopy.objects.all()] == [3]
    page = admin_client.get(f"{CLIENTS}{acme.row.pk}/change/").content.decode()
    assert "copies of the key file" in page.lower()


def test_what_a_client_has_none_of_is_said(admin_client: Browser, acme: Person) -> None:
    page = admin_client.get(f"{CLIENTS}{acme.row.pk}/change/").content.decode()

    assert "its keys were never rotated" in page
    assert "sealform keys upload" in page
    assert "This client has no API key" not in page


def test_disabling_twice_keeps_the_first_time(admin_client: Browser, acme: Person) -> None:
    act(admin_client, CLIENTS, "disable", acme.row.pk)
    first = Client.objects.get().disabled_at

    act(admin_client, CLIENTS, "disable", acme.row.pk)

    assert Client.objects.get().disabled_at == first


def test_a_revoked_key_is_refused_for_good(admin_client: Browser, acme: Person) -> None:
    key = ApiKey.objects.get()

    act(admin_client, KEYS, "revoke", key.pk)

    assert error(acme.get("/api/v1/me")) == (401, "not_authenticated")


def test_only_the_end_of_a_key_can_be_changed(admin_client: Browser, acme: Person) -> None:
    key = ApiKey.objects.get()
    before = dict(ApiKey.objects.values().get())
    data = {"expires_0": "2020-01-01", "expires_1": "00:00:00", "digest": "x", "client": "x"}

    admin_client.post(f"{KEYS}{key.pk}/change/", data)

    after = dict(ApiKey.objects.values().get())
    assert {name for name in before if before[name] != after[name]} == {"expires"}
    assert error(acme.get("/api/v1/me")) == (401, "not_authenticated")


@pytest.mark.parametrize("action", ["disable", "enable"])
def test_mallory_cannot_act_on_clients(
    action: str, mallory_on_the_staff: Browser, viewer: Browser, acme: Person
) -> None:
    for browser in (mallory_on_the_staff, viewer):
        act(browser, CLIENTS, action, acme.row.pk)

    assert Client.objects.get().disabled_at is None


def test_mallory_cannot_revoke_keys(
    mallory_on_the_staff: Browser, viewer: Browser, acme: Person
) -> None:
    for browser in (mallory_on_the_staff, viewer):
        act(browser, KEYS, "revoke", ApiKey.objects.get().pk)

    assert ApiKey.objects.get().revoked_at is None
