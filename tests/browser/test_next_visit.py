"""What an earlier visit left on the device is sent by the next one, once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.drafting.sample_form import create_signup_form
from apps.intake.models import Address, Form
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
    refusal,
    wait_until,
    wait_until_empty,
)
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed, stored
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
    second_tab, after = fill(beside(filled), address), beside(filled)
    [first] = queue(filled)["records"]
    filled.page.close()  # or it would try again by itself
    [second] = queue(second_tab)["records"]
    second_tab.page.close()

    def poisoned(route: Route) -> None:
        if first in (route.request.post_data or ""):
            answer(500)(route)
        else:
            route.continue_()

    after.page.route(SUBMISSIONS, poisoned)
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


# --- What was left on another form's page --------------------------------------------------

NOTICE = ".sealform-status[role=status]:has-text('What was saved')"
AGE = """async (days) => {
  const open = indexedDB.open('sealform');
  await new Promise((done) => (open.onsuccess = done));
  const store = open.result.transaction('outbox', 'readwrite').objectStore('outbox');
  const all = store.getAll();
  await new Promise((done) => (all.onsuccess = done));
  for (const one of all.result) store.put({ ...one, settled: one.settled - days * 86_400_000 });
  open.result.close();
}"""
Visited = Callable[[Visit, Manifest], Visit]


@pytest.fixture
def other(acme: Person, site: Site, manifest: Manifest) -> Manifest:
    """Another form of the same server, on the same site."""
    Form.objects.update(slug="first")
    Address.objects.update(slug="first")  # or the next could not have the sign-up form's
    form = create_signup_form(owner=acme.row)
    Form.objects.filter(id=form.id).update(origins=[site.origin])
    return Publisher(acme, form).publish()


@pytest.fixture
def visited(site: Site, live_server: LiveServer, pin: str) -> Visited:
    """The page of a form, in another tab of the same browser."""

    def go(before: Visit, manifest: Manifest) -> Visit:
        embed(site, server=live_server.url, manifest=manifest, pin=pin)
        after = again(before)
        after.page.goto(site.origin)
        after.wait_for("ready")
        return after

    return go


def wait_for_a_notice(page: Page, state: str) -> dict[str, object]:
    """Until nothing is left but what is to be told."""
    for _ in range(100):
        [left] = entries(page)
        if left.get("state") == state:
            return left
        page.wait_for_timeout(50)
    raise AssertionError(f"still {left}")


def test_it_is_sent_from_another_forms_page_and_told_on_its_own(
    filled: Visit, manifest: Manifest, other: Manifest, visited: Visited
) -> None:
    [record] = queue(filled)["records"]
    receipt = entries(filled.page)[0]["receipt"]

    elsewhere = visited(filled, other)
    left = wait_for_a_notice(elsewhere.page, "sent")
    elsewhere.page.wait_for_timeout(300)
    assert elsewhere.page.locator(NOTICE).count() == 0
    assert left.keys() == {"id", "base", "form", "state", "receipt", "settled", "body"}
    assert (left["id"], left["form"], left["body"]) == (record, manifest.form, "")

    home = visited(elsewhere, manifest)
    notice = home.page.locator(NOTICE)
    notice.wait_for()
    assert "has been sent" in notice.inner_text()
    assert notice.locator("code").inner_text() == receipt
    wait_until_empty(home.page)
    assert Record.objects.count() == 1


def test_that_it_was_refused_is_told_on_its_own_page_alone(
    filled: Visit, manifest: Manifest, other: Manifest, visited: Visited
) -> None:
    queue(filled)
    filled.page.context.route(SUBMISSIONS, refusal(400, "malformed"))

    elsewhere = visited(filled, other)
    wait_for_a_notice(elsewhere.page, "lost")
    again_elsewhere = visited(elsewhere, other)
    again_elsewhere.page.wait_for_timeout(300)
    assert again_elsewhere.page.locator(NOTICE).count() == 0
    wait_for_a_notice(again_elsewhere.page, "lost")

    home = visited(again_elsewhere, manifest)
    home.page.locator(NOTICE, has_text="was refused").wait_for()
    wait_until_empty(home.page)


def test_a_form_beside_it_says_nothing_for_it(
    filled: Visit, site: Site, manifest: Manifest, other: Manifest, address: str
) -> None:
    """Both on one page, the other one first."""
    queue(filled)
    ours = site.page[site.page.index("<form") : site.page.index("</form>") + len("</form>")]
    site.page = site.page.replace(ours, ours.replace(manifest.form, other.form) + ours)
    after = again(filled)
    after.page.goto(address)

    notice = after.page.locator(NOTICE)
    notice.wait_for()
    assert notice.evaluate("(e) => e.nextElementSibling.dataset.sealform") == manifest.form
    wait_until_empty(after.page)
    assert notice.count() == 1


def test_what_is_not_asked_for_in_a_month_is_forgotten(
    filled: Visit, manifest: Manifest, other: Manifest, visited: Visited
) -> None:
    queue(filled)
    elsewhere = visited(filled, other)
    wait_for_a_notice(elsewhere.page, "sent")
    elsewhere.page.evaluate(AGE, 29)
    elsewhere = visited(elsewhere, other)
    wait_for_a_notice(elsewhere.page, "sent")

    elsewhere.page.evaluate(AGE, 2)
    home = visited(elsewhere, manifest)
    wait_until_empty(home.page)
    assert home.page.locator(NOTICE).count() == 0
