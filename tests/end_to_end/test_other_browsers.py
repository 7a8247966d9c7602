"""Firefox and WebKit, which have no ML-KEM of their own, beside Chromium: what they seal is opened
like any, with a mouse, with the keyboard alone, and after the network was away.
"""

import pytest

from tests.browser.answering import asking, tab_to
from tests.end_to_end.canaries import Canary
from tests.end_to_end.house import CONFIRMATION, House
from tests.tools.browsers import BrowserPage
from tests.tools.selection import nightly

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


@pytest.fixture(params=["firefox", "webkit", *nightly("chromium")])
def page(request: pytest.FixtureRequest) -> BrowserPage:
    """The same test in each; in Chromium others show the same in `make test`."""
    found: BrowserPage = request.getfixturevalue(f"{request.param}_page")
    return found


def test_it_seals_the_hosted_form_and_acme_opens_it(page: BrowserPage, house: House) -> None:
    canary = Canary.new()
    filled(page, house, canary)

    page.click("button")

    page.wait_for_function(SENT)
    assert page.text_content(".sealform-confirmation") == CONFIRMATION
    assert house.answers_of(canary) == [canary.answers]


def test_with_the_keyboard_alone(page: BrowserPage, house: House) -> None:
    canary = Canary.new()
    page.goto(house.hosted)
    page.wait_for_function(READY)

    for name, answer in canary.answers.items():
        tab_to(page, asking(name))
        page.keyboard.type(answer)
    tab_to(page, ".sealform-send")
    page.keyboard.press("Enter")

    page.wait_for_function(SENT)
    assert house.answers_of(canary) == [canary.answers]


def test_what_the_visitor_sent_while_the_server_was_away_arrives_once(
    page: BrowserPage, house: House
) -> None:
    canary = Canary.new()
    filled(page, house, canary)
    page.wait_for_function(LOADED)
    house.server.stop()

    page.click("button")

    page.wait_for_function(SAYS.format("Saved on this device"))
    page.goto("about:blank")  # or it would be sent from there, and not at the next visit
    house.server.start()
    page.goto(house.hosted)
    page.wait_for_function(SAYS.format("has been sent"))
    page.goto(house.hosted)
    page.wait_for_function(READY)
    assert house.answers_of(canary) == [canary.answers]
