"""A page of somebody's own: what scripts and browsers change there, and how it is sent."""

from pathlib import Path
from urllib.parse import parse_qs

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Failure, Form
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed, stored
from tests.intake.people import Person, Publisher
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANDS = [{"value": "Germany", "label": "Germany"}, {"value": "France", "label": "France"}]
NAME = '<label>Name <input data-sealform-field="fullname"></label>'
LAND = '<select data-sealform-field="land"><option>Germany</option><option>France</option></select>'
# What a browser's translation makes of a page, and a page's framework of its own form.
TRANSLATED = """() => {
  const words = { Germany: 'Deutschland', France: 'Frankreich' };
  for (const option of document.querySelectorAll('option'))
    option.innerHTML = `<font><font>${words[option.text]}</font></font>`;
}"""
DRAWN_ANEW = """() => {
  const form = document.querySelector('form');
  form.innerHTML = form.innerHTML.replaceAll(' disabled=""', ' disabled');
}"""
OPTIONS_ANEW = f"""async () => {{
  const land = document.querySelector('select');
  const options = land.innerHTML.replaceAll(/ value="[^"]*"/g, '');
  land.innerHTML = `<optgroup label="Europe">${{options}}</optgroup>`;
  await new Promise((then) => setTimeout(then)); // a browser translates later
  ({TRANSLATED})();
}}"""
IMAGE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
BUTTONS = f"""
  <button name="plan" value="a b">Send</button>
  <button id="other" name="plan" value="pro" formaction="/other?x=1">Other</button>
  <button id="get" name="q" value="1" formaction="/got" formmethod="get">Get</button>
  <input id="image" type="image" name="map" alt="Map" src="{IMAGE}" width="40" height="40">
"""
PRO = {"own": ["1"], "plan": ["pro"]}
OUTSIDE = """() => {
  document.querySelector('form').id = 'f';
  const button = '<button form="f" id="outside" formaction="/out" name="out" value=1>Out</button>';
  document.body.insertAdjacentHTML('beforeend', button);
}"""


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    form.fields.all().delete()
    form.fields.create(order=1, name="fullname", label="Name")
    form.fields.create(
        order=2, name="land", kind="select", label="Land", options=LANDS, required=True
    )
    return publisher.publish()


def opened(
    visit: Visit, site: Site, server: LiveServer, manifest: Manifest, pin: str, **more: str
) -> None:
    more["inner"] = NAME + LAND + more.get("inner", "")
    embed(site, server=server.url, manifest=manifest, pin=pin, **more)
    if "<button" in more["inner"] or "submit" in more["inner"]:
        site.page = site.page.replace("<button>Send</button>", "")
    visit.page.goto(site.origin)
    visit.wait_for("ready")


def last_sent(site: Site) -> tuple[str, str, dict[str, list[str]]]:
    """Method, address and entries of the page's own post, which names one record besides."""
    method, path, body = next(each for each in reversed(site.requests) if each[1] != "/favicon.ico")
    if method == "GET":
        path, _, body = path.partition("?")
    entries = parse_qs(body)
    assert len(entries.pop("sealform_record_id")) == 1
    return method, path, entries


@pytest.mark.parametrize(
    "change",
    [TRANSLATED, DRAWN_ANEW, OPTIONS_ANEW],
    ids=["translated", "drawn anew", "its options, then translated"],
)
def test_what_was_matched_once_is_not_read_again_from_a_page_that_others_change(
    change: str,
    visit: Visit,
    site: Site,
    live_server: LiveServer,
    manifest: Manifest,
    pin: str,
    publisher: Publisher,
    acme: Person,
) -> None:
    button = "<button disabled data-sealform-submit>Send</button><p data-sealform-status></p>"
    opened(visit, site, live_server, manifest, pin, inner=button)
    visit.page.fill("[data-sealform-field=fullname]", "typed before")

    visit.page.evaluate(change)
    visit.page.fill("[data-sealform-field=fullname]", "Ada")
    visit.page.select_option("[data-sealform-field=land]", index=1)
    visit.press("form button:enabled")

    [id] = visit.wait_for("sent")["records"]
    assert stored(acme, publisher, manifest, id) == {"fullname": "Ada", "land": "France"}


@pytest.mark.parametrize(
    ("button", "path", "entries"),
    [
        ("button", "/in", {"own": ["1"], "plan": ["a b"]}),
        ("#other", "/other?x=1", {"own": ["1"], "plan": ["pro"]}),
        ("#image", "/in", {"own": ["1"], "map.x": ["30"], "map.y": ["12"]}),
        ("Enter", "/in", {"own": ["1"], "plan": ["a b"]}),
        ("#outside", "/out", {"own": ["1"], "out": ["1"]}),
        *nightly(("#get", "/got", {"own": ["1"], "q": ["1"]})),
    ],
)
def test_a_form_is_sent_as_the_browser_would_have_sent_it(
    button: str,
    path: str,
    entries: dict[str, list[str]],
    visit: Visit,
    site: Site,
    live_server: LiveServer,
    manifest: Manifest,
    pin: str,
) -> None:
    inner = '<input name="own" value="1">' + BUTTONS
    action = 'action="/in" method="post"'
    opened(visit, site, live_server, manifest, pin, inner=inner, attributes=action)
    visit.page.fill("[data-sealform-field=fullname]", "Ada")
    visit.page.evaluate(OUTSIDE)

    with visit.page.expect_navigation():
        if button == "Enter":
            visit.page.press("[data-sealform-field=fullname]", "Enter")
        else:
            visit.page.click(button, position={"x": 30, "y": 12})

    assert last_sent(site)[1:] == (path, entries)


@pytest.mark.parametrize(
    ("ask", "method", "path", "entries"),
    [
        ("form.requestSubmit()", "POST", "/in", {"own": ["1"]}),
        ("form.requestSubmit(other)", "POST", "/other?x=1", PRO),
        (
            "form.requestSubmit(document.querySelector('#get'))",
            "GET",
            "/got",
            {"own": ["1"], "q": ["1"]},
        ),
        ("other.setAttribute('formmethod', 'get'), other.click()", "GET", "/other", PRO),
        ("form.method = 'get', form.requestSubmit()", "GET", "/in", {"own": ["1"]}),
        (
            "form.method = 'get', other.setAttribute('formmethod', 'post'), other.click()",
            "POST",
            "/other?x=1",
            PRO,
        ),
    ],
)
def test_what_a_script_asks_for_is_sent_as_the_browser_would_have_sent_it(
    ask: str,
    method: str,
    path: str,
    entries: dict[str, list[str]],
    visit: Visit,
    site: Site,
    live_server: LiveServer,
    manifest: Manifest,
    pin: str,
) -> None:
    inner = '<input name="own" value="1">' + BUTTONS
    action = 'action="/in" method="post"'
    opened(visit, site, live_server, manifest, pin, inner=inner, attributes=action)
    visit.page.fill("[data-sealform-field=fullname]", "Ada")

    with visit.page.expect_navigation():
        visit.page.evaluate(f"() => {{ const [form] = document.forms; {ask}; }}")

    assert last_sent(site) == (method, path, entries)


@pytest.mark.parametrize(
    "send",
    [
        "asked => asked.preventDefault() || setTimeout(() => asked.target.submit())",
        *nightly("asked => asked.preventDefault() || asked.target.submit()"),
    ],
    ids=lambda send: "later" if "Timeout" in send else "at once",
)
def test_a_script_that_cancels_the_form_and_sends_it_itself_sends_it_sealed(
    send: str, visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    inner = '<input name="own" value="1"><input name="rule" required><button id="go">Go</button>'
    action = 'action="/in" method="post" novalidate'
    opened(visit, site, live_server, manifest, pin, inner=inner, attributes=action)
    page = visit.page
    page.fill("[data-sealform-field=fullname]", "Ada")
    page.evaluate(f"() => document.forms[0].addEventListener('submit', {send})")

    with page.expect_navigation():
        page.click("#go")

    assert len(visit.submissions) == 1
    [body] = site.posts
    assert len(parse_qs(body)["sealform_record_id"]) == 1


def test_a_script_that_sends_the_form_past_its_listeners_is_told_what_is_wrong_with_the_answers(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    inner = """<select data-sealform-field="land"><option></option><option>France</option></select>
      <input name="submitter" required><button>Send</button>"""
    embed(site, server=live_server.url, manifest=manifest, pin=pin, inner=NAME + inner)
    page = visit.page
    page.goto(site.origin)
    visit.wait_for("ready")

    page.evaluate("document.forms[0].submit()")
    assert visit.wait_for("error")["code"] == "answer"
    assert visit.wrong() == {"land": "Please choose one."}

    page.select_option("[data-sealform-field=land]", "France")
    page.evaluate("document.forms[0].submit()")
    visit.wait_for("sent")  # what the page itself asks for is no more checked than by a browser


def test_what_a_script_answers_calls_for_further_questions(
    visit: Visit, site: Site, live_server: LiveServer, publisher: Publisher, form: Form, pin: str
) -> None:
    form.fields.all().delete()
    when = [{"field": "land", "in": ["France"]}]
    form.fields.create(order=1, name="land", kind="select", label="Land", options=LANDS)
    form.fields.create(order=2, name="fullname", label="Name", required=True, when=when)
    inner = f"{LAND} {NAME}"
    embed(site, server=live_server.url, manifest=publisher.publish(), pin=pin, inner=inner)
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    assert visit.asked() == ["land"]

    visit.page.evaluate("document.querySelector('select').value = 'France'")  # and no event
    visit.press("form button")

    assert visit.asked() == ["land", "fullname"]
    assert visit.wrong() == {"fullname": "Please answer this."}


def test_a_button_that_names_its_encoding_is_heeded(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    inner = '<button id="parts" name="b" value="1" formenctype="multipart/form-data">Go</button>'
    action = 'action="/in" method="post"'
    opened(visit, site, live_server, manifest, pin, inner=inner, attributes=action)
    visit.page.fill("[data-sealform-field=fullname]", "Ada")

    with visit.page.expect_navigation():
        visit.page.click("#parts")

    assert 'form-data; name="b"' in site.posts[-1]
    assert 'name="sealform_record_id"' in site.posts[-1]
    assert "Ada" not in site.posts[-1]


@pytest.mark.parametrize("says", ["button", *nightly("page")])
def test_what_points_to_another_tab_leaves_the_page_where_it_is(
    says: str, visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    inner = '<button id="tab" name="t" value="1" formaction="/tab" formtarget="_blank">Tab</button>'
    action = 'action="/in" method="post"'
    if says == "page":
        inner = inner.replace('formtarget="_blank"', "") + '<base target="_blank">'
    opened(visit, site, live_server, manifest, pin, inner=inner, attributes=action)
    visit.page.fill("[data-sealform-field=fullname]", "Ada")

    with visit.page.expect_popup() as tab:
        visit.page.click("#tab")
    tab.value.wait_for_load_state()

    assert [each[:2] for each in site.requests if each[0] == "POST"] == [("POST", "/tab")]
    assert parse_qs(site.posts[-1])["t"] == ["1"]
    assert "Thank you" in visit.status
    assert visit.page.get_attribute("form", "target") is None
    assert visit.page.get_attribute("form", "action") == "/in"


def test_what_a_script_asks_for_is_checked_unless_its_button_says_otherwise(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    inner = """<input name="own" aria-label="Own" required><button id="yes">Send</button>
      <button id="draft" formnovalidate>Draft</button>"""
    action = 'action="/in" method="post"'
    opened(visit, site, live_server, manifest, pin, inner=inner, attributes=action)
    page = visit.page
    page.fill("[data-sealform-field=fullname]", "Ada")
    visit.begin()

    for ask in ("", "document.querySelector('#yes')"):
        visit.forget()
        page.evaluate(f"document.forms[0].requestSubmit({ask})")
        assert visit.wait_for("error")["code"] == "answer"
        assert visit.submissions == []

    with page.expect_navigation():
        page.evaluate("document.forms[0].requestSubmit(document.querySelector('#draft'))")
    assert len(visit.submissions) == 1
    assert len(site.posts) == 1


def test_a_button_that_closes_a_dialog_sends_nothing(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    inner = '<button id="no" formmethod="dialog">Cancel</button><button id="yes">Send</button>'
    opened(visit, site, live_server, manifest, pin, inner=inner)
    visit.page.fill("[data-sealform-field=fullname]", "Ada")

    visit.page.click("#no")
    visit.page.wait_for_timeout(300)
    assert visit.submissions == []

    visit.press("#yes")
    visit.wait_for("sent")


def test_a_form_of_a_dialog_goes_nowhere_and_is_confirmed_in_place(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    inner = '<button id="yes">Send</button><button id="post" formmethod="post">Post</button>'
    action = 'action="/in" method="Dialog"'
    opened(visit, site, live_server, manifest, pin, inner=inner, attributes=action)
    page = visit.page
    page.fill("[data-sealform-field=fullname]", "Ada")

    visit.press("#yes")
    page.get_by_role("button", name="Fill it in again").click()
    assert site.posts == []

    page.select_option("[data-sealform-field=land]", "France")
    with page.expect_navigation():
        page.click("#post")
    assert len(site.posts) == 1


def test_a_refusal_of_what_cannot_be_seen_has_words(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    inner = """<details><label>Terms <input name="terms" required></label></details>
      <div style="display: none"><label>Shop? <select name="shop" required></select></label></div>
      <input name="off" required disabled><button id="yes">Send</button>
      <button id="draft" formnovalidate>Draft</button>"""
    opened(visit, site, live_server, manifest, pin, inner=inner)
    page = visit.page

    visit.press("#yes")

    said = page.locator(".sealform-summary li").all_text_contents()
    assert said[0].startswith("Terms: ")
    assert said[1].startswith("Shop? ")  # a question needs no colon
    assert "Please tell the owner of this site" in said[1]
    assert page.evaluate("document.activeElement.className") == "sealform-summary"
    page.locator(".sealform-summary a").first.press("Enter")
    assert page.evaluate("document.activeElement.name") == "terms"

    visit.forget()
    visit.press("#draft")
    visit.wait_for("sent")


def test_a_site_that_is_not_listed_is_told_so_and_goes_on_when_it_is(
    visit: Visit, site: Site, live_server: LiveServer, form: Form, manifest: Manifest, pin: str
) -> None:
    Form.objects.filter(id=form.id).update(origins=["https://elsewhere.example"])
    embed(site, server=live_server.url, manifest=manifest, pin=pin, inner=NAME + LAND)
    visit.page.goto(site.origin)

    assert visit.wait_for("error")["code"] == "origin"
    assert "may not be shown on this site yet" in visit.status
    assert any(site.origin in line and "sites of form" in line for line in visit.console)
    assert Failure.objects.get(form=form).code == "origin"

    Form.objects.filter(id=form.id).update(origins=[site.origin])
    visit.page.evaluate("dispatchEvent(new Event('focus'))")
    visit.wait_for("ready")


def test_a_page_that_has_no_origin_is_told_that_none_can_be_listed(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str, tmp_path: Path
) -> None:
    embed(site, server=live_server.url, manifest=manifest, pin=pin, inner=NAME + LAND)
    page = tmp_path / "page.html"
    page.write_text(site.page)
    visit.page.goto(page.as_uri())

    assert visit.wait_for("error")["code"] == "origin"
    [line] = [line for line in visit.console if line.startswith("sealform: ")]
    assert "has no origin: serve it from a site" in line
    assert "add exactly this origin" not in line


@pytest.mark.parametrize("answers", ["nothing", "404"])
def test_an_address_of_the_api_that_is_elsewhere_is_named_to_the_owner(
    answers: str,
    visit: Visit,
    site: Site,
    live_server: LiveServer,
    manifest: Manifest,
    pin: str,
) -> None:
    api = "http://127.0.0.1:9" if answers == "nothing" else "http://api.example"
    headers = {"access-control-allow-origin": "*"}
    visit.page.route("http://api.example/**", lambda it: it.fulfill(status=404, headers=headers))
    attributes = f'data-sealform-api="{api}/"'
    embed(site, server=live_server.url, manifest=manifest, pin=pin, attributes=attributes)
    visit.page.goto(site.origin)

    visit.wait_for("error")
    [line] = [line for line in visit.console if "data-sealform-api" in line]
    for word in (api, live_server.url, site.origin, manifest.form, "leave data-sealform-api out"):
        assert word in line


def test_a_script_that_is_a_module_and_what_was_pasted_into_the_page_are_understood(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    embed(site, server=live_server.url, manifest=manifest, pin=pin, inner=NAME + LAND)
    site.page = site.page.replace("<script src", '<script type="module" crossorigin src')
    site.page = site.page.replace(manifest.form, f" {manifest.form.upper()}\u200b")
    site.page = site.page.replace('"fullname"', '"\u200b fullname"')
    site.page = site.page.replace(pin, "\ufeff" + pin.replace("-", "\u2011"))
    visit.page.goto(site.origin)

    visit.wait_for("ready")


def test_a_network_that_is_lost_before_the_first_key_loses_nothing(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    opened(visit, site, live_server, manifest, pin)
    page = visit.page
    page.context.set_offline(True)

    page.fill("[data-sealform-field=fullname]", "Ada")
    page.click("form button")
    visit.wait_for("queued")

    page.context.set_offline(False)
    visit.wait_for("sent")


def test_a_part_that_does_not_come_leaves_what_was_typed_and_goes_on_by_itself(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    page = visit.page
    page.route("**/sealform-sending.*", lambda route: route.abort())
    opened(visit, site, live_server, manifest, pin)
    page.fill("[data-sealform-field=fullname]", "Ada")
    assert visit.wait_for("error")["code"] == "part"
    assert "Nothing is lost" in visit.status
    assert "reload" not in visit.status

    page.unroute("**/sealform-sending.*")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_function("document.querySelector('[data-sealform-state=ready]')")
    visit.press("form button")

    visit.wait_for("sent")
