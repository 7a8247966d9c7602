"""A server, or whoever stands between, that serves another manifest than its owner signed.

The page under test must refuse each with its typed error, stay locked and post nothing.
That the forged ones are otherwise good is shown with a page that pins mallory instead.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.encoding import b64
from apps.envelope.keys import make_card, show_fingerprint
from apps.envelope.manifests import Manifest, dump_manifest, sign_manifest
from apps.envelope.primitives import KemKey, random
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed
from tests.intake.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Answer = dict[str, Any]


def honest(manifest: Manifest, signer: Person, **changes: Any) -> Answer:
    """The answer for this manifest, signed by this client."""
    signed, sig = sign_manifest(replace(manifest, **changes), signer.keys)
    return {"manifest": signed.raw.decode(), "sig": b64(sig), "card": signer.card.to_wire()}


def forged(manifest: Manifest, mallory: Person) -> Answer:
    """All of it mallory's, who can then open what is sent."""
    inbox = replace(manifest.types[0], public=KemKey(random(32)).public)
    return honest(manifest, mallory, owner=mallory.card.id, types=(inbox,))


def unsigned(answer: Answer, manifest: Manifest, **changes: Any) -> Answer:
    """An altered manifest under the signature of the true one."""
    return answer | {"manifest": dump_manifest(replace(manifest, **changes)).decode()}


def mallorys_inbox(answer: Answer, manifest: Manifest) -> Answer:
    inbox = replace(manifest.types[0], public=KemKey(random(32)).public)
    return unsigned(answer, manifest, types=(inbox,))


def more_fields(answer: Answer, manifest: Manifest) -> Answer:
    spy = replace(manifest.fields[0], name="iban")
    return unsigned(answer, manifest, fields=(*manifest.fields, spy))


def card_with_acmes_id(manifest: Manifest, acme: Person, mallory: Person) -> Answer:
    card = make_card(keys=mallory.keys, id=acme.card.id, name="acme")
    return honest(manifest, mallory) | {"card": card.to_wire()}


Attack = Callable[[Manifest, Person, Person], Answer]
ATTACKS: dict[str, tuple[Attack, str]] = {
    "mallory's form": (lambda m, acme, mallory: forged(m, mallory), "fingerprint"),
    "mallory's card with acme's id": (card_with_acmes_id, "fingerprint"),
    "mallory's card alone": (
        lambda m, acme, mallory: honest(m, acme) | {"card": mallory.card.to_wire()},
        "fingerprint",
    ),
    "mallory's inbox": (lambda m, acme, _: mallorys_inbox(honest(m, acme), m), "signature"),
    "one more question": (lambda m, acme, _: more_fields(honest(m, acme), m), "signature"),
    "a later end": (
        lambda m, acme, _: unsigned(honest(m, acme), m, expires=m.expires + 1),
        "signature",
    ),
    "a signature of mallory": (
        lambda m, acme, mallory: honest(m, acme) | {"sig": honest(m, mallory)["sig"]},
        "signature",
    ),
    "an altered card": (
        lambda m, acme, _: honest(m, acme) | {"card": acme.card.to_wire() | {"name": "mallory"}},
        "signature",
    ),
    "another form of acme's": (
        lambda m, acme, mallory: honest(m, acme, form=mallory.card.id),
        "mismatch",
    ),
    "a form that names another owner": (
        lambda m, acme, mallory: honest(m, acme, owner=mallory.card.id),
        "mismatch",
    ),
    "an older version": (lambda m, acme, _: honest(m, acme, version=1), "mismatch"),
    "an expired manifest": (lambda m, acme, _: honest(m, acme, expires=m.issued - 1), "expired"),
    "a manifest of next year": (
        lambda m, acme, _: honest(m, acme, issued=m.expires - 1),
        "clock",
    ),
    "white space": (
        lambda m, acme, _: honest(m, acme) | {"manifest": f" {honest(m, acme)['manifest']}"},
        "signature",
    ),
    "another protocol": (
        lambda m, acme, _: honest(m, acme) | {"card": acme.card.to_wire() | {"v": "sealform/0"}},
        "malformed",
    ),
    "one more member": (lambda m, acme, _: honest(m, acme) | {"keys": []}, "malformed"),
    "no JSON": (lambda m, acme, _: {}, "malformed"),
}


@pytest.fixture
def second(manifest: Manifest) -> Manifest:
    """What the owner signed lately: version 2."""
    return replace(manifest, version=2)


def serve(visit: Visit, answer: Answer) -> None:
    headers = {"access-control-allow-origin": "*"}
    visit.page.route(
        "**/manifest", lambda route: route.fulfill(body=json.dumps(answer), headers=headers)
    )


def test_the_page_refuses(
    visit: Visit,
    site: Site,
    live_server: LiveServer,
    second: Manifest,
    pin: str,
    acme: Person,
    mallory: Person,
) -> None:
    """Each attack in turn, in the browser of one visitor."""
    attributes = 'data-min-version="2"'
    embed(site, server=live_server.url, manifest=second, pin=pin, attributes=attributes)
    for name, (attack, code) in ATTACKS.items():
        serve(visit, attack(second, acme, mallory))
        visit.page.goto(site.origin)

        assert visit.wait_for("error")["code"] == code, name
        assert visit.status, name
        assert visit.is_locked(), name
        visit.page.fill("[data-sealform-field=fullname]", "Ada")
        visit.page.evaluate("document.forms[0].requestSubmit()")
        visit.page.press("[data-sealform-field=fullname]", "Enter")
        visit.page.wait_for_timeout(100)
        assert visit.submissions == [], name
        assert site.posts == [], name


def test_what_acme_signed_is_accepted(
    visit: Visit, site: Site, live_server: LiveServer, second: Manifest, pin: str, acme: Person
) -> None:
    """The positive control: no attack, no refusal."""
    serve(visit, honest(second, acme))
    embed(site, server=live_server.url, manifest=second, pin=pin)
    visit.page.goto(site.origin)

    assert visit.wait_for("ready")["version"] == 2


def test_mallorys_form_opens_where_mallory_is_pinned(
    visit: Visit, site: Site, live_server: LiveServer, second: Manifest, mallory: Person
) -> None:
    """The pin is the defence: without it, the attack works."""
    serve(visit, forged(second, mallory))
    pin = show_fingerprint(mallory.card.fingerprint)
    embed(site, server=live_server.url, manifest=second, pin=pin)
    visit.page.goto(site.origin)

    visit.wait_for("ready")


@pytest.mark.parametrize("pin", ["", "AAAA", "x" * 52])
def test_a_page_without_a_pin_stays_locked(
    pin: str, visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest
) -> None:
    embed(site, server=live_server.url, manifest=manifest, pin=pin)
    visit.page.goto(site.origin)

    assert visit.wait_for("error")["code"] == "setup"
    assert visit.is_locked()
