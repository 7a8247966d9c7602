"""The story: collect, extract, split, share; by real browsers and real commands."""

import re
from urllib.parse import parse_qs

import pytest

from apps.demo.samples import RULES
from tests.end_to_end.chapters import Visits, among, as_contact, as_health, contacts_of, listed
from tests.end_to_end.house import House

pytestmark = [pytest.mark.browser, pytest.mark.database]


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
