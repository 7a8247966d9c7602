"""What a browser keeps of a form: nothing that was typed."""

import json
import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.browser.answering import asking
from tests.browser.watching import Watch
from tests.end_to_end.visitors import STORAGE
from tests.intake.people import Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HELPS = ("spellcheck", "writingsuggestions")
VALUES = """() => [...document.querySelectorAll('[data-sealform-field]')].map((one) => one.value)"""
# Bytes as text, so that what stands in them is found.
STORED = STORAGE.replace(
    "indexed[`${name}/${store}`] = await request(rows);",
    """indexed[`${name}/${store}`] = JSON.stringify(await request(rows), (_, value) =>
      ArrayBuffer.isView(value) ? new TextDecoder('latin1').decode(value) : value);""",
)


@pytest.fixture
def canary() -> str:
    return f"canary-{uuid4().hex}"


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    """The browser may keep name and address, not its state; two of three numbers have no sign."""
    form.fields.filter(name="city").update(sensitive=False, autocomplete="address-level2")
    form.fields.filter(name="state").update(sensitive=False, autocomplete="")
    form.fields.filter(name="age").update(min="0", step="1")
    form.fields.filter(name="height").update(kind="number", min="0", step="0.5")
    form.fields.filter(name="weight").update(kind="number")  # below nothing, too
    return publisher.publish()


@pytest.fixture
def page(chromium_page: Page, live_server: LiveServer, manifest: Manifest) -> Page:
    chromium_page.set_default_timeout(15_000)
    return opened(chromium_page, f"{live_server.url}/f/signup/")


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    page.locator(".sealform-send:enabled").wait_for()
    return page


def fill(page: Page, canary: str) -> None:
    for name in ("fullname", "city", "comments"):
        page.fill(asking(name), canary)
    page.fill(asking("age"), "34")


def kept(page: Page) -> str:
    """All that the page has stored, its history's state and its address included."""
    text: str = page.evaluate(STORED)
    return text


def test_after_sending_nothing_is_left(page: Page, canary: str) -> None:
    watch = Watch(page.context)
    fill(page, canary)

    page.click(".sealform-send")

    page.locator(".sealform-confirmation").wait_for()
    assert set(page.evaluate(VALUES)) == {""}
    assert watch.found([canary], kept(page), page.content()) == []
    assert watch.console == []


def test_going_back_finds_an_empty_form(page: Page, live_server: LiveServer, canary: str) -> None:
    fill(page, canary)
    page.click(".sealform-send")
    page.locator(".sealform-confirmation").wait_for()
    page.goto(f"{live_server.url}/f/nothing/")

    page.go_back()

    page.locator("[data-sealform-field]").first.wait_for(state="attached")
    page.wait_for_timeout(300)
    assert set(page.evaluate(VALUES)) == {""}
    assert canary not in kept(page)
    page.go_forward()
    assert canary not in page.content()


def test_a_reload_forgets_what_was_typed_and_not_sent(page: Page, canary: str) -> None:
    watch = Watch(page.context)
    fill(page, canary)

    page.reload()

    page.locator(".sealform-send:enabled").wait_for()
    assert set(page.evaluate(VALUES)) == {""}
    assert watch.found([canary], kept(page)) == []


def test_what_waits_on_the_device_is_sealed(page: Page, canary: str) -> None:
    page.route("**/submissions", lambda route: route.abort())
    fill(page, canary)

    page.click(".sealform-send")

    page.locator(".sealform-confirmation[data-state=queued]").wait_for()
    stored = kept(page)
    assert "sealform/outbox" in stored
    assert Watch(page.context).found([canary], stored, page.content()) == []
    [entry] = json.loads(json.loads(stored)["indexed"]["sealform/outbox"])
    assert set(entry) <= {"id", "base", "form", "ids", "body", "receipt", "queued", "tries"}


def test_a_browser_helps_to_write_what_is_not_sensitive_alone(page: Page) -> None:
    off = {"autocomplete": "off", "autocorrect": "off"}
    for name in ("weight", "comments", "age"):
        field = page.locator(asking(name))
        for habit, said in (off | dict.fromkeys(HELPS, "false")).items():
            assert field.get_attribute(habit) == said
    ordinary = page.locator(asking("city"))
    assert ordinary.get_attribute("autocomplete") == "address-level2"
    assert ordinary.get_attribute("autocorrect") == "on"
    assert {ordinary.get_attribute(help) for help in HELPS} == {"true"}


def test_what_the_page_says_of_the_device_is_what_its_fields_let_the_browser_do(page: Page) -> None:
    said = page.locator(".sealform-lock").text_content() or ""

    assert "encrypted before they leave this device" in said
    assert "encrypted on this device" not in said
    kept = re.search(r"browser may keep what you type under \W*(\w.*\w)\W*, on this device", said)
    assert kept
    assert kept[1] == "Full name, Address, Address, second line, City, ZIP code"


def test_phones_show_digits_where_an_answer_has_no_sign(page: Page) -> None:
    shown = {
        name: page.locator(asking(name)).get_attribute("inputmode")
        for name in ("age", "height", "weight", "fullname")
    }

    assert shown == {"age": "numeric", "height": "decimal", "weight": None, "fullname": None}


def test_no_control_has_a_name(page: Page) -> None:
    assert page.locator("form [name]").count() == 0


def test_the_search_finds_what_a_page_stores(page: Page, canary: str) -> None:
    """The positive control."""
    page.evaluate(
        """(canary) => new Promise((done) => {
          localStorage.kept = canary;
          const opening = indexedDB.open('other', 1);
          opening.onupgradeneeded = () => opening.result.createObjectStore('rows');
          opening.onsuccess = () => {
            const change = opening.result.transaction('rows', 'readwrite');
            change.objectStore('rows').put(new TextEncoder().encode(canary), 1);
            change.oncomplete = () => { opening.result.close(); done(); };
          };
        })""",
        canary,
    )
    stored = json.loads(kept(page))
    assert canary in stored["local"]["kept"]
    assert canary in stored["indexed"]["other/rows"]
