"""A hundred visitors on a bad network: what was acknowledged or queued arrives exactly once."""

import json
import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.browser.outboxes import entries, try_again
from tests.end_to_end.bad_network import BadNetwork, Fault, bad_network
from tests.end_to_end.house import House
from tests.end_to_end.servers import Server
from tests.tools.processes import ROOT

pytestmark = pytest.mark.browser

SEED = 20260
FORMS = 10  # on one page: as many visitors at once
VISITS = 10
CALMS_DOWN_WITHIN = 60.0

# Each form tells what it was told, by the token of its visitor.
LISTEN = """
for (const what of ['queued', 'sent', 'error'])
  addEventListener(`sealform:${what}`, ({ target, detail }) =>
    heard(what, target.dataset.visitor, detail.records ?? [detail.code]));
"""
READY = f"""() => {{
  const buttons = [...document.querySelectorAll('form button:not([disabled])')];
  return buttons.length === {FORMS};
}}"""
SEND = """(tokens) => tokens.forEach((token, at) => {
  const form = document.forms[at];
  form.dataset.visitor = token;
  form.querySelector('[data-sealform-field=fullname]').value = token;
  form.requestSubmit();
})"""
FORGETFUL = "IDBObjectStore.prototype.put = function () { return this.count(); };"


@dataclass
class Crowd:
    """Visitors of one browser, and what each was told: ids by visitor and event."""

    house: House
    network: BadNetwork
    context: BrowserContext
    chance: random.Random
    tokens: list[str] = field(default_factory=list)
    told: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.context.expose_function("heard", self._hear)
        self.context.add_init_script(LISTEN)
        self.context.route("**/static/dist/*", _script)

    def _hear(self, what: str, token: str, said: list[str]) -> None:
        self.told[what, token] = said

    def heard(self, *events: str) -> dict[str, list[str]]:
        """What visitors were told, by their tokens."""
        return {token: ids for (what, token), ids in self.told.items() if what in events}

    def visit(self) -> tuple[Page, list[str]]:
        """Ten visitors open the page, fill it and press the button."""
        page = self.context.new_page()
        page.goto(self.house.site.origin)
        page.wait_for_function(READY)
        tokens = [f"visitor {secrets.token_hex(8)}" for _ in range(FORMS)]
        self.tokens += tokens
        page.evaluate(SEND, tokens)
        return page, tokens

    def wait(self, page: Page, visitors: list[str]) -> None:
        """Stay until some of them were told something, the network coming and going."""
        some = self.chance.randrange(FORMS + 1)
        while len(self.heard("queued", "sent").keys() & set(visitors)) < some:
            page.wait_for_timeout(50)
            try_again(page)

    def come_back(self) -> None:
        """One more visit, on a good network, until nothing waits any more."""
        for page in self.context.pages:
            page.close()
        self.network.calm = True
        page = self.context.new_page()
        page.goto(self.house.site.origin)
        deadline = time.monotonic() + CALMS_DOWN_WITHIN
        while waiting := entries(page):
            assert time.monotonic() < deadline, f"{len(waiting)} still wait"
            page.wait_for_timeout(100)
            try_again(page)

    def arrived(self) -> dict[str, list[str]]:
        """The ids of the records that acme opens, by their visitors' tokens."""
        lines = self.house.acme.run("extract", "--type", "account", "--format", "jsonl").out
        found: dict[str, list[str]] = {}
        for record in map(json.loads, lines.splitlines()):
            found.setdefault(record["data"]["fullname"], []).append(record["id"])
        return {token: found[token] for token in self.tokens if token in found}


def _script(route: Route) -> None:
    """The page has its scripts, whatever becomes of the server."""
    name = urlsplit(route.request.url).path.rsplit("/")[-1]
    headers = {"access-control-allow-origin": "*", "content-type": "text/javascript"}
    route.fulfill(path=ROOT / "static/dist" / name, headers=headers)


@pytest.fixture
def crowd(house: House, chromium: Browser) -> Iterator[Crowd]:
    chance = random.Random(SEED)
    with bad_network(house.server.port, seed=SEED) as network, chromium.new_context() as context:
        manifest = httpx.get(f"{house.address}/manifest").text.replace("<", "\\u003c")
        carried = f'type="application/json" data-sealform-manifest="{house.form}"'
        form = f"""
            <form data-sealform="{house.form}" data-pin="{house.acme.fingerprint}"
                data-sealform-api="{network.url}">{inputs(house)}<button>Send</button></form>"""
        house.site.page = f"""<!doctype html><meta charset="utf-8"><title>Crowded</title>
            <script {carried}>{manifest}</script>
            <script src="{house.server.url}/static/dist/sealform.js" defer></script>
            {form * FORMS}"""
        yield Crowd(house, network, context, chance)


def inputs(house: House) -> str:
    names = [field.name for field in house.manifest().fields]
    return "".join(f'<input data-sealform-field="{name}" aria-label="{name}">' for name in names)


@contextmanager
def dying(server: Server) -> Iterator[Counter[str]]:
    """The server is killed and started again, over and over."""
    done, deaths = Event(), Counter[str]()

    def kill_and_start() -> None:
        while not done.wait(4):
            server.kill()
            deaths["kill -9"] += 1
            server.start()

    thread = Thread(target=kill_and_start)
    thread.start()
    try:
        yield deaths
    finally:
        done.set()
        thread.join()


def test_whatever_breaks_each_submission_arrives_exactly_once(crowd: Crowd, kills: int) -> None:
    visits = VISITS * max(1, kills // 50)
    with dying(crowd.house.server) as deaths:
        for number in range(visits):
            crowd.wait(*crowd.visit())
            for old in crowd.context.pages[:-1] if number % 3 else crowd.context.pages:
                old.close()
    crowd.come_back()

    promised = crowd.heard("queued", "sent")
    arrived = crowd.arrived()
    assert len(crowd.tokens) == FORMS * visits
    assert crowd.heard("error") == {}
    assert {token: ids for token, ids in arrived.items() if len(ids) != 1} == {}
    assert {token: ids for token, ids in promised.items() if arrived.get(token) != ids} == {}
    # It was as bad as it should be, and some had to wait.
    assert deaths["kill -9"] >= 1
    assert all(crowd.network.seen[fault] >= 3 for fault in Fault), crowd.network.seen
    assert len(crowd.heard("queued")) >= FORMS * visits // 4
    assert len(promised) >= FORMS * visits // 2


def test_a_client_that_posts_before_it_keeps_anything_loses_some(crowd: Crowd) -> None:
    """The positive control: the test above would notice."""
    crowd.context.add_init_script(FORGETFUL)
    crowd.network.always = Fault.BEFORE
    page, _ = crowd.visit()
    while len(crowd.heard("queued")) < FORMS:
        page.wait_for_timeout(50)
    crowd.come_back()

    assert crowd.arrived() == {}
