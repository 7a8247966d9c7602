"""`delete`: only what is one's own, and never unasked."""

from uuid import uuid4

import pytest

from apps.vault.models import Record
from tests.client.parties import Party, Signup
from tests.client.test_share import share

pytestmark = pytest.mark.slow


def living() -> int:
    return Record.objects.filter(deleted_at__isnull=True).count()


def test_own_records_and_those_of_own_forms_are_deleted(acme: Party, signup: Signup) -> None:
    ids = [acme.client.write("note", {"text": "a"}), *signup.fill()]

    ran = acme.run("delete", *ids, "--yes")

    assert (ran.error, ran.out) == ("", "2 records were deleted.\n")
    assert living() == 0


def test_nobody_unattended_deletes_without_yes(acme: Party) -> None:
    id = acme.client.write("note", {"text": "a"})

    ran = acme.run("delete", id)

    assert ran.code == 1
    assert "pass --yes" in ran.error
    assert living() == 1


def test_of_others_nothing_is_deleted(acme: Party, marketing: Party, mallory: Party) -> None:
    id = acme.client.write("note", {"text": "a"})
    share(acme, "note", marketing)
    marketing.knows(acme)
    mine = marketing.client.write("note", {"text": "m"})

    assert "another client's" in marketing.run("delete", mine, id, "--yes").error
    assert (
        "no record"
        in mallory.run("delete", id, "--yes", "--allow-missing").err
        + mallory.run("delete", id, "--yes").error
    )
    assert living() == 2


def test_a_missing_one_keeps_the_others_unless_it_may_be_missing(acme: Party) -> None:
    id = acme.client.write("note", {"text": "a"})

    ran = acme.run("delete", id, str(uuid4()), "--yes")
    assert ran.code == 1
    assert living() == 1
    ran = acme.run("delete", id, str(uuid4()), "--yes", "--allow-missing")
    assert (ran.error, ran.out) == ("", "1 records were deleted.\n")
    again = acme.run("delete", id, "--yes", "--allow-missing")
    assert (again.error, again.out) == ("", "Nothing was deleted.\n")
