"""Each page that a visitor meets, in each engine: it loads, is filled, sent and opened.

`make nightly` alone runs these. What a page promises is tested where it is promised, in Chromium;
here the question is whether an engine has its own way with it. Nothing may be complained of: no
script fails, no file is missing, the policy is not broken, axe finds no barrier.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Frame, Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.fields import Value
from apps.envelope.manifests import Manifest
from apps.envelope.receipts import show_receipt
from apps.envelope.submissions import dump_submission, seal_submission
from apps.intake.models import Form
from apps.intake.models import Manifest as ManifestRow
from tests.browser.answering import SET, asking
from tests.browser.complaints import PLACE, Complaints, listened
from tests.browser.sites import Site
from tests.browser.test_fail_closed import counted
from tests.browser.test_medical_intake import LISTEN as KEEP_WHAT_IS_SENT
from tests.browser.test_medical_intake import fill_page, opened, start
from tests.browser.test_own_page import DOCUMENTATION
from tests.browser.visits import embed, render, stored
from tests.client.parties import Party
from tests.end_to_end.pages import adopted, walkthrough_page
from tests.forms.medical_visitors import VISITORS
from tests.intake.people import Person, Publisher, post
from tests.malicious.lying import Answer, Asked, LyingServer, PassOn, answering
from tests.tools.axe import violations
from tests.tools.browsers import WAITS, BrowserPage, Document, WebKitPage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.nightly,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit"]),
]

ANSWERS: dict[str, Value] = {
    "fullname": "Zoë Ångström", "address1": "1 Road", "address2": "", "city": "Łódź",
    "state": "", "zip": "90-001", "age": "34", "height": "172", "weight": "68",
    "comments": "one\ntwo",
}  # fmt: skip
ONE_LINE = ANSWERS | {"comments": "one"}
FIELD = '[data-sealform-field="{}"]'
BUTTON = "form button:not([type=button])"
READY = f"() => document.querySelector('{BUTTON}')?.disabled === false"
SENT = "() => Boolean(globalThis.sent)"
WRONG = """() => [...document.querySelectorAll('[data-sealform-field][aria-invalid=true]')]
  .map((control) => control.dataset.sealformField)"""
IN_SUMMARY = "() => document.querySelectorAll('.sealform-summary:focus li').length"


@dataclass
class Visitor:
    """One browser, what it complains of, and what the visitor's answers go to."""

    page: BrowserPage
    url: str
    server: LyingServer
    acme: Person
    publisher: Publisher
    complaints: Complaints = field(default_factory=Complaints)

    def sound(self, document: Document | None = None) -> None:
        """Nothing was complained of, and nobody is shut out."""
        assert self.complaints.heard == []
        assert violations(document or self.page) == []

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.page.wait_for_function(READY)
        self.page.evaluate(KEEP_WHAT_IS_SENT)

    def types(self, typed: dict[str, Value], asked: str = FIELD) -> None:
        """Type into each control that is to have something in it."""
        for name, value in typed.items():
            if value:
                self.page.fill(asked.format(name), str(value))

    def sends(self, manifest: Manifest) -> None:
        """Press the button; the owner opens what was typed, and the page is sound all the while."""
        multiline = self.page.evaluate("() => Boolean(document.querySelector('textarea'))")
        typed = ANSWERS if multiline else ONE_LINE
        self.types(typed)
        self.sound()
        self.page.click(BUTTON)
        self.has_sent(typed, manifest, self.page)

    def has_sent(self, typed: dict[str, Value], manifest: Manifest, document: Document) -> None:
        document.wait_for_function(SENT)
        [id] = document.evaluate("() => globalThis.sent.records")
        assert stored(self.acme, self.publisher, manifest, id) == typed


@pytest.fixture
def visitor(
    engine: str,
    live_server: LiveServer,
    acme: Person,
    publisher: Publisher,
    request: pytest.FixtureRequest,
) -> Iterator[Visitor]:
    httpd = live_server.thread.httpd
    application = httpd.get_app()
    assert application
    server = LyingServer(application)
    httpd.set_app(server)
    page: BrowserPage = request.getfixturevalue(f"{engine}_page")
    visitor = Visitor(page, live_server.url, server, acme, publisher)
    server.lie = visitor.complaints.hearing()
    yield visitor
    httpd.set_app(application)


# --- The hosted page ------------------------------------------------------------------------


def test_the_hosted_page(visitor: Visitor, manifest: Manifest) -> None:
    visitor.open(f"{visitor.url}/f/signup/")

    visitor.sends(manifest)

    assert visitor.page.text_content(".sealform-confirmation") == manifest.confirmation
    visitor.sound()


def test_what_is_refused_before_it_is_sent(visitor: Visitor, manifest: Manifest) -> None:
    visitor.open(f"{visitor.url}/f/signup/")
    visitor.page.fill(asking("age"), "many")

    visitor.page.click(".sealform-send")

    visitor.page.wait_for_function(f"() => ({IN_SUMMARY})() === 2")
    assert visitor.page.evaluate(WRONG) == ["fullname", "age"]
    visitor.sound()
    visitor.sends(manifest)


@pytest.mark.parametrize("who", VISITORS)
def test_steps_with_conditions_in_languages_of_both_directions(
    who: str, visitor: Visitor, practice: Party, intake_form: str
) -> None:
    person = VISITORS[who]
    start(visitor.page, intake_form, person)

    for number in range(len(person.pages)):
        fill_page(visitor.page, person, number)
        visitor.sound()
        last = number == len(person.pages) - 1
        visitor.page.click(".sealform-send" if last else ".sealform-next")

    visitor.page.wait_for_function(SENT)
    assert opened(practice) == person.expected()
    visitor.sound()


# --- On somebody's site ---------------------------------------------------------------------


WIDTH = '<meta name="viewport" content="width=device-width">'
STYLE = "<style>input, textarea, button { min-height: 24px }</style>"


def on_a_site(site: Site) -> None:
    """The site's page tells the site of errors, and is written as pages should be."""
    page = listened(site.page)
    page = page.replace("<head>", f"<head>{WIDTH}").replace("</head>", f"{STYLE}</head>")
    page = page.replace("<body>", "<body><main><h1>Visit</h1>")
    site.page = page.replace("</body>", "</main></body>")


def heard_by(site: Site) -> list[str]:
    return [body for method, path, body in site.requests if (method, path) == ("POST", PLACE)]


@pytest.mark.parametrize("way", [embed, render])
def test_a_script_tag(
    way: Callable[..., None], visitor: Visitor, site: Site, manifest: Manifest, pin: str
) -> None:
    way(site, server=visitor.url, manifest=manifest, pin=pin)
    on_a_site(site)
    visitor.open(site.origin)

    visitor.sends(manifest)

    assert visitor.page.text_content(".sealform-confirmation") == manifest.confirmation
    visitor.sound()
    assert heard_by(site) == []


def test_an_own_form_in_the_older_dialect(
    visitor: Visitor, site: Site, manifest: Manifest, pin: str
) -> None:
    """The walkthrough's kind; a page that says both names reads the older one alone."""
    embed(site, server=visitor.url, manifest=manifest, pin=pin)
    on_a_site(site)
    site.page = site.page.replace("data-sealform=", "data-innovault-token=")
    site.page = site.page.replace("data-sealform-field=", "data-innovault-type=")
    visitor.open(site.origin)
    visitor.types(ONE_LINE, asked='[data-innovault-type="{}"]')

    visitor.page.click("button")

    visitor.has_sent(ONE_LINE, manifest, visitor.page)
    visitor.sound()
    assert heard_by(site) == []


def test_the_page_that_the_project_was_born_from(
    visitor: Visitor, site: Site, manifest: Manifest, pin: str
) -> None:
    page = walkthrough_page()
    if page is None:
        pytest.skip("the walkthrough is only there where Sealform is developed")
    page = page.replace("alert(", "console.log(")  # at which WebDriver stops
    site.page = adopted(page, server=visitor.url, form=manifest.form, pin=pin)
    visitor.open(site.origin)
    visitor.types(ONE_LINE, asked='[data-innovault-type="{}"]')

    visitor.page.click(BUTTON)

    visitor.has_sent(ONE_LINE, manifest, visitor.page)
    assert site.posts == []


def test_an_own_form_and_its_page_of_thanks(
    visitor: Visitor, site: Site, manifest: Manifest, pin: str
) -> None:
    [example] = re.findall(r"```js\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    site.thanks = listened(
        f"""<!doctype html><html lang="en"><head><title>Thanks</title></head><body>
        <main><h1>Thank you</h1><code id="receipt"></code></main>
        <script>{example}</script></body></html>"""
    )
    action = f'action="{site.origin}/thanks" method="post"'
    embed(site, server=visitor.url, manifest=manifest, pin=pin, attributes=action)
    site.page = site.page.replace("</body>", f"<script>{example}</script></body>")
    on_a_site(site)
    visitor.page.goto(site.origin)
    visitor.page.wait_for_function(READY)
    visitor.types(ONE_LINE)

    visitor.page.click("button")

    visitor.page.wait_for_function("() => document.querySelector('#receipt')?.textContent")
    [body] = [text for _, path, text in site.requests if path == "/thanks"]
    [id] = parse_qs(body, strict_parsing=True)["sealform_record_id"]
    assert stored(visitor.acme, visitor.publisher, manifest, id) == ONE_LINE
    visitor.sound()
    assert heard_by(site) == []


def test_an_iframe(visitor: Visitor, site: Site, manifest: Manifest, tag: str) -> None:
    head = '<!doctype html><html lang="en"><head><title>Framed</title></head>'
    site.page = f"{head}<body>{tag}</body></html>"
    on_a_site(site)
    visitor.page.goto(site.origin)
    visitor.page.wait_for_function("() => document.querySelector('iframe').clientHeight > 640")
    visitor.sound()

    if isinstance(visitor.page, WebKitPage):
        with visitor.page.inside("iframe"):
            in_the_frame(visitor, visitor.page, manifest)
    else:
        assert isinstance(visitor.page, Page)
        [frame] = [each for each in visitor.page.frames if each.parent_frame]
        in_the_frame(visitor, frame, manifest)
    assert heard_by(site) == []


def in_the_frame(visitor: Visitor, document: Frame | WebKitPage, manifest: Manifest) -> None:
    """Firefox's driver presses beside what is in a frame, and WebKit's has no keyboard there."""
    document.wait_for_function(READY)
    document.evaluate(KEEP_WHAT_IS_SENT)
    for name, value in ANSWERS.items():
        document.evaluate(SET, [FIELD.format(name), value])
    visitor.sound(document)

    document.evaluate(f"() => document.querySelector('{BUTTON}').click()")

    visitor.has_sent(ANSWERS, manifest, document)
    visitor.sound(document)


# --- What is not filled in ------------------------------------------------------------------


def test_the_page_that_checks_a_receipt(visitor: Visitor, manifest: Manifest) -> None:
    records, receipt = seal_submission(manifest, ANSWERS)
    path = f"/api/v1/forms/{manifest.form}/submissions"
    assert post(path, dump_submission(records)).status_code == 201
    visitor.page.goto(f"{visitor.url}/f/signup/receipt/")
    visitor.page.wait_for_function("() => document.querySelector('button')?.disabled === false")
    visitor.sound()

    for typed, said in (("R-ABCD", "not a complete"), (show_receipt(receipt), "Stored, unaltered")):
        visitor.page.fill("#receipt", typed)
        visitor.page.click("button")
        visitor.page.wait_for_function(
            f"() => document.querySelector('[role=status]').textContent.includes('{said}')"
        )
        visitor.sound()


def closed(form: Form) -> None:
    Form.objects.filter(id=form.id).update(closed=True)


def expired(form: Form) -> None:
    ManifestRow.objects.filter(form=form).update(expires=1)


def unpublished(form: Form) -> None:
    Form.objects.create(slug="other", owner=form.owner, title="Other")
    Form.objects.filter(id=form.id).update(slug="elsewhere")
    Form.objects.filter(slug="other").update(slug="signup")


def unknown(form: Form) -> None:
    Form.objects.filter(id=form.id).update(slug="elsewhere")


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("change", [closed, expired, unpublished, unknown])
def test_a_form_that_cannot_be_filled(
    change: Callable[[Form], None], language: str, visitor: Visitor, manifest: Manifest, form: Form
) -> None:
    change(form)

    visitor.page.goto(f"{visitor.url}/f/signup/?lang={language}")

    assert visitor.page.evaluate("() => document.querySelectorAll('h1').length") == 1
    visitor.sound()


def test_a_page_whose_script_does_not_come(visitor: Visitor, manifest: Manifest) -> None:
    def blocked(asked: Asked, pass_on: PassOn) -> Answer:
        if asked.path.startswith("/static/dist/"):
            return answering(b"", status="404 Not Found")
        return pass_on()

    visitor.server.lie = visitor.complaints.hearing(blocked)

    visitor.page.goto(f"{visitor.url}/f/signup/")

    shown = "() => document.querySelector('[data-sealform-blocked]').getClientRects().length > 0"
    visitor.page.wait_for_function(shown)
    assert not visitor.page.evaluate(READY)
    assert visitor.complaints.heard
    assert all("/static/dist/" in one for one in visitor.complaints.heard)
    assert violations(visitor.page) == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_page_where_scripts_are_switched_off(
    language: str, visitor: Visitor, manifest: Manifest
) -> None:
    """Browsers show `noscript` where a page's own policy forbids scripts, as where people do."""

    def switched_off(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if asked.path == "/f/signup/":
            answer.headers["Content-Security-Policy"] = "sandbox allow-same-origin"
        return answer

    visitor.server.lie = switched_off

    visitor.page.goto(f"{visitor.url}/f/signup/?lang={language}")

    until = time.monotonic() + WAITS
    while counted() != {"noscript": 1}:  # by the image that stands beside the words
        assert time.monotonic() < until, counted()
        time.sleep(0.1)
    assert not any(asked.path.startswith("/api/") for asked in visitor.server.asked)


# --- Controls -------------------------------------------------------------------------------


def test_what_is_wrong_would_be_heard(visitor: Visitor, manifest: Manifest) -> None:
    def spoilt(_: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        return answer.telling(
            answer.body.replace(
                b"</body>",
                b'<img src="http://127.0.0.2:9/" alt=""><link rel="stylesheet" href="/none.css">'
                b"<script>never()</script></body>",
            )
        )

    visitor.server.lie = visitor.complaints.hearing(spoilt)
    visitor.page.goto(f"{visitor.url}/f/signup/")
    visitor.page.evaluate("() => void setTimeout(() => console.error('wrong'))")
    visitor.page.evaluate("() => void setTimeout(() => { throw new Error('mistake') })")
    visitor.page.evaluate("() => void Promise.reject(new Error('no'))")

    visitor.page.evaluate("() => new Promise((go) => setTimeout(go, 500))")
    heard = " ".join(visitor.complaints.heard)
    for part in ("img-src", "script-src", "none.css", "console: wrong", "mistake", "rejection"):
        assert part in heard, heard


def test_axe_would_find_a_barrier(visitor: Visitor, site: Site) -> None:
    site.page = "<!doctype html><html><head><title>x</title></head><input><button></button></html>"
    visitor.page.goto(site.origin)

    found = {line.split(" | ")[0] for line in violations(visitor.page)}
    assert {"html-has-lang", "label", "button-name"} <= found
