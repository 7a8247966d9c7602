"""When something goes wrong in between: nothing is lost, nothing arrives twice."""

import pytest
from playwright.sync_api import Route

from tests.browser.outboxes import entries, try_again, wait_until_empty
from tests.browser.visits import Visit
from tests.end_to_end.canaries import FIELDS, Canary
from tests.end_to_end.house import House

pytestmark = pytest.mark.browser

SEND = ".sealform-send"


@pytest.fixture
def canary(house: House, visit: Visit) -> Canary:
    """The hosted page, filled in and not sent yet."""
    canary = Canary.new()
    visit.page.goto(house.hosted)
    visit.wait_for("ready")
    for name, answer in canary.answers.items():
        visit.page.fill(f"[data-sealform-field={name}]", answer)
    return canary


def typed(visit: Visit) -> dict[str, str]:
    return {name: visit.page.input_value(f"[data-sealform-field={name}]") for name in FIELDS}


def test_what_was_sent_to_a_killed_server_waits_and_arrives_once(
    house: House, visit: Visit, canary: Canary
) -> None:
    house.server.kill()
    visit.page.click(SEND)
    [id] = visit.wait_for("queued")["records"]
    assert "Saved on this device" in visit.page.inner_text(".sealform-confirmation")
    assert [entry["id"] for entry in entries(visit.page)] == [id]

    house.server.start()
    try_again(visit.page)

    assert visit.wait_for("sent")["records"] == [id]
    assert house.answers_of(canary) == [canary.answers]


def test_what_waits_for_a_killed_server_is_sent_at_the_next_visit(
    house: House, visit: Visit, canary: Canary
) -> None:
    house.server.kill()
    visit.page.click(SEND)
    visit.wait_for("queued")
    visit.page.goto("about:blank")

    house.server.start()
    visit.page.goto(house.hosted)

    wait_until_empty(visit.page)
    assert house.answers_of(canary) == [canary.answers]


def test_where_nothing_can_be_stored_what_was_typed_stays_in_the_page(
    house: House, visit: Visit, canary: Canary
) -> None:
    visit.page.evaluate("() => { IDBFactory.prototype.open = () => { throw new Error(); }; }")
    house.server.kill()
    visit.page.click(SEND)
    assert visit.wait_for("error")["code"] == "network"
    assert "Nothing is lost" in visit.page.inner_text("[data-sealform-status]")
    assert typed(visit) == canary.answers
    assert not visit.is_locked()

    house.server.start()
    visit.page.click(SEND)

    visit.wait_for("sent")
    assert house.answers_of(canary) == [canary.answers]


def test_an_answer_that_got_lost_is_no_second_record(
    house: House, visit: Visit, canary: Canary
) -> None:
    """The server stores it and dies before the browser hears of that."""

    def store_and_die(route: Route) -> None:
        route.fetch()
        house.server.kill()
        route.abort()

    visit.page.route("**/submissions", store_and_die, times=1)
    visit.page.click(SEND)
    visit.wait_for("queued")

    house.server.start()
    try_again(visit.page)

    visit.wait_for("sent")
    assert len(visit.submissions) >= 2
    assert len(set(visit.submissions)) == 1
    assert house.answers_of(canary) == [canary.answers]


def test_a_double_click_is_one_record(house: House, visit: Visit, canary: Canary) -> None:
    visit.page.dblclick(SEND)

    visit.wait_for("sent")
    visit.page.wait_for_timeout(300)
    assert len(visit.submissions) == 1
    assert house.answers_of(canary) == [canary.answers]


def test_a_form_that_is_published_again_meanwhile_is_sent_as_it_was_read(
    house: House, visit: Visit, canary: Canary
) -> None:
    version = house.manifest().version
    house.acme.publish("signup")
    assert house.manifest().version == version + 1

    visit.page.click(SEND)

    visit.wait_for("sent")
    assert len(visit.submissions) == 1
    assert house.answers_of(canary) == [canary.answers]


def test_a_form_whose_reader_is_revoked_meanwhile_is_sealed_again(
    house: House, visit: Visit, canary: Canary
) -> None:
    """Its inbox is a new one, of which the revoked reader has no key: one click all the same."""
    reader = ("--fingerprint", house.clinic.fingerprint, "--form", "signup")
    house.acme.run("share", "account", "--with", house.clinic.id, *reader)
    before = house.fill()
    assert before.token in str(house.clinic.extract("account", of=house.acme))
    house.acme.revoke("account", house.clinic, "--form", "signup")

    visit.page.click(SEND)

    visit.wait_for("sent")
    assert len(visit.submissions) == 2
    assert house.answers_of(canary) == [canary.answers]
    assert house.clinic.extract("account", of=house.acme) == []


def test_what_was_acknowledged_survives_kill_9(house: House) -> None:
    sent = []
    for _ in range(3):
        canary = Canary.new()
        _, submission = house.sealed(canary)
        house.post(submission)
        house.server.kill()
        house.server.start()
        sent.append(canary)

    accounts = house.acme.extract("account")

    for canary in sent:
        assert canary.answers in accounts
