"""What the fixtures for browsers leave behind."""

import asyncio

import pytest
from playwright.sync_api import Browser, Route

from tests.tools.fixtures import forget_held_requests

pytestmark = pytest.mark.browser


def test_a_request_that_a_test_never_answers_ends_with_its_page(chromium: Browser) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        held: list[Route] = []
        page.route("**/held", lambda route: held.append(route))
        page.route("**/page", lambda route: route.fulfill(body="<p>page</p>"))
        page.goto("http://site.test/page")
        page.evaluate("() => void fetch('/held')")
        while not held:
            page.wait_for_timeout(10)
        assert waiting(chromium) == 1

        forget_held_requests(context)
    assert waiting(chromium) == 0


def waiting(browser: Browser) -> int:
    tasks = asyncio.all_tasks(browser._impl_obj._loop)
    return sum("._on_route" in repr(task) for task in tasks)
