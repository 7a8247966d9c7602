"""The export's dialog: a file that is whole or not there, counts, no barrier, no breach."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Download, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.answering import FOCUSED
from tests.browser.pages import bundled
from tests.browser.workspaces import WIDER, opened, wait_for, with_stand_in
from tests.tools.axe import violations
from tests.tools.browsers import BrowserPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXTS = Path(__file__).parents[2] / "static/src/workspace/texts"
HEADINGS = "\ufeffrecord.id;record.writer;record.stored;fullname\r\n"
HARNESS = "tests/js/workspace/exporting-page.js"
MEGABYTE = 1024 * 1024


@pytest.fixture
def address(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> str:
    with_stand_in(monkeypatch)
    return f"{live_server.url}/workspace/"


@pytest.fixture
def page(chromium_page: Page, address: str) -> Page:
    begin(chromium_page, address)
    return chromium_page


def begin(page: BrowserPage, address: str) -> None:
    opened(page, address)
    page.evaluate(f"() => {{ {bundled(HARNESS)} }}")  # the page itself may not evaluate any text


def show(page: BrowserPage, language: str = "en", **asked: Any) -> None:
    catalogue = json.loads((TEXTS / f"{language}.json").read_text())
    given = {"language": language, "catalogue": catalogue} | asked
    page.evaluate("(asked) => showExport(asked)", given)
    wait_for(page, "dialog[open]")


def check(page: BrowserPage) -> None:
    """Nobody is shut out, and nothing breaks the policy."""
    assert violations(page) == []
    assert page.evaluate(WIDER) == 0
    assert page.evaluate("breaches") == []


def counts(page: Page) -> list[str]:
    return page.locator("dialog dd").all_inner_texts()


def test_exported_with_the_keyboard_alone(page: Page) -> None:
    show(page, pages=3, failing=2)
    check(page)
    page.keyboard.press("ArrowDown")  # from commas to semicolons
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for column in range(3):
        page.keyboard.press("Tab")
        if column:
            page.keyboard.press("Space")
    assert "1 of 3" in page.inner_text("dialog summary")
    check(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.locator("dialog .told").wait_for()
    assert page.evaluate(FOCUSED, "dialog h3")
    assert counts(page) == ["32", "30", "2"]
    assert "sign-up.csv" in page.inner_text("dialog")
    assert "rules of their form" in page.inner_text("dialog")
    assert page.locator(".told li").count() == 2
    check(page)
    text = page.evaluate("chosen('sign-up.csv')")
    assert text.startswith(HEADINGS)
    assert text.count(";'=Visitor ") == 30
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")


def test_what_did_not_come_to_its_end_leaves_no_file(page: Page) -> None:
    for ends, why in (("lost", "cannot be reached"), ("hangs", "You cancelled")):
        show(page, pages=2, failing=1, ends=ends)
        page.click("text=JSON Lines")
        page.click("dialog .first")
        if ends == "hangs":
            page.wait_for_function("() => document.querySelector('dialog dd')?.innerText === '21'")
            check(page)
            page.keyboard.press("Escape")
        page.locator("dialog .notice", has_text=why).wait_for()
        assert counts(page) == ["21", "0", "1"]
        assert "Nothing of it was kept" in page.inner_text("dialog")
        check(page)
        assert page.evaluate("chosen('sign-up.jsonl')") is None
        page.click("dialog .first")  # again, from the beginning
        assert page.locator("dialog input[type=radio]").count() == 3


def test_a_browser_without_a_picker_gets_downloads_and_says_so(page: Page) -> None:
    page.evaluate("delete globalThis.showSaveFilePicker")
    files: list[Download] = []
    page.on("download", lambda file: files.append(file))
    show(page, pages=2, length=MEGABYTE)
    assert "16 MB" in page.inner_text("dialog")
    page.click("text=JSON Lines")
    page.click("dialog .first")
    for number in (1, 2):
        page.locator("dialog .first", has_text=f"Save download {number}").click()
    page.locator("dialog", has_text="Please check your download folder").wait_for()

    names = [file.suggested_filename for file in files]
    assert names == ["sign-up.part-1.jsonl", "sign-up.part-2-of-2.jsonl"]
    lines = [line for file in files for line in Path(file.path()).read_text().splitlines()]
    assert [json.loads(line)["data"]["fullname"] for line in lines] == [
        f"=Visitor {number}" for number in range(20)
    ]
    assert counts(page) == ["20", "20", "0"]
    check(page)


def test_exported_as_a_download_in_each_browser(any_page: BrowserPage, address: str) -> None:
    begin(any_page, address)
    any_page.evaluate("catchDownloads()")
    show(any_page, "de", pages=2, failing=1)
    any_page.click("dialog .first")
    wait_for(any_page, "dialog .told")
    any_page.wait_for_function("() => downloads.length")

    check(any_page)
    [file] = any_page.evaluate("downloads")
    assert file["name"] == "sign-up.csv"
    assert file["text"].startswith(
        "\ufeffrecord.id;record.writer;record.stored;fullname;comments\r\n"
    )
    assert file["text"].count(";'=Visitor ") == 20


def test_one_column_at_least_is_chosen(page: Page) -> None:
    show(page, pages=1)
    page.click("dialog summary")
    for box in page.locator("dialog input[type=checkbox]").all():
        box.uncheck()
    page.click("dialog .first")

    assert "at least one column" in page.inner_text("dialog [role=alert]")


@pytest.mark.nightly
def test_from_right_to_left_on_a_phone_in_the_dark(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    show(page, "ar", pages=1, failing=1)
    page.click("dialog summary")
    check(page)
    page.click("dialog .first")
    page.locator("dialog .told").wait_for()
    check(page)
