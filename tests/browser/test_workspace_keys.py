"""Keys in a tab, with the key worker itself: made, proved, enrolled, locked, opened, fetched."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.directory.enrolment import issue_token
from apps.directory.models import Client, KeyFileCopy
from tests.browser.workspaces import KEPT, LISTEN

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = "Harbour Clinic"


class Paper(NamedTuple):
    """What a person wrote down and printed."""

    passphrase: str
    recovery: str
    fetch: str
    fingerprint: str
    client: str

    @property
    def secrets(self) -> list[str]:
        rows = [*self.recovery.split("\n"), *self.fetch.split("\n")]
        return [self.passphrase, *rows, *(row.replace("-", "") for row in rows)]


class Watched(NamedTuple):
    page: Page
    address: str
    sent: list[str]
    complaints: list[str]


@pytest.fixture(params=["chromium_page", "firefox_page"])
def tab(request: pytest.FixtureRequest, live_server: LiveServer) -> Iterator[Watched]:
    page: Page = request.getfixturevalue(request.param)
    page.set_default_timeout(20_000)
    watched = Watched(page, f"{live_server.url}/workspace/", [], [])
    page.on("request", lambda asked: watched.sent.append(f"{asked.url} {asked.post_data}"))
    page.on("console", lambda message: watched.complaints.append(message.text))
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    yield watched
    assert watched.complaints == []


def prove_keys(page: Page, address: str, *, name: str) -> Paper:
    """Make keys, up to the last step."""
    page.goto(address)
    page.evaluate(LISTEN)
    page.fill(".field input", name)
    page.click("form button.first")
    words = page.inner_text(".words")
    page.click(".actions .first")
    codes = page.locator(".paper pre").all_inner_texts()
    client, fingerprint, *_ = page.locator(".paper .facts code").all_inner_texts()
    page.click(".actions .second")
    page.fill(".field input", words)
    page.fill(".codes input >> nth=0", codes[0])
    page.click("form button.first")
    page.locator(".codes").wait_for(state="detached")
    assert not Client.objects.exists()  # nothing was told so far
    return Paper(words, codes[0], codes[1], fingerprint, client)


def make_keys(tab: Watched) -> Paper:
    token, _ = issue_token(name=NAME)
    page = tab.page
    paper = prove_keys(page, f"{tab.address}#/make?token={token}", name=NAME)
    page.click(".card .first")
    page.locator(".next").wait_for()
    page.click(".card .first")
    page.locator(".ways").wait_for()
    return paper


def test_from_a_token_to_keys_that_come_back(tab: Watched) -> None:
    page = tab.page
    paper = make_keys(tab)

    row = Client.objects.get()
    assert (row.name, str(row.id)) == (NAME, paper.client)
    assert KeyFileCopy.objects.filter(client=row).exists()
    assert paper.client in page.inner_text("main")

    page.click(".bar button")
    page.fill("input[type=password]", "not these six words")
    page.click("form button.first")
    page.locator(".notice.bad").wait_for()
    assert "This is not the passphrase" in page.inner_text(".notice.bad")
    page.fill("input[type=password]", f" {paper.passphrase.replace(' ', '  ')} ")
    page.click("form button.first")
    page.locator(".ways").wait_for()

    page.reload()
    page.evaluate(LISTEN)
    page.click("summary")
    page.fill(".field input", paper.client)
    page.fill(".codes input >> nth=0", paper.fetch)
    page.click("details button.first")
    page.locator(".notice:not(.bad)").wait_for()
    mistyped = ("B" if paper.recovery[0] == "A" else "A") + paper.recovery[1:]
    page.fill(".codes input >> nth=0", mistyped)
    page.click("form button.first")
    page.locator(".error").wait_for()
    assert "row 1" in page.inner_text(".error")
    page.fill(".codes input >> nth=0", paper.recovery)
    page.click("form button.first")
    page.locator(".large").wait_for()
    shown = page.inner_text(".groups").split()
    assert "-".join(shown) == paper.fingerprint
    page.click(".actions .first")
    page.locator(".ways").wait_for()
    assert page.locator(".notice.warn").count() == 0

    assert page.evaluate("breaches") == []
    assert page.evaluate(KEPT) == [0, 0, "", 0, 0]
    told = "".join(tab.sent)
    assert [secret for secret in paper.secrets if secret in told] == []


@pytest.mark.parametrize("tab", ["chromium_page"], indirect=True)  # it has virtual authenticators
def test_a_passkey_is_a_second_way(tab: Watched) -> None:
    page = tab.page
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "ctap2Version": "ctap2_1",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "hasPrf": True,
                "automaticPresenceSimulation": True,
                "isUserVerified": True,
            }
        },
    )
    make_keys(tab)

    page.click(".ways ~ .actions button:first-child")
    page.fill("form .field input", "This laptop")
    page.click("form button.first")
    page.locator(".ways li:nth-child(3)").wait_for()
    assert "This laptop" in page.inner_text(".ways")

    page.click(".bar button")
    page.locator("main > p button").wait_for()
    page.click("form button.first")  # the passkey is what is offered first
    page.locator(".ways").wait_for()

    page.locator(".ways button.link").first.click()
    page.click("dialog .danger")
    page.locator("dialog").wait_for(state="detached")
    ways = page.locator(".ways li")
    assert ways.count() == 2
    assert ways.nth(0).locator("button").count() == 0  # the last that is no passkey stays
    assert ways.nth(1).locator("button").count() == 1
    assert page.evaluate("breaches") == []


@pytest.mark.parametrize("tab", ["chromium_page"], indirect=True)  # the same in each engine
def test_a_token_for_another_name_is_told_and_nothing_is_enrolled(tab: Watched) -> None:
    page = tab.page
    token, _ = issue_token(name=NAME)
    prove_keys(page, f"{tab.address}#/make?token={token}", name="Another Clinic")
    page.click(".card .first")
    page.locator(".notice.bad").wait_for()
    tab.complaints.clear()  # Chromium's own line about the answer 403

    assert "another name" in page.inner_text(".notice.bad")
    assert not Client.objects.exists()
    page.click(".card .link")
    page.locator(".field input").first.wait_for()
    assert "Step 1" in page.inner_text(".progress")
