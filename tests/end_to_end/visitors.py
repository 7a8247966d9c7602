"""Visitors with a browser that keeps everything: its requests, its storage, its profile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright

from tests.browser.visits import Visit
from tests.end_to_end.canaries import Canary, files_below
from tests.tools.browsers import CHROMIUM, CHROMIUM_ARGUMENTS

# Milliseconds; Chromium saves its session 2.5 seconds after a change.
TAKES_NOTES_AFTER = 4_000

# All that a page can keep in a browser, as one text.
STORAGE = """async () => {
  const request = (what) => new Promise((done, failed) => {
    what.onsuccess = () => done(what.result);
    what.onerror = () => failed(what.error);
  });
  const indexed = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await request(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const rows = database.transaction(store).objectStore(store).getAll();
      indexed[`${name}/${store}`] = await request(rows);
    }
    database.close();
  }
  const caches = [];
  for (const name of await globalThis.caches.keys()) {
    for (const { url } of await (await globalThis.caches.open(name)).keys()) caches.push(url);
  }
  return JSON.stringify({
    local: { ...localStorage }, session: { ...sessionStorage }, indexed, caches,
    cookie: document.cookie, name: window.name, state: history.state, url: location.href,
  });
}"""


@dataclass
class Visitors:
    """One browser profile on disk, and what is seen while it is used."""

    folder: Path
    context: BrowserContext
    seen: dict[str, bytes] = field(default_factory=dict)

    @property
    def profile(self) -> Path:
        return self.folder / "profile"

    def new_page(self) -> Visit:
        return Visit(self.context.new_page())

    def think(self) -> None:
        """Take as long as a browser does until it writes down what stands in its forms."""
        self.context.pages[-1].wait_for_timeout(TAKES_NOTES_AFTER)

    def keep(self, visit: Visit) -> None:
        """Keep what the open page has stored and said, and all cookies."""
        url, number = visit.page.url, len(self.seen)
        self.seen[f"storage {number} of {url}"] = visit.page.evaluate(STORAGE).encode()
        self.seen[f"console {number} of {url}"] = "\n".join(visit.console).encode()
        self.seen[f"cookies {number}"] = json.dumps(self.context.cookies()).encode()

    def close(self) -> dict[str, bytes]:
        """Close the browser; returns everything that it left: requests, storage, files."""
        self.context.close()
        requests = {"requests": (self.folder / "requests.har").read_bytes()}
        files = files_below(self.profile)
        return self.seen | requests | {f"profile: {name}": files[name] for name in files}


@contextmanager
def visiting(playwright: Playwright, folder: Path) -> Iterator[Visitors]:
    """Chromium as a visitor has it: with a profile, not incognito as elsewhere in the tests."""
    context = playwright.chromium.launch_persistent_context(
        folder / "profile",
        executable_path=CHROMIUM if CHROMIUM.exists() else None,
        args=CHROMIUM_ARGUMENTS,
        record_har_path=folder / "requests.har",
        record_har_content="embed",
    )
    yield Visitors(folder, context)
    context.close()


def fill(page: Page, canary: Canary, *, attribute: str = "data-sealform-field") -> None:
    """Answer every question, key by key."""
    for name, answer in canary.answers.items():
        page.locator(f"[{attribute}={name}]").press_sequentially(answer)
