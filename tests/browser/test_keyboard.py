"""The whole form with the keyboard alone, in the order that it is read in."""

import pytest
from playwright.sync_api import Page

from apps.envelope.fields import Value
from tests.browser.answering import FOCUSED, LONGEST_WAY, SHAPE, asking, tab_to
from tests.client.parties import Party
from tests.forms.medical_intake import TYPES
from tests.forms.medical_visitors import MARCO

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MONTH, DAY, YEAR = slice(5, 7), slice(8, 10), slice(0, 4)


def key_in(page: Page, name: str, value: Value) -> None:
    shape = page.evaluate(SHAPE, asking(name))
    if shape == "checkbox":
        chosen = value if isinstance(value, list) else [""]
        for one in chosen:
            tab_to(page, asking(name, one))
            page.keyboard.press("Space")
        return
    tab_to(page, asking(name))
    if shape == "radio":
        choose(page, name, str(value))
    elif shape == "select":
        pick(page, name, str(value))
    elif shape == "date":
        page.keyboard.type(f"{str(value)[MONTH]}{str(value)[DAY]}{str(value)[YEAR]}")
    else:
        page.keyboard.type(str(value))


def choose(page: Page, name: str, value: str) -> None:
    """Space takes the button that has the focus, arrows go on from there."""
    page.keyboard.press("Space")
    for _ in range(LONGEST_WAY):
        if page.evaluate(FOCUSED, f"{asking(name, value)}:checked"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow keys do not reach {value}")


def pick(page: Page, name: str, value: str) -> None:
    for _ in range(LONGEST_WAY):
        if page.input_value(asking(name)) == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow keys do not reach {value}")


@pytest.fixture
def page(chromium_page: Page) -> Page:
    chromium_page.set_default_timeout(15_000)
    return chromium_page


def test_a_form_of_four_pages_without_a_mouse(
    page: Page, practice: Party, intake_form: str
) -> None:
    page.goto(f"{intake_form}?lang=en")
    page.locator(".sealform-next:enabled").wait_for()

    for answers in MARCO.pages[:-1]:
        for name, value in answers.items():
            key_in(page, name, value)
        tab_to(page, ".sealform-next")
        page.keyboard.press("Enter")
        page.locator(asking(next(iter(answers)))).first.wait_for(state="hidden")
    for name, value in MARCO.pages[-1].items():
        key_in(page, name, value)
    tab_to(page, ".sealform-send")
    page.keyboard.press("Enter")

    page.locator(".sealform-confirmation").wait_for()
    assert page.evaluate(FOCUSED, ".sealform-confirmation")
    found = {type: [dict(one.data) for one in practice.client.query(type)] for type in TYPES}
    assert found == {type: [values] for type, values in MARCO.expected().items()}


def test_a_summary_leads_to_what_has_to_be_mended(page: Page, intake_form: str) -> None:
    page.goto(f"{intake_form}?lang=en")
    page.locator(".sealform-next:enabled").wait_for()
    tab_to(page, ".sealform-next")

    page.keyboard.press("Enter")
    page.locator(".sealform-summary:visible").wait_for()
    assert page.evaluate(FOCUSED, ".sealform-summary, .sealform-summary *")
    tab_to(page, ".sealform-summary a, .sealform-summary button")
    page.keyboard.press("Enter")

    assert page.evaluate(FOCUSED, asking("given_name"))
    page.keyboard.type("Marco")
    page.keyboard.press("Tab")
    error = page.locator(f".sealform-field:has({asking('given_name')}) .sealform-error")
    error.wait_for(state="hidden")
