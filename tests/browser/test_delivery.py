"""When sending fails: nothing typed is lost, nothing arrives twice."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route
from pytest_django.live_server_helper import LiveServer

from apps.envelope.forms import Manifest
from apps.intake.models import Form
from apps.vault.models import Record
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed, stored
from tests.intake.people import Person, Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUBMISSIONS = "**/submissions"
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


def failing(visit: Visit, fail: Callable[[Route], Any]) -> dict[str, Any]:
    """Let the next submission fail; returns what the page was told."""
    visit.page.route(SUBMISSIONS, fail, times=1)
    visit.page.click("button")
    told = visit.wait_for("error")
    assert visit.page.input_value(NAME) == "Ada"
    visit.forget()
    return told


def lose_the_answer(route: Route) -> None:
    """The submission arrives; that it did is never heard of."""
    route.fetch()
    route.abort()


def answer(status: int, body: str = "{}") -> Callable[[Route], None]:
    headers = {"access-control-allow-origin": "*"}
    return lambda route: route.fulfill(status=status, body=body, headers=headers)


def test_a_lost_answer_is_tried_again_with_the_same_bytes(filled: Visit) -> None:
    told = failing(filled, lose_the_answer)
    assert told["code"] == "network"
    assert "try again" in filled.status
    assert not filled.is_locked()

    filled.page.click("button")

    filled.wait_for("sent")
    first, second = filled.submissions
    assert first == second
    assert Record.objects.count() == 1


def test_an_edited_answer_is_sealed_again(filled: Visit) -> None:
    failing(filled, lambda route: route.abort())
    filled.page.fill("[data-sealform-field=city]", "Graz")

    filled.page.click("button")

    filled.wait_for("sent")
    first, second = filled.submissions
    assert first != second


@pytest.mark.parametrize(
    ("fail", "code"),
    [
        (answer(500), "server"),
        (answer(503, "<h1>down</h1>"), "server"),
        (answer(429), "throttled"),
        (answer(200, "<h1>Sign in to the network</h1>"), "server"),
        (answer(201, '{"records": []}'), "server"),
        (answer(400, '{"error": {"code": "malformed"}}'), "refused"),
        (answer(413), "refused"),
        (answer(409, '{"error": {"code": "conflict"}}'), "refused"),
        (answer(410, '{"error": {"code": "form_closed"}}'), "closed"),
    ],
)
def test_each_failure_is_told_and_what_was_typed_stays(
    filled: Visit, fail: Callable[[Route], Any], code: str
) -> None:
    told = failing(filled, fail)

    assert told["code"] == code
    assert filled.status
    assert not filled.is_locked()

    filled.page.click("button")
    filled.wait_for("sent")


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


def test_the_bytes_are_a_strict_submission(filled: Visit) -> None:
    filled.page.click("button")

    filled.wait_for("sent")
    [body] = filled.submissions
    assert json.dumps(json.loads(body), separators=(",", ":")).encode() == body
