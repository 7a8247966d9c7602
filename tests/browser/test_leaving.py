"""Leaving a page of ours: asked only where something typed would be lost."""

import pytest
from playwright.sync_api import Dialog, Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.vault.models import Record
from tests.browser.frames import inside, page_with
from tests.browser.outboxes import NAME, SUBMISSIONS, TYPED, offline, refusal, try_again
from tests.browser.sites import Site
from tests.browser.visits import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SETTLES = 300


class Asked:
    """Leaves by a reload; answers the browser's question by staying."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.questions: list[str] = []
        page.on("dialog", self._stay)

    def _stay(self, dialog: Dialog) -> None:
        self.questions.append(dialog.type)
        dialog.dismiss()

    def __bool__(self) -> bool:
        self.questions.clear()
        self.page.wait_for_timeout(SETTLES)
        self.page.evaluate("() => void setTimeout(() => location.reload())")
        self.page.wait_for_timeout(2 * SETTLES)
        assert set(self.questions) <= {"beforeunload"}
        return bool(self.questions)


@pytest.fixture
def page(chromium_page: Page, live_server: LiveServer, manifest: Manifest) -> Page:
    chromium_page.goto(f"{live_server.url}/f/signup/")
    chromium_page.wait_for_selector(".sealform-send:enabled")
    return chromium_page


@pytest.fixture
def asked(page: Page) -> Asked:
    return Asked(page)


def test_who_typed_is_asked_and_may_stay(page: Page, asked: Asked) -> None:
    page.fill(NAME, TYPED)

    assert asked
    assert page.input_value(NAME) == TYPED


def test_who_typed_nothing_is_not(page: Page, asked: Asked) -> None:
    page.click(NAME)

    assert not asked


def test_nor_who_took_it_back(page: Page, asked: Asked) -> None:
    page.fill(NAME, TYPED)
    page.fill(NAME, "")

    assert not asked


def test_nor_who_has_sent_it(page: Page, asked: Asked) -> None:
    page.fill(NAME, TYPED)
    page.click(".sealform-send")
    page.wait_for_selector(".sealform-confirmation[data-state=sent]")

    assert not asked
    assert Record.objects.count() == 1


def test_nor_whose_answers_wait_on_the_device(page: Page, asked: Asked) -> None:
    page.route(SUBMISSIONS, offline)
    page.fill(NAME, TYPED)
    page.click(".sealform-send")
    page.wait_for_selector(".sealform-confirmation[data-state=queued]")

    assert not asked


def test_who_is_given_the_form_back_is_asked_again(page: Page, asked: Asked) -> None:
    page.route(SUBMISSIONS, offline)
    page.fill(NAME, TYPED)
    page.click(".sealform-send")
    page.wait_for_selector(".sealform-confirmation[data-state=queued]")
    page.route(SUBMISSIONS, refusal(400, "malformed"))
    try_again(page)
    page.wait_for_selector(f"{NAME}:visible")

    assert asked


def test_who_fills_an_iframe_is_asked_by_the_page_around(
    chromium_page: Page, site: Site, manifest: Manifest, tag: str
) -> None:
    site.page = page_with(tag)
    chromium_page.goto(site.origin)
    frame = inside(chromium_page)
    frame.wait_for_selector(".sealform-send:enabled")
    asked = Asked(chromium_page)
    frame.click(NAME)
    frame.fill(NAME, TYPED)

    assert asked


def test_on_somebody_elses_page_that_is_theirs_to_ask(filled: Visit) -> None:
    assert not Asked(filled.page)
