"""The browser's Back in a form of several pages, on pages of ours: a step back, nothing lost."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.envelope.sections import parse_sections
from apps.intake.models import Form
from apps.vault.models import Record
from tests.browser.frames import inside, page_with
from tests.browser.sites import Site
from tests.intake.people import Publisher
from tests.tools.browsers import BrowserPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ILL = [{"field": "ill", "in": [True]}]
SECTIONS: list[dict[str, Any]] = [
    {"page": True, "title": "You", "text": "", "fields": ["fullname", "ill"]},
    {"page": True, "title": "Illness", "text": "", "fields": ["illness"], "when": ILL},
    {"page": True, "title": "Address", "text": "", "fields": ["city"]},
    {"page": True, "title": "Last", "text": "", "fields": ["remark", "source"]},
]
STEP = "document.querySelector('.sealform-step').textContent"
VISITED = """() => {
  globalThis.visited = [];
  addEventListener('popstate', ({ state }) => visited.push([state, location.hash]));
}"""
HEADING = "document.activeElement.textContent"


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    form.fields.all().delete()
    form.fields.create(order=1, name="fullname", label="Name", required=True)
    form.fields.create(order=2, name="ill", kind="checkbox", label="Ill")
    form.fields.create(order=3, name="illness", label="Which?")
    form.fields.create(order=4, name="city", label="City")
    form.fields.create(order=5, name="remark", label="Remark")
    form.fields.create(order=6, name="source", kind="hidden", label="Source")
    return publisher.publish(sections=parse_sections(SECTIONS, ()))


@pytest.fixture
def address(live_server: LiveServer, manifest: Manifest) -> str:
    return f"{live_server.url}/f/signup/#source=letter"


@pytest.fixture
def page(chromium_page: Page, site: Site, address: str) -> Page:
    """The first step, to which the visitor came from somewhere."""
    site.page = "<!doctype html><title>Somewhere</title>"
    chromium_page.goto(site.origin)
    chromium_page.goto(address)
    return begun(chromium_page)


def begun(page: Page) -> Page:
    page.wait_for_selector(".sealform-next:enabled")
    page.fill(control("fullname"), "Ada")
    return page


def control(name: str) -> str:
    return f"[data-sealform-field={name}]"


def at(page: Any, said: str) -> None:
    page.wait_for_function(f"() => {STEP} === '{said}'")


def forth(page: Any, *steps: str) -> None:
    for step in steps:
        page.click(".sealform-next")
        at(page, step)


def back(page: Any) -> None:
    page.evaluate("() => void setTimeout(() => history.back())")


def ahead(page: Any) -> None:
    page.evaluate("() => void history.forward()")


def gone(page: Page, site: Site) -> bool:
    page.wait_for_url(f"{site.origin}/**")
    return True


def test_it_turns_the_page_and_keeps_what_was_typed(page: Page) -> None:
    forth(page, "Step 2 of 3", "Step 3 of 3")

    back(page)
    at(page, "Step 2 of 3")
    assert page.evaluate(HEADING) == "Address"
    back(page)
    at(page, "Step 1 of 3")

    assert page.evaluate(HEADING) == "You"
    assert page.input_value(control("fullname")) == "Ada"
    ahead(page)
    at(page, "Step 2 of 3")


def test_the_history_holds_the_number_of_the_step_and_nothing_else(
    page: Page, address: str
) -> None:
    forth(page, "Step 2 of 3", "Step 3 of 3")

    assert page.evaluate("history.state") == 2
    assert page.url == address


def test_from_the_first_step_it_leaves(page: Page, site: Site) -> None:
    forth(page, "Step 2 of 3")
    back(page)
    at(page, "Step 1 of 3")

    back(page)

    assert gone(page, site)


def test_a_page_that_came_between_is_turned_to(page: Page) -> None:
    forth(page, "Step 2 of 3")
    back(page)
    at(page, "Step 1 of 3")
    page.check(control("ill"))

    ahead(page)

    at(page, "Step 2 of 4")
    assert page.evaluate(HEADING) == "Illness"


def test_forward_goes_only_as_far_as_all_is_in_order(page: Page) -> None:
    forth(page, "Step 2 of 3", "Step 3 of 3")
    page.evaluate("() => void history.go(-2)")
    at(page, "Step 1 of 3")
    page.fill(control("fullname"), "")

    page.evaluate("() => void history.go(2)")

    page.wait_for_selector(".sealform-summary a")
    at(page, "Step 1 of 3")
    page.fill(control("fullname"), "Ada")
    page.wait_for_function("() => history.state === null")
    ahead(page)
    at(page, "Step 2 of 3")


def test_the_forms_own_back_is_the_same(page: Page, site: Site) -> None:
    before = page.evaluate("history.length")
    for _ in range(3):
        forth(page, "Step 2 of 3", "Step 3 of 3")
        page.click(".sealform-back")
        at(page, "Step 2 of 3")
        page.click(".sealform-back")
        at(page, "Step 1 of 3")
        page.wait_for_function("() => history.state === null")

    assert page.evaluate("history.length") == before + 2
    back(page)
    assert gone(page, site)


def test_two_presses_at_once_are_two_steps(page: Page) -> None:
    forth(page, "Step 2 of 3", "Step 3 of 3")

    page.evaluate(
        "() => { for (const _ of '12') document.querySelector('.sealform-back').click() }"
    )

    at(page, "Step 1 of 3")
    page.wait_for_function("() => history.state === null")
    forth(page, "Step 2 of 3")


def test_the_summary_takes_the_browser_along(page: Page, site: Site) -> None:
    forth(page, "Step 2 of 3", "Step 3 of 3")
    page.evaluate("document.querySelector('[data-sealform-field=fullname]').value = ''")
    page.click(".sealform-send")
    page.click(".sealform-summary a")
    at(page, "Step 1 of 3")
    page.wait_for_function("() => history.state === null")
    assert page.evaluate("document.activeElement.dataset.sealformField") == "fullname"

    back(page)

    assert gone(page, site)


def test_after_a_reload_it_begins_again_and_back_leaves(page: Page, site: Site) -> None:
    forth(page, "Step 2 of 3", "Step 3 of 3")

    page.reload()

    at(page, "Step 1 of 3")
    page.wait_for_selector(".sealform-next:enabled")
    page.wait_for_function("() => history.state === null")
    assert page.input_value(control("fullname")) == ""
    back(page)
    assert gone(page, site)


def test_who_left_and_comes_back_is_where_the_browser_is(page: Page, address: str) -> None:
    """At the same step with the answers where the page was kept alive, else at the first."""
    forth(page, "Step 2 of 3", "Step 3 of 3")
    page.click("footer a")
    page.wait_for_url("**/receipt/")

    back(page)

    page.wait_for_url(address)
    page.wait_for_selector(".sealform-step")
    page.wait_for_function(f"() => {STEP} === `Step ${{history.state + 1}} of 3`")


def test_after_sending_it_leaves_and_no_entry_holds_what_was_prefilled(
    page: Page, site: Site, address: str
) -> None:
    forth(page, "Step 2 of 3", "Step 3 of 3")
    page.click(".sealform-send")
    page.wait_for_selector(".sealform-confirmation[data-state=sent]")
    page.wait_for_function("() => history.state === null && !location.hash")

    page.evaluate(VISITED)
    ahead(page)
    page.wait_for_function("() => globalThis.visited?.length === 2")
    assert page.evaluate("visited") == [[1, ""], [None, ""]]
    assert page.is_visible(".sealform-confirmation")
    back(page)

    assert gone(page, site)
    assert Record.objects.count() == 1


def test_in_each_browser(any_page: BrowserPage, site: Site, address: str) -> None:
    site.page = "<!doctype html><title>Somewhere</title>"
    any_page.goto(site.origin)
    any_page.goto(address)
    any_page.wait_for_function("() => document.querySelector('.sealform-next:enabled')")
    any_page.fill(control("fullname"), "Ada")
    any_page.click(".sealform-next")
    at(any_page, "Step 2 of 3")
    any_page.click(".sealform-next")
    at(any_page, "Step 3 of 3")

    back(any_page)
    at(any_page, "Step 2 of 3")
    any_page.click(".sealform-back")
    at(any_page, "Step 1 of 3")

    any_page.wait_for_function("() => history.state === null")
    value = "() => document.querySelector('[data-sealform-field=fullname]')?.value"
    assert any_page.evaluate(value) == "Ada"
    any_page.click(".sealform-next")
    at(any_page, "Step 2 of 3")
    any_page.evaluate("() => void location.reload()")
    any_page.wait_for_function(f"() => ({value})() === '' && history.state === null")


# --- In an iframe -------------------------------------------------------------------------


@pytest.fixture
def framed(
    publisher: Publisher, chromium_page: Page, site: Site, manifest: Manifest, tag: str
) -> Callable[[], Page]:
    """The site's page, filled. With conditions, entries would tell what was answered."""

    def framed() -> Page:
        sections = [dict(section) for section in SECTIONS]
        del sections[1]["when"]
        publisher.publish_keeping_inboxes(2, sections=parse_sections(sections, ()))
        site.page = page_with(tag)
        chromium_page.goto(site.origin)
        frame = inside(chromium_page)
        frame.wait_for_selector(".sealform-next:enabled")
        frame.fill(control("fullname"), "Ada")
        return chromium_page

    return framed


def test_it_turns_the_page_in_an_iframe_too(framed: Callable[[], Page]) -> None:
    page = framed()
    frame = inside(page)
    forth(frame, "Step 2 of 4", "Step 3 of 4")

    back(page)
    at(frame, "Step 2 of 4")

    assert frame.input_value(control("fullname")) == "Ada"


def test_there_its_own_button_leaves_the_history_of_the_page_around_alone(
    framed: Callable[[], Page],
) -> None:
    page = framed()
    frame = inside(page)
    forth(frame, "Step 2 of 4")
    page.evaluate("history.pushState('theirs', '')")
    length = page.evaluate("history.length")

    frame.click(".sealform-back")
    at(frame, "Step 1 of 4")
    page.wait_for_timeout(300)

    assert page.evaluate("history.state") == "theirs"
    forth(frame, "Step 2 of 4")
    assert page.evaluate("history.length") == length
