"""What waits on a visitor's device is ciphertext, wherever on the disk one looks."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.browser.outboxes import entries, wait_until_empty
from tests.end_to_end.canaries import Canary, wherever
from tests.end_to_end.chapters import filled
from tests.end_to_end.house import House
from tests.end_to_end.visitors import visiting

pytestmark = pytest.mark.browser

SEND = "form button:not([type=button])"


def waiting(
    house: House, playwright: Playwright, folder: Path
) -> tuple[list[Canary], list[str], dict[str, bytes]]:
    """Visitors who send while the server is dead, their records, and all that they leave behind."""
    with visiting(playwright, folder) as visitors:
        visits = [filled(visitors, address) for address in (house.hosted, house.embed())]
        visitors.think()
        house.server.kill()
        ids = []
        for visit, _ in visits:
            visit.page.click(SEND)
            ids += visit.wait_for("queued")["records"]
            assert len(entries(visit.page)) == 1
            visitors.keep(visit)
        visitors.think()
        return [canary for _, canary in visits], ids, visitors.close()


def test_typed_values_stand_nowhere_on_the_device_and_arrive_when_the_browser_is_opened_again(
    house: House, playwright: Playwright, tmp_path: Path
) -> None:
    canaries, ids, places = waiting(house, playwright, tmp_path)
    databases = {name: places[name] for name in places if "Default/IndexedDB" in name}
    for id in ids:  # a scan of nothing finds nothing
        assert any(id.encode() in content for content in databases.values())
        assert any(json.dumps(id).encode() in places[name] for name in places if "storage" in name)
    for canary in canaries:
        assert list(wherever(canary, places)) == []

    house.server.start()
    with visiting(playwright, tmp_path) as visitors:
        for address in (house.hosted, house.embed()):
            visit = visitors.new_page()
            visit.page.goto(address)
            wait_until_empty(visit.page)

    for canary in canaries:
        assert house.answers_of(canary) == [canary.answers]
