"""Waiting for a page whose policy is strict."""

from playwright.sync_api import Page


def until(page: Page, holds: str) -> None:
    """Wait without the page's help, whose policy forbids what Playwright would evaluate there."""
    for _ in range(300):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"not within 15 seconds: {holds}")
