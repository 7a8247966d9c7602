"""A page that names an earlier card or owner: followed as far as those signed."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.encoding import load_json
from apps.envelope.keys import ClientKeys, show_fingerprint
from apps.envelope.manifests import Manifest
from apps.envelope.records import parse_record
from apps.envelope.submissions import open_form_record
from apps.intake.models import Failure, Form
from apps.vault.models import Record
from tests.browser.failing import said
from tests.browser.outboxes import NAME, TYPED
from tests.browser.sites import Site
from tests.browser.test_receipt_page import sent, verdict
from tests.browser.visits import Visit, embed
from tests.directory.successions import body_of, new_api_key, next_card, past_of, step_of
from tests.intake.people import Person, Publisher
from tests.intake.test_hand_over import given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def acme(acme: Person) -> Person:
    """The owner, whose card has a recovery key from the start."""
    card = next_card(acme, acme.keys)
    acme.row.go_on_under(card)
    return replace(acme, card=card)


def rotated(person: Person, *, compromised: bool = False, number: int = 1) -> Person:
    """The person under next keys, once the server knows of it."""
    keys, past = ClientKeys.generate(), past_of(person.row)
    step = step_of(person, keys, compromised=compromised, past=past, number=number)
    api_key, authorization = new_api_key()
    body = body_of(step, past, api_key=api_key if compromised else None)
    answer = person.post("/api/v1/me/successions", body)
    assert answer.status_code == 201, answer.content
    person.row.refresh_from_db()
    after = replace(person, keys=keys, card=step.card)
    return replace(after, authorization=authorization) if compromised else after


def published(owner: Person, publisher: Publisher, version: int = 2) -> Manifest:
    """The form, published anew by whom it belongs to now, with inboxes of its own."""
    publisher.owner = owner
    for type in list(publisher.inboxes):
        publisher.new_inbox(type)
    return publisher.publish(version)


def shown(site: Site, server: str, manifest: Manifest, owner: Person, attributes: str = "") -> str:
    """A site that pins this owner's card."""
    pin = show_fingerprint(owner.card.fingerprint)
    embed(site, server=server, manifest=manifest, pin=pin, attributes=attributes)
    return site.origin


def answers(publisher: Publisher, manifest: Manifest) -> list[str]:
    """The names in what was sealed for this manifest, which today's owner opens."""
    _, kem, _ = publisher.inboxes["account"]
    records = (parse_record(load_json(bytes(one.body))) for one in Record.objects.all())
    return [
        str(open_form_record(one, manifest, kem)["fullname"])
        for one in records
        if one.manifest == manifest.hash
    ]


def sends(visit: Visit, address: str) -> None:
    visit.page.goto(address)
    visit.wait_for("ready")
    visit.page.fill(NAME, TYPED)
    visit.page.click("button")
    visit.wait_for("sent")


def locked(page: Page, address: str, code: str) -> None:
    page.goto(address)
    page.get_by_text(said(f"error.{code}")).first.wait_for()
    assert page.locator("form button").is_disabled()
    assert not Record.objects.exists()


def test_a_tag_from_before_a_rotation_goes_on(
    visit: Visit, site: Site, live_server: LiveServer, acme: Person, publisher: Publisher,
    manifest: Manifest,
) -> None:  # fmt: skip
    address = shown(site, live_server.url, manifest, acme)

    after = published(rotated(acme), publisher)
    sends(visit, address)

    assert answers(publisher, after) == [TYPED]


def test_it_goes_on_over_several_and_a_hand_over(
    visit: Visit, site: Site, live_server: LiveServer, acme: Person, marketing: Person,
    publisher: Publisher, manifest: Manifest, form: Form,
) -> None:  # fmt: skip
    address = shown(site, live_server.url, manifest, acme)

    owner = rotated(acme)
    published(owner, publisher)
    given(owner, marketing, form, version=2)
    after = published(marketing, publisher, 3)
    sends(visit, address)

    assert answers(publisher, after) == [TYPED]


def test_a_tag_of_an_owner_that_had_the_form_before_goes_on(
    visit: Visit, site: Site, live_server: LiveServer, acme: Person, marketing: Person,
    publisher: Publisher, manifest: Manifest, form: Form,
) -> None:  # fmt: skip
    """It was given away under an earlier card than the one that the tag pins."""
    given(acme, marketing, form)
    acme = rotated(acme)
    published(marketing, publisher)
    given(marketing, acme, form, version=2)
    back = published(acme, publisher, 3)
    address = shown(site, live_server.url, back, acme)

    after = published(rotated(acme, number=2), publisher, 4)
    sends(visit, address)

    assert answers(publisher, after) == [TYPED]


def test_one_that_pins_the_next_owner_takes_nothing_of_the_one_before(
    chromium_page: Page, site: Site, live_server: LiveServer, acme: Person, marketing: Person,
    manifest: Manifest, form: Form,
) -> None:  # fmt: skip
    address = shown(site, live_server.url, manifest, marketing)

    given(acme, marketing, form)  # who has not published it yet

    locked(chromium_page, address, "fingerprint")


def test_after_a_theft_it_stays_locked_and_says_what_to_do(
    chromium_page: Page, site: Site, live_server: LiveServer, acme: Person, publisher: Publisher,
    manifest: Manifest,
) -> None:  # fmt: skip
    address = shown(site, live_server.url, manifest, acme)

    published(rotated(acme, compromised=True), publisher)

    with chromium_page.expect_response("**/failures"):
        locked(chromium_page, address, "compromised")
    assert [row.code for row in Failure.objects.all()] == ["compromised"]


def test_a_site_can_forbid_to_follow(
    chromium_page: Page, site: Site, live_server: LiveServer, acme: Person, publisher: Publisher,
    manifest: Manifest,
) -> None:  # fmt: skip
    address = shown(site, live_server.url, manifest, acme, "data-pin-only")

    published(rotated(acme), publisher)

    locked(chromium_page, address, "fingerprint")


def test_the_hosted_page_and_a_receipt_from_before_go_on(
    visit: Visit, live_server: LiveServer, acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    receipt = sent(manifest)

    after = published(rotated(acme), publisher)
    hosted = f"{live_server.url}/f/signup/"
    sends(visit, hosted)

    assert answers(publisher, after) == [TYPED]
    assert verdict(visit.page, hosted, receipt) == "Stored, unaltered"
