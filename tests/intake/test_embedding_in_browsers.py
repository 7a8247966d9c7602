"""The tags of docs/embedding.md in sites with a policy as strict as it says"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.embed.tags import EmbedTags
from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from apps.intake.pages.embedding import embed_snippets
from tests.browser.sites import Site, serving
from tests.intake.people import Publisher
from tests.intake.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# docs/embedding.md, "Content security policy"; all else is forbidden.
POLICIES = EmbedTags(
    own="script-src {server}; connect-src {server}",
    rendered="script-src {server}; connect-src {server}; style-src {server}",
    framed="script-src {server}; frame-src {server}",
)
NARROW = "script-src {server}/static/dist/; connect-src {server}"
STRICT = "default-src 'none'; require-trusted-types-for 'script'; trusted-types sealform; "
LISTEN = """
globalThis.told = [];
globalThis.violations = [];
for (const what of ['ready', 'sent', 'error'])
  addEventListener(`sealform:${what}`, ({ detail }) => told.push({ what, ...detail }));
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  violations.push(`${violatedDirective} ${blockedURI}`));
"""
TOLD = "told.some(({ what }) => what !== 'sent')"


@pytest.fixture
def site(form: Form) -> Iterator[Site]:
    """A site that acme's form lists."""
    with serving() as site:
        Form.objects.update(origins=[site.origin])
        yield site


def show(
    page: Page, site: Site, publisher: Publisher, *, server: str, way: str, policy: str
) -> list[dict[str, Any]]:
    """Open a page with one of the tags under a policy; returns what it tells its own script."""
    manifest = publisher.form.latest
    assert manifest
    tags = getattr(embed_snippets(form=publisher.form, manifest=manifest, server=server), way)
    rules = STRICT + policy.format(server=server)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{rules}">'
    site.page = f"<!doctype html><html><head>{meta}</head><body>{tags}</body></html>"
    page.add_init_script(LISTEN)
    page.goto(site.origin)
    until(page, TOLD)
    told: list[dict[str, Any]] = page.evaluate("told")
    return told


@pytest.mark.parametrize("way", EmbedTags._fields)
def test_the_policy_that_is_asked_for_is_enough(
    way: str,
    chromium_page: Page,
    site: Site,
    live_server: LiveServer,
    publisher: Publisher,
    of_every_kind: Manifest,
) -> None:
    """Of every kind: what the tags ask fits the form, too."""
    policy = getattr(POLICIES, way)

    told = show(chromium_page, site, publisher, server=live_server.url, way=way, policy=policy)

    assert told == [{"what": "ready", "form": of_every_kind.form, "version": 1}]
    assert chromium_page.evaluate("violations") == []


def test_the_scripts_folder_is_enough_for_scripts(
    chromium_page: Page,
    site: Site,
    live_server: LiveServer,
    publisher: Publisher,
    of_every_kind: Manifest,
) -> None:
    told = show(chromium_page, site, publisher, server=live_server.url, way="own", policy=NARROW)

    assert [each["what"] for each in told] == ["ready"]
    assert chromium_page.evaluate("violations") == []


def test_an_iframe_gets_the_height_of_its_form(
    chromium_page: Page,
    site: Site,
    live_server: LiveServer,
    publisher: Publisher,
    manifest: Manifest,
) -> None:
    policy = POLICIES.framed

    show(chromium_page, site, publisher, server=live_server.url, way="framed", policy=policy)

    until(chromium_page, "document.querySelector('iframe').clientHeight > 900")
