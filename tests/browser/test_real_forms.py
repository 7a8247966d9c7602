"""Ten forms as sites write them, each with the tag added and its sensitive names turned."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.fields import Value
from apps.envelope.manifests import Manifest
from tests.browser.answering import answer_all, asking
from tests.browser.real_forms import pages
from tests.browser.real_forms.answers import REAL_FORMS, RealForm
from tests.browser.sites import Site
from tests.browser.visits import stored
from tests.browser.watching import Watch
from tests.intake.people import Person, Publisher
from tests.tools.browsers import BrowserPage
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What the page is told, with what its own listener left behind; the answer page reads it.
TELL = """(() => {
  addEventListener('sealform:ready', () => { globalThis.sealformReady = true; });
  addEventListener('sealform:name', ({ detail }) => {
    (globalThis.sealformNamed ??= []).push(...detail.fields);
  });
  addEventListener('sealform:error', ({ detail }) => { globalThis.sealformFailed = detail; });
  addEventListener('sealform:sent', ({ detail }) => {
    sessionStorage.told = JSON.stringify({ ...detail, ran: Boolean(%s) });
  });
})()"""
TOLD = "() => (%s || document.title === 'Arrived') && sessionStorage.told"

# How the form and all in it look, but for what the script itself adds.
LOOKS = """(mine) => [...document.querySelectorAll(`form:last-of-type, form:last-of-type *`)]
  .filter((one) => !one.closest('[class*=sealform], script'))
  .map((one) => {
    const all = getComputedStyle(one);
    const some = ['color', 'backgroundColor', 'font', 'display', 'position', 'borderTop'];
    return [one.localName, all.padding, ...some.map((name) => all[name])];
  })"""

# Of pages that differ as people's pages do, some that have all kinds of inputs among them.
SOME = ("sign_up", "checkout", "patient_intake", "event_registration")


def pages_of(*some: str, names: Iterable[str] = REAL_FORMS) -> list[Any]:
    """Return some pages, and after them the others for `make nightly`."""
    return [*some, *nightly(*(name for name in names if name not in some))]


@dataclass
class Sealed:
    """One of the pages, its form published, and who may open what is sent."""

    name: str
    manifest: Manifest
    owner: Person
    publisher: Publisher
    site: Site

    @property
    def real(self) -> RealForm:
        return REAL_FORMS[self.name]

    def opened(self, told: dict[str, Any]) -> dict[str, Value]:
        [id] = told["records"]
        return stored(self.owner, self.publisher, self.manifest, id)


Seal = Callable[..., Sealed]


@pytest.fixture
def seal(
    chromium_page: Page,
    site: Site,
    publisher: Publisher,
    live_server: LiveServer,
    acme: Person,
    pin: str,
) -> Seal:
    """Draft and publish what a page asks, and let the site serve it with our tag."""

    def do(name: str, **options: Any) -> Sealed:
        site.page = html = pages.page(name)
        chromium_page.goto(site.origin)
        asked = chromium_page.evaluate(pages.ASKED, [*pages.PLAIN, *pages.BUTTONS])
        pages.draft(publisher.form, asked)
        manifest = publisher.publish()
        site.page = pages.sealed(
            html,
            form=manifest.form,
            pin=pin,
            server=live_server.url,
            last=list(REAL_FORMS).index(name) % 2 == 1,
            **options,
        )
        return Sealed(name, manifest, acme, publisher, site)

    return do


def opened(page: BrowserPage, sealed: Sealed) -> None:
    """Open the page and wait until the form can be sent."""
    tell = TELL % sealed.real.ran
    if isinstance(page, Page):
        page.set_default_timeout(15_000)
        page.add_init_script(tell)
    page.goto(sealed.site.origin)
    if not isinstance(page, Page):
        page.evaluate(tell)
    unlocked = "[...document.querySelectorAll('[type=submit], button')].every((e) => !e.disabled)"
    page.wait_for_function(f"() => globalThis.sealformReady || {unlocked}")


def send(page: BrowserPage, sealed: Sealed) -> dict[str, Any]:
    """Press the form's own button; returns what the page's code was told, once it has gone."""
    submit(page)
    told = TOLD % ("true" if sealed.real.plain is None else "false")
    page.wait_for_function(told)
    detail: dict[str, Any] = json.loads(page.evaluate(told))
    return detail


def submit(page: BrowserPage) -> None:
    """Press the last button of the page that sends."""
    mark = """() => [...document.querySelectorAll('button:not([type=reset]), [type=submit]')].at(-1)
      .setAttribute('data-test', 'send')"""
    page.evaluate(mark)
    page.click("[data-test=send]")


@pytest.mark.parametrize("name", pages_of(*SOME))
def test_a_page_works_after_the_tag_and_the_attributes(
    name: str, seal: Seal, chromium_page: Page
) -> None:
    sealed = seal(name)
    watch = Watch(chromium_page.context)
    opened(chromium_page, sealed)
    answer_all(chromium_page, sealed.real.answers)

    told = send(chromium_page, sealed)

    assert sealed.opened(told) == dict(sealed.real.answers)
    assert told["ran"]
    assert watch.found(sealed.real.answers.values(), *map(str, sealed.site.requests)) == []
    if sealed.real.plain is not None:
        got = parse_qs(sealed.site.posts[-1], strict_parsing=True)
        assert got.pop("sealform_record_id") == told["records"]
        assert set(got) == {*sealed.real.plain}


@pytest.mark.parametrize("name", ["event_registration", "checkout"])
@pytest.mark.parametrize("engine", ["firefox", "webkit"])
def test_and_in_the_other_engines(
    name: str, engine: str, seal: Seal, request: pytest.FixtureRequest
) -> None:
    sealed = seal(name)
    page: BrowserPage = request.getfixturevalue(f"{engine}_page")
    opened(page, sealed)
    answer_all(page, sealed.real.answers)

    told = send(page, sealed)

    assert sealed.opened(told) == dict(sealed.real.answers)
    assert told["ran"]


SPOILT = [name for name, real in REAL_FORMS.items() if real.spoilt]


@pytest.mark.parametrize("name", pages_of("sign_up", "checkout", "job_application", names=SPOILT))
def test_what_the_page_or_its_browser_refuses_is_not_sent(
    name: str, seal: Seal, chromium_page: Page
) -> None:
    sealed = seal(name)
    posts: list[str] = []
    chromium_page.on("request", lambda one: posts.append(one.url) if one.method == "POST" else None)
    opened(chromium_page, sealed)
    answer_all(chromium_page, {**sealed.real.answers, **sealed.real.spoilt})

    submit(chromium_page)
    chromium_page.wait_for_timeout(400)

    assert [url for url in posts if not url.endswith("/metrics")] == []
    answer_all(chromium_page, sealed.real.answers)
    assert sealed.opened(send(chromium_page, sealed)) == dict(sealed.real.answers)


@pytest.mark.parametrize("name", pages_of(*SOME[:3]))
def test_the_page_looks_as_it_did(name: str, seal: Seal, chromium_page: Page) -> None:
    sealed = seal(name)
    before = chromium_page.evaluate(LOOKS)

    opened(chromium_page, sealed)

    assert chromium_page.evaluate(LOOKS) == before


@pytest.mark.parametrize("name", ["patient_intake", *nightly("sign_up")])
def test_an_input_with_both_loses_its_name_at_once_and_says_so(
    name: str, seal: Seal, chromium_page: Page
) -> None:
    sealed = seal(name, named=True)
    watch = Watch(chromium_page.context)
    opened(chromium_page, sealed)

    assert chromium_page.locator("[data-sealform-field][name]").count() == 0
    fields = {field.name for field in sealed.manifest.fields}
    assert set(chromium_page.evaluate("() => sealformNamed")) == fields
    assert all(any(f'"{one}"' in text for text in watch.console) for one in fields)
    answer_all(chromium_page, sealed.real.answers)
    assert sealed.opened(send(chromium_page, sealed)) == dict(sealed.real.answers)
    assert watch.found(sealed.real.answers.values(), *map(str, sealed.site.requests)) == []


@pytest.mark.parametrize("name", ["job_application", *nightly("sign_up")])
def test_the_search_finds_what_such_a_page_sends_without_the_tag(
    name: str, site: Site, chromium_page: Page
) -> None:
    """The positive control: these pages do send what is typed, by form and by beacon."""
    real = REAL_FORMS[name]
    site.page = pages.CONTROL.sub(
        lambda found: found[0].replace(
            " name=", f' data-sealform-field="{pages.sealed_name(_named(found[0]))}" name='
        ),
        pages.page(name),
    )
    watch = Watch(chromium_page.context)
    chromium_page.goto(site.origin)
    answer_all(chromium_page, real.answers)

    submit(chromium_page)

    chromium_page.wait_for_function("() => document.title === 'Arrived'")
    email = str(real.answers.get("email") or real.answers["applicant_email"])
    assert watch.found([email]) == [email]
    assert chromium_page.locator(asking("email")).count() == 0


def _named(tag: str) -> str:
    found = pages.NAME.search(tag)
    return found[1] if found else ""
