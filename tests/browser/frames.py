"""A site's page with a form in an iframe, and what that page hears."""

from typing import Any

from playwright.sync_api import Frame, Page

from tests.browser.sites import Site

# What the page around hears: every message, and every event that reaches its document.
LISTEN = """
globalThis.messages = [];
globalThis.events = [];
if (parent === window) {
  addEventListener('message', ({ data }) => messages.push(JSON.stringify(data)));
  for (const what of ['ready', 'queued', 'sent', 'error'])
    addEventListener(`sealform:${what}`, ({ target, detail }) =>
      events.push({ what, on: target.localName, ...detail }));
}
"""
HEIGHT = "document.querySelector('iframe').clientHeight"
CONTENT = "document.documentElement.getBoundingClientRect().height"
GROWN = f"() => {HEIGHT} !== 640 && {HEIGHT} !== 150"


def page_with(tag: str, more: str = "") -> str:
    return f"<!doctype html><html lang=en><title>Framed</title><h1>Site</h1>{tag}{more}"


def opened(page: Page, site: Site) -> Page:
    page.goto(site.origin)
    inside(page).wait_for_selector("[data-sealform-field=fullname]")
    page.wait_for_function(GROWN)
    return page


def inside(page: Page) -> Frame:
    handle = page.wait_for_selector("iframe")
    frame = handle.content_frame() if handle else None
    assert frame
    return frame


def heard(page: Page, what: str) -> dict[str, Any]:
    """The event of this name, once it has reached the page."""
    found: dict[str, Any] = page.wait_for_function(
        f"() => events.find((event) => event.what === '{what}')"
    ).json_value()
    return found


def fits(page: Page) -> bool:
    height: float = inside(page).evaluate(CONTENT)
    frame: int = page.evaluate(HEIGHT)
    return abs(frame - height) < 2
