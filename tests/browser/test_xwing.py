"""Chromium's own X-Wing and noble's, down to the shared secrets of vectors that others made."""

import pytest

from tests.browser.pages import empty_page, run_in
from tests.envelope.test_xwing import DRAFT, draft, packaged
from tests.tools.browsers import BrowserPage

pytestmark = [pytest.mark.browser]

RUN = "([vector, kem]) => decapsulate(vector, kem)"
Vector = dict[str, str]


def vectors() -> list[tuple[Vector, str]]:
    """Return seed, public key and encapsulation of each vector, and the secret that is in it."""
    found = [
        ({"seed": one["skRm"], "public": one["pkRm"], "enc": one["enc"]}, one["shared_secret"])
        for one in packaged()
    ]
    drafted = draft() if DRAFT.exists() else []  # only there where Sealform is developed
    return found + [
        ({"seed": one["seed"], "public": one["pk"], "enc": one["ct"]}, one["ss"]) for one in drafted
    ]


@pytest.mark.parametrize("kem", ["native", "noble"])
def test_chromium_decapsulates(kem: str, chromium_page: BrowserPage) -> None:
    with empty_page() as url:
        chromium_page.goto(url)
        run_in(chromium_page, "tests/js/xwing-page.js")

        for vector, secret in vectors():
            done = chromium_page.evaluate(RUN, [vector, kem])
            assert done == {"public": vector["public"], "secret": secret}
            other = vector | {"seed": "00" * 32}
            assert chromium_page.evaluate(RUN, [other, kem])["secret"] != secret
