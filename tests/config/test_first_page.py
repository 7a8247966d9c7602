"""The bare address of the server"""

import re

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from apps.envelope.manifests import Manifest as SignedManifest
from apps.intake.models import Form
from tests.intake.fixtures import *  # noqa: F403 - fixtures, for pytest to find

pytestmark = pytest.mark.django_db


def links(page: str) -> list[str]:
    return re.findall(r'<a href="([^"]+)"', page)


def test_it_leads_to_workspace_admin_and_api_and_nowhere_else(client: Browser) -> None:
    answer = client.get("/")

    assert answer.status_code == 200
    assert links(answer.content.decode()) == ["/workspace/", "/admin/", "/api/v1/docs"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_every_link_leads_to_something(
    client: Browser, settings: Settings, manifest: SignedManifest
) -> None:
    settings.DEMO = True

    found = links(client.get("/").content.decode())

    assert found[0] == "/f/signup/"
    for link in found:
        assert client.get(link, follow=True).status_code == 200


@pytest.mark.parametrize("demo", [True, False])
def test_forms_are_named_in_the_demonstration_alone_and_once_published(
    client: Browser, settings: Settings, form: Form, demo: bool
) -> None:
    settings.DEMO = demo

    assert form.title not in client.get("/").content.decode()


def test_a_closed_form_is_not_named(
    client: Browser, settings: Settings, form: Form, manifest: SignedManifest
) -> None:
    settings.DEMO = True
    Form.objects.update(closed=True)

    assert form.title not in client.get("/").content.decode()


def test_elsewhere_a_form_is_not_named(
    client: Browser, form: Form, manifest: SignedManifest
) -> None:
    assert form.title not in client.get("/").content.decode()


def test_an_operator_can_switch_it_off(client: Browser, settings: Settings) -> None:
    settings.FIRST_PAGE = "off"

    assert client.get("/").status_code == 404


@pytest.mark.parametrize("place", ["https://www.example.org/", "/f/signup/"])
def test_an_operator_can_put_another_in_its_place(
    client: Browser, settings: Settings, place: str
) -> None:
    settings.FIRST_PAGE = place

    answer = client.get("/")

    assert (answer.status_code, answer["Location"]) == (302, place)


def test_it_takes_nothing(client: Browser) -> None:
    assert client.post("/", {"a": "b"}).status_code == 405
