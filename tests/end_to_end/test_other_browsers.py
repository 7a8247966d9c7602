"""Firefox and WebKit, which have no ML-KEM of their own, beside Chromium: what they seal is opened
like any, with a mouse, with the keyboard alone, and after the network was away.
"""

import pytest

from tests.browser.answering import asking, tab_to
from tests.end_to_end.canaries import Canary
from tests.end_to_end.house import CONFIRMATION, House
from tests.tools.browsers import BrowserPage

pytestmark = [pytest.mark.browser, pytest.mark.engines]

READY = "() => document.querySelector('button')?.disabled === false"
SENT = "() => Boolean(document.querySelector('.sealform-confirmation'))"
LOADED = """() => performance.getEntriesByType('resource')
  .some(({ name, responseEnd }) => name.includes('sending') && responseEnd)"""
SAYS = "() => document.body.textContent.includes('{}')"


def filled(page: BrowserPage, house: House, canary: Canary) -> None:
    page.goto(house.hosted)
    page.wait_for_function(READY)
    for name, answer in canary.answers.items():
        page.fill(asking(name), answer)


@pytest.mark.parametrize("browser", ["firefox", "webkit"])
def test_it_seals_the_hosted_form_and_acme_opens_it(
    browser: str, house: House, request: pytest.FixtureRequest
) -> None:
    page: BrowserPage = request.getfixturevalue(f"{browser}_page")
    canary = Canary.new()
    filled(page, house, canary)

    page.click("button")

    page.wait_for_function(SENT)
    assert page.text_content(".sealform-confirmation") == CONFIRMATION
    assert house.answers_of(canary) == [canary.answers]


def test_with_the_keyboard_alone(any_page: BrowserPage, house: House) -> None:
    canary = Canary.new()
    any_page.goto(house.hosted)
    any_page.wait_for_function(READY)

    for name, answer in canary.answers.items():
        tab_to(any_page, asking(name))
        any_page.keyboard.type(answer)
    tab_to(any_page, ".sealform-send")
    any_page.keyboard.press("Enter")

    any_page.wait_for_function(SENT)
    assert house.answers_of(canary) == [canary.answers]


def test_what_the_visitor_sent_while_the_server_was_away_arrives_once(
    any_page: BrowserPage, house: House
) -> None:
    canary = Canary.new()
    filled(any_page, house, canary)
    any_page.wait_for_function(LOADED)
    house.server.stop()

    any_page.click("button")

    any_page.wait_for_function(SAYS.format("Saved on this device"))
    any_page.goto("about:blank")  # or it would be sent from there, and not at the next visit
    house.server.start()
    any_page.goto(house.hosted)
    any_page.wait_for_function(SAYS.format("has been sent"))
    any_page.goto(house.hosted)
    any_page.wait_for_function(READY)
    assert house.answers_of(canary) == [canary.answers]
