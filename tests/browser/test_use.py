"""WCAG 2.2 AA where no program can judge it: targets, focus, motion, and how errors are told."""

import pytest
from playwright.sync_api import Page

from tests.browser.answering import answer, answer_all
from tests.browser.devices import patient, ready
from tests.forms.medical_visitors import MARCO
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = 4


@pytest.fixture
def page(chromium_page: Page) -> Page:
    return patient(chromium_page)


TARGETS = """() => [...document.querySelectorAll('button, summary, select, input, textarea')]
  .filter((one) => one.getClientRects().length && !one.closest('.sealform-trap'))
  .map((one) => one.matches('[type=radio], [type=checkbox]') ? one.closest('label') : one)
  .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.min(width, height) < 43.9)
  .map(([html, { width, height }]) => `${width} x ${height}: ${html}`)"""


@pytest.mark.parametrize("looking", ["phone", *nightly("light")], indirect=True)
def test_what_is_pressed_is_large_enough(looking: Page, intake_form: str) -> None:
    ready(looking, intake_form)

    for number in range(PAGES):
        assert looking.evaluate(TARGETS) == []
        answer_all(looking, MARCO.pages[number])
        if number < PAGES - 1:
            looking.click(".sealform-next")


FOCUSED = """() => {
  const one = document.activeElement;
  if (!one.matches(':focus-visible')) return '';  // a part of it has the focus, and says so itself
  const looks = [one, one.closest('label'), one.nextElementSibling].filter(Boolean).map((each) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
  });
  return one === document.body || looks.some(Boolean) ? '' : one.outerHTML.slice(0, 120);
}"""


@pytest.mark.parametrize("looking", ["dark", "strong contrast", *nightly("light")], indirect=True)
def test_the_focus_is_visible_wherever_it_goes(looking: Page, intake_form: str) -> None:
    ready(looking, intake_form)

    for _ in range(30):
        looking.keyboard.press("Tab")
        assert looking.evaluate(FOCUSED) == ""


def test_the_search_for_a_missing_focus_finds_one(page: Page, intake_form: str) -> None:
    """The positive control."""
    ready(page, intake_form)
    page.evaluate("""() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('* { outline: none !important; box-shadow: none !important }');
      document.adoptedStyleSheets = [sheet];
    }""")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) != ""


MOVING = """() => [...document.querySelectorAll('body *')].filter((one) => {
  const { transitionDuration, animationDuration, animationName } = getComputedStyle(one);
  const moves = (times) => times.split(',').some((time) => parseFloat(time) > 0.01);
  return moves(transitionDuration) || (animationName !== 'none' && moves(animationDuration));
}).map((one) => one.outerHTML.slice(0, 90))"""


def test_nothing_moves_for_who_asked_for_that(page: Page, intake_form: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    ready(page, intake_form)
    assert page.evaluate(MOVING) == []
    page.click(".sealform-next")
    page.locator(".sealform-summary:visible").wait_for()
    assert page.evaluate(MOVING) == []


def test_an_error_is_said_at_the_field_and_in_a_summary(page: Page, intake_form: str) -> None:
    ready(page, intake_form)
    answer(page, "email", "not an address")

    page.click(".sealform-next")

    page.locator(".sealform-summary:visible").wait_for()
    email = page.locator("[data-sealform-field=email]")
    assert email.get_attribute("aria-invalid") == "true"
    notes = str(email.get_attribute("aria-describedby")).split()
    assert any("e-mail address like" in page.inner_text(f"#{note}") for note in notes)
    summary = page.locator(".sealform-summary")
    assert summary.get_attribute("role") in {"alert", "group"}
    assert page.evaluate("document.activeElement.closest('.sealform-summary') !== null")
    summary.get_by_text("E-mail").first.click()
    assert email.evaluate("(one) => one === document.activeElement")
