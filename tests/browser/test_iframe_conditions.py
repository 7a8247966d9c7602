"""What the page around learns of a form whose questions depend on answers: not which were given."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright

from apps.envelope.manifests import Manifest
from apps.envelope.sections import parse_sections
from apps.intake.models import Form
from tests.browser.frames import CONTENT, HEIGHT, LISTEN, fits, heard, inside, opened, page_with
from tests.browser.sites import Site
from tests.intake.people import Publisher
from tests.tools.browsers import chromium
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SETTLES = 400
ILL, WELL = ([{"field": "ill", "in": [value]}] for value in ("yes", "no"))
OPTIONS = [{"value": value, "label": value} for value in ("yes", "no")]
ON_ONE_PAGE: list[dict[str, Any]] = [
    {"page": True, "title": "You", "text": "", "fields": ["fullname", "ill"]},
    {"page": False, "title": "Ill", "text": "", "fields": ["illness", "drugs"], "when": ILL},
    {"page": False, "title": "Well", "text": "", "fields": ["remark"], "when": WELL},
]
ON_SEVERAL: list[dict[str, Any]] = [
    {"page": True, "title": "You", "text": "", "fields": ["fullname", "ill"]},
    {"page": True, "title": "Ill", "text": "", "fields": ["illness", "drugs"], "when": ILL},
    {"page": True, "title": "Last", "text": "", "fields": ["remark"]},
]
LONG = "to be broken into lines " * 60  # and into more where a scrollbar takes its place
LEARNED = f"() => ({{ messages, height: {HEIGHT}, length: history.length, top: scrollY }})"


@pytest.fixture(params=[*nightly(ON_ONE_PAGE), ON_SEVERAL], ids=["one page", "several pages"])
def manifest(request: pytest.FixtureRequest, publisher: Publisher, form: Form) -> Manifest:
    form.fields.all().delete()
    form.fields.create(order=1, name="fullname", label="Name", help=LONG)
    form.fields.create(order=2, name="ill", kind="radio", label="Ill?", options=OPTIONS)
    form.fields.create(order=3, name="illness", label="Which?", required=True)
    form.fields.create(order=4, name="drugs", kind="textarea", label="Drugs", required=True)
    form.fields.create(order=5, name="remark", label="Remark", required=True)
    return publisher.publish(sections=parse_sections(request.param, ()), description=LONG)


@pytest.fixture(scope="module")
def with_scrollbars(playwright: Playwright) -> Iterator[Browser]:
    """As people have them; Playwright hides them, and they take no place."""
    with chromium(playwright, ignore_default_args=["--hide-scrollbars"]) as browser:
        yield browser


@pytest.fixture
def page(with_scrollbars: Browser, site: Site, tag: str) -> Iterator[Page]:
    """The site's page, its form ready; what it has heard by then has nothing of an answer."""
    with with_scrollbars.new_context() as context:
        page = context.new_page()
        page.add_init_script(LISTEN)
        site.page = page_with(tag)
        yield ready(page, site)


def ready(page: Page, site: Site) -> Page:
    opened(page, site)
    heard(page, "ready")
    page.wait_for_timeout(SETTLES)
    page.evaluate("messages.length = 0")
    return page


def insist(page: Page) -> None:
    """Go on and send, with the last answer missing."""
    frame = inside(page)
    if frame.is_visible(".sealform-next"):
        frame.click(".sealform-next")
    if frame.is_visible("[data-sealform-field=illness]"):
        frame.fill("[data-sealform-field=illness]", "flu")
        if frame.query_selector(".sealform-next"):
            frame.fill("[data-sealform-field=drugs]", "aspirin")
    if frame.is_visible(".sealform-next"):
        frame.click(".sealform-next")
    frame.click(".sealform-send")
    frame.wait_for_selector(".sealform-summary a")


def learned(page: Page, answer: str) -> dict[str, Any]:
    """All that the page around has of a visitor who gives this answer, and forgets another."""
    inside(page).check(f"[data-sealform-field=ill][value={answer}]")
    page.wait_for_timeout(SETTLES)
    insist(page)
    page.wait_for_timeout(SETTLES)
    found: dict[str, Any] = page.evaluate(LEARNED)
    return found


def test_it_learns_the_same_whatever_is_answered(page: Page, site: Site) -> None:
    before = page.evaluate(LEARNED)

    ill = learned(page, "yes")
    well = learned(ready(page, site), "no")

    assert ill["messages"] == well["messages"]
    assert [message for message in ill["messages"] if "answer" in message]
    assert ill["height"] == well["height"] == before["height"]
    assert ill["length"] == well["length"] == before["length"]
    assert "illness" not in str(ill) + str(well)


def test_every_page_fits_in_with_all_its_questions(page: Page) -> None:
    frame = inside(page)
    for answer in ("yes", "no"):
        frame.check(f"[data-sealform-field=ill][value={answer}]")
        page.wait_for_timeout(SETTLES)
        assert frame.evaluate(CONTENT) <= page.evaluate(HEIGHT)


def test_the_height_follows_the_width_and_not_what_is_complained_of(page: Page) -> None:
    wide = page.evaluate(HEIGHT)
    learned(page, "yes")
    page.set_viewport_size({"width": 240, "height": 640})
    page.wait_for_function(f"() => {HEIGHT} > {wide}")
    page.wait_for_timeout(SETTLES)
    narrow = page.evaluate(HEIGHT)

    inside(page).evaluate("location.reload()")
    page.wait_for_timeout(3 * SETTLES)

    assert page.evaluate(HEIGHT) == narrow


def test_once_it_is_sent_the_frame_is_as_high_as_what_is_said_then(page: Page) -> None:
    frame = inside(page)
    learned(page, "no")
    frame.fill("[data-sealform-field=remark]", "none")

    frame.click(".sealform-send")

    heard(page, "sent")
    page.wait_for_timeout(SETTLES)
    assert fits(page)


@pytest.mark.parametrize("browser", ["chromium_page", "firefox_page"])
def test_measuring_leaves_nothing_behind(
    browser: str, request: pytest.FixtureRequest, site: Site, tag: str
) -> None:
    page: Page = request.getfixturevalue(browser)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.add_init_script(LISTEN)
    site.page = page_with(tag)
    frame = inside(ready(page, site))
    frame.focus("[data-sealform-field=fullname]")
    height = page.evaluate(HEIGHT)

    page.set_viewport_size({"width": 240, "height": 640})
    page.wait_for_function(f"() => {HEIGHT} > {height}")

    assert frame.evaluate("document.querySelectorAll('form').length") == 1
    assert frame.evaluate("document.activeElement.dataset.sealformField") == "fullname"
    assert frame.evaluate("document.documentElement.style.overflow") == ""
    assert not [text for text in said if "policy" in text.lower()]
