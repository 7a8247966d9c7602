"""Pages of refusals that a person may meet: what to do, in the house's own look"""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.test import Client as Browser
from pytest_django import Settings

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from apps.vault.models import Generation
from tests.intake.people import Answer, Publisher
from tests.intake.test_submit import sealed, submit

STYLE = "css/form."
pytestmark = pytest.mark.django_db


def another_host(browser: Browser, mallory: Browser) -> Answer:
    return browser.get("/", headers={"host": "elsewhere.example"})


def without_a_cookie(browser: Browser, mallory: Browser) -> Answer:
    strict: Any = Browser(enforce_csrf_checks=True)
    answer: Answer = strict.post("/admin/login/", {"username": "ada", "password": "secret"})
    return answer


def without_a_permission(browser: Browser, mallory: Browser) -> Answer:
    return mallory.get("/admin/intake/form/")


@pytest.mark.parametrize(
    ("ask", "status", "said"),
    [
        (another_host, 400, "This server cannot answer that"),
        (without_a_cookie, 403, "Please try that again"),
        (without_a_permission, 403, "Your account may not do that"),
    ],
)
def test_a_refusal_says_what_to_do_and_nothing_that_was_sent(
    ask: Any, status: int, said: str, client: Browser, mallory_on_the_staff: Browser
) -> None:
    answer = ask(client, mallory_on_the_staff)

    page = answer.content.decode()
    assert answer.status_code == status
    assert said in page
    assert STYLE in page
    for never in ("DEBUG", "elsewhere.example", "secret"):
        assert never not in page


def test_a_closed_door_still_says_whose_it_is(client: Browser) -> None:
    for _ in range(30):
        answer = client.post("/admin/login/", {"username": "ada", "password": "wrong"})

    assert answer.status_code == 429
    page = answer.content.decode()
    assert "<title>Too many attempts | Sealform</title>" in page
    assert 'href="/admin/login/"' in page
    assert "Sealform</a>" in page


@pytest.mark.parametrize("kind", ["intake/form", "vault/generation", "auth/user"])
def test_who_may_see_none_of_a_kind_does_not_learn_which_there_are(
    kind: str, manifest: Manifest, mallory_on_the_staff: Browser
) -> None:
    """Django looks for the object before it asks who wants its history."""
    known: dict[str, Any] = {
        "intake/form": Form.objects.get().pk,
        "vault/generation": Generation.objects.get().pk,
        "auth/user": User.objects.get().pk,
    }
    unknown = {"intake/form": uuid4(), "vault/generation": 4711, "auth/user": 4711}

    answers = [
        mallory_on_the_staff.get(f"/admin/{kind}/{id}/{page}/")
        for id in (known[kind], unknown[kind])
        for page in ("change", "history", "delete")
    ]

    assert {answer.status_code for answer in answers} == {403}


def test_no_page_of_a_kind_asks_for_the_object_before_the_permission(
    mallory_on_the_staff: Browser,
) -> None:
    kinds = [model._meta for model in site._registry]
    assert len(kinds) > 10

    refused = {
        f"{kind.label_lower} {page}": mallory_on_the_staff.get(
            f"/admin/{kind.app_label}/{kind.model_name}/4711/{page}/"
        ).status_code
        for kind in kinds
        for page in ("change", "history", "delete")
    }

    assert {page: status for page, status in refused.items() if status != 403} == {}


def test_the_overview_says_nothing_of_forms_to_who_may_not_see_them(
    manifest: Manifest,
    publisher: Publisher,
    mallory_on_the_staff: Browser,
    viewer: Browser,
    settings: Settings,
) -> None:
    """Neither which one filled its day, nor how far the server is."""

    def pages() -> list[str]:
        return [one.get("/admin/").content.decode() for one in (viewer, mallory_on_the_staff)]

    assert ["What to do next" in page for page in pages()] == [True, False]
    submit(publisher, sealed(manifest))
    settings.FORM_BYTES_PER_DAY = 1
    assert ["the form Sign up is full" in page for page in pages()] == [True, False]
    assert "Sign up" not in pages()[1]
