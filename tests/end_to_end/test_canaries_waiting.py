"""What stays on a visitor's device: ciphertext that waits, and what an owner called ordinary."""

import json
from collections.abc import Iterator
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
ORDINARY = """
from apps.intake.models import FormField
FormField.objects.filter(name="fullname").update(sensitive={sensitive}, autocomplete={token!r})
"""


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


@pytest.fixture
def with_an_ordinary_name(house: House) -> Iterator[House]:
    """The owner says of the name that browsers may complete it."""
    for sensitive, token in ((False, "name"), (True, "")):
        house.server.manage("shell", "-v0", "-c", ORDINARY.format(sensitive=sensitive, token=token))
        house.acme.publish("signup")
        if token:
            yield house


def test_a_browser_may_remember_an_answer_that_is_called_ordinary_and_no_other(
    with_an_ordinary_name: House, playwright: Playwright, tmp_path: Path
) -> None:
    """docs/threat-model.md says so; when it comes to its own list the browser decides."""
    name, age = Canary.new(), Canary.new()
    with visiting(playwright, tmp_path) as visitors:
        visit = visitors.new_page()
        visit.page.goto(with_an_ordinary_name.hosted)
        visit.wait_for("ready")
        visit.page.locator("[data-sealform-field=fullname]").press_sequentially(name.token)
        visit.page.locator("[data-sealform-field=age]").press_sequentially(age.token)
        visit.page.click(SEND)
        visit.wait_for("sent")
        visitors.keep(visit)
        visitors.think()
        places = visitors.close()

    assert set(wherever(name, places)) <= {"profile: Default/Web Data"}
    assert list(wherever(age, places)) == []
