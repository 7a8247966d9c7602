"""Every scenario of tests/vectors in real browsers, with their own X-Wing and with noble's."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.pages import empty_page, run_in
from tests.envelope.operations import vectors
from tests.tools.browsers import BrowserPage

pytestmark = [pytest.mark.browser]

LEAST = 1100
# WebKitGTK 2.50 crashes on an Ed25519 key that is no point of the curve.
CRASHING = {"webkit": {"signature-refuses-no-point"}}
# As a string: no driver carries the lone surrogates that some vectors hold.
RUN = "([vectors, kem]) => runVectors(JSON.parse(vectors), kem)"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with empty_page() as url:
        yield url


def files(browser: str) -> list[dict[str, Any]]:
    left_out = CRASHING.get(browser, set())
    return [
        {
            "operation": operation,
            "scenarios": [one for one in scenarios if one["name"] not in left_out],
        }
        for operation, scenarios in vectors().items()
    ]


# Firefox and WebKit have no ML-KEM yet.
@pytest.mark.parametrize(
    ("browser", "kem"),
    [("chromium", "native"), ("chromium", "noble"), ("firefox", "noble"), ("webkit", "noble")],
)
def test_all_vectors(
    browser: str,
    kem: str,
    url: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page: BrowserPage = request.getfixturevalue(f"{browser}_page")
    page.goto(url)
    run_in(page, "tests/js/vectors-page.js")

    done = page.evaluate(RUN, [json.dumps(files(browser)), kem])

    assert done["failures"] == []
    assert done["ran"] >= LEAST
    with capsys.disabled():
        print(f"\nvectors: {done['ran']} in {browser}, {kem}")


def test_a_wrong_vector_is_reported(chromium_page: BrowserPage, url: str) -> None:
    """The positive control of the test above."""
    chromium_page.goto(url)
    run_in(chromium_page, "tests/js/vectors-page.js")
    wrong = {"name": "wrong", "input": {"data": "00"}, "output": {"text": "AB"}}
    file = {"operation": "b64", "scenarios": [wrong]}

    done = chromium_page.evaluate(RUN, [json.dumps([file]), "noble"])

    assert done["ran"] == 1
    assert len(done["failures"]) == 1
