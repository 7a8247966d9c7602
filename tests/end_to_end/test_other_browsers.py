"""Firefox and WebKit, which have no ML-KEM of their own: what they seal is opened like any."""

import pytest

from tests.end_to_end.canaries import Canary
from tests.end_to_end.house import CONFIRMATION, House
from tests.tools.browsers import BrowserPage

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("browser", ["firefox", "webkit"])
def test_it_seals_the_hosted_form_and_acme_opens_it(
    browser: str, house: House, request: pytest.FixtureRequest
) -> None:
    page: BrowserPage = request.getfixturevalue(f"{browser}_page")
    canary = Canary.new()
    page.goto(house.hosted)
    page.wait_for_function("() => document.querySelector('button')?.disabled === false")
    for name, answer in canary.answers.items():
        page.fill(f"[data-sealform-field={name}]", answer)

    page.click("button")

    page.wait_for_function("() => Boolean(document.querySelector('.sealform-confirmation'))")
    assert page.text_content(".sealform-confirmation") == CONFIRMATION
    assert house.answers_of(canary) == [canary.answers]
