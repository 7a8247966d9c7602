"""Whatever fails: nothing of the answers leaves the page, and people read what to do."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.embed.tags import EmbedTags
from apps.envelope.manifests import Manifest
from apps.intake.models import Failure as FailureRow
from apps.intake.models import Form
from apps.intake.pages.embedding import embed_snippets
from tests.browser.failing import (
    EMBEDDED,
    HOSTED,
    RENDERED,
    UNSPOKEN,
    Failure,
    Stage,
    blocked,
    said,
)
from tests.browser.sites import Site
from tests.browser.watching import Watch
from tests.intake.people import Person, Publisher
from tests.tools.browsers import chromium
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A name that browsers do not trust as they trust localhost.
ELSEWHERE = "forms.test"
SETTLES = 300  # milliseconds
PATIENCE = 8_000

# Everything that a page, or an impatient visitor's browser, can try.
INSIST = """() => {
  for (const form of document.forms) {
    for (const button of form.querySelectorAll('button, [type=submit]')) button.click();
    form.requestSubmit();
    HTMLFormElement.prototype.submit.call(form);
  }
}"""
WAIT_LONG = "document.getAnimations().forEach((animation) => animation.finish())"
TYPABLE = "input:not([type=hidden], [type=radio], [type=checkbox]):visible:enabled"


@pytest.fixture
def canary() -> str:
    return f"canary-{uuid4().hex}"


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    """The sign-up form with a condition, so that it needs every part of the script."""
    form.fields.create(
        name="member", type="contact", kind="radio", label="Are you a member?", order=90,
        options=[{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}],
    )  # fmt: skip
    form.fields.create(
        name="number", type="contact", label="Your number", order=91,
        when=[{"field": "member", "in": ["yes"]}],
    )  # fmt: skip
    return publisher.publish()


@pytest.fixture
def tags(live_server: LiveServer, form: Form, manifest: Manifest) -> EmbedTags:
    """What the admin shows for this form, ready to copy."""
    latest = form.latest
    assert latest
    return embed_snippets(form=form, manifest=latest, server=live_server.url)


@pytest.fixture
def embedded(site: Site, tags: EmbedTags) -> Site:
    """A site's own form with the tag as the admin shows it, and an action of its own."""
    action = f'action="{site.origin}/arrived" method="post"'
    site.page = page_with(tags.own.replace("<form ", f"<form {action} "))
    return site


def page_with(tags: str) -> str:
    return f"""<!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Embedded</title></head>
        <body>{tags}</body></html>"""


@pytest.fixture
def stage(
    chromium_page: Page, embedded: Site, form: Form, manifest: Manifest, acme: Person
) -> Stage:
    chromium_page.set_default_timeout(PATIENCE)
    return Stage(chromium_page, embedded, form, manifest, acme)


def type_and_insist(page: Page, canary: str) -> None:
    """Type wherever that is possible, and try to send in every way there is."""
    for insist in (False, True):
        typable = page.locator(TYPABLE)
        if typable.count():
            typable.first.fill(canary)
            typable.first.press("Enter")
            page.wait_for_timeout(SETTLES)
        if insist:
            page.evaluate(INSIST)
            page.wait_for_timeout(SETTLES)


def counted() -> dict[str, int]:
    """What the operator sees, by code."""
    return {row.code: row.count for row in FailureRow.objects.all()}


def goes(page: Page, url: str, failure: Failure) -> None:
    page.goto(url)
    page.get_by_text(said(failure.says)).first.wait_for()


@pytest.mark.parametrize("name", HOSTED)
def test_on_our_page(name: str, stage: Stage, live_server: LiveServer, canary: str) -> None:
    failure, watch = HOSTED[name], Watch(stage.page.context)
    failure.arrange(stage)
    goes(stage.page, f"{live_server.url}/f/signup/", failure)

    type_and_insist(stage.page, canary)

    assert watch.found([canary], stage.page.url) == []
    assert "submissions" not in " ".join(map(str, watch.sent))
    assert counted() == {failure.counted: 1}


def test_on_our_page_with_every_script_blocked(
    stage: Stage, live_server: LiveServer, canary: str
) -> None:
    watch = Watch(stage.page.context)
    blocked("**/*.js")(stage)
    stage.page.goto(f"{live_server.url}/f/signup/")
    notice = stage.page.get_by_text(said("page.notloaded")).first
    assert not notice.is_visible()

    stage.page.evaluate(WAIT_LONG)

    notice.wait_for()
    assert not stage.page.get_by_text(said("page.loading")).is_visible()
    type_and_insist(stage.page, canary)
    assert watch.found([canary], stage.page.url) == []
    assert counted() == {}  # nobody is left who could tell


def test_who_waits_for_a_slow_script_reads_no_such_notice(
    stage: Stage, live_server: LiveServer
) -> None:
    def without_manifest(route: Route) -> None:
        response = route.fetch()
        html = response.text().replace("data-sealform-manifest", "data-elsewhere")
        route.fulfill(response=response, body=html)

    stage.page.route("**/f/signup/", without_manifest)
    stage.page.route("**/manifest", lambda route: None)
    stage.page.goto(f"{live_server.url}/f/signup/")
    stage.page.locator("[data-sealform-state=checking]").wait_for()

    stage.page.evaluate(WAIT_LONG)

    assert not stage.page.get_by_text(said("page.notloaded")).first.is_visible()
    assert stage.page.locator("[data-sealform] > *").first.is_visible()


# The others are seen on our own page, too.
QUICK = [name for name in EMBEDDED if name not in HOSTED or name in UNSPOKEN]
RARE = [name for name in EMBEDDED if name not in QUICK]


@pytest.mark.parametrize("name", [*QUICK, *nightly(*RARE)])
def test_on_somebodys_page(name: str, stage: Stage, canary: str) -> None:
    failure, watch = EMBEDDED[name], Watch(stage.page.context)
    failure.arrange(stage)
    goes(stage.page, stage.site.origin, failure)

    type_and_insist(stage.page, canary)

    assert watch.found([canary], stage.page.url, *map(str, stage.site.requests)) == []
    assert "submissions" not in " ".join(map(str, watch.sent))
    assert counted() == ({failure.counted: 1} if failure.counted else {})


@pytest.mark.parametrize("name", UNSPOKEN)
def test_pressing_send_without_the_script_posts_nothing_at_all(
    name: str, stage: Stage, canary: str
) -> None:
    """Not even an empty form, whose answer would be the site's thanks."""
    failure = EMBEDDED[name]
    failure.arrange(stage)
    goes(stage.page, stage.site.origin, failure)
    typable = stage.page.locator(TYPABLE).first
    typable.fill(canary)

    typable.press("Enter")
    stage.page.locator("form button").click(force=True)
    stage.page.wait_for_timeout(SETTLES)

    assert stage.site.posts == []
    assert typable.input_value() == canary
    assert stage.page.get_by_text(said(failure.says)).is_visible()


@pytest.mark.parametrize("name", RENDERED)
def test_where_the_form_is_rendered(name: str, stage: Stage, tags: EmbedTags, canary: str) -> None:
    failure, watch = EMBEDDED[name], Watch(stage.page.context)
    stage.site.page = page_with(tags.rendered)
    failure.arrange(stage)
    goes(stage.page, stage.site.origin, failure)

    type_and_insist(stage.page, canary)

    assert watch.found([canary], *map(str, stage.site.requests)) == []
    assert "submissions" not in " ".join(map(str, watch.sent))
    assert counted() == ({failure.counted: 1} if failure.counted else {})


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("hosted", "page.noscript"),
        ("own", "page.notloaded.elsewhere"),
        ("rendered", "page.notloaded.elsewhere"),
    ],
)
def test_without_javascript(
    where: str,
    says: str,
    chromium: Browser,
    embedded: Site,
    tags: EmbedTags,
    live_server: LiveServer,
    canary: str,
) -> None:
    if where == "rendered":
        embedded.page = page_with(tags.rendered)
    with chromium.new_context(java_script_enabled=False) as context:
        watch, page = Watch(context), context.new_page()
        page.goto(f"{live_server.url}/f/signup/" if where == "hosted" else embedded.origin)

        for place in page.locator(TYPABLE).all()[:1]:
            place.fill(canary)
            place.press("Enter")
            page.wait_for_timeout(SETTLES)

        assert watch.found([canary], page.url, *map(str, embedded.requests)) == []
        assert embedded.posts == []
        page.get_by_text(said(says)).wait_for()
        assert counted() == ({"noscript": 1} if where == "hosted" else {})


@pytest.mark.parametrize("way", ["own", "rendered"])
def test_where_the_script_runs_it_speaks_instead(way: str, stage: Stage, tags: EmbedTags) -> None:
    """The positive control: the tags say that nothing loaded only where that is so."""
    stage.site.page = page_with(getattr(tags, way))
    stage.page.goto(stage.site.origin)

    stage.page.locator("[data-sealform-submit]:enabled").wait_for()

    assert not stage.page.get_by_text(said("page.notloaded.elsewhere")).count()


@pytest.fixture
def elsewhere(
    playwright: Playwright, settings: Settings, form: Form, embedded: Site
) -> Iterator[BrowserContext]:
    """A browser to which this machine has another name, and plain http no secure context."""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", ELSEWHERE]
    origin = embedded.origin.replace("127.0.0.1", ELSEWHERE)
    Form.objects.filter(id=form.id).update(origins=[origin])
    elsewhere = f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"
    with chromium(playwright, elsewhere) as browser, browser.new_context() as context:
        yield context


@pytest.mark.parametrize("where", ["hosted", "embedded"])
def test_over_plain_http(
    where: str, elsewhere: BrowserContext, embedded: Site, live_server: LiveServer, canary: str
) -> None:
    watch, page = Watch(elsewhere), elsewhere.new_page()
    url = f"{live_server.url}/f/signup/" if where == "hosted" else embedded.origin
    page.goto(url.replace("127.0.0.1", ELSEWHERE).replace("localhost", ELSEWHERE))
    page.get_by_text(said("error.insecure")).first.wait_for()

    type_and_insist(page, canary)

    assert watch.found([canary], page.url, *map(str, embedded.requests)) == []
    assert counted() == {"insecure": 1}


def test_trying_hard_sends_where_nothing_fails(
    stage: Stage, live_server: LiveServer, canary: str
) -> None:
    """The positive control: what is tried above does send what can be sent."""
    stage.site.page = stage.site.page.replace(
        'data-sealform-field="fullname"', 'name="fullname"'
    ).replace("<script ", '<script type="text/plain" ')
    watch = Watch(stage.page.context)
    stage.page.goto(stage.site.origin)

    stage.page.locator("[name=fullname]").fill(canary)
    stage.page.evaluate(INSIST)
    stage.page.wait_for_timeout(SETTLES)

    assert watch.found([canary]) == [canary]


def test_an_engine_without_ml_kem_works_where_the_fallback_loads(
    stage: Stage, live_server: LiveServer
) -> None:
    """The positive control of what is blocked above."""
    stage.page.add_init_script("delete SubtleCrypto.prototype.encapsulateBits")
    stage.page.goto(f"{live_server.url}/f/signup/")
    stage.page.locator(".sealform-send:enabled").wait_for()
    stage.page.locator(TYPABLE).first.fill("Ada")

    stage.page.locator(".sealform-send").click()

    stage.page.locator(".sealform-confirmation").wait_for()
    assert counted() == {}
