"""The admin in a real browser, under the policy: nothing is refused, so nothing is inline"""

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client as Browser
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.intake.people import Publisher
from tests.intake.test_submit import sealed, submit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(chromium_page: Page, live_server: LiveServer, admin_client: Browser) -> Page:
    """A page of an admin who is logged in."""
    session = admin_client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
    chromium_page.context.add_cookies([cookie])  # type: ignore[list-item]
    return chromium_page


@pytest.fixture
def complaints(page: Page) -> list[str]:
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
    return heard


def test_no_page_breaks_the_policy(
    page: Page,
    live_server: LiveServer,
    complaints: list[str],
    publisher: Publisher,
    manifest: Manifest,
) -> None:
    submit(publisher, sealed(manifest))
    lists = [model._meta for model in admin.site._registry]
    paths = [reverse(f"admin:{each.app_label}_{each.model_name}_changelist") for each in lists]

    for path in ["/admin/", *paths, "/admin/directory/enrolmenttoken/add/"]:
        page.goto(live_server.url + path)
        first = page.locator("#result_list tbody th a").first
        if first.count():
            first.click()
            page.wait_for_load_state()

    assert complaints == []


def test_a_form_is_drafted_with_fields_and_choices(
    page: Page, live_server: LiveServer, complaints: list[str], publisher: Publisher
) -> None:
    page.goto(f"{live_server.url}/admin/intake/form/add/")
    page.fill("#id_title", "First visit")
    page.click(".field-owner .select2-selection")
    page.click(".select2-results__option:has-text('acme')")
    page.fill("#id_fields-0-name", "fullname")
    page.fill("#id_fields-0-label", "Full name")
    page.click("text=Add another Field")
    page.fill("#id_fields-1-name", "call")
    page.fill("#id_fields-1-label", "May we call?")
    page.select_option("#id_fields-1-kind", "radio")
    page.fill("#id_fields-1-options", "yes | Yes\nno | No")

    page.click("[name=_continue]")

    page.wait_for_selector(".success")
    form = Form.objects.get(slug="first-visit")
    assert [(field.name, field.type) for field in form.fields.all()] == [
        ("fullname", "account"),
        ("call", "account"),
    ]
    assert "sealform publish first-visit" in page.inner_text("#content")
    assert complaints == []


def test_only_what_a_kind_can_say_is_offered_and_what_is_wrong_is_seen(
    page: Page, live_server: LiveServer, complaints: list[str], publisher: Publisher
) -> None:
    page.goto(f"{live_server.url}/admin/intake/form/add/")
    row = page.locator("#fields-0")
    row.locator("details summary").click()

    assert not row.locator(".field-options").is_visible()
    assert row.locator(".field-pattern").is_visible()
    row.locator("[name$=kind]").select_option("rating")
    assert not row.locator(".field-pattern").is_visible()
    assert row.locator(".field-low").is_visible()

    row.locator("[name$=kind]").select_option("number")
    row.locator("[name$=-step]").fill("0")
    row.locator("[name$=kind]").select_option("text")
    page.click("[name=_continue]")

    assert "leave it empty" in page.locator("#fields-0 .field-step .errorlist").inner_text()
    assert page.locator("#id_fields-0-step").is_visible()
    assert complaints == []


def test_a_token_is_issued_and_shown(
    page: Page, live_server: LiveServer, complaints: list[str]
) -> None:
    page.goto(f"{live_server.url}/admin/directory/enrolmenttoken/add/")
    page.fill("#id_name", "marketing")

    page.click("[name=_save]")

    assert page.inner_text("code.command").startswith("sfe_")
    assert "--name marketing" in page.input_value("textarea.snippet")
    assert complaints == []


def test_questions_are_moved_by_the_keyboard_and_sections_stay_with_theirs(
    page: Page, live_server: LiveServer, complaints: list[str], form: Form
) -> None:
    form.sections.create(order=3, title="Where you live")
    page.goto(f"{live_server.url}/admin/intake/form/{form.pk}/change/")
    names = [field.name for field in form.fields.all()]
    third = page.locator("#fields-2")
    assert not third.locator(".field-order").is_visible()

    third.get_by_role("button", name="Move up").focus()
    page.keyboard.press("Enter")

    said = page.locator("#fields-group > [role=status]")
    assert said.inner_text() == "Address, second line is now question 2 of 10."
    assert third.get_by_role("button", name="Move up").evaluate("b => b === document.activeElement")
    section = page.locator("#sections-0 select.before")
    assert section.locator("option:checked").inner_text() == "2. Address, second line"
    section.select_option(label="4. City")
    page.keyboard.press("Tab")
    page.click("[name=_continue]")
    page.wait_for_selector(".success")

    moved = [names[0], names[2], names[1], *names[3:]]
    assert [field.name for field in form.fields.all()] == moved
    assert [field.order for field in form.fields.all()] == list(range(1, 11))
    assert form.sections.get().order == 4
    assert complaints == []


def test_a_command_is_copied_and_that_is_said(
    page: Page, live_server: LiveServer, complaints: list[str], form: Form
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{live_server.url}/admin/intake/form/{form.pk}/change/")

    page.get_by_role("button", name="Copy the command").click()

    said = page.locator(".field-publishing [role=status]")
    said.filter(has_text="Copied").wait_for()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == "sealform publish signup"
    assert complaints == []


def test_options_are_moved_line_by_line(
    page: Page, live_server: LiveServer, complaints: list[str], publisher: Publisher
) -> None:
    page.goto(f"{live_server.url}/admin/intake/form/add/")
    row = page.locator("#fields-0")
    row.locator("[name$=kind]").select_option("radio")
    options = row.locator("[name$=options]")
    options.fill("a | One\nb | Two\nc | Three")

    row.get_by_role("button", name="Line up").press("Enter")

    assert options.input_value() == "a | One\nc | Three\nb | Two"
    row.get_by_role("button", name="Line up").press("Enter")
    row.get_by_role("button", name="Line up").press("Enter")
    assert options.input_value() == "c | Three\na | One\nb | Two"
    assert complaints == []
