"""A form in somebody's iframe: its height, its events, and nothing else of it."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from apps.vault.models import Record
from tests.browser.frames import GROWN, HEIGHT, LISTEN, fits, heard, inside, opened, page_with
from tests.browser.outboxes import SUBMISSIONS, offline
from tests.browser.sites import Site, serving
from tests.browser.visits import stored
from tests.intake.people import Person, Publisher
from tests.tools.browsers import BrowserPage
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OTHER_PIN = "-".join(["AAAA"] * 13)
TYPED = "Ada Lovelace of nowhere"


@pytest.fixture
def page(chromium_page: Page, site: Site, tag: str) -> Page:
    """The site's page, its form ready."""
    site.page = page_with(tag)
    chromium_page.add_init_script(LISTEN)
    return opened(chromium_page, site)


# --- Height -------------------------------------------------------------------------------


def test_it_is_as_high_as_its_form(page: Page) -> None:
    assert fits(page)
    scrolls = "document.scrollingElement.scrollHeight > document.scrollingElement.clientHeight"
    assert not inside(page).evaluate(scrolls)


def test_it_grows_and_shrinks_with_it(page: Page) -> None:
    before = page.evaluate(HEIGHT)
    inside(page).click("summary")
    page.wait_for_function(f"() => {HEIGHT} > {before}")
    assert fits(page)

    inside(page).click("summary")
    page.wait_for_function(f"() => {HEIGHT} === {before}")


def test_a_page_that_listens_late_gets_its_height(
    any_page: BrowserPage, site: Site, tag: str
) -> None:
    """And in browsers that do not say who is around, if the site sends no referrer either."""
    frame, script = tag.split("<script")
    quiet = frame.replace('referrerpolicy="origin"', 'referrerpolicy="no-referrer"')
    late = f"""<script>addEventListener('load', () => setTimeout(() => {{
        const script = document.createElement('script');
        script.src = {script.split("src=")[1].split()[0]};
        document.head.append(script);
    }}, 500));</script>"""
    assert quiet != frame
    site.page = page_with(quiet, late)
    any_page.goto(site.origin)

    any_page.wait_for_function(GROWN)


@pytest.mark.engines
def test_browsers_that_do_not_say_who_is_around_are_asked_once_the_form_is_there(
    any_page: BrowserPage, site: Site, tag: str
) -> None:
    site.page = page_with(tag.replace('referrerpolicy="origin"', 'referrerpolicy="no-referrer"'))
    any_page.goto(site.origin)

    any_page.wait_for_function(GROWN)


# --- Events -------------------------------------------------------------------------------


def test_the_page_around_hears_what_happens_and_no_answer(
    page: Page, manifest: Manifest, acme: Person, publisher: Publisher
) -> None:
    assert heard(page, "ready") == {
        "what": "ready", "on": "iframe", "form": manifest.form, "version": 1,
    }  # fmt: skip
    frame = inside(page)
    frame.fill("[data-sealform-field=fullname]", TYPED)
    frame.click(".sealform-send")

    sent = heard(page, "sent")
    assert sent.keys() == {"what", "on", "records"}
    [id] = sent["records"]
    assert stored(acme, publisher, manifest, id)["fullname"] == TYPED
    receipt = frame.inner_text(".sealform-receipt code")
    said = str(page.evaluate("messages"))
    assert id in said
    assert TYPED not in said
    assert receipt not in said


def test_it_hears_what_fails(page: Page, form: Form) -> None:
    Form.objects.filter(id=form.id).update(closed=True)
    inside(page).fill("[data-sealform-field=fullname]", TYPED)
    inside(page).click(".sealform-send")

    told = heard(page, "error")
    assert told == {"what": "error", "on": "iframe", "code": "closed"}


@pytest.fixture
def sibling(page: Page, site: Site, form: Form) -> Page:
    """The page of a site that is the server's own, whose frames may store something."""
    site.origin = site.origin.replace("127.0.0.1", "localhost")
    Form.objects.filter(id=form.id).update(origins=[site.origin])
    opened(page, site)
    page.route(SUBMISSIONS, offline)
    inside(page).fill("[data-sealform-field=fullname]", TYPED)
    inside(page).click(".sealform-send")
    heard(page, "queued")
    page.unroute(SUBMISSIONS)
    return page


def test_what_waits_in_an_iframe_is_sent_at_the_next_visit(sibling: Page, site: Site) -> None:
    queued = heard(sibling, "queued")
    assert queued.keys() == {"what", "on", "records"}

    with sibling.expect_response(SUBMISSIONS):
        opened(sibling, site)

    assert [str(record.id) for record in Record.objects.all()] == queued["records"]


def test_what_waits_in_an_iframe_can_be_sent_again_by_hand(sibling: Page) -> None:
    inside(sibling).click(".sealform-receipt button")

    heard(sibling, "sent")


def test_where_browsers_let_frames_store_nothing_the_answers_stay_in_them(
    whole_chromium_page: Page, site: Site, tag: str
) -> None:
    """As this one does, whose visitor wants no cookies of third parties."""
    site.page, page = page_with(tag), whole_chromium_page
    page.add_init_script(LISTEN)
    opened(page, site)
    page.route(SUBMISSIONS, offline, times=1)
    frame = inside(page)
    frame.fill("[data-sealform-field=fullname]", TYPED)
    frame.click(".sealform-send")
    assert heard(page, "error")["code"] == "network"
    assert frame.input_value("[data-sealform-field=fullname]") == TYPED

    frame.click(".sealform-send")
    heard(page, "sent")


# --- The part that speaks ------------------------------------------------------------------

PART = "**/sealform-framed.*"


def late(route: Route) -> None:
    time.sleep(1)
    route.continue_()


def with_another_pin(route: Route) -> None:
    response = route.fetch()
    other = re.sub(r'data-pin="[^"]*"', f'data-pin="{OTHER_PIN}"', response.text())
    route.fulfill(response=response, body=other)


def test_nothing_is_lost_where_it_comes_late(page: Page, site: Site, manifest: Manifest) -> None:
    page.route(PART, late)

    opened(page, site)

    assert heard(page, "ready")["form"] == manifest.form
    assert page.evaluate("events.length") == 1
    assert fits(page)


def test_what_failed_before_it_came_is_heard(page: Page, site: Site) -> None:
    page.route(PART, late)
    page.route("**/embed/", with_another_pin)

    page.goto(site.origin)

    assert heard(page, "error")["code"] == "fingerprint"


def test_where_it_does_not_come_the_form_is_filled_all_the_same(page: Page, site: Site) -> None:
    page.route(PART, offline)
    page.goto(site.origin)
    frame = inside(page)

    frame.fill("[data-sealform-field=fullname]", TYPED)
    frame.click(".sealform-send")

    frame.wait_for_selector(".sealform-confirmation[data-state=sent]")
    assert page.evaluate("messages.length") == 0
    assert Record.objects.count() == 1


def test_pages_that_nobody_frames_do_not_load_it(page: Page, live_server: LiveServer) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{live_server.url}/f/signup/")
    page.wait_for_selector(".sealform-send:enabled")

    assert any("/sealform.js" in url for url in asked)
    assert not any("framed" in url for url in asked)


# --- Whoever else speaks ------------------------------------------------------------------

SPEAK = """<script>
  parent.postMessage({ sealform: { height: 3333, what: 'sent', detail: {} } }, '*');
</script>"""


def test_other_frames_are_not_heard(page: Page, site: Site, tag: str) -> None:
    with serving() as mallory:
        mallory.page = SPEAK
        site.page = page_with(tag, f'<iframe src="{mallory.origin}"></iframe>')
        opened(page, site)
        page.wait_for_function("() => messages.some((one) => one.includes('3333'))")

    assert page.evaluate(HEIGHT) != 3333
    assert not page.evaluate("events.some(({ what }) => what === 'sent')")


def test_another_frame_of_the_forms_own_origin_is_not_heard(
    page: Page, site: Site, tag: str
) -> None:
    unmarked = tag.split("<script")[0].replace("data-sealform-frame", "")
    site.page = page_with(tag, unmarked)
    opened(page, site)
    other = page.frames[2]
    assert other.url == inside(page).url
    other.evaluate("parent.postMessage({ sealform: { height: 3333 } }, '*')")
    page.wait_for_function("() => messages.some((one) => one.includes('3333'))")

    heights = "[...document.querySelectorAll('iframe')].map((frame) => frame.clientHeight)"
    assert 3333 not in page.evaluate(heights)


def test_a_form_that_was_navigated_away_is_not_heard(page: Page) -> None:
    with serving() as mallory:
        mallory.page = SPEAK
        page.evaluate("(url) => { frames[0].location = url; }", mallory.origin)
        page.wait_for_function("() => messages.some((one) => one.includes('3333'))")

        assert page.evaluate(HEIGHT) != 3333


@pytest.mark.parametrize(
    ("height", "taken"),
    [("444", True), ("-1", False), ("'444;x'", False), *nightly(("1e9", False), ("'9px'", False))],
)
def test_only_a_sound_height_is_taken(page: Page, height: str, taken: bool) -> None:
    inside(page).evaluate(f"parent.postMessage({{ sealform: {{ height: {height} }} }}, '*')")
    page.wait_for_timeout(100)

    assert (page.evaluate(HEIGHT) == 444) is taken


def listed(*origins: str) -> Callable[[Route], None]:
    """The server's page, in whose list of origins stand these; framing is let through."""

    def handle(route: Route) -> None:
        response = route.fetch()
        own = response.text().split('data-sealform-frame-origins="')[1].split('"')[0]
        said = str(list(origins)).replace("'", "&quot;")
        headers = {key: value for key, value in response.headers.items() if "policy" not in key}
        route.fulfill(body=response.text().replace(own, said), headers=headers)

    return handle


@pytest.mark.parametrize(
    ("origins", "speaks"), [(["*"], True), (["https://elsewhere.example"], False), ([], False)]
)
def test_it_speaks_to_listed_origins_alone(
    page: Page, site: Site, origins: list[str], speaks: bool
) -> None:
    page.route("**/embed/", listed(*origins))
    page.goto(site.origin)
    frame = inside(page)
    frame.wait_for_selector("[data-sealform-field=fullname]")
    page.evaluate("frames[0].postMessage({ sealform: 'height' }, '*')")
    page.wait_for_timeout(300)

    assert bool(page.evaluate("messages.length")) is speaks
