"""A form that our script renders into somebody's page, from the verified manifest."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.encoding import b64
from apps.envelope.manifests import Manifest, sign_manifest
from apps.intake.models import Form
from tests.browser.sites import Site
from tests.browser.visits import Visit, render, stored
from tests.intake.people import Person, Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = "[data-sealform-field=fullname]"


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    form.fields.all().delete()
    form.fields.create(order=1, name="fullname", label="Name", required=True)
    form.fields.create(order=2, name="campaign", kind="hidden", label="Campaign", max_length=8)
    return publisher.publish()


@pytest.fixture
def page(site: Site, live_server: LiveServer, manifest: Manifest, pin: str) -> Site:
    render(site, server=live_server.url, manifest=manifest, pin=pin)
    return site


def carry(site: Site, manifest: Manifest, owner: Person, **changes: object) -> None:
    """Let the page carry a manifest that its owner signed, so that none has to be fetched."""
    signed, sig = sign_manifest(manifest, owner.keys)
    answer = {"manifest": signed.raw.decode(), "sig": b64(sig), "card": owner.card.to_wire()}
    script = json.dumps(answer | changes).replace("<", "\\u003c")
    tag = f'<script type="application/json" data-sealform-manifest="{manifest.form}">'
    site.page = site.page.replace("<div", f"{tag}{script}</script><div")


def test_the_owner_opens_what_was_typed(
    visit: Visit, page: Site, manifest: Manifest, acme: Person, publisher: Publisher
) -> None:
    visit.page.goto(page.origin)
    assert visit.wait_for("ready")["version"] == 1
    visit.page.fill(NAME, "Zoë")

    visit.page.click(".sealform-send")

    sent = visit.wait_for("sent")
    [id] = sent["records"]
    assert stored(acme, publisher, manifest, id) == {"fullname": "Zoë", "campaign": ""}
    assert sent["receipt"].startswith("R-")
    assert sent["receipt"] in visit.page.inner_text(".sealform-receipt")
    assert visit.page.input_value(NAME) == ""


def test_a_manifest_in_the_page_needs_no_request(
    visit: Visit, page: Site, manifest: Manifest, acme: Person
) -> None:
    carry(page, manifest, acme)
    visit.page.route("**/manifest", lambda route: route.abort())
    visit.page.goto(page.origin)

    visit.wait_for("ready")


@pytest.mark.parametrize("version", [1, 2])
def test_one_that_does_not_verify_gives_way_to_the_servers(
    version: int, visit: Visit, page: Site, manifest: Manifest, acme: Person, mallory: Person
) -> None:
    forged = replace(manifest, version=version, raw=b"", title="Mallory's")
    carry(page, forged, mallory, card=acme.card.to_wire())
    visit.page.goto(page.origin)

    visit.wait_for("ready")

    assert visit.page.inner_text(".sealform-title") == manifest.title


def test_a_superseded_one_in_the_page_is_not_used_again(
    visit: Visit, page: Site, manifest: Manifest, acme: Person, publisher: Publisher
) -> None:
    carry(page, manifest, acme)
    publisher.new_inbox("account")
    renewed = publisher.publish(2)
    visit.page.goto(page.origin)
    visit.wait_for("ready")
    visit.page.fill(NAME, "Ada")

    visit.page.click(".sealform-send")

    [id] = visit.wait_for("sent")["records"]
    assert stored(acme, publisher, renewed, id)["fullname"] == "Ada"


def test_what_fails_is_said_in_its_place(visit: Visit, page: Site, pin: str) -> None:
    page.page = page.page.replace(pin, "-".join(["AAAA"] * 13))
    visit.page.goto(page.origin)

    assert visit.wait_for("error")["code"] == "fingerprint"
    assert "stays locked" in visit.page.inner_text("div[data-sealform] [role=status]")
    assert visit.page.locator("form").count() == 0


@pytest.mark.parametrize(
    ("fragment", "sealed"),
    [
        ({"campaign": "spring"}, "spring"),
        ({"campaign": "été ☀"}, "été ☀"),
        ({"fullname": "no"}, ""),
        ({"campaign": "too-long-for-it"}, ""),
    ],
)
def test_a_hidden_field_is_answered_by_the_address(
    fragment: dict[str, str],
    sealed: str,
    visit: Visit,
    page: Site,
    manifest: Manifest,
    acme: Person,
    publisher: Publisher,
) -> None:
    visit.page.goto(f"{page.origin}/#{urlencode(fragment)}")
    visit.wait_for("ready")
    assert visit.page.input_value(NAME) == ""
    visit.page.fill(NAME, "Ada")

    visit.page.click(".sealform-send")

    [id] = visit.wait_for("sent")["records"]
    assert stored(acme, publisher, manifest, id)["campaign"] == sealed
    assert not any("too-long" in text for text in visit.console)


def test_on_our_own_page_the_address_forgets_it(
    visit: Visit, live_server: LiveServer, manifest: Manifest
) -> None:
    visit.page.goto(f"{live_server.url}/f/signup/#campaign=spring")
    visit.wait_for("ready")
    visit.page.fill(NAME, "Ada")

    visit.page.click(".sealform-send")

    visit.wait_for("sent")
    assert visit.page.url == f"{live_server.url}/f/signup/"


def test_the_trap_catches_who_fills_it(visit: Visit, page: Site) -> None:
    visit.page.goto(page.origin)
    visit.wait_for("ready")
    visit.page.fill(NAME, "Ada")
    visit.page.evaluate("document.querySelector('.sealform-trap input').value = 'buy'")

    visit.page.click(".sealform-send")

    assert visit.wait_for("error")["code"] == "trap"
    assert visit.submissions == []
    visit.page.click(".sealform-send")
    visit.wait_for("sent")


def test_a_form_that_is_added_later_is_rendered_too(
    visit: Visit, page: Site, manifest: Manifest
) -> None:
    visit.page.goto(page.origin)
    visit.wait_for("ready")
    visit.forget()

    visit.page.evaluate(
        """() => {
          const host = document.querySelector('div[data-sealform]');
          const later = host.cloneNode();
          host.remove();
          document.body.append(later);
        }"""
    )

    visit.wait_for("ready")
    assert visit.page.locator("form").count() == 1


def test_it_speaks_the_language_that_the_page_asks_for(visit: Visit, page: Site) -> None:
    page.page = page.page.replace("<div ", '<div data-sealform-lang="ar" ')
    visit.page.goto(page.origin)
    visit.wait_for("ready")

    assert visit.page.get_attribute("form", "dir") == "rtl"
    visit.page.click(".sealform-send")
    assert visit.page.inner_text(".sealform-summary").isascii() is False
