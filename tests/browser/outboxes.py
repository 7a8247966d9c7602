"""What a page keeps on the visitor's device, and how sending is made to fail."""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from playwright.sync_api import Page, Route

from tests.browser.visits import Visit
from tests.tools.browsers import WAITS

SUBMISSIONS = "**/submissions"
NAME = "[data-sealform-field=fullname]"
TYPED = "Ada Lovelace"

# All databases of the page's origin, byte for byte, as one list of entries.
ENTRIES = """async () => {
  const request = (what) => new Promise((done, failed) => {
    what.onsuccess = () => done(what.result);
    what.onerror = () => failed(what.error);
  });
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await request(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const rows = await request(database.transaction(store).objectStore(store).getAll());
      found.push(...rows.map((row) => ({ ...row, body: new TextDecoder().decode(row.body) })));
    }
    database.close();
  }
  return found;
}"""

Fail = Callable[[Route], Any]


def entries(page: Page) -> list[dict[str, Any]]:
    """What waits in the databases of this page's origin."""
    found: list[dict[str, Any]] = page.evaluate(ENTRIES)
    return found


def wait_until(page: Page, ids: Iterable[str]) -> None:
    """Until these alone wait; Playwright itself takes any promise for a yes."""
    deadline = time.monotonic() + WAITS
    while {entry["id"] for entry in entries(page)} != set(ids):
        assert time.monotonic() < deadline, f"{len(entries(page))} wait"
        page.wait_for_timeout(50)


def wait_until_empty(page: Page) -> None:
    """Until nothing waits any more."""
    wait_until(page, [])


def try_again(page: Page) -> None:
    """What browsers say when the network is back."""
    page.evaluate("() => void dispatchEvent(new Event('online'))")


def offline(route: Route) -> None:
    route.abort("internetdisconnected")


def lose_the_answer(route: Route) -> None:
    """The submission arrives; that it did is never heard of."""
    route.fetch()
    route.abort()


def answer(status: int, body: str = "{}", **headers: str) -> Fail:
    allowed = {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "retry-after",
    }
    sent = allowed | {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda route: route.fulfill(status=status, body=body, headers=sent)


def refusal(status: int, code: str) -> Fail:
    """The API's own no."""
    return answer(status, f'{{"error": {{"code": "{code}", "message": "", "hint": ""}}}}')


def queue(visit: Visit, fail: Fail = offline) -> dict[str, Any]:
    """Send while sending fails, until told that it waits; the network is back then."""
    visit.page.route(SUBMISSIONS, fail)
    visit.page.click("button")
    told = visit.wait_for("queued")
    visit.page.unroute(SUBMISSIONS)
    return told


def fill(visit: Visit, address: str) -> Visit:
    """Open a page and fill it, so that it is ready to be sent."""
    visit.page.goto(address)
    visit.wait_for("ready")
    visit.page.fill(NAME, TYPED)
    return visit


def beside(visit: Visit) -> Visit:
    """Another tab of the same browser, nothing loaded yet."""
    return Visit(visit.page.context.new_page())


def again(visit: Visit) -> Visit:
    """The visitor's next visit: another tab, after this one was closed."""
    after = beside(visit)
    visit.page.close()
    return after


def posted(*visits: Visit) -> set[bytes]:
    """The different bodies that were posted."""
    return {body for visit in visits for body in visit.submissions}


def sealed(body: bytes) -> Any:
    """The records of a submission's body, whatever proof comes with them."""
    return json.loads(body)["records"]
