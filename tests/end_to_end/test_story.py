"""The story: collect, extract, split, share, revoke; by real browsers and real commands.

Fixtures are its chapters, each of which builds on the one before.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Playwright

from apps.envelope.errors import EnvelopeError
from apps.envelope.grants import TYPE, open_grant, parse_grant
from apps.envelope.keys import column_key, parse_card
from apps.envelope.records import open_columns, open_record, parse_record
from tests.browser.visits import Visit
from tests.end_to_end.canaries import Canary, wherever
from tests.end_to_end.house import CONFIRMATION, House
from tests.end_to_end.machines import RULES, Machine
from tests.end_to_end.visitors import Visitors, fill, visiting

pytestmark = pytest.mark.browser

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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def shared(whole_house: House, visits: Visits) -> House:
    """acme has split the accounts and shared each type with the one who needs it."""
    acme = whole_house.acme
    acme.split()
    acme.share("contact", whole_house.marketing)
    acme.share("health", whole_house.clinic)
    return whole_house


@dataclass(frozen=True)
class Revoked:
    """What marketing had before acme revoked its share, and who visited afterwards."""

    old_key: bytes
    later: Canary


@pytest.fixture(scope="module")
def revoked(shared: House) -> Revoked:
    old_key = access_key(shared.marketing, shared.acme)
    shared.acme.revoke("contact", shared.marketing)
    later = shared.fill()
    shared.acme.split()
    return Revoked(old_key, later)


def access_key(reader: Machine, owner: Machine) -> bytes:
    """The key of acme's contacts, as any reader can keep it for good."""
    cards = [
        parse_card(reader.get(f"/clients/{each.id}").json()["card"]) for each in (reader, owner)
    ]
    query = {"direction": "incoming", "writer": owner.id, "type": "contact"}
    [item] = reader.get("/grants", **query).json()["items"]
    grant = parse_grant(item["grant"])
    keys = open_grant(grant, keys=reader.keys, me=cards[0], granter=cards[1], now=int(time.time()))
    return keys[TYPE]


def contacts_of(acme: Machine) -> dict[str, str]:
    """The id of each contact record, by its name."""
    ran = acme.run("extract", "--type", "contact", "--format", "jsonl")
    return dict(zip((data["name"] for data in ran.data), ids(ran.out), strict=True))


def ids(lines: str) -> Iterator[str]:
    return (re.search(r'"id": "([^"]+)"', line)[1] for line in lines.splitlines())  # type: ignore[index]


def test_the_owner_extracts_what_was_typed(house: House, visits: Visits) -> None:
    accounts = house.acme.extract("account")

    for canary in visits.all:
        assert among(accounts, canary) == [canary.answers]


def test_the_sites_server_gets_the_record_id_and_nothing_else(house: House, visits: Visits) -> None:
    [body] = visits.posts

    [id] = parse_qs(body)["sealform_record_id"]
    assert body == f"sealform_record_id={id}"
    assert house.acme.get(f"/records/{id}").status_code == 200


def test_marketing_reads_contact_and_nothing_else(shared: House, visits: Visits) -> None:
    marketing, acme = shared.marketing, shared.acme

    contacts = marketing.extract("contact", of=acme)

    for canary in visits.all:
        assert among(contacts, canary) == [as_contact(canary)]
    assert marketing.extract("health", of=acme) == []
    assert marketing.extract("account", of=acme) == []


def test_the_clinic_reads_health_and_nothing_else(shared: House, visits: Visits) -> None:
    clinic, acme = shared.clinic, shared.acme

    health = clinic.extract("health", of=acme)

    for canary in visits.all:
        assert among(health, canary) == [as_health(canary)]
    assert clinic.extract("contact", of=acme) == []
    assert clinic.extract("account", of=acme) == []


def test_the_clinic_and_a_stranger_are_refused_contact(shared: House) -> None:
    """Not for their own commands' good manners: the server gives them nothing at all."""
    assert shared.mallory.extract("contact", of=shared.acme) == []
    id = next(iter(contacts_of(shared.acme).values()))
    assert shared.marketing.get(f"/records/{id}").status_code == 200

    for stranger in (shared.clinic, shared.mallory):
        assert stranger.get(f"/records/{id}").status_code == 404
        assert listed(stranger, shared.acme, "contact") == []


def listed(reader: Machine, owner: Machine, type: str) -> list[object]:
    """What the server lists, whatever the reader's own software would say of it."""
    items: list[object] = reader.get("/records", writer=owner.id, type=type).json()["items"]
    return items


def test_what_is_written_later_is_readable_at_once(shared: House) -> None:
    later = shared.fill()
    shared.acme.split()

    contacts = shared.marketing.extract("contact", of=shared.acme)
    health = shared.clinic.extract("health", of=shared.acme)

    assert among(contacts, later) == [as_contact(later)]
    assert among(health, later) == [as_health(later)]


def test_the_same_split_again_writes_nothing(shared: House) -> None:
    shared.acme.split()

    table = shared.acme.split()

    assert re.findall(r"(contact|health) +0 +0 +\d+ +0", table) == ["contact", "health"]


def test_an_update_reaches_the_reader(shared: House, visits: Visits) -> None:
    noted = RULES.replace('drop = ["comments"]\n', "")
    noted = noted.replace("[targets.contact]\n", '[targets.contact]\nnotes = "comments"\n')
    table = shared.acme.split(noted)
    assert re.search(r"contact +0 +[1-9]", table)

    contacts = shared.marketing.extract("contact", of=shared.acme)

    [contact] = among(contacts, visits.hosted)
    assert contact == as_contact(visits.hosted) | {"notes": visits.hosted.answers["comments"]}
    shared.acme.split()


def test_a_revoked_reader_gets_nothing_any_more(shared: House, revoked: Revoked) -> None:
    marketing, acme = shared.marketing, shared.acme

    assert marketing.extract("contact", of=acme) == []

    assert listed(marketing, acme, "contact") == []
    for id in contacts_of(acme).values():
        assert marketing.get(f"/records/{id}").status_code == 404
    query = {"direction": "incoming", "writer": acme.id}
    assert marketing.get("/grants", **query).json()["items"] == []


def test_the_key_that_a_revoked_reader_kept_opens_nothing_new(
    shared: House, revoked: Revoked, visits: Visits
) -> None:
    """Even if somebody handed it the ciphertext."""
    contacts = contacts_of(shared.acme)
    old, new = (
        parse_record(shared.acme.get(f"/records/{contacts[name]}").json()["record"])
        for name in (visits.hosted.answers["fullname"], revoked.later.answers["fullname"])
    )
    assert open_record(old, revoked.old_key) == as_contact(visits.hosted)

    with pytest.raises(EnvelopeError):
        open_record(new, revoked.old_key)
    with pytest.raises(EnvelopeError):
        open_columns(new, {name: column_key(revoked.old_key, name) for name in new.fields})


def test_other_shares_and_the_owner_keep_what_they_have(shared: House, revoked: Revoked) -> None:
    health = shared.clinic.extract("health", of=shared.acme)
    contacts = shared.acme.extract("contact")

    assert among(health, revoked.later) == [as_health(revoked.later)]
    assert among(contacts, revoked.later) == [as_contact(revoked.later)]


def test_the_owner_sees_who_reads_what(shared: House, revoked: Revoked) -> None:
    table = shared.acme.run("shares").out

    assert re.search(rf"health +all +clinic +{shared.clinic.id} +yes", table)
    assert shared.marketing.id not in table


def test_typed_values_stand_nowhere_but_with_their_readers(
    shared: House, visits: Visits, revoked: Revoked
) -> None:
    """After the whole story: database, logs, requests, the site, storage, browser profile."""
    stored = shared.server.database.contents()
    shared.server.stop()
    logs = {"server's log": shared.server.log.read_bytes()}
    site = {"site's requests": repr(shared.site.requests).encode()}
    places = stored | logs | site | visits.left_behind
    assert_evidence(places, shared.form)

    for canary in [*visits.all, revoked.later]:
        assert list(wherever(canary, places)) == []


def assert_evidence(places: dict[str, bytes], form: str) -> None:
    """A scan of nothing finds nothing: each place has what it should have."""
    assert b"fullname" in b"".join(text for name, text in places.items() if "database" in name)
    assert f"POST /api/v1/forms/{form}/submissions".encode() in places["server's log"]
    assert b"sealform_record_id=" in places["site's requests"]
    assert places["requests"].count(f"/forms/{form}/submissions".encode()) >= 3
    assert sum(name.startswith("storage") for name in places) == 3
    assert sum(name.startswith("profile") for name in places) > 20
