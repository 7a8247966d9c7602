"""The chapters of the story, each of which builds on the one before."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Playwright

from apps.envelope.grants import TYPE, open_grant, parse_grant
from apps.envelope.keys import parse_card
from apps.envelope.records import Record, parse_record
from tests.browser.visits import Visit
from tests.end_to_end.canaries import Canary
from tests.end_to_end.house import CONFIRMATION, House
from tests.end_to_end.machines import Machine
from tests.end_to_end.visitors import Visitors, fill, visiting

CONTACT = ("fullname", "address1", "address2", "city", "state", "zip")
HEALTH = ("age", "height", "weight")


@dataclass(frozen=True)
class Visits:
    """Who visited, what the site got of it, and all that their browser left behind."""

    hosted: Canary
    embedded: Canary
    with_action: Canary
    posts: list[str]
    left_behind: dict[str, bytes]

    @property
    def all(self) -> list[Canary]:
        return [self.hosted, self.embedded, self.with_action]


def as_contact(canary: Canary) -> dict[str, str]:
    contact = {name: canary.answers[name] for name in CONTACT}
    return {"name": contact.pop("fullname")} | contact


def as_health(canary: Canary) -> dict[str, str]:
    return {name: canary.answers[name] for name in HEALTH}


def among(records: list[dict[str, str]], canary: Canary) -> list[dict[str, str]]:
    """Those records that have something of one visitor."""
    return [data for data in records if canary.token in str(data)]


def filled(visitors: Visitors, address: str) -> tuple[Visit, Canary]:
    """A new tab with the form, filled in and not sent yet."""
    canary, visit = Canary.new(), visitors.new_page()
    visit.page.goto(address)
    visit.wait_for("ready")
    fill(visit.page, canary)
    return visit, canary


def send(visitors: Visitors, visit: Visit) -> None:
    """Send it on a page that confirms in place."""
    visit.page.click("button")
    visit.wait_for("sent")
    assert visit.page.text_content(".sealform-confirmation") == CONFIRMATION
    visitors.keep(visit)


def send_to_the_site(visitors: Visitors, visit: Visit) -> None:
    """Send it on a page whose own server is told of it."""
    with visit.page.expect_navigation():
        visit.page.click("button")
    visitors.keep(visit)


@pytest.fixture(scope="session")
def visits(
    whole_house: House, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Visits:
    whole_house.server.start_if_down()
    with visiting(playwright, tmp_path_factory.mktemp("visitors")) as visitors:
        hosted = filled(visitors, whole_house.hosted)
        embedded = filled(visitors, whole_house.embed())
        with_action = filled(visitors, whole_house.embed('action="/joined" method="post"'))
        visitors.think()
        send(visitors, hosted[0])
        send(visitors, embedded[0])
        before = len(whole_house.site.posts)
        send_to_the_site(visitors, with_action[0])
        posts = whole_house.site.posts[before:]
        return Visits(hosted[1], embedded[1], with_action[1], posts, visitors.close())


@pytest.fixture(scope="session")
def shared_once(whole_house: House, visits: Visits) -> House:
    """acme has split the accounts and shared each type with the one who needs it."""
    acme = whole_house.acme
    acme.split()
    acme.share("contact", whole_house.marketing)
    acme.share("health", whole_house.clinic)
    return whole_house


@pytest.fixture
def shared(house: House, shared_once: House) -> House:
    """The house with this done, its server up."""
    return shared_once


@dataclass(frozen=True)
class Revoked:
    """What agency had before acme revoked its share, and who visited afterwards."""

    old_key: bytes
    old: Record
    earlier: Canary
    later: Canary


@pytest.fixture(scope="session")
def revoked_once(shared_once: House) -> Revoked:
    acme, agency = shared_once.acme, shared_once.agency
    acme.share("contact", agency)
    earlier = shared_once.fill()
    acme.split()
    # As it is now: a later chapter writes it anew.
    id = contacts_of(acme)[earlier.answers["fullname"]]
    old = parse_record(agency.get(f"/records/{id}").json()["record"])
    old_key = access_key(agency, acme)
    acme.revoke("contact", agency)
    later = shared_once.fill()
    acme.split()
    return Revoked(old_key, old, earlier, later)


@pytest.fixture
def revoked(shared: House, revoked_once: Revoked) -> Revoked:
    """This chapter with the server up."""
    return revoked_once


def access_key(reader: Machine, owner: Machine) -> bytes:
    """The key of acme's contacts, as any reader can keep it for good."""
    cards = [
        parse_card(reader.get(f"/clients/{each.id}").json()["card"]) for each in (reader, owner)
    ]
    query = {"direction": "incoming", "writer": owner.id, "type": "contact"}
    item = reader.get("/grants", **query).json()["items"][-1]  # of the latest generation
    grant = parse_grant(item["grant"])
    keys = open_grant(grant, keys=reader.keys, me=cards[0], granter=cards[1], now=int(time.time()))
    return keys[TYPE]


def contacts_of(acme: Machine) -> dict[str, str]:
    """The id of each contact record, by its name."""
    ran = acme.run("extract", "--type", "contact", "--format", "jsonl")
    return dict(zip((data["name"] for data in ran.data), ids(ran.out), strict=True))


def ids(lines: str) -> Iterator[str]:
    return (re.search(r'"id": "([^"]+)"', line)[1] for line in lines.splitlines())  # type: ignore[index]


def listed(reader: Machine, owner: Machine, type: str) -> list[object]:
    """What the server lists, whatever the reader's own software would say of it."""
    items: list[object] = reader.get("/records", writer=owner.id, type=type).json()["items"]
    return items
