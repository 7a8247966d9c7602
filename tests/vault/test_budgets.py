"""Strangers cannot fill the disk: by form and server there is a budget, a day and in all."""

import logging
import time
from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from apps.vault import budgets
from apps.vault.budgets import BUDGETS, database_bytes, of_the_server, of_today
from apps.vault.models import Arrivals, Record
from tests.intake.fixtures import *  # noqa: F403 - fixtures, for pytest to find
from tests.intake.people import Publisher, error, post
from tests.intake.test_submit import sealed

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def room(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough of everything, and a process that always looks again."""
    settings.FORM_BYTES_PER_DAY = settings.SERVER_BYTES_PER_DAY = settings.DATABASE_BYTES = 10**12
    settings.LEAST_FREE_BYTES = 0
    monkeypatch.setattr(budgets, "LOOK_AFTER", 1)


def send(publisher: Publisher, manifest: Manifest) -> Any:
    return post(f"{publisher.path}/submissions", sealed(manifest))


def test_what_arrives_is_counted_in_bytes(publisher: Publisher, manifest: Manifest) -> None:
    for _ in range(3):
        assert send(publisher, manifest).status_code == 201

    stored = sum(len(body) for body in Record.objects.values_list("body", flat=True))
    counted = sum(Arrivals.objects.values_list("octets", flat=True))
    assert counted == stored == of_today(manifest.writer).used == of_today().used


@pytest.mark.parametrize("name", ["FORM_BYTES_PER_DAY", "SERVER_BYTES_PER_DAY"])
def test_beyond_the_budget_of_a_day_nothing_is_taken(
    name: str, publisher: Publisher, manifest: Manifest, settings: Settings
) -> None:
    assert send(publisher, manifest).status_code == 201
    used = of_today().used
    setattr(settings, name, used + 1)  # just below: one more is taken

    assert send(publisher, manifest).status_code == 201
    refused = send(publisher, manifest)

    assert error(refused) == (507, "storage_full")
    assert int(refused["Retry-After"]) > 0
    assert "tomorrow" in refused.json()["error"]["hint"]
    assert Record.objects.filter(stream__writer=manifest.writer).count() == 2


def test_beyond_the_budget_of_the_database_nothing_is_taken(
    publisher: Publisher, manifest: Manifest, settings: Settings
) -> None:
    settings.DATABASE_BYTES = database_bytes() // 2
    send(publisher, manifest)

    assert error(send(publisher, manifest)) == (507, "storage_full")


def test_room_is_seen_again_after_a_while(
    publisher: Publisher, manifest: Manifest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FORM_BYTES_PER_DAY = 1
    send(publisher, manifest)
    assert send(publisher, manifest).status_code == 507
    settings.FORM_BYTES_PER_DAY = 10**12

    later = time.monotonic() + budgets.LOOK_EVERY + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert send(publisher, manifest).status_code == 201


def test_another_form_goes_on(
    publisher: Publisher, manifest: Manifest, settings: Settings, form: Form
) -> None:
    settings.FORM_BYTES_PER_DAY = 1
    send(publisher, manifest)

    BUDGETS.check(writer="form:another")


def test_operators_are_told_once_before_it_is_full(
    publisher: Publisher, manifest: Manifest, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    send(publisher, manifest)
    settings.FORM_BYTES_PER_DAY = of_today().used * 10
    with caplog.at_level(logging.WARNING, "apps.vault.budgets"):
        for _ in range(9):
            send(publisher, manifest)

    [told] = [one for one in caplog.records if "form's day" in one.getMessage()]
    assert "80" in told.getMessage() or str(settings.FORM_BYTES_PER_DAY) in told.getMessage()


def test_zero_is_no_bound(settings: Settings, publisher: Publisher, manifest: Manifest) -> None:
    settings.FORM_BYTES_PER_DAY = settings.SERVER_BYTES_PER_DAY = settings.DATABASE_BYTES = 0
    send(publisher, manifest)

    assert send(publisher, manifest).status_code == 201
    assert not any(level.is_full or level.is_high for level in of_the_server())


def test_admins_are_told_on_their_first_page(
    publisher: Publisher, manifest: Manifest, settings: Settings, admin_client: Browser
) -> None:
    settings.ADMIN_REQUIRE_OTP = False
    assert "nearly full" not in admin_client.get("/admin/").content.decode()
    send(publisher, manifest)
    settings.FORM_BYTES_PER_DAY = of_today().used + 10
    settings.DATABASE_BYTES = 1

    page = admin_client.get("/admin/").content.decode()

    assert "The day of the form Sign up is nearly full" in page or "is nearly full" in page
    assert "database is full: submissions are refused" in page
