"""The receipt that takes the form's place after sending."""

import json
import re

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.envelope.receipts import read_receipt, verify_receipt
from apps.envelope.records import parse_record
from apps.vault.models import Record
from tests.browser.outboxes import NAME, TYPED, queue, try_again
from tests.browser.visits import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOWN = re.compile(r"R-([A-Z2-7]{4}-){12}[A-Z2-7]{4}")
CODE = ".sealform-receipt code"


@pytest.fixture
def hosted(live_server: LiveServer, manifest: Manifest) -> str:
    return f"{live_server.url}/f/signup/"


@pytest.fixture
def filled(visit: Visit, hosted: str) -> Visit:
    visit.page.goto(hosted)
    visit.wait_for("ready")
    visit.page.fill(NAME, TYPED)
    return visit


@pytest.fixture
def receipt(filled: Visit) -> str:
    """Of answers that have arrived, as the page shows it."""
    filled.page.click(".sealform-send")
    filled.wait_for("sent")
    return filled.page.inner_text(CODE)


def test_it_proves_what_is_stored(receipt: str, manifest: Manifest) -> None:
    assert SHOWN.fullmatch(receipt)
    records = [parse_record(json.loads(bytes(record.body))) for record in Record.objects.all()]

    verify_receipt(read_receipt(receipt), manifest, records)


def test_it_is_announced_with_the_confirmation(
    receipt: str, filled: Visit, manifest: Manifest
) -> None:
    page = filled.page
    said = page.locator(".sealform-confirmation")
    assert said.inner_text() == manifest.confirmation
    assert said.get_attribute("role") == "status"
    assert page.evaluate("document.activeElement.className") == "sealform-confirmation"
    assert not page.is_visible("form")


def test_it_can_be_copied(receipt: str, filled: Visit) -> None:
    filled.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    filled.page.get_by_role("button", name="Copy").click()

    filled.page.get_by_text("Copied").wait_for()
    assert filled.page.evaluate("navigator.clipboard.readText()") == receipt


def test_where_copying_is_forbidden_it_is_selected(receipt: str, filled: Visit) -> None:
    filled.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    filled.page.get_by_role("button", name="Copy").click()

    filled.page.wait_for_function("() => String(getSelection())")
    assert filled.page.evaluate("String(getSelection())") == receipt
    assert not filled.page.get_by_text("Copied").is_visible()


def test_it_can_be_printed(receipt: str, filled: Visit) -> None:
    filled.page.evaluate("() => { globalThis.print = () => { globalThis.printed = true; }; }")
    filled.page.get_by_role("button", name="Print").click()

    assert filled.page.evaluate("globalThis.printed")
    filled.page.emulate_media(media="print")
    assert filled.page.is_visible(CODE)
    assert not filled.page.get_by_role("button", name="Print").is_visible()


def test_it_leads_to_the_page_that_checks_it_and_is_not_in_the_address(
    receipt: str, filled: Visit, hosted: str
) -> None:
    with filled.page.expect_popup() as opened:
        filled.page.click(".sealform-receipt a")
    opened.value.wait_for_load_state()

    assert opened.value.url == f"{hosted}receipt/"
    assert opened.value.evaluate("[window.opener, document.referrer]") == [None, ""]


def test_what_waits_has_none_until_it_has_arrived(filled: Visit) -> None:
    queue(filled)
    page = filled.page
    assert "Saved on this device" in page.inner_text(".sealform-confirmation")
    assert page.evaluate("document.activeElement.className") == "sealform-confirmation"
    assert not page.query_selector(CODE)

    try_again(page)

    filled.wait_for("sent")
    assert SHOWN.fullmatch(page.inner_text(CODE))


def test_on_paper_it_says_where_it_is_checked_and_what_invited_is_gone(
    receipt: str, filled: Visit, hosted: str
) -> None:
    page = filled.page
    where = page.locator(".sealform-where")
    assert not where.is_visible()
    assert not page.locator(".description, .sealform-lock").filter(visible=True).count()
    assert page.get_by_role("link", name=re.compile("Check")).count() == 1

    page.emulate_media(media="print")

    assert where.is_visible()
    assert f"{hosted}receipt/" in where.inner_text()


def test_the_form_can_be_filled_in_again(receipt: str, filled: Visit) -> None:
    page = filled.page
    page.get_by_role("button", name="Fill it in again").click()

    assert page.evaluate("document.activeElement.dataset.sealformField") == "fullname"
    assert page.input_value(NAME) == ""
    assert page.locator(".sealform-lock").is_visible()
    filled.forget()
    page.fill(NAME, "Somebody else")
    page.click(".sealform-send")
    filled.wait_for("sent")

    assert page.inner_text(CODE) != receipt
    assert Record.objects.count() == 2
