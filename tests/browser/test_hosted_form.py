"""The hosted page in each browser: every kind of question, under the strict policy."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.browser.visits import Visit, stored
from tests.intake.people import Person, Publisher
from tests.tools.browsers import STAY, BrowserPage
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHOICES = [{"value": value, "label": value.upper()} for value in ("a", "b", "c")]
SEND = ".sealform-send"
# An engine whose secrets are others than everybody's, both ways, as of another draft.
OTHER_X_WING = """
globalThis.others = 0;
const other = (secret) => {
  globalThis.others += 1;
  return Uint8Array.from(new Uint8Array(secret), (byte) => byte ^ 1).buffer;
};
const { encapsulateBits, decapsulateBits } = SubtleCrypto.prototype;
SubtleCrypto.prototype.encapsulateBits = async function (...args) {
  const { ciphertext, sharedKey } = await encapsulateBits.apply(this, args);
  return { ciphertext, sharedKey: other(sharedKey) };
};
SubtleCrypto.prototype.decapsulateBits = async function (...args) {
  return other(await decapsulateBits.apply(this, args));
};
"""
ARABIC = str.maketrans("0123456789.-", "".join(map(chr, [*range(0x660, 0x66A), 0x66B, 0x2212])))
WIDE = {code: code + 0xFEE0 for code in range(ord("!"), ord("~"))}
KINDS = {
    "line": "text",
    "story": "textarea",
    "size": "number",
    "born": "date",
    "plan": "select",
    "way": "radio",
    "ok": "checkbox",
    "extras": "checkboxes",
    "mail": "email",
    "phone": "tel",
    "hour": "time",
    "stars": "rating",
    "agreed": "consent",
}


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    """One required field of each kind, in two types."""
    form.fields.all().delete()
    for order, (name, kind) in enumerate(KINDS.items()):
        options = CHOICES if kind in {"select", "radio", "checkboxes"} else []
        type = "contact" if order % 2 else "health"
        limits = {"min": "1", "max": "5"} if kind == "rating" else {}
        form.fields.create(
            order=order, name=name, type=type, kind=kind, label=name, options=options,
            required=True, **limits,
        )  # fmt: skip
    return publisher.publish()


def test_each_browser_seals_what_only_the_owner_opens(
    any_page: BrowserPage, live_server: LiveServer, publisher: Publisher, acme: Person
) -> None:
    """Chromium with its own ML-KEM, Firefox and WebKit with noble's."""
    publisher.form.fields.exclude(name="line").delete()
    publisher.form.fields.create(name="line", type="contact", kind="text", label="Line")
    publisher.form.fields.create(name="story", type="health", kind="textarea", label="Story")
    manifest = publisher.publish()
    any_page.goto(f"{live_server.url}/f/signup/")
    any_page.evaluate(
        "() => addEventListener('sealform:sent', (event) => (globalThis.sent = event.detail))"
    )
    any_page.wait_for_function("() => document.querySelector('.sealform-send:enabled')")
    any_page.fill("[data-sealform-field=line]", "Zoë")
    any_page.fill("[data-sealform-field=story]", "two")

    any_page.click(SEND)

    any_page.wait_for_function("() => Boolean(globalThis.sent)")
    ids = any_page.evaluate("() => globalThis.sent.records")
    assert any_page.text_content(".sealform-confirmation") == manifest.confirmation
    answers = [stored(acme, publisher, manifest, id) for id in ids]
    assert answers == [{"line": "Zoë"}, {"story": "two"}]


def test_an_engine_whose_x_wing_agrees_with_itself_alone_is_not_trusted(
    visit: Visit, live_server: LiveServer, publisher: Publisher, acme: Person
) -> None:
    publisher.form.fields.exclude(name="fullname").delete()
    manifest = publisher.publish()
    visit.page.add_init_script(OTHER_X_WING)
    parts: list[str] = []
    visit.page.on("request", lambda request: parts.append(request.url.rsplit("/", 1)[1][:12]))
    visit.page.goto(f"{live_server.url}/f/signup/")
    visit.wait_for("ready")
    assert visit.page.evaluate("() => globalThis.others > 0")
    assert "sealform-kem" in parts

    visit.page.fill("[data-sealform-field=fullname]", "Zoë")
    visit.page.click(SEND)

    [id] = visit.wait_for("sent")["records"]
    assert stored(acme, publisher, manifest, id) == {"fullname": "Zoë"}


@pytest.fixture
def hosted(visit: Visit, live_server: LiveServer, manifest: Manifest) -> Page:
    visit.page.goto(f"{live_server.url}/f/signup/")
    visit.wait_for("ready")
    return visit.page


def asking(name: str, value: str = "") -> str:
    return f"[data-sealform-field={name}]" + (f'[value="{value}"]' if value else "")


def fill(page: Page) -> None:
    page.fill(asking("line"), " Ada ")
    page.fill(asking("story"), "one\ntwo")
    page.fill(asking("size"), "-.5")
    page.fill(asking("born"), "1815-12-10")
    page.select_option(asking("plan"), "b")
    page.evaluate(STAY, asking("way", "a"))  # what is said of the fields above moves it
    page.check(asking("way", "a"))
    page.check(asking("ok"))
    page.check(asking("extras", "a"))
    page.check(asking("extras", "c"))
    page.fill(asking("mail"), " ada@example.org ")
    page.fill(asking("phone"), "+1 555 0100")
    page.fill(asking("hour"), "08:30")
    page.check(asking("stars", "4"))
    page.check(asking("agreed"))


def test_each_kind_has_its_value_and_each_record_its_fields(
    hosted: Page, visit: Visit, acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    fill(hosted)

    hosted.click(SEND)

    ids = visit.wait_for("sent")["records"]
    contact, health = (stored(acme, publisher, manifest, id) for id in ids)
    assert contact == {
        "story": "one\ntwo",
        "born": "1815-12-10",
        "way": "a",
        "extras": ["a", "c"],
        "phone": "+1 555 0100",
        "stars": "4",
    }
    assert health == {
        "line": "Ada",
        "size": "-0.5",
        "plan": "b",
        "ok": True,
        "mail": "ada@example.org",
        "hour": "08:30",
        "agreed": True,
    }
    assert visit.console == []
    assert not hosted.is_visible("form")


@pytest.mark.parametrize(
    ("size", "phone", "sealed"),
    [
        ("1,5", "+1 555 0100", ("1.5", "+1 555 0100")),
        ("-3.5".translate(ARABIC), "050 123".translate(ARABIC), ("-3.5", "050 123")),
        *nightly(("72".translate(WIDE), "090-1234".translate(WIDE), ("72", "090-1234"))),
    ],
)
def test_numbers_are_sealed_as_numbers_whatever_the_keyboard(
    size: str, phone: str, sealed: tuple[str, str], hosted: Page, visit: Visit,
    acme: Person, publisher: Publisher, manifest: Manifest,
) -> None:  # fmt: skip
    fill(hosted)
    hosted.fill(asking("size"), size)
    hosted.fill(asking("phone"), phone)

    hosted.click(SEND)

    ids = visit.wait_for("sent")["records"]
    contact, health = (stored(acme, publisher, manifest, id) for id in ids)
    assert (health["size"], contact["phone"]) == sealed


def test_radio_buttons_without_a_name_are_one_group(hosted: Page) -> None:
    hosted.check(asking("way", "a"))
    hosted.check(asking("way", "b"))
    assert not hosted.is_checked(asking("way", "a"))

    hosted.press(asking("way", "b"), "ArrowDown")
    hosted.keyboard.press("ArrowRight")

    assert hosted.is_checked(asking("way", "a"))
    assert hosted.evaluate("document.activeElement.value") == "a"
    assert not hosted.is_checked(asking("way", "b"))


def test_the_tab_key_stops_once_in_a_group(hosted: Page) -> None:
    stops = f"() => [...document.querySelectorAll('{asking('way')}')].map((e) => e.tabIndex)"
    assert hosted.evaluate(stops)[0] == 0
    assert sum(hosted.evaluate(stops)) == 1 - len(hosted.evaluate(stops))

    hosted.check(asking("way", "b"))

    assert (
        hosted.evaluate(
            "(selector) => document.querySelector(selector).tabIndex", asking("way", "b")
        )
        == 0
    )
    assert sum(hosted.evaluate(stops)) == 1 - len(hosted.evaluate(stops))


SPOILED = [
    ("line", "(e) => (e.value = '  ')"),
    ("plan", "(e) => (e.value = '')"),
    ("plan", "(e) => { e.append(new Option('z', 'z')); e.value = 'z'; }"),
    ("way", "(e) => (e.checked = false)"),
    ("ok", "(e) => (e.checked = false)"),
    ("size", "(e) => { e.type = 'text'; e.value = '1,000'; }"),
    ("size", "(e) => { e.type = 'text'; e.value = 'seven'; }"),
    ("born", "(e) => { e.type = 'text'; e.value = '2024-02-30'; }"),
    ("born", "(e) => { e.type = 'text'; e.value = '10.12.1815'; }"),
    ("story", "(e) => (e.value = 'x'.repeat(65_534))"),
    ("mail", "(e) => { e.type = 'text'; e.value = 'ada'; }"),
    ("phone", "(e) => (e.value = 'call me')"),
    ("hour", "(e) => { e.type = 'text'; e.value = '25:00'; }"),
    (
        "stars",
        "(e) => { for (const o of e.closest('.sealform-field').querySelectorAll('input'))"
        " o.checked = false; }",
    ),
    ("agreed", "(e) => (e.checked = false)"),
]
MEND = """(e, [type, value]) => { if (type) e.type = type; e.value = value; e.checked = true;
  e.dispatchEvent(new Event('input', { bubbles: true })); }"""


def test_an_answer_that_does_not_fit_is_not_sent(hosted: Page, visit: Visit) -> None:
    """One after the other on one page, each of which is mended before the next."""
    fill(hosted)
    for name, spoil in SPOILED:
        before = hosted.eval_on_selector(asking(name), "(e) => [e.type, e.value]")
        hosted.eval_on_selector(asking(name), spoil)
        visit.forget()

        hosted.click(SEND)

        told = visit.wait_for("error")
        assert (told["code"], told["field"]) == ("answer", name), spoil
        assert list(visit.wrong()) == [name], spoil
        assert hosted.evaluate("document.activeElement.className") == "sealform-summary"
        hosted.click(".sealform-summary a")
        assert hosted.evaluate("document.activeElement.dataset.sealformField") == name
        assert visit.submissions == []
        if name in {"plan", "story"}:
            before[0] = ""  # has a type that nobody may set
        hosted.eval_on_selector(asking(name), MEND, before)
    visit.forget()
    hosted.click(SEND)
    visit.wait_for("sent")
