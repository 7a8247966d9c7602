"""Pages of refusals that a person may meet: what to do, in the house's own look"""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.intake.people import Answer

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
