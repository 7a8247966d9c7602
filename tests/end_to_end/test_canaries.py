"""The scan itself: it finds what is planted, in every encoding and in every place."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, Playwright

from tests.end_to_end.canaries import Canary, wherever
from tests.end_to_end.house import House
from tests.end_to_end.visitors import visiting

AS_WRITTEN: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16, big-endian": lambda text: text.encode("utf-16-be"),
    "JSON": lambda text: json.dumps({"a": [text]}).encode(),
    "JSON, all escaped": lambda text: "".join(f"\\u{ord(c):04x}" for c in text).encode(),
    "percent": lambda text: quote(text).encode(),
    "percent, all escaped": lambda text: "".join(f"%{b:02X}" for b in text.encode()).encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()),
    "base64 of utf-16": lambda text: base64.b64encode(text.encode("utf-16-le")),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: text.encode().hex().upper().encode(),
    "PostgreSQL's bytea": lambda text: rf"\x{text.encode().hex()}".encode(),
    "repr": lambda text: repr(text.encode()).encode(),
}


@pytest.mark.parametrize("write", AS_WRITTEN.values(), ids=AS_WRITTEN)
def test_it_finds_what_is_written_in(write: Callable[[str], bytes]) -> None:
    for before in ("", "ü", "ab", "abc"):
        canary = Canary.new()
        planted = write(f"{before}{canary.answers['fullname']}{before}")
        assert canary.found_in({"here": os.urandom(99) + planted + os.urandom(99)})


def test_it_finds_nothing_where_nothing_is() -> None:
    canary, other = Canary.new(), Canary.new()

    for write in AS_WRITTEN.values():
        planted = write(other.answers["fullname"])
        assert canary.found_in({"here": os.urandom(100_000) + planted}) == []


@pytest.mark.browser
def test_it_finds_what_is_in_the_database(house: House) -> None:
    text, binary = Canary.new(), Canary.new()
    house.server.manage("create_enrolment_token", "--name", f"canary {text.token}")
    house.server.manage("shell", "-v0", "-c", PLANT.format(bytes=binary.token.encode()))

    places = house.server.database.contents()

    assert any("database" in place for place in wherever(text, places))
    assert any("database" in place for place in wherever(binary, places))


# A digest is 32 bytes, and any bytes will do: nobody will enrol with them.
PLANT = """
from datetime import timedelta
from django.utils import timezone
from apps.directory.models import EnrolmentToken
EnrolmentToken.objects.create(
    digest={bytes!r}.ljust(32), name="x", expires=timezone.now() + timedelta(days=1)
)
"""


@pytest.mark.browser
@pytest.mark.parametrize("where", ["path", "query", "header"])
def test_it_finds_what_is_in_the_servers_log(house: House, where: str) -> None:
    """A value in an address is logged here, and so would one be that our script put there."""
    canary = Canary.new()
    path = f"/{canary.token}" if where == "path" else "/f/signup/"
    query = {"name": canary.answers["fullname"]} if where == "query" else {}
    headers = {"Referer": f"http://x/{canary.token}"} if where == "header" else {}

    httpx.get(house.server.url + path, params=query, headers=headers)
    house.server.stop()  # what it logs after its answer is written, then

    assert canary.found_in({"server's log": house.server.log.read_bytes()})


# What a page of ours must never do, and in which place the scan has to find it. Cookies are
# asked of the browser alone: in the profile's files Chromium encrypts them.
LEAKS = {
    "body of a request": ("fetch('/x', { method: 'POST', body: text })", "requests"),
    "address of a request": ("fetch('/x?' + encodeURIComponent(text))", "requests"),
    "header of a request": ("fetch('/x', { headers: { 'X-Leak': btoa(token) } })", "requests"),
    "beacon": ("navigator.sendBeacon('/x', text)", "requests"),
    "local storage": ("localStorage.setItem('x', text)", "storage"),
    "session storage": ("sessionStorage.setItem('x', text)", "storage"),
    "indexed database": ("putIndexed(text)", "storage"),
    "cookie": ("void (document.cookie = 'x=' + encodeURIComponent(text))", "cookies"),
    "name of the window": ("void (window.name = text)", "storage"),
    "console": ("console.log(text)", "console"),
    "history": ("history.replaceState({ text }, '')", "storage"),
    "a file of the profile": ("localStorage.setItem('y', text)", "profile"),
    "indexed database in the profile": ("putIndexed(text)", "profile"),
    "bytes in an indexed database": ("putIndexed(new TextEncoder().encode(text))", "profile"),
    "visited addresses in the profile": ("open('/' + token)", "profile"),
}
PUT_INDEXED = """globalThis.putIndexed = (text) => new Promise((done) => {
  const opening = indexedDB.open(`x${text.length}`, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('s', { autoIncrement: true });
  opening.onsuccess = () => {
    const writing = opening.result.transaction('s', 'readwrite');
    writing.objectStore('s').add({ text });
    writing.oncomplete = () => { opening.result.close(); done(); };
  };
});"""


@pytest.fixture(scope="module")
def leaked(
    whole_house: House, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Canary], dict[str, bytes]]:
    """A page that does all of it, each with a canary of its own."""
    whole_house.server.start_if_down()
    whole_house.site.page = f"<!doctype html><title>Leaks</title><script>{PUT_INDEXED}</script>"
    canaries = {leak: Canary.new() for leak in LEAKS}
    with visiting(playwright, tmp_path_factory.mktemp("leaks")) as visitors:
        visit = visitors.new_page()
        visit.page.goto(whole_house.site.origin)
        for leak, (script, _) in LEAKS.items():
            leak_it(visit.page, script, canaries[leak])
        visit.page.wait_for_timeout(300)
        visitors.keep(visit)
        return canaries, visitors.close()


def leak_it(page: Page, script: str, canary: Canary) -> None:
    typed = {"text": canary.answers["fullname"], "token": canary.token}
    page.evaluate(f"async ({{ text, token }}) => {{ await ({script}) }}", typed)


@pytest.mark.browser
@pytest.mark.parametrize("leak", LEAKS)
def test_it_finds_what_a_page_leaks_in(
    leak: str, leaked: tuple[dict[str, Canary], dict[str, bytes]]
) -> None:
    canaries, places = leaked

    assert any(place.startswith(LEAKS[leak][1]) for place in wherever(canaries[leak], places))


@pytest.mark.browser
def test_it_finds_what_becomes_of_an_ordinary_form(
    house: House, playwright: Playwright, tmp_path: Path
) -> None:
    """Its server gets all, and the browser has written it down before."""
    house.site.page = '<form method="post"><input name="fullname"><button>Send</button></form>'
    canary = Canary.new()
    with visiting(playwright, tmp_path) as visitors:
        page = visitors.new_page().page
        page.goto(house.site.origin)
        page.fill("input", canary.answers["fullname"])
        visitors.think()
        with page.expect_navigation():
            page.click("button")
        places = visitors.close() | {"site": repr(house.site.requests).encode()}

    found = list(wherever(canary, places))

    assert "site" in found
    assert "requests" in found
    assert any(place.startswith("profile: Default/Sessions/") for place in found)
