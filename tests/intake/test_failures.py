"""Counting that a form's page refused to work: by day and code, and nothing else"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from apps.envelope.manifests import Manifest
from apps.intake.models import Failure, Form
from apps.intake.models import Manifest as StoredManifest
from apps.intake.visiting.failures import CODES, count_failure
from tests.intake.people import Answer, Person, Publisher, error, post

pytestmark = pytest.mark.database


def report(publisher: Publisher, body: object) -> Answer:
    return post(f"{publisher.path}/failures", body)


def counted() -> dict[str, int]:
    return dict(Failure.objects.values_list("code", "count"))


def test_failures_are_counted_by_code(publisher: Publisher, manifest: Manifest) -> None:
    for code in ("script", "script", "clock"):
        response = report(publisher, {"code": code})
        assert (response.status_code, response.json()) == (202, {})
        assert not response.cookies

    assert counted() == {"script": 2, "clock": 1}


def test_each_day_has_its_own_count(
    publisher: Publisher, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(publisher, {"code": "clock"})
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    report(publisher, {"code": "clock"})

    days = Failure.objects.values_list("day", "count")
    assert set(days) == {(tomorrow.date() - timedelta(days=1), 1), (tomorrow.date(), 1)}


def test_each_form_has_its_own_count(
    acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    other = Form.objects.create(slug="other", owner=acme.row, title="Other")

    report(publisher, {"code": "clock"})

    assert publisher.form.failures.count() == 1
    assert not other.failures.exists()


def test_nothing_is_kept_but_form_day_code_and_count(
    publisher: Publisher, manifest: Manifest
) -> None:
    post(f"{publisher.path}/failures", {"code": "internal"}, user_agent="Mallory/1.0")

    row: dict[str, Any] = {**Failure.objects.values().get()}
    del row["id"]
    assert row == {
        "form_id": publisher.form.id,
        "day": date.today(),
        "code": "internal",
        "count": 1,
    }


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"code": ""},
        {"code": "ada.okafor"},
        {"code": None},
        {"code": ["script"]},
        {"code": {"script": 1}},
        {"code": "script", "message": "Ada Okafor"},
        {"code": "script", "count": 1000},
    ],
)
def test_anything_but_a_known_code_is_refused(
    body: object, publisher: Publisher, manifest: Manifest
) -> None:
    assert error(report(publisher, body)) == (400, "malformed")
    assert not Failure.objects.exists()


def test_an_unknown_form_counts_nothing(db: None) -> None:
    response = post(f"/api/v1/forms/{uuid4()}/failures", {"code": "script"})

    assert error(response) == (404, "form_not_found")


def test_one_address_cannot_run_the_count_up(
    acme: Person, publisher: Publisher, manifest: Manifest, settings: Settings
) -> None:
    settings.FAILURE_RATE = "3/minute"
    other = Publisher(acme, Form.objects.create(slug="other", owner=acme.row, title="Other"))

    answers = [report(publisher, {"code": "script"}).status_code for _ in range(5)]

    assert answers == [202, 202, 202, 429, 429]
    assert counted() == {"script": 3}
    assert report(other, {"code": "script"}).status_code == 202


def test_every_code_fits_its_column_and_is_explained(publisher: Publisher) -> None:
    longest = Failure._meta.get_field("code").max_length or 0

    assert all(len(code) <= longest and meaning for code, meaning in CODES.items())


def test_a_page_without_scripts_counts_by_an_image(manifest: Manifest) -> None:
    response = Browser().get("/f/signup/noscript.gif")

    assert response.headers["Content-Type"] == "image/gif"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.content.startswith(b"GIF89a")
    assert not response.cookies
    assert counted() == {"noscript": 1}


def test_the_image_counts_no_more_than_the_rate_but_is_there(
    manifest: Manifest, settings: Settings
) -> None:
    settings.FAILURE_RATE = "2/minute"

    statuses = [Browser().get("/f/signup/noscript.gif").status_code for _ in range(4)]

    assert statuses == [200] * 4
    assert counted() == {"noscript": 2}


def test_the_image_of_an_unknown_form_is_not_found(db: None) -> None:
    assert Browser().get("/f/nothing/noscript.gif").status_code == 404
    assert Browser().post("/f/nothing/noscript.gif").status_code == 405


@pytest.mark.parametrize("path", ["/f/signup/", "/f/signup/embed/"])
def test_an_expired_page_is_counted(path: str, manifest: Manifest, settings: Settings) -> None:
    settings.FAILURE_RATE = "2/minute"
    StoredManifest.objects.update(expires=1)

    statuses = [Browser().get(path).status_code for _ in range(4)]

    assert statuses == [410] * 4
    assert counted() == {"expired": 2}


def test_a_closed_or_unpublished_page_is_no_failure(form: Form) -> None:
    Browser().get("/f/signup/")
    Form.objects.update(closed=True)
    Browser().get("/f/signup/")

    assert counted() == {}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_all_counted(form: Form) -> None:
    def count(_: int) -> None:
        try:
            count_failure(form=form, code="script")
        finally:
            connection.close()

    connection.close()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(40)))

    assert counted() == {"script": 40}
