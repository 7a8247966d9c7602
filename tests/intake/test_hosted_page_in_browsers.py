"""The hosted page in a real browser: what leaves it, and what does not"""

from typing import Any

import pytest
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from apps.envelope.forms import Manifest, open_form_record
from apps.envelope.records import parse_record
from apps.intake.models import FormField
from apps.vault.models import Record
from tests.intake.people import Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHOICES = [{"value": "a", "label": "Ay"}, {"value": "b", "label": "Bee"}]


@pytest.fixture
def complaints(chromium_page: Page) -> list[str]:
    """What the browser complains of: broken policies above all."""
    heard: list[str] = []
    chromium_page.on("console", lambda message: heard.append(message.text))
    chromium_page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture
def every_kind(publisher: Publisher) -> Manifest:
    kinds = ["text", "textarea", "number", "date", "select", "radio", "checkbox", "checkboxes"]
    publisher.form.fields.all().delete()
    for order, kind in enumerate(kinds):
        options = CHOICES if kind in {"select", "radio", "checkboxes"} else []
        FormField.objects.create(
            form=publisher.form,
            order=order,
            name=kind,
            kind=kind,
            label=f"A {kind}",
            required=True,
            options=options,
        )
    return publisher.publish()


def fill(page: Page) -> None:
    page.fill("#field-text", "Ada")
    page.fill("#field-textarea", "one\ntwo")
    page.fill("#field-number", "3.5")
    page.fill("#field-date", "1990-02-03")
    page.select_option("#field-select", "b")
    page.check("#field-radio input[value=a]")
    page.check("#field-radio input[value=b]")
    page.check("#field-checkbox")
    page.check("#field-checkboxes input[value=a]")
    page.check("#field-checkboxes input[value=b]")


def opened(publisher: Publisher, manifest: Manifest) -> dict[str, Any]:
    path = f"/api/v1/records/{Record.objects.get().id}"
    record = parse_record(publisher.owner.get(path).json()["record"])
    return dict(open_form_record(record, manifest, publisher.inboxes["account"][1]))


def test_every_kind_of_field_arrives_sealed(
    chromium_page: Page,
    live_server: LiveServer,
    publisher: Publisher,
    every_kind: Manifest,
    complaints: list[str],
) -> None:
    chromium_page.goto(f"{live_server.url}/f/signup/")
    chromium_page.wait_for_selector("button:enabled")
    fill(chromium_page)

    chromium_page.click("button")

    chromium_page.wait_for_selector(".sealform-confirmation")
    assert "have arrived" in chromium_page.inner_text(".sealform-confirmation")
    assert opened(publisher, every_kind) == {
        "text": "Ada",
        "textarea": "one\ntwo",
        "number": "3.5",
        "date": "1990-02-03",
        "select": "b",
        "radio": "b",
        "checkbox": True,
        "checkboxes": ["a", "b"],
    }
    assert complaints == []
    assert chromium_page.context.cookies() == []


def test_arrow_keys_move_between_radio_buttons(
    chromium_page: Page, live_server: LiveServer, every_kind: Manifest
) -> None:
    chromium_page.goto(f"{live_server.url}/f/signup/")
    chromium_page.wait_for_selector("button:enabled")
    chromium_page.check("#field-radio input[value=a]")

    chromium_page.keyboard.press("ArrowDown")

    ticked = "inputs => inputs.map(input => input.checked)"
    assert chromium_page.eval_on_selector_all("#field-radio input", ticked) == [False, True]


def test_nothing_leaves_when_the_script_is_blocked(
    chromium_page: Page, live_server: LiveServer, every_kind: Manifest
) -> None:
    chromium_page.route("**/sealform.js", lambda route: route.abort())
    chromium_page.goto(f"{live_server.url}/f/signup/", wait_until="networkidle")
    sent: list[str] = []
    chromium_page.on("request", lambda request: sent.append(request.url))
    fill(chromium_page)

    chromium_page.press("#field-text", "Enter")
    chromium_page.evaluate("document.querySelector('button').disabled = false")
    chromium_page.click("button")
    chromium_page.evaluate("document.querySelector('form').submit()")
    chromium_page.evaluate(
        "Object.assign(document.querySelector('form'), {method: 'get', action: '/x'}).submit()"
    )
    chromium_page.wait_for_timeout(300)

    assert sent == []
    assert "Ada" not in chromium_page.url
    assert "Locked" in chromium_page.inner_text("[data-sealform-status]")


def test_an_altered_script_is_not_run(
    chromium_page: Page, live_server: LiveServer, manifest: Manifest
) -> None:
    def alter(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text() + "\n;")

    chromium_page.route("**/sealform.js", alter)
    chromium_page.goto(f"{live_server.url}/f/signup/")
    chromium_page.wait_for_timeout(500)

    assert chromium_page.is_disabled("button")


def test_without_javascript_the_page_says_why_it_is_locked(
    chromium_page: Page, live_server: LiveServer, manifest: Manifest
) -> None:
    context = chromium_page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    with context:
        page = context.new_page()
        page.goto(f"{live_server.url}/f/signup/")

        assert page.is_disabled("button")
        assert "needs JavaScript" in page.inner_text("body")


def test_it_fits_a_phone(
    chromium_page: Page, live_server: LiveServer, every_kind: Manifest
) -> None:
    chromium_page.set_viewport_size({"width": 320, "height": 640})
    chromium_page.goto(f"{live_server.url}/f/signup/")
    chromium_page.click("summary")

    assert chromium_page.evaluate("document.documentElement.scrollWidth") <= 320
