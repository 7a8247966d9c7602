"""What an earlier visit left on the device is sent by the next one, once."""

import pytest
from playwright.sync_api import Page, Route

from apps.envelope.manifests import Manifest
from apps.vault.models import Record
from tests.browser.outboxes import (
    SUBMISSIONS,
    TYPED,
    again,
    answer,
    beside,
    entries,
    fill,
    posted,
    queue,
    wait_until,
    wait_until_empty,
)
from tests.browser.visits import Visit, stored
from tests.intake.people import Person, Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A context whose pages are told that they are in the background.
HIDDEN = """
globalThis.away = true;
Object.defineProperty(Document.prototype, 'hidden', { get: () => globalThis.away });
"""
NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });"


def test_a_closed_tab_is_made_up_for_at_the_next_visit(
    filled: Visit, address: str, acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    told = queue(filled)
    after = again(filled)
    after.page.goto(address)
    wait_until_empty(after.page)

    [record] = Record.objects.all()
    assert str(record.id) == told["records"][0]
    assert len(posted(filled, after)) == 1
    assert stored(acme, publisher, manifest, str(record.id))["fullname"] == TYPED


def test_the_next_visit_gives_the_receipt(filled: Visit) -> None:
    queue(filled)
    [entry] = entries(filled.page)
    filled.page.reload()

    notice = filled.page.locator("[role=status]", has=filled.page.locator("code"))
    notice.wait_for()
    assert "has been sent" in notice.inner_text()
    assert notice.locator("code").inner_text() == entry["receipt"]


def test_a_reload_is_a_next_visit(filled: Visit) -> None:
    queue(filled)
    filled.page.reload()
    wait_until_empty(filled.page)

    assert len(posted(filled)) == 1
    assert Record.objects.count() == 1


def test_a_tab_closed_before_the_answer_came_leaves_one_record(filled: Visit, address: str) -> None:
    filled.page.route(SUBMISSIONS, lambda route: route.fetch() and None)
    with filled.page.expect_request(SUBMISSIONS):
        filled.page.click("button")
    after = again(filled)
    after.page.goto(address)
    wait_until_empty(after.page)

    assert len(posted(filled, after)) == 1
    assert Record.objects.count() == 1


def test_a_tab_that_is_sending_is_left_alone_until_it_closes(filled: Visit, address: str) -> None:
    queue(filled, answer(429, retry_after="100"))
    other = beside(filled)
    other.page.goto(address)
    other.wait_for("ready")
    other.page.wait_for_timeout(500)
    assert other.submissions == []

    filled.page.close()
    wait_until_empty(other.page)

    assert len(posted(filled, other)) == 1
    assert Record.objects.count() == 1


def test_browsers_without_locks_send_it_too(visit: Visit, address: str) -> None:
    visit.page.context.add_init_script(NO_LOCKS)
    fill(visit, address)
    queue(visit)
    after = again(visit)
    after.page.goto(address)
    wait_until_empty(after.page)

    assert Record.objects.count() == 1


def test_one_that_the_server_cannot_take_does_not_hold_up_the_next(
    filled: Visit, address: str
) -> None:
    [first] = queue(filled)["records"]
    second_tab = beside(filled)
    [second] = queue(fill(second_tab, address))["records"]
    after = beside(filled)

    def poisoned(route: Route) -> None:
        if first in (route.request.post_data or ""):
            answer(500)(route)
        else:
            route.continue_()

    after.page.route(SUBMISSIONS, poisoned)
    filled.page.close()
    second_tab.page.close()
    after.page.goto(address)

    wait_until(after.page, [first])
    assert [str(record.id) for record in Record.objects.all()] == [second]


def test_what_waits_for_another_server_is_left_alone(filled: Visit, address: str) -> None:
    queue(filled)
    move = """async () => {
      const open = indexedDB.open('sealform');
      await new Promise((done) => (open.onsuccess = done));
      const store = open.result.transaction('outbox', 'readwrite').objectStore('outbox');
      const all = store.getAll();
      await new Promise((done) => (all.onsuccess = done));
      for (const entry of all.result) store.put({ ...entry, base: 'https://other.example' });
    }"""
    filled.page.evaluate(move)
    after = again(filled)
    after.page.goto(address)
    after.wait_for("ready")
    after.page.wait_for_timeout(300)

    assert after.submissions == []
    assert len(entries(after.page)) == 1


def test_what_can_no_longer_be_taken_is_kept_until_the_visitor_was_told(
    filled: Visit, address: str, publisher: Publisher
) -> None:
    queue(filled)
    publisher.new_inbox("account")
    publisher.publish(2)
    after = again(filled)
    after.page.add_init_script(HIDDEN)
    with after.page.expect_response(SUBMISSIONS):
        after.page.goto(address)
    after.wait_for("ready")
    after.page.wait_for_timeout(300)
    assert len(entries(after.page)) == 1

    come_to_the_front(after.page)

    wait_until_empty(after.page)
    assert Record.objects.count() == 0


def come_to_the_front(page: Page) -> None:
    page.evaluate("away = false, void document.dispatchEvent(new Event('visibilitychange'))")
