"""Forty questions on four pages, filled page by page in each browser as a person would."""

import pytest

from apps.envelope.fields import Value
from tests.browser.answering import answer, answer_all
from tests.client.parties import Party
from tests.forms.medical_intake import MEDICAL_INTAKE, SLUG, TYPES
from tests.forms.medical_visitors import EMPTY, VISITORS, Visitor
from tests.tools.browsers import BrowserPage
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LISTEN = "() => addEventListener('sealform:sent', ({ detail }) => { globalThis.sent = detail; })"
VISIBLE = """(name) => {
  const controls = [...document.querySelectorAll(`[data-sealform-field="${name}"]`)];
  return controls.some((one) => one.getClientRects().length > 0);
}"""
VALUE = '(name) => document.querySelector(`[data-sealform-field="${name}"]`).value'
PAGES = len(next(iter(VISITORS.values())).pages)


def opened(practice: Party) -> dict[str, dict[str, Value]]:
    """What the owner's client makes of the one submission, by record type."""
    found: dict[str, dict[str, Value]] = {}
    for type in TYPES:
        [record] = practice.client.query(type, form=SLUG)
        assert record.problems == {}
        found[type] = dict(record.data)
    return found


def start(page: BrowserPage, url: str, visitor: Visitor) -> None:
    page.goto(f"{url}?lang={visitor.language}{visitor.fragment}")
    page.evaluate(LISTEN)
    page.wait_for_function("() => document.querySelector('.sealform-send')?.disabled === false")


def fill_page(page: BrowserPage, visitor: Visitor, number: int) -> None:
    """Type what is regretted, take it back, and answer for good."""
    regretted = visitor.regretted.get(number, {})
    answer_all(page, regretted)
    for name in reversed(list(regretted)):
        if name not in visitor.pages[number] and page.evaluate(VISIBLE, name):
            take_back(page, name)
    for name, value in visitor.pages[number].items():
        wait_until_shown(page, name)
        answer(page, name, value)


def wait_until_shown(page: BrowserPage, name: str) -> None:
    page.wait_for_function(f"() => ({VISIBLE})('{name}')")


def take_back(page: BrowserPage, name: str) -> None:
    """Only what can be emptied is emptied; the rest vanishes with what it depends on."""
    if EMPTY[name] == []:
        answer(page, name, [])


@pytest.mark.parametrize(
    ("engine", "who"),
    [
        ("chromium", "leila"),
        *nightly(("chromium", "marco"), ("chromium", "noor")),
        ("firefox", "leila"),
        ("webkit", "marco"),
        ("webkit", "noor"),
    ],
)
def test_what_was_typed_is_what_the_owner_opens(
    engine: str,
    who: str,
    practice: Party,
    intake_form: str,
    request: pytest.FixtureRequest,
) -> None:
    page: BrowserPage = request.getfixturevalue(f"{engine}_page")
    visitor = VISITORS[who]
    start(page, intake_form, visitor)

    for number in range(PAGES):
        fill_page(page, visitor, number)
        if number == 1:
            there_and_back(page, visitor)
        page.click(".sealform-next" if number < PAGES - 1 else ".sealform-send")

    page.wait_for_function("() => Boolean(globalThis.sent)")
    assert opened(practice) == visitor.expected()
    confirmation = MEDICAL_INTAKE["confirmation"][visitor.language]
    assert page.text_content(".sealform-confirmation") == confirmation
    assert page.evaluate("() => document.querySelector('.sealform').dir") == (
        "rtl" if visitor.language == "ar" else "ltr"
    )


def there_and_back(page: BrowserPage, visitor: Visitor) -> None:
    """Going back loses nothing."""
    page.click(".sealform-back")
    wait_until_shown(page, "given_name")
    assert page.evaluate(VALUE, "given_name") == visitor.pages[0]["given_name"]
    page.click(".sealform-next")
    wait_until_shown(page, "complaint")
    assert page.evaluate(VALUE, "complaint") == visitor.pages[1]["complaint"]
