"""What is sent is sealed once, for the form as it is now; what waits is ``test_outbox``'s."""

import json

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed, render, stored
from tests.intake.people import Person, Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = "[data-sealform-field=fullname]"


@pytest.fixture
def filled(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> Visit:
    """A page that is ready to be sent."""
    embed(site, server=live_server.url, manifest=manifest, pin=pin)
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    visit.page.fill(NAME, "Ada")
    return visit


def test_a_double_click_sends_once(filled: Visit) -> None:
    filled.page.evaluate("() => { for (const _ of [1, 2, 3]) document.forms[0].requestSubmit(); }")

    filled.wait_for("sent")
    filled.page.wait_for_timeout(200)
    assert len(filled.submissions) == 1


def test_a_form_that_was_published_anew_meanwhile_is_sealed_again(
    filled: Visit, acme: Person, publisher: Publisher
) -> None:
    publisher.new_inbox("account")
    renewed = publisher.publish(2)

    filled.page.click("button")

    sent = filled.wait_for("sent")
    assert len(filled.submissions) == 2
    assert stored(acme, publisher, renewed, sent["records"][0])["fullname"] == "Ada"


def test_a_question_added_meanwhile_is_not_skipped(filled: Visit, publisher: Publisher) -> None:
    publisher.form.fields.create(name="email", label="E-mail")
    publisher.new_inbox("account")
    publisher.publish(2)

    filled.page.click("button")

    told = filled.wait_for("error")
    assert (told["code"], told["field"]) == ("missing_field", "email")
    assert filled.is_locked()
    assert filled.page.input_value(NAME) == "Ada"
    assert len(filled.submissions) == 1


def test_a_superseding_manifest_must_be_newer(filled: Visit, publisher: Publisher) -> None:
    """A server that says "superseded" gets nothing sealed for what came before."""
    publisher.publish_keeping_inboxes(2)
    filled.page.reload()
    filled.wait_for("ready")
    filled.page.fill(NAME, "Ada")
    old = publisher.form.manifests.get(version=1)
    publisher.form.manifests.filter(version=2).delete()
    assert Form.objects.get().latest == old

    filled.page.click("button")

    assert filled.wait_for("error")["code"] == "mismatch"
    assert filled.is_locked()
    assert len(filled.submissions) == 1


def test_a_rendered_form_that_changed_is_shown_anew_with_what_was_typed(
    visit: Visit, site: Site, live_server: LiveServer, publisher: Publisher, manifest: Manifest,
    pin: str, acme: Person,
) -> None:  # fmt: skip
    render(site, server=live_server.url, manifest=manifest, pin=pin)
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    visit.page.fill(NAME, "Ada")
    publisher.form.fields.create(name="email", label="E-mail")
    publisher.new_inbox("account")
    renewed = publisher.publish(2)

    visit.page.click(".sealform-send")

    assert visit.wait_for("error")["code"] == "manifest_superseded"
    assert "changed" in visit.status
    assert visit.page.input_value(NAME) == "Ada"
    visit.page.fill("[data-sealform-field=email]", "ada@example.org")
    visit.page.click(".sealform-send")
    [id] = visit.wait_for("sent")["records"]
    answers = stored(acme, publisher, renewed, id)
    assert (answers["fullname"], answers["email"]) == ("Ada", "ada@example.org")


@pytest.mark.parametrize("what", ["sealform:submit", "submit"])
def test_the_page_can_stop_a_submission(what: str, filled: Visit) -> None:
    filled.page.evaluate(
        """(what) => {
          document.forms[0].action = '/arrived'; // without one, all pages cancel what browsers do
          addEventListener(what, (event) => {
            event.preventDefault();
            globalThis.stopped = true;
          }, { once: true });
        }""",
        what,
    )
    filled.page.click("button")

    filled.page.wait_for_function("globalThis.stopped")
    filled.page.wait_for_function("() => document.querySelector('button')?.disabled === false")
    assert filled.submissions == []
    with filled.page.expect_navigation():
        filled.page.click("button")
    assert len(filled.submissions) == 1


def test_the_pages_listeners_hear_of_it_once_when_it_can_be_sent(filled: Visit) -> None:
    filled.page.evaluate(
        """() => {
          globalThis.heard = [];
          const [form] = document.forms;
          form.onsubmit = () => true;
          form.querySelector('[data-sealform-field=city]').required = true;
          for (const place of [form, document, window]) {
            place.addEventListener('submit', ({ submitter }) => heard.push(submitter.textContent));
          }
        }"""
    )
    filled.page.click("button")
    filled.wait_for("error")
    assert filled.page.evaluate("heard") == []
    filled.page.fill("[data-sealform-field=city]", "Graz")

    filled.page.click("button")

    filled.wait_for("sent")
    assert filled.page.evaluate("heard") == ["Send"] * 3


def test_a_listener_that_empties_the_form_comes_too_late(
    filled: Visit, publisher: Publisher, acme: Person
) -> None:
    """What was typed when the button was pressed is sent, even if it has to be sealed twice."""
    publisher.new_inbox("account")
    renewed = publisher.publish(2)
    filled.page.evaluate(
        "() => document.forms[0].addEventListener('submit', ({ target }) => target.reset())"
    )

    filled.page.click("button")

    [id] = filled.wait_for("sent")["records"]
    assert stored(acme, publisher, renewed, id)["fullname"] == "Ada"


def test_the_bytes_are_a_strict_submission(filled: Visit) -> None:
    filled.page.click("button")

    filled.wait_for("sent")
    [body] = filled.submissions
    assert json.dumps(json.loads(body), separators=(",", ":")).encode() == body
