"""How many requests sharing and revoking take: few, and the same for any number of records."""

from uuid import uuid4

import pytest

from apps.vault.models import Generation, Grant, Record
from config import inprocess
from tests.benchmarks.filling import fill
from tests.client.parties import Party, Signup, Tampering
from tests.client.test_revoke import revoke
from tests.client.test_share import share
from tests.tools.selection import nightly

pytestmark = pytest.mark.slow

MANY = 100_000
COUNTS = pytest.mark.parametrize("records", [0, 1, *nightly(MANY)], ids=["none", "1", "100,000"])


def write(owner: Party, records: int) -> None:
    """Let a client have so many records of contact; all but the first have the first one's bytes.

    None of them is read here.
    """
    owner.client.write_many("contact", ({"name": "Ann"} for _ in range(min(records, 1))))
    for first in Record.objects.select_related("generation"):
        body = bytes(first.body)
        fill(first.generation, ((uuid4(), body) for _ in range(records - 1)))
    assert Record.objects.count() == records


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Tampering:
    """Everybody's way to the server, on which requests are counted."""
    wire = Tampering()
    monkeypatch.setattr(inprocess, "transport", lambda: wire)
    return wire


def asked(wire: Tampering) -> list[str]:
    """The requests since the last time, ids of clients and forms left out."""
    lines = [line.split("/")[0] + "/" + line.split("/")[1] for line, _ in wire.seen]
    wire.seen.clear()
    return lines


SHARED = ["GET /clients", "GET /grants", "GET /generations", "POST /grants"]
REVOKED = ["GET /grants", "GET /generations", "POST /revocations"]


@COUNTS
def test_an_own_type_is_shared_and_revoked_in_as_many_requests_whatever_is_in_it(
    acme: Party, marketing: Party, clinic: Party, wire: Tampering, records: int
) -> None:
    write(acme, records)
    acme.knows(marketing)
    asked(wire)

    ran = acme.run("share", "contact", "--allow-empty", "--with", marketing.id)
    assert ran.error == ""
    assert asked(wire) == SHARED
    assert share(acme, "contact", clinic, "--columns", "name").error == ""  # pinned by this
    assert asked(wire) == SHARED
    assert revoke(acme, "contact", marketing).error == ""
    assert asked(wire) == REVOKED


def test_what_was_revoked_a_moment_ago_opens_the_next_generation_in_the_same_request(
    acme: Party, marketing: Party, clinic: Party, wire: Tampering
) -> None:
    acme.client.write("contact", {"name": "Ann"})
    share(acme, "contact", marketing)
    share(acme, "contact", clinic)
    revoke(acme, "contact", marketing)
    asked(wire)

    assert revoke(acme, "contact", clinic).error == ""
    assert asked(wire) == ["GET /grants", "GET /generations", "POST /grants", "POST /revocations"]
    assert share(acme, "contact", clinic).error == ""
    assert asked(wire) == SHARED


@pytest.mark.parametrize("submissions", [0, 3])
def test_an_inbox_is_shared_and_revoked_in_as_many_requests_whatever_is_in_it(
    acme: Party, marketing: Party, wire: Tampering, submissions: int
) -> None:
    signup = Signup.published(acme)
    for _ in range(submissions):
        signup.fill()
    asked(wire)

    assert share(acme, "account", marketing, "--form", "signup").error == ""
    assert asked(wire) == ["GET /forms", *SHARED]
    assert revoke(acme, "account", marketing, "--form", "signup").error == ""
    assert asked(wire) == [
        "GET /forms",
        "GET /grants",
        "GET /forms",
        "GET /generations",
        "POST /forms",
    ]


def test_a_generation_that_another_run_opened_a_moment_ago_is_asked_for_again(
    acme: Party, marketing: Party, clinic: Party, wire: Tampering
) -> None:
    acme.client.write("contact", {"name": "Ann"})
    share(acme, "contact", marketing)
    client = acme.client
    found = client.access("contact", marketing.id)
    share(acme, "contact", clinic)
    revoke(acme, "contact", clinic)
    acme.client.write("contact", {"name": "Bea"})  # which opens generation 2

    client.end(found)

    assert Generation.objects.filter(closed=None).count() == 0
    assert not Grant.objects.filter(reader=marketing.row).exists()


@COUNTS
@pytest.mark.parametrize("members", [1, 3])
def test_a_group_is_shared_with_and_changed_in_as_many_requests_whatever_it_reads(
    acme: Party,
    marketing: Party,
    clinic: Party,
    mallory: Party,
    wire: Tampering,
    records: int,
    members: int,
) -> None:
    write(acme, records)
    group = acme.client.groups.create("staff")
    for each in (marketing, clinic, mallory):
        acme.knows(each)
    if members > 1:
        acme.client.groups.add(group, acme.id, clinic.id)
    asked(wire)

    ran = acme.run("share", "contact", "--allow-empty", "--with", group)
    assert ran.error == ""
    open_for_others = [*["GET /grants"] * bool(records), "GET /generations"]  # if there is one
    assert asked(wire) == ["GET /groups", *open_for_others, *SHARED[1:]]
    assert acme.run("groups", "add", group, marketing.id).error == ""
    added = ["GET /clients", "GET /groups", "GET /grants", "POST /groups"]
    closed = ["GET /grants", "GET /generations", "GET /groups", "GET /groups"]
    assert asked(wire) == [*added, *closed]
    assert acme.run("groups", "remove", group, marketing.id, "--yes").error == ""
    cards = ["GET /clients"] * (members - 1 - (members > 1))  # those who stay, but itself
    assert asked(wire) == [
        "GET /groups",
        *cards,
        *added[2:],
        *["GET /grants", "GET /generations", "GET /groups"],
        *["POST /revocations", "POST /grants", "GET /groups"],
    ]


@pytest.mark.parametrize("records", [1, 10])
def test_a_member_asks_for_its_group_once_whatever_there_is_to_read(
    acme: Party, marketing: Party, clinic: Party, wire: Tampering, records: int
) -> None:
    group = clinic.client.groups.create("staff")
    clinic.client.groups.add(group, marketing.id, fingerprint=marketing.fingerprint)
    for _ in range(3):
        acme.client.write_many("contact", ({"name": "Ann"} for _ in range(records)))
        acme.client.share("contact", group, owner=clinic.id, fingerprint=clinic.fingerprint)
        clinic.client.groups.add(group, clinic.id, from_now=True)
        clinic.client.groups.remove(group, clinic.id)
    marketing.knows(acme)
    marketing.knows(clinic)
    asked(wire)

    assert len(list(marketing.client.query("contact"))) == 3 * records

    assert asked(wire) == [
        *["GET /grants", "GET /clients", "GET /records", "GET /groups", "GET /clients"],
        "GET /grants",
    ]
