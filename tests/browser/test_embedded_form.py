"""A form embedded in another origin's page: from what is typed to what its owner opens."""

from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed, stored
from tests.intake.people import Person, Publisher
from tests.tools.browsers import BrowserPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def canary() -> str:
    return f"canary {uuid4().hex} ☃"


def test_the_owner_opens_what_was_typed_and_the_site_gets_the_record_id_alone(
    visit: Visit,
    site: Site,
    live_server: LiveServer,
    acme: Person,
    publisher: Publisher,
    manifest: Manifest,
    pin: str,
    canary: str,
) -> None:
    action = f'action="{site.origin}/arrived" method="post"'
    embed(site, server=live_server.url, manifest=manifest, pin=pin, attributes=action)
    visit.page.goto(site.origin)
    assert visit.wait_for("ready") == {"what": "ready", "form": manifest.form, "version": 1}

    visit.page.fill("[data-sealform-field=fullname]", canary)
    visit.page.fill("[data-sealform-field=age]", "36")
    with visit.page.expect_navigation():
        visit.page.click("button")

    [body] = site.posts
    [id] = parse_qs(body)["sealform_record_id"]
    assert body == f"sealform_record_id={id}"
    answers = stored(acme, publisher, manifest, id)
    assert answers == dict.fromkeys(manifest.routes["account"], "") | {
        "fullname": canary,
        "age": "36",
    }


def test_without_an_action_it_confirms_in_place_and_leaves_nothing_behind(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str, canary: str
) -> None:
    embed(site, server=live_server.url, manifest=manifest, pin=pin)
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    visit.page.fill("[data-sealform-field=fullname]", canary)

    visit.page.click("button")

    sent = visit.wait_for("sent")
    assert len(sent["records"]) == 1
    assert visit.page.text_content(".sealform-confirmation") == manifest.confirmation
    assert visit.page.evaluate("document.activeElement.textContent") == manifest.confirmation
    assert not visit.page.is_visible("form")
    assert visit.page.input_value("[data-sealform-field=fullname]") == ""
    storage = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, told])"
    seen = [visit.page.evaluate(storage), visit.page.url, *visit.console, *map(str, site.requests)]
    assert not any(canary in each for each in seen)
    assert canary.encode() not in visit.submissions[0]


@pytest.mark.engines
def test_no_browser_sends_the_form_by_itself_when_the_pages_listeners_are_asked(
    any_page: BrowserPage,
    site: Site,
    live_server: LiveServer,
    manifest: Manifest,
    pin: str,
    canary: str,
) -> None:
    action = f'action="{site.origin}/arrived" method="post" onsubmit="globalThis.asked = true"'
    embed(site, server=live_server.url, manifest=manifest, pin=pin, attributes=action)
    site.page = site.page.replace("<button>", '<input type="hidden" name="own" value="1"><button>')
    any_page.goto(site.origin)
    any_page.wait_for_function("() => document.querySelector('button')?.disabled === false")
    any_page.fill("[data-sealform-field=fullname]", canary)

    any_page.click("button")

    any_page.wait_for_function("() => document.title === 'Arrived'")
    [body] = site.posts
    assert list(parse_qs(body)) == ["own", "sealform_record_id"]


def test_the_canary_scan_would_find_what_is_typed_in_the_open(
    visit: Visit, site: Site, canary: str
) -> None:
    """The positive control of the two tests above."""
    site.page = '<form method="post"><input name="fullname"><button>Send</button></form>'
    visit.page.goto(site.origin)
    visit.page.fill("input", canary)

    with visit.page.expect_navigation():
        visit.page.click("button")

    assert parse_qs(site.posts[0])["fullname"] == [canary]


def test_a_form_with_the_attributes_of_tozstore_works_too(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    action = f'action="{site.origin}" method="post"'
    embed(site, server=live_server.url, manifest=manifest, pin=pin, attributes=action)
    site.page = site.page.replace("data-sealform=", "data-innovault-token=")
    site.page = site.page.replace("data-sealform-field=", "data-innovault-type=")
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    visit.page.fill("[data-innovault-type=fullname]", "Ada")

    with visit.page.expect_navigation():
        visit.page.click("button")

    assert list(parse_qs(site.posts[0])) == ["innovault_record_id"]


def test_a_name_on_a_sealed_input_is_taken_away_with_a_warning(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str, canary: str
) -> None:
    action = f'action="{site.origin}" method="post"'
    embed(site, server=live_server.url, manifest=manifest, pin=pin, attributes=action)
    named = 'name="secret" data-sealform-field="fullname"'
    site.page = site.page.replace('data-sealform-field="fullname"', named)
    site.page = site.page.replace("<button>", '<input type="hidden" name="own" value="1"><button>')
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    visit.page.fill("[data-sealform-field=fullname]", canary)
    assert visit.page.get_attribute("[data-sealform-field=fullname]", "name") is None
    visit.page.evaluate("document.querySelector('[data-sealform-field]').name = 'again'")

    gathered = visit.page.evaluate("[...new FormData(document.forms[0]).keys()]")
    names = visit.page.evaluate("told.filter(({ what }) => what === 'name')")
    with visit.page.expect_navigation():
        visit.page.click("button")

    assert gathered == ["own"]
    assert list(parse_qs(site.posts[0])) == ["own", "sealform_record_id"]
    assert names == [{"what": "name", "fields": ["fullname"]}] * 2
    warnings = [text for text in visit.console if "fullname" in text]
    assert len(warnings) == 2
    assert not any(canary in text for text in visit.console)


def test_an_input_that_is_added_later_loses_its_name_before_the_page_can_send_it(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    embed(site, server=live_server.url, manifest=manifest, pin=pin)
    visit.page.goto(site.origin)
    visit.wait_for("ready")

    left = visit.page.evaluate(
        """async () => {
          const later = document.createElement('input');
          later.name = 'secret';
          later.setAttribute('data-sealform-field', 'fullname');
          document.forms[0].append(later);
          await null;
          return later.name;
        }"""
    )

    assert left == ""
    assert visit.wait_for("name")["fields"] == ["fullname"]


def test_notes_are_kept_of_what_its_owner_says_is_not_sensitive_alone(
    visit: Visit, site: Site, live_server: LiveServer, publisher: Publisher, pin: str
) -> None:
    fields = publisher.form.fields
    fields.update(sensitive=True, autocomplete="")
    fields.filter(name="city").update(sensitive=False, autocomplete="address-level2")
    fields.filter(name="state").update(sensitive=False)
    manifest = publisher.publish()
    embed(site, server=live_server.url, manifest=manifest, pin=pin)
    own = 'autocomplete="name" spellcheck="true" autocorrect="on"'
    site.page = site.page.replace("<input ", f"<input {own} ")
    visit.page.goto(site.origin)
    visit.wait_for("ready")

    look = """(e) => [
      e.autocomplete, e.spellcheck, e.writingSuggestions, e.getAttribute('autocorrect'),
    ]"""
    notes = {
        name: visit.page.eval_on_selector(f"[data-sealform-field={name}]", look)
        for name in ("fullname", "city", "state")
    }

    assert notes == {
        "fullname": ["off", False, "false", "off"],
        "city": ["address-level2", True, "true", "on"],
        "state": ["off", True, "true", "on"],
    }


def test_a_submit_before_the_keys_are_verified_sends_nothing(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    action = f'action="{site.origin}/early" method="post"'
    embed(site, server=live_server.url, manifest=manifest, pin=pin, attributes=action)
    early = "document.querySelector('[data-sealform-field]').value = 'early';"
    early += "document.forms[0].requestSubmit();"
    site.page = site.page.replace("</form>", f"</form><script>{early}</script>")

    visit.page.goto(site.origin)
    visit.wait_for("ready")

    assert visit.page.url == f"{site.origin}/"
    assert site.posts == []
    assert visit.submissions == []


OLD_ENGINES = {
    "without Unicode checks": "delete String.prototype.isWellFormed",
    "without Ed25519": """
        const { importKey } = SubtleCrypto.prototype;
        SubtleCrypto.prototype.importKey = function (...given) {
          if (given[2] !== 'Ed25519') return importKey.apply(this, given);
          return Promise.reject(new DOMException('', 'NotSupportedError'));
        };""",
    "without WebCrypto": "Object.defineProperty(crypto, 'subtle', { value: undefined })",
}


@pytest.mark.parametrize("lack", OLD_ENGINES.values(), ids=OLD_ENGINES)
def test_an_old_engine_is_told_so_and_sends_nothing(
    lack: str, visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    visit.page.add_init_script(lack)
    action = f'action="{site.origin}" method="post"'
    embed(site, server=live_server.url, manifest=manifest, pin=pin, attributes=action)
    visit.page.goto(site.origin)

    assert visit.wait_for("error")["code"] == "unsupported"
    assert visit.is_locked()
    visit.page.evaluate("document.forms[0].requestSubmit()")
    assert site.posts == []


def test_an_engine_that_loses_its_ml_kem_seals_with_noble(
    visit: Visit,
    site: Site,
    live_server: LiveServer,
    acme: Person,
    publisher: Publisher,
    manifest: Manifest,
    pin: str,
) -> None:
    visit.page.add_init_script("delete SubtleCrypto.prototype.encapsulateBits")
    embed(site, server=live_server.url, manifest=manifest, pin=pin)
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    visit.page.fill("[data-sealform-field=fullname]", "Ada")

    visit.page.click("button")

    [id] = visit.wait_for("sent")["records"]
    assert stored(acme, publisher, manifest, id)["fullname"] == "Ada"


def test_whoever_comes_back_finds_an_empty_form_that_can_be_sent(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    """As browsers do that keep the page alive for the button that leads back."""
    action = f'action="{site.origin}/arrived" method="post" target="elsewhere"'
    embed(site, server=live_server.url, manifest=manifest, pin=pin, attributes=action)
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    visit.page.fill("[data-sealform-field=fullname]", "Ada")
    visit.page.click("button")
    visit.wait_for("sent")
    assert visit.is_locked()

    visit.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    assert not visit.is_locked()
    assert visit.page.input_value("[data-sealform-field=fullname]") == ""
    visit.page.fill("[data-sealform-field=fullname]", "Ben")
    visit.page.click("button")
    visit.page.wait_for_function("told.filter(({ what }) => what === 'sent').length === 2")


def test_a_server_that_was_away_is_asked_again(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    visit.page.route("**/manifest", lambda route: route.abort(), times=1)
    embed(site, server=live_server.url, manifest=manifest, pin=pin)
    visit.page.goto(site.origin)
    assert visit.wait_for("error")["code"] == "network"
    assert visit.is_locked()

    visit.wait_for("ready")

    assert not visit.is_locked()
    assert visit.status == ""
