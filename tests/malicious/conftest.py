from collections.abc import Callable, Iterator
from functools import cache
from uuid import uuid4

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.intake.drafting.sample_form import create_signup_form
from apps.intake.models import Address, Form
from tests.browser.sites import Site, serving
from tests.intake.people import Person, Publisher, enrolled
from tests.malicious import bundles
from tests.malicious.bundles import Check, Dist
from tests.malicious.lying import LyingServer
from tests.malicious.visitors import Scene


@pytest.fixture(scope="session")
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Check | None], Dist]:
    """Builds what is released without one of its checks, or with all of them for None."""
    return cache(lambda check: bundles.without(check, tmp_path_factory.mktemp("without")))


@pytest.fixture
def server(live_server: LiveServer) -> Iterator[LyingServer]:
    """The live server, wrapped."""
    httpd = live_server.thread.httpd
    application = httpd.get_app()
    assert application
    lying = LyingServer(application)
    httpd.set_app(lying)
    yield lying
    httpd.set_app(application)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def scenes(server: LyingServer, live_server: LiveServer, site: Site) -> Callable[[], Scene]:
    """Makes a scene: people, a form and its first manifest, all new."""

    def make() -> Scene:
        acme, clinic, mallory = map(enrolled, ("acme", "clinic", "mallory"))
        publisher = Publisher(acme, drafted(acme, site))
        manifest = publisher.publish()
        return Scene(server, live_server.url, site, acme, clinic, mallory, publisher, manifest)

    return make


def drafted(owner: Person, site: Site) -> Form:
    """The sign-up form, its comments going to another type, for this site alone."""
    Address.objects.all().delete()  # or the next form could not have the last one's
    Form.objects.update(slug=uuid4())
    form = create_signup_form(owner=owner.row)
    form.fields.filter(name="comments").update(type="health")
    Form.objects.filter(id=form.id).update(origins=[site.origin])
    return form
