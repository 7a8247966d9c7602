"""What monitors may ask, and who they are."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from pytest_django import Settings

from apps.envelope.manifests import Manifest
from tests.intake.fixtures import *  # noqa: F403 - fixtures, for pytest to find
from tests.intake.people import Publisher, post
from tests.intake.test_submit import sealed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_no_host_name_and_no_https_is_asked_for(path: str, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer = Browser().get(path, headers={"host": "10.0.0.7:8000"})

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_server_that_cannot_serve_says_why(client: Browser) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE intake_failure")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert b"no table intake_failure" in answer.content
    assert client.get("/healthz").status_code == 200


def test_metrics_name_nothing(publisher: Publisher, manifest: Manifest, client: Browser) -> None:
    assert post(f"{publisher.path}/submissions", sealed(manifest)).status_code == 201
    client.get("/f/signup/")
    client.get("/nothing/secret")

    told = client.get("/metrics").content.decode()

    line = 'sealform_requests_total{method="POST",route="/api/v1/forms/<uuid:id>/submissions",'
    assert line + 'status="201"}' in told
    assert 'sealform_stored_bytes{what="this server\'s database"}' in told
    assert "sealform_budget_bytes" in told
    for name in ("signup", str(publisher.form.id), publisher.owner.card.id, "secret", "acme"):
        assert name not in told


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "192.0.2.1"}, 403),
        ({"REMOTE_ADDR": ""}, 403),
        ({"REMOTE_ADDR": "localhost"}, 403),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
        ({"HTTP_FORWARDED": "for=127.0.0.1"}, 403),
        ({"HTTP_VIA": "1.1 proxy"}, 403),
    ],
)
def test_without_a_token_only_this_machine_is_told(asked: dict[str, Any], status: int) -> None:
    assert Browser(**asked).get("/metrics").status_code == status


@pytest.mark.parametrize(
    ("said", "status"),
    [("", 403), ("Bearer wrong", 403), ("Bearer right", 200), ("Basic right", 403)],
)
def test_with_a_token_only_who_has_it_is_told(said: str, status: int, settings: Settings) -> None:
    settings.METRICS_TOKEN = "right"

    assert Browser().get("/metrics", headers={"authorization": said}).status_code == status
