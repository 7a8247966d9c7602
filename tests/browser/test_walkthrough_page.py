"""The page of the walkthrough that the project was born from, with three attributes changed."""

import re
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.embed.integrity import script_integrity
from apps.envelope.manifests import Manifest
from tests.browser.pages import ROOT
from tests.browser.sites import Site
from tests.browser.visits import Visit, stored
from tests.intake.people import Person, Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BACKGROUND = "shared/background/tozstore-split-and-share-walkthrough.txt"
WALKTHROUGH = Path(ROOT.parent / BACKGROUND)
SCRIPT = ROOT / "static/dist/sealform.js"


@pytest.fixture
def page() -> str:
    if not WALKTHROUGH.exists():
        pytest.skip(f"{WALKTHROUGH} is only there where Sealform is developed")
    found = re.search(r"<html>.*?</html>", WALKTHROUGH.read_text(), re.DOTALL)
    assert found
    return found[0]


def changed(page: str, *, server: str, manifest: Manifest, pin: str) -> str:
    """Change the script's address (and the digest that goes with it), the token, and add a pin."""
    page = re.sub(r'src="[^"]*"', f'src="{server}/static/dist/sealform.js"', page, count=1)
    integrity = script_integrity(SCRIPT.read_bytes())
    page = re.sub(r'integrity="[^"]*"', f'integrity="{integrity}"', page, count=1)
    token = f'data-innovault-token="{manifest.form}" data-pin="{pin}"'
    return page.replace('data-innovault-token="..."', token)


def test_it_works(
    page: str,
    visit: Visit,
    site: Site,
    live_server: LiveServer,
    manifest: Manifest,
    pin: str,
    acme: Person,
    publisher: Publisher,
) -> None:
    site.page = changed(page, server=live_server.url, manifest=manifest, pin=pin)
    visit.page.on("dialog", lambda dialog: dialog.accept())
    errors: list[str] = []
    visit.page.on("pageerror", lambda error: errors.append(str(error)))
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    answers = {field.name: f"answer to {field.name}" for field in manifest.fields} | {"age": "36"}
    for name, value in answers.items():
        visit.page.fill(f"[data-innovault-type={name}]", value)

    visit.page.click("button")

    [id] = visit.wait_for("sent")["records"]
    assert stored(acme, publisher, manifest, id) == answers
    assert visit.page.text_content(".sealform-confirmation") == manifest.confirmation
    assert site.posts == []
    assert all("clearForm" in error for error in errors)  # the page's own slip, which does no harm


def test_unchanged_it_sends_nothing(page: str, visit: Visit, site: Site) -> None:
    """No script, no names: the page's own server gets an empty form."""
    site.page = page
    visit.page.route("https://**", lambda route: route.abort())
    visit.page.on("dialog", lambda dialog: dialog.accept())
    visit.page.goto(site.origin)
    visit.page.fill("[data-innovault-type=fullname]", "Ada")

    with visit.page.expect_navigation():
        visit.page.click("button")

    assert site.posts == [""]
