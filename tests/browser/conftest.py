from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.keys import show_fingerprint
from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from apps.intake.pages.embedding import embed_snippets
from tests.browser.devices import looking
from tests.browser.outboxes import fill
from tests.browser.sites import Site, serving
from tests.browser.visits import Visit, embed
from tests.forms.fixtures import *  # noqa: F403 - fixtures, for pytest to find
from tests.intake.fixtures import *  # noqa: F403 - fixtures, for pytest to find
from tests.intake.people import Person

__all__ = ["looking"]  # a fixture, for pytest to find


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """A live server whose static files come through WhiteNoise, as they do in production.

    Django's own handlers for tests serve them past all middleware, and so without the
    header that lets another origin check the script's digest.
    """
    server = LiveServer("localhost", start=False)
    server.thread.static_handler = _application  # type: ignore[assignment]  # called like a class
    server.start()
    yield server
    server.stop()


def _application(media: Any) -> WSGIHandler:
    application: WSGIHandler = media.application
    return application


@pytest.fixture
def visit(chromium_page: Page) -> Visit:
    return Visit(chromium_page)


@pytest.fixture
def site(form: Form) -> Iterator[Site]:
    """Another origin, which may embed acme's form."""
    with serving() as site:
        Form.objects.filter(id=form.id).update(origins=[site.origin])
        yield site


@pytest.fixture
def pin(acme: Person) -> str:
    return show_fingerprint(acme.card.fingerprint)


@pytest.fixture
def address(site: Site, live_server: LiveServer, manifest: Manifest, pin: str) -> str:
    """Where a site shows the form, with inputs of its own."""
    embed(site, server=live_server.url, manifest=manifest, pin=pin)
    return site.origin


@pytest.fixture
def filled(visit: Visit, address: str) -> Visit:
    """The site's page, ready to be sent."""
    return fill(visit, address)


@pytest.fixture
def tag(site: Site, live_server: LiveServer, form: Form, manifest: Manifest) -> str:
    """The iframe's, as the owner's admin shows it for copying."""
    latest = Form.objects.get(id=form.id).latest
    assert latest
    return embed_snippets(form=form, manifest=latest, server=live_server.url).framed
