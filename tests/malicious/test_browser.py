"""The browser under a malicious server: each attack works without its defence, and not with it."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext
from pytest_django.live_server_helper import LiveServer

from apps.intake.models import Form
from apps.intake.samples import create_signup_form
from tests.browser.sites import Site, serving
from tests.intake.people import Person, Publisher, enrolled
from tests.malicious import attacks_on_pages, attacks_on_visitors, bundles, tally
from tests.malicious.attacks_on_visitors import Attack
from tests.malicious.bundles import Check
from tests.malicious.lying import LyingServer
from tests.malicious.visitors import Scene, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ATTACKS = attacks_on_visitors.ATTACKS | attacks_on_pages.ATTACKS
CHECKS = {
    name: attack.defence for name, attack in ATTACKS.items() if isinstance(attack.defence, Check)
}


@pytest.fixture(scope="module")
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> dict[Check, bytes]:
    """The script without each of its checks."""
    distinct = {f"without-{number}": check for number, check in enumerate(set(CHECKS.values()))}
    built = bundles.build(distinct, tmp_path_factory.mktemp("bundles"))
    return {check: built[name] for name, check in distinct.items()}


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


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Where all visitors are: nothing of theirs is kept, and no answer is cached."""
    with chromium.new_context() as context:
        yield context


Stage = Callable[[], Scene]


@pytest.fixture
def stage(server: LyingServer, live_server: LiveServer, site: Site) -> Stage:
    """Makes a scene: people, a form and its first manifest, all new."""

    def make() -> Scene:
        acme, clinic, mallory = map(enrolled, ("acme", "clinic", "mallory"))
        publisher = Publisher(acme, drafted(acme, site))
        manifest = publisher.publish()
        return Scene(server, live_server.url, site, acme, clinic, mallory, publisher, manifest)

    return make


def drafted(owner: Person, site: Site) -> Form:
    """The sign-up form, its comments going to another type, for this site alone."""
    Form.objects.update(slug=uuid4())
    form = create_signup_form(owner=owner.row)
    form.fields.filter(name="comments").update(type="health")
    Form.objects.filter(id=form.id).update(origins=[site.origin])
    return form


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_server(
    attack: Attack,
    stage: Stage,
    context: BrowserContext,
    unguarded: dict[Check, bytes],
    record_property: Any,
) -> None:
    tally.shown(record_property, "attack")
    mute = not attack.refusal

    scene = stage()
    won = attack.arrange(scene)
    if isinstance(attack.defence, Check):
        scene.script = unguarded[attack.defence]
    else:
        attack.defence(scene)
    assert won(Visit().go(scene, context, mute=mute)), "it has to work without the defence"
    tally.shown(record_property, "works")

    scene = stage()
    won = attack.arrange(scene)
    visit = Visit().go(scene, context, mute=mute)
    assert not won(visit)
    assert visit.last.get("code", visit.last.get("what", "")) == attack.refusal
    assert not visit.leaked(scene)
    tally.shown(record_property, "refused")


def test_an_honest_server_gets_the_answers_and_cannot_read_them(
    stage: Stage, context: BrowserContext
) -> None:
    """The positive control: nothing above is refused because nothing works."""
    scene = stage()
    visit = Visit().go(scene, context)

    assert visit.last["what"] == "sent"
    assert scene.opened(scene.publisher.inboxes["account"][1], scene.manifest, visit.canary)
    assert not scene.opened(scene.kem, scene.manifest, visit.canary)
    assert not visit.leaked(scene)


def test_the_search_for_leaks_finds_one(stage: Stage, context: BrowserContext) -> None:
    """The positive control of `leaked`."""
    scene = stage()
    scene.inputs = '<input name="fullname" data-sealform-field="fullname">'
    scene.tag = "<script></script>"

    visit = Visit().go(scene, context, mute=True)

    assert visit.leaked(scene)
