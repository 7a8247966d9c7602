"""What cannot be sent now waits on the visitor's device, sealed, and arrives once."""

import json

import pytest
from playwright.sync_api import Route
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.vault.models import Record
from tests.browser.outboxes import (
    NAME,
    SUBMISSIONS,
    TYPED,
    Fail,
    answer,
    entries,
    fill,
    lose_the_answer,
    posted,
    queue,
    refusal,
    sealed,
    try_again,
    wait_until_empty,
)
from tests.browser.pages import held
from tests.browser.visits import Visit, stored
from tests.intake.people import Person, Publisher
from tests.tools.selection import nightly

CHALLENGE = "**/challenge"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


# --- What is kept -----------------------------------------------------------------------


def test_it_is_on_the_disk_before_it_is_posted(filled: Visit) -> None:
    with held(filled.page, SUBMISSIONS):
        with filled.page.expect_request(SUBMISSIONS):
            filled.page.click("button")

        [entry] = entries(filled.page)
        [body] = posted(filled)
    assert entry["body"].encode() == body
    assert entry["ids"] == [record["id"] for record in sealed(body)]


def test_what_is_kept_is_ciphertext_and_where_it_goes(
    filled: Visit, live_server: LiveServer, manifest: Manifest
) -> None:
    told = queue(filled)

    [entry] = entries(filled.page)
    kept = {"id", "base", "form", "ids", "body", "receipt", "queued"}
    assert entry.keys() == kept
    assert (entry["base"], entry["form"]) == (live_server.url, manifest.form)
    assert entry["ids"] == told["records"]
    assert TYPED not in str(entry)
    assert set(json.loads(entry["body"])) == {"v", "records"}


def test_nothing_is_kept_of_what_arrived(filled: Visit) -> None:
    filled.page.click("button")

    filled.wait_for("sent")
    assert entries(filled.page) == []


# --- While the page is open ---------------------------------------------------------------


def test_it_is_sent_when_the_network_is_back(
    filled: Visit, acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    told = queue(filled)
    assert Record.objects.count() == 0

    try_again(filled.page)

    sent = filled.wait_for("sent")
    assert sent["records"] == told["records"]
    assert len(posted(filled)) == 1
    [id] = sent["records"]
    assert stored(acme, publisher, manifest, id)["fullname"] == TYPED
    wait_until_empty(filled.page)


def test_it_is_sent_again_by_itself(filled: Visit) -> None:
    queue(filled)

    filled.wait_for("sent")
    assert Record.objects.count() == 1


def test_the_visitor_can_send_it_again_by_hand(filled: Visit) -> None:
    queue(filled)
    filled.page.click(".sealform-receipt button")

    filled.wait_for("sent")


@pytest.mark.parametrize("silent", [SUBMISSIONS, CHALLENGE])
def test_a_server_that_does_not_answer_lets_the_visitor_go(
    visit: Visit, address: str, silent: str
) -> None:
    """Nothing was refused and no time is out: the request goes on, and may arrive yet."""
    waiting: list[Route] = []
    visit.page.route(silent, lambda route: waiting.append(route))
    visit.page.clock.install()
    fill(visit, address)
    visit.page.click("button")
    visit.page.wait_for_timeout(500)
    assert visit.page.is_visible("form")

    visit.page.clock.fast_forward(9_000)
    visit.wait_for("queued")
    assert "Saved on this device" in visit.page.inner_text(".sealform-confirmation")
    assert len(waiting) == 1

    waiting[0].continue_()
    visit.wait_for("sent")
    assert len(visit.submissions) == 1
    assert Record.objects.count() == 1
    wait_until_empty(visit.page)


def test_a_late_no_gives_the_form_back(filled: Visit) -> None:
    waiting: list[Route] = []
    filled.page.route(SUBMISSIONS, lambda route: waiting.append(route))
    filled.page.click("button")
    filled.wait_for("queued")

    refusal(400, "malformed")(waiting[0])
    assert filled.wait_for("error")["code"] == "refused"
    assert filled.page.input_value(NAME) == TYPED
    assert filled.page.is_visible("form")


@pytest.mark.parametrize(
    "fail",
    [
        lose_the_answer,
        answer(500),
        answer(200, "<h1>Sign in to the network</h1>"),
        answer(201, '{"records": []}'),
        answer(404, "<h1>the server is being replaced</h1>"),
        refusal(403, "proof_refused"),
        *nightly(
            answer(503, "<h1>down</h1>"),
            answer(429),
            answer(403, "<h1>Not allowed by your network</h1>"),
            answer(408),
        ),
    ],
    ids=["lost", "500", "captive", "other", "gateway", "proof", "503", "429", "proxy", "408"],
)
def test_a_failure_that_may_pass_is_waited_out(filled: Visit, fail: Fail) -> None:
    queue(filled, fail)
    try_again(filled.page)

    filled.wait_for("sent")
    assert len(posted(filled)) == 1
    assert Record.objects.count() == 1
    wait_until_empty(filled.page)


def test_a_server_that_asks_for_a_rest_gets_it(filled: Visit) -> None:
    queue(filled, answer(429, retry_after="3"))
    tried = len(filled.submissions)

    try_again(filled.page)
    filled.page.wait_for_timeout(1_500)

    assert len(filled.submissions) == tried
    filled.wait_for("sent")


@pytest.mark.parametrize(
    ("fail", "code"),
    [
        (refusal(400, "malformed"), "refused"),
        (answer(413, "<h1>too large</h1>"), "refused"),
        (refusal(410, "form_closed"), "closed"),
        *nightly(
            (refusal(409, "record_conflict"), "refused"),
            (refusal(404, "form_not_found"), "closed"),
            (refusal(410, "form_expired"), "closed"),
        ),
    ],
)
def test_a_final_refusal_is_told_and_nothing_waits(filled: Visit, fail: Fail, code: str) -> None:
    filled.page.route(SUBMISSIONS, fail, times=1)
    filled.page.click("button")

    assert filled.wait_for("error")["code"] == code
    assert filled.page.input_value(NAME) == TYPED
    wait_until_empty(filled.page)

    filled.page.click("button")
    filled.wait_for("sent")
    assert Record.objects.count() == 1


def test_a_refusal_after_waiting_gives_the_form_back(filled: Visit) -> None:
    queue(filled)
    assert not filled.page.is_visible("form")
    filled.page.route(SUBMISSIONS, refusal(400, "malformed"), times=1)
    try_again(filled.page)

    filled.wait_for("error")
    assert filled.page.input_value(NAME) == TYPED
    assert filled.page.is_visible("form")
    assert not filled.page.query_selector(".sealform-confirmation")


def test_what_its_owner_has_received_and_deleted_has_arrived(filled: Visit) -> None:
    queue(filled)
    filled.page.route(SUBMISSIONS, refusal(410, "record_deleted"))
    try_again(filled.page)

    filled.wait_for("sent")
    wait_until_empty(filled.page)


def test_what_has_to_be_sealed_anew_while_it_waits_arrives_once(
    filled: Visit, acme: Person, publisher: Publisher
) -> None:
    told = queue(filled)
    publisher.new_inbox("account")
    renewed = publisher.publish(2)

    try_again(filled.page)

    sent = filled.wait_for("sent")
    assert sent["records"] == told["records"]  # one submission, whatever a server keeps
    assert Record.objects.count() == 1
    assert stored(acme, publisher, renewed, sent["records"][0])["fullname"] == TYPED
    wait_until_empty(filled.page)
