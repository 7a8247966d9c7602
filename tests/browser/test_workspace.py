"""The workspace's screens: no breach of the policy, no barrier, nothing kept, a lock that comes."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.answering import FOCUSED, tab_to
from tests.browser.workspaces import (
    CODE,
    KEPT,
    PASSPHRASE,
    SECRETS,
    WIDER,
    home,
    opened,
    take_file,
    unlock,
    wait_for,
    with_stand_in,
)
from tests.tools.axe import violations
from tests.tools.browsers import BrowserPage
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MINUTE_MS = 60_000
ROW = "ABCD-EFGH-IJKL-MNOP"
TYPED = "[...document.querySelectorAll('input')].map(({ value }) => value).join('')"
HELD = """(text) => {
  const seen = new Set();
  const waiting = [document.getElementById('workspace')];
  while (waiting.length) {
    const one = waiting.pop();
    if (typeof one === 'string' && one.includes(text)) return true;
    if (typeof one !== 'object' || one === null || seen.has(one) || one === window) continue;
    seen.add(one);
    waiting.push(...Object.values(one));
  }
  return false;
}"""


@pytest.fixture
def address(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> str:
    with_stand_in(monkeypatch)
    return f"{live_server.url}/workspace/"


def screens(page: BrowserPage, address: str) -> Iterator[str]:
    """Go through all screens, and name each when it stands."""
    opened(page, address)
    yield "where keys come from"
    page.click("summary")
    page.click("details button.first")
    wait_for(page, "[role=alert]")
    yield "something is missing"
    take_file(page, "no key file")
    yield "no key file"
    take_file(page, '{"forgetful": 1}')
    yield "unlock by passphrase"
    unlock(page, "wrong")
    wait_for(page, ".notice.bad")
    yield "a wrong passphrase"
    page.click(".others button")
    page.fill(".codes input", CODE)
    yield "unlock by recovery code"
    page.click("form button.first")
    wait_for(page, ".ways")
    yield "home, and nothing remembers"
    yield from reading(page)
    page.click(".ways button")
    wait_for(page, "dialog[open]")
    yield "remove a way"
    page.click("dialog button.second")
    page.click(".ways ~ .actions button:last-child")
    page.click("form button.first")
    wait_for(page, ".words")
    yield "a new passphrase"
    page.click("form button.link")
    page.click(".bar button")
    wait_for(page, "input[type=password]")
    yield "locked"
    page.click("main > p button")
    page.click("summary")
    page.fill(".field input", "6f1c1d8e-7a51-4a55-9a55-0d4f6f2b8c11")
    page.fill(".codes input", CODE)
    page.click("details button.first")
    wait_for(page, ".notice:not(.bad)")
    yield "the server's copy"
    page.fill(".codes input", CODE)
    page.click("form button.first")
    wait_for(page, ".large")
    page.click(".actions .second")
    yield "compare with paper"
    page.click(".actions .link")
    wait_for(page, ".notice.warn")
    yield "home, not compared"
    page.click(".bar button")
    wait_for(page, "main > p button")
    page.click("main > p button")
    yield from making(page)


def reading(page: BrowserPage) -> Iterator[str]:
    page.click(".places a")
    wait_for(page, ".types")
    yield "what there is to read"
    page.click(".types button")
    wait_for(page, ".body .line")
    yield "records"
    page.click(".sifting summary")
    yield "records, and what to look for in them"
    page.click(".count button")
    wait_for(page, ".line.failed")
    page.click(".line.failed")
    wait_for(page, ".record")
    yield "a record that cannot be shown"
    page.click(".above .link")
    wait_for(page, ".count button")
    page.click(".count button")
    wait_for(page, ".body .line:not(.failed)")
    page.click(".body .line:not(.failed)")
    wait_for(page, ".record .value")
    yield "a record"
    page.click(".places a:last-child")
    wait_for(page, ".ways")


def making(page: BrowserPage) -> Iterator[str]:
    page.click(".card:last-child button")
    wait_for(page, ".progress")
    yield "make keys"
    page.fill(".field input", "sfe_token")
    page.fill(".field:nth-of-type(2) input", "Harbour Clinic")
    page.click("form button.first")
    wait_for(page, ".words")
    page.click(".bar button")
    wait_for(page, "dialog[open]")
    yield "stop making keys"
    page.click("dialog .first")
    yield "the passphrase"
    page.click(".actions .first")
    wait_for(page, ".paper")
    yield "the sheet"
    page.click(".actions .second")
    wait_for(page, ".codes")
    page.fill(".field input", PASSPHRASE)
    page.fill(".codes input", CODE)
    yield "the proof"
    page.click("form button.first")
    page.wait_for_function("() => !document.querySelector('.codes')")
    yield "the last step"
    page.click(".card .first")
    wait_for(page, ".next")
    yield "made"


def to_proof(page: Page, address: str) -> None:
    page.goto(f"{address}#/make?token=sfe_token")
    page.fill(".field input", "Harbour Clinic")
    page.click("form button.first")
    page.click(".actions .first")
    page.locator(".paper").wait_for()
    page.click(".actions .second")
    page.locator(".codes").wait_for()


def _checked(page: BrowserPage, address: str, *, barriers: bool = True) -> None:
    seen = []
    for screen in screens(page, address):
        seen.append(screen)
        if barriers:
            assert violations(page) == [], screen
        assert page.evaluate(WIDER) == 0, screen
        assert page.evaluate("document.querySelectorAll('h1').length") == 1, screen
        assert page.evaluate("breaches") == [], screen
    assert seen[-1] == "made"
    assert page.evaluate(KEPT) == [0, 0, "", 0, 0]


def test_every_screen_in_each_browser(any_page: BrowserPage, address: str) -> None:
    complaints: list[str] = []
    if isinstance(any_page, Page):
        any_page.on("console", lambda message: complaints.append(message.text))
        any_page.on("pageerror", lambda error: complaints.append(str(error)))

    _checked(any_page, address)

    assert complaints == []


@pytest.mark.nightly
@pytest.mark.parametrize("barriers", [False, *nightly(True)])
def test_every_screen_from_right_to_left_on_a_phone_in_the_dark(
    chromium_page: Page, address: str, barriers: bool
) -> None:
    chromium_page.set_viewport_size({"width": 390, "height": 844})
    chromium_page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    chromium_page.add_init_script(
        "Object.defineProperty(navigator, 'languages', { value: ['ar-EG', 'en'] })"
    )

    _checked(chromium_page, address, barriers=barriers)

    assert chromium_page.evaluate("document.documentElement.dir") == "rtl"


def test_the_search_for_breaches_finds_one(chromium_page: Page, address: str) -> None:
    """The positive control; and what the page refuses to itself."""
    opened(chromium_page, address)

    refused = chromium_page.evaluate(
        """() => [
          () => document.body.insertAdjacentHTML('beforeend', '<p>markup</p>'),
          () => trustedTypes.createPolicy('another', {}),
          () => new Worker('keys.js'),
        ].map((attempt) => {
          try {
            attempt();
            return 'done';
          } catch (error) {
            return error.name;
          }
        })"""
    )
    chromium_page.evaluate("document.body.setAttribute('style', 'color: red')")

    assert refused == ["TypeError", "TypeError", "TypeError"]
    found = {breach.split()[0] for breach in chromium_page.evaluate("breaches")}
    assert found >= {"require-trusted-types-for", "trusted-types", "style-src-attr"}


def test_unlocked_with_the_keyboard_alone(any_page: BrowserPage, address: str) -> None:
    page = any_page
    opened(page, address)
    tab_to(page, "input[type=file]")  # from here on the browser's own dialog chooses
    take_file(page)
    assert page.evaluate(FOCUSED, "h1")

    tab_to(page, "input[type=password]")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    wait_for(page, ".notice.bad")
    assert page.evaluate(FOCUSED, "input[type=password]")
    assert page.evaluate("document.activeElement.value") == ""
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    wait_for(page, ".ways")

    assert page.evaluate(FOCUSED, "h1")
    if isinstance(page, Page):  # WebKit's driver holds no key while it presses another
        for place in (".places a:last-child", ".places a", ".bar button"):
            page.keyboard.press("Shift+Tab")
            assert page.evaluate(FOCUSED, place)
        page.keyboard.press("Enter")
        wait_for(page, "input[type=password]")
        assert page.evaluate(FOCUSED, "h1")


def test_what_was_typed_is_neither_sent_nor_kept(chromium_page: Page, address: str) -> None:
    sent: list[str] = []
    chromium_page.on("request", lambda asked: sent.append(f"{asked.url} {asked.post_data}"))

    home(chromium_page, address)

    shown = chromium_page.content() + str(
        chromium_page.evaluate("[...document.querySelectorAll('input')].map((box) => box.value)")
    )
    places = [shown, *sent, str(chromium_page.evaluate(KEPT)), chromium_page.url]
    assert [secret for secret in SECRETS for place in places if secret in place] == []


def test_a_token_in_the_address_is_taken_out_of_it(chromium_page: Page, address: str) -> None:
    asked: list[str] = []
    chromium_page.on("request", lambda request: asked.append(request.url))

    chromium_page.goto(f"{address}#/make?token=sfe_canary")
    chromium_page.locator(".progress").wait_for()

    assert chromium_page.url == f"{address}#/make"
    chromium_page.fill(".field input", "Harbour Clinic")  # the token is there, and not asked for
    chromium_page.click("form button.first")
    chromium_page.locator(".words").wait_for()
    chromium_page.evaluate("location.hash = '#/make?token=sfe_another'")
    chromium_page.wait_for_function("() => !location.hash.includes('sfe_')")
    chromium_page.go_back()
    assert "sfe_" not in chromium_page.url
    assert [each for each in asked if "sfe_" in each] == []


def test_a_tab_that_nobody_uses_is_locked(chromium_page: Page, address: str) -> None:
    page = chromium_page
    page.clock.install()
    home(page, address)
    ended = "() => globalThis.ended"
    page.evaluate(
        """() => {
          const end = Worker.prototype.terminate;
          Worker.prototype.terminate = function () {
            globalThis.ended = true;
            end.call(this);
          };
        }"""
    )

    page.clock.run_for(1000)
    page.clock.fast_forward(13 * MINUTE_MS)
    page.keyboard.press("Shift")  # somebody is there
    page.clock.fast_forward(13 * MINUTE_MS)
    assert page.locator("dialog").count() == 0
    page.clock.fast_forward(MINUTE_MS + 1000)
    page.locator("dialog[open]").wait_for()
    page.click("dialog .first")
    page.locator("dialog").wait_for(state="detached")
    page.clock.fast_forward(14 * MINUTE_MS + 1000)
    page.locator("dialog[open]").wait_for()
    page.mouse.move(100, 100)  # not enough, once the warning stands
    assert page.evaluate(ended) is None
    page.clock.fast_forward(MINUTE_MS)

    page.locator("input[type=password]").wait_for()
    assert page.evaluate(ended) is True
    assert "Harbour Clinic" in page.inner_text("main")
    unlock(page)
    page.clock.run_for(1000)
    page.locator(".ways").wait_for()


def test_a_machine_that_slept_is_locked_when_it_wakes(chromium_page: Page, address: str) -> None:
    chromium_page.clock.install()
    home(chromium_page, address)

    chromium_page.clock.run_for(1000)
    chromium_page.clock.fast_forward(60 * MINUTE_MS)
    chromium_page.mouse.move(100, 100)

    chromium_page.locator("input[type=password]").wait_for()


def test_what_was_typed_and_left_is_taken_out_of_its_box(chromium_page: Page, address: str) -> None:
    page = chromium_page
    page.clock.install()
    opened(page, address)
    take_file(page)
    page.fill("input[type=password]", PASSPHRASE)

    page.clock.run_for(1000)
    page.clock.fast_forward(15 * MINUTE_MS)

    page.wait_for_function("() => document.querySelector('input[type=password]').value === ''")
    assert page.inner_text("h1") == "Unlock your keys"


def test_what_was_typed_stands_in_no_box_while_it_is_tried(
    chromium_page: Page, address: str
) -> None:
    page = chromium_page
    opened(page, address)
    take_file(page)
    page.click(".others button")
    page.fill(".codes input", CODE)
    page.click("form button.first")

    page.locator(".waiting").wait_for()
    assert page.evaluate(TYPED) == ""
    assert page.is_disabled("main > p button")  # no other file while this one opens


def test_of_keys_in_the_making_the_page_keeps_what_it_shows(
    chromium_page: Page, address: str
) -> None:
    page = chromium_page
    to_proof(page, address)
    assert page.evaluate(HELD, ROW) is True  # the positive control

    page.fill(".field input", "other words")
    page.fill(".codes input", CODE)
    page.click("form button.first")
    page.locator(".notice.bad").wait_for()
    assert page.evaluate(TYPED) == ""
    page.fill(".field input", PASSPHRASE)
    page.fill(".codes input", CODE)
    page.click("form button.first")
    page.locator(".codes").wait_for(state="detached")

    assert page.inner_text("h1") == "Tell the server"
    assert page.evaluate(HELD, ROW) is False
    assert page.evaluate(HELD, PASSPHRASE) is False


def test_a_token_that_was_taken_out_of_its_box_is_not_used(
    chromium_page: Page, address: str
) -> None:
    page = chromium_page
    page.goto(f"{address}#/make?token=mistyped&name=Harbour")
    page.click("form button.first")
    page.locator("[role=alert]").wait_for()
    assert page.input_value(".field input >> nth=0") == "mistyped"

    page.fill(".field input >> nth=0", "")
    page.click("form button.first")

    page.get_by_text("Please write the enrolment token").wait_for()


def test_the_language_can_be_chosen(chromium_page: Page, address: str) -> None:
    page = chromium_page
    opened(page, address)
    english = page.inner_text("h1")
    said: dict[str, Any] = {}

    for language in ["de", "fr", "es", "ar", "ja", "en"]:
        page.select_option(".language select", language)
        page.wait_for_function(f"() => document.documentElement.lang === '{language}'")
        said[language] = page.inner_text("h1")
        assert page.evaluate("document.documentElement.dir") == (
            "rtl" if language == "ar" else "ltr"
        )

    assert page.evaluate(
        "[document.documentElement.translate, document.querySelector('meta[name=google]').content]"
    ) == [False, "notranslate"]  # nothing that was opened goes to a service that translates
    assert said["en"] == english
    assert len(set(said.values())) == len(said)


def test_texts_that_were_altered_are_not_shown(chromium_page: Page, address: str) -> None:
    """The script names their bytes: who alters them alone changes nothing that is read."""
    chromium_page.route("**/texts/de.json", lambda route: route.fulfill(json={"open.title": "x"}))
    opened(chromium_page, address)

    chromium_page.select_option(".language select", "de")

    chromium_page.wait_for_timeout(300)
    assert chromium_page.inner_text("h1") == "Open your keys"


def test_a_code_is_pasted_at_once_and_a_wrong_row_is_named(
    chromium_page: Page, address: str
) -> None:
    page = chromium_page
    opened(page, address)
    take_file(page)
    page.click(".others button")
    boxes = page.locator(".codes input")

    boxes.nth(2).fill(CODE.replace("-", " ").lower())
    assert [boxes.nth(i).input_value() for i in range(4)] == CODE.split("\n")
    boxes.nth(1).fill("ABCD-EFGH-1")
    page.click("form button.first")

    page.locator(".error").wait_for()
    assert "row 2" in page.inner_text(".error")
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"


def test_who_has_no_passkey_here_goes_another_way(chromium_page: Page, address: str) -> None:
    """Nothing answers: there is no authenticator, and the browser goes on asking for one."""
    page = chromium_page
    opened(page, address)
    take_file(page, '{"passkey": 1}')
    page.click("form button.first")
    page.locator(".waiting").wait_for()

    page.click(".others button")
    unlock(page)

    page.locator(".ways").wait_for()
    assert page.locator("[role=alert]").count() == 0


def test_a_file_is_dropped_in_its_place_and_never_takes_that_of_the_page(
    chromium_page: Page, address: str
) -> None:
    opened(chromium_page, address)
    drop = """(selector) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['{}'], 'harbour.json'));
      const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
      return !document.querySelector(selector).dispatchEvent(event);
    }"""

    assert chromium_page.evaluate(drop, ".bar") is True  # so the browser does not open it
    assert chromium_page.inner_text("h1") == "Open your keys"
    assert chromium_page.evaluate(drop, ".drop") is True

    chromium_page.locator("input[type=password]").wait_for()


def test_only_the_sheet_is_printed(chromium_page: Page, address: str) -> None:
    page = chromium_page
    page.goto(f"{address}#/make?token=sfe_token")
    page.fill(".field input", "Harbour Clinic")
    page.click("form button.first")
    page.click(".actions .first")
    page.locator(".paper").wait_for()

    page.emulate_media(media="print")

    printed = page.inner_text("body")
    assert printed.startswith("Recovery sheet of Harbour Clinic")
    assert printed.count("ABCD-EFGH-IJKL-MNOP") == 8
    assert "Step 3" not in printed
    assert page.locator(".paper .qr").is_visible()
