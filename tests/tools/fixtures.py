"""pytest fixtures for the browsers. Mark the tests that use them with `browser`."""

import asyncio
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.tools import browsers
from tests.tools.browsers import BrowserPage
from tests.tools.served import wait_for_the_last_answer


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    with browsers.chromium(playwright) as browser:
        yield browser


def forget_held_requests(context: BrowserContext) -> None:
    """End what waits for a test's answer to a request that it never gave.

    Otherwise Python complains of it whenever it collects it, and some later test fails.
    """
    for task in asyncio.all_tasks(context._impl_obj._loop):
        if getattr(task.get_coro(), "__name__", "") == "_on_route":
            task.cancel()  # closing the context lets it end


@pytest.fixture
def chromium_page(chromium: Browser) -> Iterator[Page]:
    """A page in a context of its own: no cookies, storage or cache of another test."""
    with chromium.new_context() as context:
        yield context.new_page()
        forget_held_requests(context)
    wait_for_the_last_answer()


@pytest.fixture
def whole_chromium_page(playwright: Playwright) -> Iterator[Page]:
    """A page of Chromium as people have it, for what its engine alone does otherwise."""
    with browsers.chromium(playwright, whole=True) as browser, browser.new_context() as context:
        yield context.new_page()
        forget_held_requests(context)
    wait_for_the_last_answer()


@pytest.fixture(scope="session")
def firefox(playwright: Playwright) -> Iterator[Browser]:
    with browsers.firefox(playwright) as browser:
        yield browser


@pytest.fixture
def firefox_page(firefox: Browser) -> Iterator[Page]:
    with firefox.new_context() as context:
        yield context.new_page()
        forget_held_requests(context)
    wait_for_the_last_answer()


@pytest.fixture
def webkit_page(playwright: Playwright) -> Iterator[BrowserPage]:
    """A WebKit of its own: its automation knows no second profile."""
    with browsers.webkit_page(playwright) as page:
        yield page
    wait_for_the_last_answer()


@pytest.fixture(params=["chromium", "firefox", "webkit"])
def any_page(request: pytest.FixtureRequest) -> BrowserPage:
    """The same test, once in each browser."""
    page: BrowserPage = request.getfixturevalue(f"{request.param}_page")
    return page
