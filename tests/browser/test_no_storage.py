"""Where a browser stores nothing, what was typed stays in the page."""

import pytest

from apps.vault.models import Record
from tests.browser.outboxes import (
    NAME,
    SUBMISSIONS,
    TYPED,
    fill,
    offline,
    posted,
)
from tests.browser.visits import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NO_DATABASE = "Object.defineProperty(globalThis, 'indexedDB', { value: undefined });"
FULL_DISK = """
IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };
"""
ABORTING = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...row) {
  const request = put.apply(this, row);
  request.onsuccess = () => this.transaction.abort();
  return request;
};
"""
NEVER_OPENS = "IDBFactory.prototype.open = () => ({});"


@pytest.mark.parametrize(
    "broken",
    [NO_DATABASE, FULL_DISK, ABORTING, NEVER_OPENS],
    ids=["none", "full", "aborting", "hanging"],
)
def test_without_storage_what_was_typed_stays_in_the_page(
    visit: Visit, address: str, broken: str
) -> None:
    visit.page.add_init_script(broken)
    fill(visit, address)
    visit.page.route(SUBMISSIONS, offline, times=1)
    visit.page.click("button")

    assert visit.wait_for("error")["code"] == "network"
    assert visit.page.input_value(NAME) == TYPED
    assert not visit.is_locked()

    visit.page.click("button")
    visit.wait_for("sent")
    assert len(posted(visit)) == 1
    assert Record.objects.count() == 1


def test_what_is_not_safe_yet_is_not_said_to_be(visit: Visit, address: str) -> None:
    visit.page.add_init_script(NO_DATABASE)
    visit.page.clock.install()
    visit.page.route(SUBMISSIONS, lambda _: None)  # neither answered nor refused
    fill(visit, address)
    with visit.page.expect_request(SUBMISSIONS):
        visit.page.click("button")
    visit.page.clock.fast_forward(60_000)
    visit.page.wait_for_timeout(300)

    assert not visit.page.evaluate("told.some(({ what }) => what === 'queued')")
    assert "sending" in visit.status
    assert visit.page.is_visible("form")
