"""The inbox in a tab: what visitors sent, opened by the key worker and its pool of workers."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.workspace.application import OPENING_WORKER, File, application
from tests.browser.workspaces import KEPT, LISTEN, WIDER
from tests.client.parties import Party, Signup, enrolled
from tests.client.test_javascript_client import alter
from tests.tools.axe import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CANARY = "Zoë Canary"
# The first worker dies without a word when it has begun, the second with an error.
DYING = """
const begun = self.onmessage;
self.addEventListener('message', () => {
  if (self.name === 'opening 1') self.close();
  if (self.name === 'opening 2') setTimeout(() => { throw new Error('out of memory'); });
}, { capture: true });
"""


class Inbox(NamedTuple):
    page: Page
    sent: list[str]
    party: Party
    signup: Signup

    def read(self, address: str) -> None:
        """Open the key file by its recovery code, and what there is to read."""
        page = self.page
        page.goto(f"{address}#/inbox")
        page.evaluate(LISTEN)
        state = self.party.path.with_name(f"{self.party.path.name}.state")
        page.set_input_files("input[type=file]", [self.party.path, state])
        page.fill(".codes input >> nth=0", self.party.path.with_suffix(".code").read_text())
        page.click("form button.first")
        page.locator(".grid").wait_for()
        page.locator(".count progress").wait_for(state="detached")


@pytest.fixture(params=["chromium_page", "firefox_page"])
def inbox(request: pytest.FixtureRequest, in_process: None, tmp_path: Path) -> Iterator[Inbox]:
    party = enrolled("acme", tmp_path)
    complaints: list[str] = []
    page: Page = request.getfixturevalue(request.param)
    page.set_default_timeout(20_000)
    inbox = Inbox(page, [], party, Signup.published(party))
    page.on("request", lambda asked: inbox.sent.append(f"{asked.url} {asked.post_data}"))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield inbox
    assert complaints == []


@pytest.fixture
def address(live_server: LiveServer) -> str:
    return f"{live_server.url}/workspace/"


def export(page: Page) -> str:
    """What is in the file that the owner gets, as lines of JSON."""
    page.evaluate("() => void delete window.showSaveFilePicker")
    page.get_by_role("button", name="Export…").click()
    page.get_by_label("JSON Lines").check()
    with page.expect_download() as download:
        page.click("dialog .first")
    assert violations(page) == []
    page.get_by_role("button", name="Close").click()
    return download.value.path().read_text(encoding="utf-8")


def test_what_visitors_sent_is_read_by_the_owner(inbox: Inbox, address: str) -> None:
    page, signup = inbox.page, inbox.signup
    signup.fill()
    signup.fill(fullname=CANARY, age="ancient", city="Reno\u202e")
    [altered] = signup.fill(fullname="Eve Canary")
    alter(altered)

    inbox.read(address)

    assert page.inner_text(".count p") == "3 records, 1 of them cannot be shown"
    heads = page.locator("[role=columnheader]").all_inner_texts()
    assert heads[:2] == ["Received", "Full name"]
    assert page.get_attribute(".grid", "aria-rowcount") == "4"
    failed = page.locator(".line.failed")
    assert "altered" in failed.inner_text()
    marked = page.locator(".grid .marked")
    assert "ancient" in marked.inner_text()
    assert violations(page) == []

    exported = export(page)
    assert exported.count("\n") == 2
    assert CANARY in exported
    assert exported.count('"source": "signup"') == 2

    page.fill("input[type=search]", "zoe reno")
    page.wait_for_function("() => document.querySelectorAll('.body .line').length === 1")
    page.click("summary")
    assert violations(page) == []
    page.fill(".filters input >> nth=1", "nobody")
    page.locator(".none").wait_for()
    page.click(".filters button")
    page.wait_for_function("() => document.querySelectorAll('.body .line').length === 3")
    page.click("summary")

    page.click("[role=columnheader] button >> nth=1")
    names = page.locator(".body .line:not(.failed) [role=gridcell]:nth-child(2) .value")
    assert names.all_inner_texts() == ["Ann Canary", CANARY]
    page.locator(".body .line").first.focus()
    page.keyboard.press("ArrowDown")
    page.locator(".line[aria-rowindex='3']:focus").wait_for()
    page.keyboard.press("Enter")
    page.locator(".record").wait_for()
    assert CANARY in page.inner_text(".record")
    assert page.inner_text(".record .mark") == "not a number"
    assert r"Reno\u{202e}" in page.inner_text(".record")  # which would turn a line around
    assert violations(page) == []
    page.emulate_media(media="print")
    printed = page.inner_text("body")
    assert CANARY in printed
    assert [word for word in ("Previous", "Copy", "Lock") if word in printed] == []
    page.emulate_media(media="screen")
    page.click(".above .link")
    page.locator(".line[aria-rowindex='3']:focus").wait_for()  # she goes on where she was
    failed.click()
    page.locator(".record .notice.bad").wait_for()
    assert altered in page.inner_text(".record")
    page.go_back()

    page.set_viewport_size({"width": 390, "height": 844})
    page.click(".types button")  # on a phone the list comes first
    page.locator(".grid").wait_for()
    assert page.evaluate(WIDER) == 0
    page.click(".bar button")
    page.locator("main > p button").wait_for()
    assert CANARY not in page.content()
    assert page.evaluate("breaches") == []
    assert page.evaluate(KEPT) == [0, 0, "", 0, 0]
    assert [one for one in inbox.sent if "Canary" in one] == []


@pytest.mark.nightly
def test_workers_that_die_are_replaced_and_all_is_counted(
    inbox: Inbox, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = application()
    content = real[OPENING_WORKER].content + DYING.encode()
    dying = File(content, {**real[OPENING_WORKER].headers, "ETag": '"dying"'})
    monkeypatch.setattr("config.workspace.application", lambda: {**real, OPENING_WORKER: dying})
    for number in range(40):
        inbox.signup.fill(fullname=f"Visitor {number}")

    inbox.read(address)

    assert inbox.page.inner_text(".count p") == "40 records"
    cells = inbox.page.locator(".body .line [role=gridcell]:nth-child(2)")
    names: set[str] = set()
    for _ in range(4):
        names |= set(cells.all_inner_texts())
        inbox.page.locator(".grid").evaluate("(grid) => grid.scrollBy(0, 400)")
        inbox.page.wait_for_timeout(50)
    assert len(names) == 40
    started = [one for one in inbox.sent if OPENING_WORKER in one]
    assert len(started) >= 3  # in place of two that died
    assert inbox.page.evaluate("breaches") == []
