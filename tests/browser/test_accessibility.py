"""WCAG 2.2 AA on every page and in every state: axe finds nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Frame, Page
from pytest_django.live_server_helper import LiveServer

from apps.intake.models import Form
from apps.intake.models import Manifest as ManifestRow
from tests.browser.answering import answer_all
from tests.browser.devices import patient, ready
from tests.browser.sites import Site, serving
from tests.client.parties import Party
from tests.forms.drafting import create_form
from tests.forms.medical_intake import MEDICAL_INTAKE
from tests.forms.medical_visitors import MARCO
from tests.tools.axe import violations
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = 4


@pytest.fixture
def page(chromium_page: Page) -> Page:
    return patient(chromium_page)


@pytest.mark.parametrize(
    ("looking", "language"),
    [
        ("light", "en"),
        ("phone in the dark", "ar"),
        *nightly(
            ("dark", "en"),
            ("phone", "en"),
            ("phone in the dark", "en"),
            ("strong contrast", "en"),
            ("light", "ar"),
        ),
    ],
    indirect=["looking"],
)
def test_every_step_with_and_without_errors(looking: Page, intake_form: str, language: str) -> None:
    ready(looking, f"{intake_form}?lang={language}")

    for number in range(PAGES):
        assert violations(looking) == []
        looking.click(".sealform-next" if number < PAGES - 1 else ".sealform-send")
        looking.locator(".sealform-error:visible").first.wait_for()
        assert violations(looking) == []
        assert overflow(looking) == 0
        answer_all(looking, MARCO.pages[number])
        if number < PAGES - 1:
            looking.click(".sealform-next")


def overflow(page: Page) -> int:
    """Pixels that a reader would have to scroll sideways for."""
    wide: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide


def fill(page: Page) -> None:
    for number, answers in enumerate(MARCO.pages):
        answer_all(page, answers)
        if number < PAGES - 1:
            page.click(".sealform-next")


@pytest.mark.parametrize("scheme", ["dark", *nightly("light")])
def test_sent_and_its_receipt(page: Page, intake_form: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    ready(page, intake_form)
    fill(page)
    page.click(".sealform-send")
    page.locator(".sealform-receipt code").wait_for()
    assert violations(page) == []
    receipt = page.inner_text(".sealform-receipt code")

    for reference, outcome in ((receipt, "ok"), (receipt[:-4] + "AAAA", "wrong"), ("R-ABC", "no")):
        page.goto(f"{intake_form}receipt/")
        assert violations(page) == []
        page.get_by_role("textbox").fill(reference)
        page.get_by_role("button").first.click()
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], outcome


def test_queued_on_the_device(page: Page, intake_form: str) -> None:
    page.route("**/submissions", lambda route: route.abort())
    ready(page, intake_form)
    fill(page)

    page.click(".sealform-send")

    page.locator(".sealform-receipt button").first.wait_for()
    assert violations(page) == []


def closed(form: Form) -> None:
    Form.objects.filter(id=form.id).update(closed=True)


def expired(form: Form) -> None:
    ManifestRow.objects.filter(form=form).update(expires=1)


def unknown(form: Form) -> None:
    Form.objects.filter(id=form.id).update(slug="elsewhere")


@pytest.mark.parametrize("change", [closed, expired, unknown])
@pytest.mark.parametrize("scheme", ["dark", *nightly("light")])
def test_a_form_that_cannot_be_filled(
    page: Page, intake_form: str, change: Callable[[Form], None], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    change(Form.objects.get())
    page.goto(intake_form)
    assert page.locator("h1").count() == 1
    assert violations(page) == []


def test_an_unpublished_form(page: Page, practice: Party, live_server: LiveServer) -> None:
    create_form(owner=practice.row, slug="draft", draft=MEDICAL_INTAKE)
    page.goto(f"{live_server.url}/f/draft/")
    assert violations(page) == []


def test_a_page_whose_script_was_blocked(page: Page, intake_form: str) -> None:
    page.route("**/sealform.js", lambda route: route.abort())
    page.goto(intake_form)
    page.locator("[data-sealform-blocked]:visible").wait_for()
    assert violations(page) == []


def test_a_form_that_stays_locked(page: Page, intake_form: str) -> None:
    page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    page.goto(intake_form)
    page.locator(".sealform-status[data-state=failed]").wait_for()
    assert violations(page) == []


@pytest.fixture
def site(practice: Party) -> Iterator[Site]:
    with serving() as site:
        Form.objects.update(origins=[site.origin])
        yield site


def test_in_an_iframe(page: Page, site: Site, intake_form: str) -> None:
    site.page = f"""<!doctype html><html lang="en"><title>Practice</title><main><h1>Hello</h1>
        <iframe title="Intake" width="400" height="2000" src="{intake_form}embed/"></iframe>
        </main>"""
    page.goto(site.origin)
    page.frame_locator("iframe").locator(".sealform-next:enabled").wait_for()
    [frame] = [each for each in page.frames if isinstance(each, Frame) and each.parent_frame]
    assert violations(frame) == []


@pytest.mark.parametrize("css", [True, False], ids=["with our styles", "without"])
def test_rendered_into_somebodys_page(
    page: Page, site: Site, practice: Party, live_server: LiveServer, css: bool
) -> None:
    """The form's parts are sound whether or not a site takes our stylesheet."""
    link = f'<link rel="stylesheet" href="{live_server.url}/static/css/sealform.css">'
    site.page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width"><title>Practice</title>
        {link if css else "<style>input, button, select { min-height: 24px }</style>"}
        <script src="{live_server.url}/static/dist/sealform.js" crossorigin></script></head>
        <body><main><h1>Welcome</h1><div data-sealform="{Form.objects.get().id}"
        data-pin="{practice.fingerprint}"></div></main></body></html>"""
    ready(page, site.origin)
    assert violations(page) == []


def test_the_search_for_barriers_finds_one(page: Page, site: Site) -> None:
    """The positive control."""
    site.page = "<!doctype html><html><title>x</title><input><button></button></html>"
    page.goto(site.origin)
    found = {line.split(" | ")[0] for line in violations(page)}
    assert {"html-has-lang", "label", "button-name"} <= found
