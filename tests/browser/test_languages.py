"""The choice of a language in real browsers, whose likely scripts are their own."""

import pytest

from tests.browser.pages import empty_page, run_in
from tests.intake.test_languages import CASES
from tests.tools.browsers import BrowserPage

pytestmark = [pytest.mark.browser]


def test_browsers_choose_as_the_vectors_say(any_page: BrowserPage) -> None:
    with empty_page() as url:
        any_page.goto(url)
        run_in(any_page, "tests/js/languages-page.js")

        chosen = any_page.evaluate("(cases) => chosenLanguages(cases)", CASES)

    told = [[case["language"], case["interface"], case["direction"]] for case in CASES]
    assert chosen == told
