"""What stands behind "#" on the hosted page, and prefills: its links keep it until it is sent."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.browser.visits import Visit, stored
from tests.intake.people import Person, Publisher
from tests.tools.browsers import BrowserPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GERMAN = ".languages a[lang=de]"
NAME = "[data-sealform-field=fullname]"


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    """In two languages, with a hidden field."""
    form.fields.all().delete()
    form.fields.create(order=1, name="fullname", label="Name")
    form.fields.create(order=2, name="source", kind="hidden", label="Source")
    return publisher.publish(languages=("en", "de"))


@pytest.fixture
def address(live_server: LiveServer, manifest: Manifest) -> str:
    return f"{live_server.url}/f/signup/"


def test_another_language_keeps_what_is_prefilled(
    visit: Visit, address: str, acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    visit.page.goto(f"{address}#source=newsletter")
    visit.page.click(GERMAN)
    visit.page.wait_for_url(f"{address}?lang=de#source=newsletter")
    visit.wait_for("ready")
    visit.page.fill(NAME, "Ada")

    visit.page.click(".sealform-send")

    [id] = visit.wait_for("sent")["records"]
    assert stored(acme, publisher, manifest, id)["source"] == "newsletter"


def test_so_it_does_where_it_changed_meanwhile(any_page: BrowserPage, address: str) -> None:
    any_page.goto(f"{address}#source=newsletter")
    any_page.evaluate("() => void (location.hash = 'source=letter')")

    any_page.click(GERMAN)

    any_page.wait_for_function("() => location.href.endsWith('?lang=de#source=letter')")


@pytest.mark.parametrize("button", ["middle", "right"])
def test_so_does_a_tab_of_its_own(button: str, visit: Visit, address: str) -> None:
    visit.page.goto(f"{address}#source=newsletter")

    visit.page.click(GERMAN, button=button)  # type: ignore[arg-type]

    link = visit.page.eval_on_selector(GERMAN, "(link) => link.href")
    assert link == f"{address}?lang=de#source=newsletter"


def test_what_was_sent_is_not_prefilled_again(visit: Visit, address: str) -> None:
    visit.page.goto(f"{address}#source=newsletter")
    visit.wait_for("ready")
    visit.page.hover(GERMAN)
    visit.page.focus(GERMAN)
    visit.page.fill(NAME, "Ada")
    visit.page.click(".sealform-send")
    visit.wait_for("sent")

    visit.page.click(GERMAN)

    visit.page.wait_for_url(f"{address}?lang=de")


def test_reloading_what_did_not_load_keeps_it_too(chromium_page: Page, address: str) -> None:
    chromium_page.route("**/sealform.js", lambda route: route.abort())
    chromium_page.goto(f"{address}#source=newsletter")
    link = chromium_page.wait_for_selector("[data-sealform-blocked=now] a")
    assert link
    chromium_page.unroute("**/sealform.js")

    link.click()

    chromium_page.wait_for_selector(".sealform-send:enabled")
    assert chromium_page.url == f"{address}#source=newsletter"
