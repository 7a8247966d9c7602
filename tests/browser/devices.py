"""Kinds of devices, and a page on each of them with a form that is ready to be filled."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

Options = dict[str, Any]
LOOKS: dict[str, Options] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 640}},
    "phone in the dark": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
    "strong contrast": {"forced_colors": "active"},
}


@pytest.fixture
def looking(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A page on the kind of device that the test names."""
    with chromium.new_context(**LOOKS[request.param]) as context:
        yield patient(context.new_page())


def patient(page: Page) -> Page:
    page.set_default_timeout(15_000)
    return page


def ready(page: Page, url: str) -> Page:
    page.goto(url)
    page.locator(".sealform-nav button:visible:enabled").first.wait_for()
    return page
