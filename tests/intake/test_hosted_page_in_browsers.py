"""The pages of a form in a real browser: what leaves them, and what does not"""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.envelope.receipts import show_receipt
from apps.envelope.records import parse_record
from apps.envelope.submissions import dump_submission, open_form_record, seal_submission
from apps.intake.models import Failure, Form, FormField
from apps.vault.models import Record
from tests.browser.sites import serving
from tests.intake.people import Publisher, post
from tests.intake.test_submit import ANSWERS
from tests.intake.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATH = "/f/signup/"
SEND = "button.sealform-send:enabled"
# What is to happen at once happens when the form has long been there.
LATE = """
  const soon = setTimeout;
  globalThis.late = 0;
  globalThis.setTimeout = (act, wait = 0, ...rest) => {
    if (wait) return soon(act, wait, ...rest);
    globalThis.late += 1;
    return soon(() => { act(...rest); globalThis.late -= 1; }, 1500);
  };
"""
CHOICES = [{"value": "a", "label": "Ay"}, {"value": "b", "label": "Bee"}]


@pytest.fixture
def complaints(chromium_page: Page) -> list[str]:
    """What the browser complains of: broken policies above all."""
    heard: list[str] = []
    chromium_page.on("console", lambda message: heard.append(message.text))
    chromium_page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture
def every_kind(publisher: Publisher) -> Manifest:
    kinds = ["text", "textarea", "number", "date", "select", "radio", "checkbox", "checkboxes"]
    publisher.form.fields.all().delete()
    for order, kind in enumerate(kinds):
        options = CHOICES if kind in {"select", "radio", "checkboxes"} else []
        FormField.objects.create(
            form=publisher.form,
            order=order,
            name=kind,
            kind=kind,
            label=f"A {kind}",
            required=True,
            options=options,
        )
    return publisher.publish()


def field(name: str, value: str = "") -> str:
    return f"[data-sealform-field={name}]" + (f"[value={value}]" if value else "")


def fill(page: Page) -> None:
    page.fill(field("text"), "Ada")
    page.fill(field("textarea"), "one\ntwo")
    page.fill(field("number"), "3.5")
    page.fill(field("date"), "1990-02-03")
    page.select_option(field("select"), "b")
    page.check(field("radio", "a"))
    page.check(field("radio", "b"))
    page.check(field("checkbox"))
    page.check(field("checkboxes", "a"))
    page.check(field("checkboxes", "b"))


def opened(publisher: Publisher, manifest: Manifest) -> dict[str, Any]:
    path = f"/api/v1/records/{Record.objects.get().id}"
    record = parse_record(publisher.owner.get(path).json()["record"])
    return dict(open_form_record(record, manifest, publisher.inboxes["account"][1]))


def counted() -> dict[str, int]:
    return dict(Failure.objects.values_list("code", "count"))


def test_every_kind_of_field_arrives_sealed(
    chromium_page: Page,
    live_server: LiveServer,
    publisher: Publisher,
    every_kind: Manifest,
    complaints: list[str],
) -> None:
    chromium_page.goto(live_server.url + PATH)
    chromium_page.wait_for_selector(SEND)
    fill(chromium_page)

    chromium_page.click(SEND)

    chromium_page.wait_for_selector(".sealform-confirmation[data-state=sent]")
    assert "have arrived" in chromium_page.inner_text(".sealform-confirmation")
    assert opened(publisher, every_kind) == {
        "text": "Ada",
        "textarea": "one\ntwo",
        "number": "3.5",
        "date": "1990-02-03",
        "select": "b",
        "radio": "b",
        "checkbox": True,
        "checkboxes": ["a", "b"],
    }
    assert complaints == []
    assert chromium_page.context.cookies() == []


def test_it_asks_for_no_manifest_that_it_carries(
    chromium_page: Page, live_server: LiveServer, manifest: Manifest
) -> None:
    asked: list[str] = []
    chromium_page.on("request", lambda request: asked.append(request.url))

    chromium_page.goto(live_server.url + PATH)
    chromium_page.wait_for_selector(SEND)

    assert not [url for url in asked if url.endswith("/manifest")]
    assert all(url.startswith(live_server.url) for url in asked)


def test_the_first_paint_waits_for_no_script(
    chromium_page: Page, live_server: LiveServer, manifest: Manifest
) -> None:
    held: list[Route] = []
    chromium_page.route("**/sealform.js", lambda route: held.append(route))

    chromium_page.goto(live_server.url + PATH, wait_until="commit")
    until(chromium_page, "performance.getEntriesByType('paint').length > 0")

    assert chromium_page.inner_text("h1") == "Sign up"
    assert "Loading the form" in chromium_page.inner_text("main")
    [script] = held
    script.continue_()
    chromium_page.wait_for_selector(SEND)


def test_a_blocked_script_leaves_a_notice_and_a_count(
    chromium_page: Page, live_server: LiveServer, manifest: Manifest
) -> None:
    chromium_page.route("**/sealform.js", lambda route: route.abort())

    with chromium_page.expect_response("**/failures"):
        chromium_page.goto(live_server.url + PATH)

    chromium_page.wait_for_selector("[data-sealform-blocked=now]")
    assert chromium_page.query_selector("input, textarea, form") is None
    assert counted() == {"script": 1}


@pytest.mark.parametrize("path", [PATH, f"{PATH}embed/"])
def test_a_form_that_is_there_stays_there(
    path: str, chromium_page: Page, live_server: LiveServer, manifest: Manifest
) -> None:
    chromium_page.add_init_script(LATE)
    chromium_page.goto(live_server.url + path)
    chromium_page.wait_for_selector(SEND)
    until(chromium_page, "globalThis.late === 0")

    chromium_page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")

    chromium_page.fill(field("fullname"), "Ada")
    assert not chromium_page.is_visible("[data-sealform-blocked]")
    assert counted() == {}


def test_an_altered_script_is_not_run(
    chromium_page: Page, live_server: LiveServer, manifest: Manifest
) -> None:
    def alter(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text() + "\nglobalThis.altered = true;")

    chromium_page.route("**/sealform.js", alter)

    with chromium_page.expect_response("**/failures"):
        chromium_page.goto(live_server.url + PATH)

    chromium_page.wait_for_selector("[data-sealform-blocked=now]")
    assert chromium_page.evaluate("globalThis.altered") is None
    assert counted() == {"script": 1}


def test_without_javascript_the_page_says_why_it_is_locked(
    chromium: Browser, live_server: LiveServer, manifest: Manifest
) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        with page.expect_response("**/noscript.gif"):
            page.goto(live_server.url + PATH)

        assert "needs JavaScript" in page.inner_text("main")
        assert "Loading" not in page.inner_text("main")
        assert counted() == {"noscript": 1}


def test_it_fits_a_phone(
    chromium_page: Page, live_server: LiveServer, every_kind: Manifest
) -> None:
    chromium_page.set_viewport_size({"width": 320, "height": 640})
    chromium_page.goto(live_server.url + PATH)
    chromium_page.wait_for_selector(SEND)
    chromium_page.click("summary")

    assert chromium_page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_listed_site_frames_the_form_and_another_does_not(
    chromium_page: Page, live_server: LiveServer, manifest: Manifest
) -> None:
    with serving() as shop, serving() as mallory:
        Form.objects.update(origins=[shop.origin])
        shop.page = mallory.page = f'<iframe src="{live_server.url}{PATH}embed/"></iframe>'
        chromium_page.goto(shop.origin)
        chromium_page.frame_locator("iframe").locator(SEND).wait_for()

        chromium_page.goto(mallory.origin)
        frame = chromium_page.frame_locator("iframe")
        frame.get_by_role("link").wait_for()  # to the form's own page, beside why it is not here

        assert frame.locator("[data-sealform]").count() == 0
        assert frame.locator("form, input, button").count() == 0

        refused = []
        chromium_page.on("console", lambda message: refused.append(message.text))
        mallory.page = mallory.page.replace("<iframe", '<iframe referrerpolicy="no-referrer"')
        chromium_page.goto(mallory.origin)
        chromium_page.wait_for_load_state("networkidle")

        assert any("frame-ancestors" in each for each in refused)
        assert frame.locator("[data-sealform], a[href]").count() == 0


def test_a_receipt_is_checked(
    chromium_page: Page,
    live_server: LiveServer,
    publisher: Publisher,
    manifest: Manifest,
    complaints: list[str],
) -> None:
    records, receipt = seal_submission(manifest, ANSWERS)
    post(f"{publisher.path}/submissions", dump_submission(records))
    asked: list[str] = []
    chromium_page.on("request", lambda request: asked.append(request.post_data or ""))
    shown = show_receipt(receipt)

    chromium_page.goto(f"{live_server.url}{PATH}receipt/")
    chromium_page.fill("textarea", shown.lower().replace("-", " "))
    chromium_page.click("button:enabled")

    chromium_page.wait_for_selector("text=Stored, unaltered")
    assert complaints == []
    secret = "".join(shown.split("-")[1:])[:20]
    assert not any(secret in body.upper().replace("-", "") for body in asked)
