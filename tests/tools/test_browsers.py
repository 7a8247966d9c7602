"""The tools themselves: each browser opens a page of ours, and the policy holds in it."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.tools.browsers import BrowserPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_each_browser_opens_a_page_and_runs_async_code(
    any_page: BrowserPage, live_server: LiveServer
) -> None:
    any_page.goto(f"{live_server.url}/admin/login/")

    any_page.fill("#id_username", "acme")

    assert "Log in" in any_page.title()
    assert any_page.evaluate("document.querySelector('#id_username').value") == "acme"
    assert any_page.evaluate("async (n) => (await Promise.resolve(n)) + 1", 41) == 42


def test_the_api_docs_show_the_schema_within_the_policy(
    chromium_page: Page, live_server: LiveServer
) -> None:
    complaints: list[str] = []
    chromium_page.on("console", lambda message: complaints.append(message.text))
    chromium_page.on("pageerror", lambda error: complaints.append(str(error)))

    chromium_page.goto(f"{live_server.url}/api/v1/docs")

    chromium_page.wait_for_selector(".swagger-ui .info .title")
    assert "Sealform" in chromium_page.inner_text(".swagger-ui .info .title")
    assert complaints == []


def test_the_admin_breaks_no_policy(chromium_page: Page, live_server: LiveServer) -> None:
    complaints: list[str] = []
    chromium_page.on("console", lambda message: complaints.append(message.text))

    chromium_page.goto(f"{live_server.url}/admin/")

    assert complaints == []


def test_the_policy_refuses_what_it_should(chromium_page: Page, live_server: LiveServer) -> None:
    """The positive control of the two tests above."""
    complaints: list[str] = []
    chromium_page.on("console", lambda message: complaints.append(message.text))
    chromium_page.goto(f"{live_server.url}/admin/login/")

    chromium_page.evaluate(
        "document.head.append(Object.assign(document.createElement('script'), {text: '1'}))"
    )

    assert any("Content Security Policy" in complaint for complaint in complaints)
