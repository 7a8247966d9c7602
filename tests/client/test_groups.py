"""groups: a team reads as one, and who is out reads nothing that is written afterwards."""

from typing import Any

import pytest

from apps.cli.exit_codes import ExitCode
from apps.client.acts import grouping
from apps.client.errors import UnpinnedError, UsageError, VerificationError
from apps.vault.models import Grant
from tests.client.parties import Party, run

pytestmark = pytest.mark.database


def names(party: Party, writer: str = "", type: str = "contact") -> list[str]:
    found = party.client.query(type, writer=writer, allow_empty=True)
    return sorted(str(one.data["name"]) for one in found)


def staff(clinic: Party, *members: Party, name: str = "clinic-staff") -> str:
    """The clinic's group of these members, each of whom has pinned the clinic."""
    group = clinic.client.groups.create(name)
    for member in members:
        clinic.client.groups.add(group, member.id, fingerprint=member.fingerprint)
        member.knows(clinic)
    return group


def shared(acme: Party, group: str, clinic: Party, *members: Party, type: str = "contact") -> None:
    """acme shares a type with the clinic's group, and its members have pinned acme."""
    acme.client.share(
        type, group, owner=clinic.id, fingerprint=clinic.fingerprint, allow_empty=True
    )
    for member in members:
        member.knows(acme)


def test_members_read_what_was_and_what_comes(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    acme.client.write("contact", {"name": "before"})
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    mallory.knows(acme)
    acme.client.write("contact", {"name": "after"})

    assert names(marketing, acme.id) == ["after", "before"]
    assert names(mallory, acme.id) == []
    assert marketing.warnings == []


def test_who_is_added_later_reads_all_of_it(acme: Party, clinic: Party, marketing: Party) -> None:
    group = staff(clinic)
    shared(acme, group, clinic)
    acme.client.write("contact", {"name": "before"})

    clinic.client.groups.add(group, marketing.id, fingerprint=marketing.fingerprint)
    marketing.knows(clinic)
    marketing.knows(acme)

    assert names(marketing, acme.id) == ["before"]


def test_who_is_removed_reads_nothing_that_is_written_afterwards(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before"})
    assert names(mallory, acme.id) == ["before"]

    ran = clinic.run("groups", "remove", "clinic-staff", mallory.id, "--yes")

    assert ran.code == ExitCode.PENDING
    assert "contact" in ran.out
    assert acme.client.shares()[0].generations == 1
    acme.client.write("contact", {"name": "after"})
    assert names(mallory, acme.id) == []
    assert names(marketing, acme.id) == ["after", "before"]
    assert clinic.client.groups.show(group).stale == []
