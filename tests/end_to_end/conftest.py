from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser import sites
from tests.browser.visits import Visit
from tests.end_to_end.chapters import revoked, revoked_once, shared, shared_once, visits
from tests.end_to_end.house import House, built
from tests.end_to_end.installing import environment, wheel
from tests.end_to_end.servers import serving

# Fixtures, for pytest to find
__all__ = ["environment", "revoked", "revoked_once", "shared", "shared_once", "visits", "wheel"]


@pytest.fixture(scope="session")
def whole_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Built once: it takes seconds, and nothing that a test leaves in it disturbs another."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "server").mkdir()
    with sites.serving() as site, serving(folder / "server") as server:
        yield built(server, site, folder)


@pytest.fixture
def house(whole_house: House) -> House:
    """The house, its server up whatever the test before has done to it."""
    whole_house.server.start_if_down()
    return whole_house


@pytest.fixture
def visit(chromium_page: Page) -> Visit:
    return Visit(chromium_page)
