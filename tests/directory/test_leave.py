"""POST /groups/ID/leave, and what GET /groups and GET /groups/ID say"""

from uuid import uuid4

import pytest

from apps.directory.models import Membership
from apps.vault.models import Grant, WithdrawnGrant
from tests.directory.successions import rotated, with_recovery
from tests.groups import Team, team
from tests.people import Person, accepted, error, send

pytestmark = pytest.mark.database


@pytest.fixture
def staff(clinic: Person, marketing: Person, mallory: Person) -> Team:
    """clinic's group, with marketing and mallory in it."""
    return team(clinic, marketing, mallory)


def path(staff: Team) -> str:
    return f"/groups/{staff.id}/leave"


def test_groups_are_listed_to_who_owns_them_or_is_in(
    clinic: Person, marketing: Person, mallory: Person
) -> None:
    staff = team(clinic, marketing)

    told = {
        "id": staff.id, "name": "clinic staff", "owner": clinic.id, "version": 1, "epoch": 1,
        "expires": staff.in_force.expires,
    }  # fmt: skip
    assert accepted(clinic.get("/groups")) == {"groups": [told | {"member": False}]}
    assert accepted(marketing.get("/groups")) == {"groups": [told | {"member": True}]}
    assert accepted(mallory.get("/groups")) == {"groups": []}


def test_an_owner_that_is_in_its_group_is_told_of_it_once(clinic: Person) -> None:
    team(clinic, clinic)

    [told] = accepted(clinic.get("/groups"))["groups"]

    assert told["member"] is True


def test_whoever_knows_the_id_fetches_the_roster_and_the_owner_the_leaves(
    staff: Team, clinic: Person, acme: Person, marketing: Person
) -> None:
    leave = staff.leave(marketing).to_wire()
    accepted(marketing.post(path(staff), leave))

    told = accepted(clinic.get(f"/groups/{staff.id}"))
    assert told == {"roster": staff.in_force.to_wire(), "leaves": [leave]}
    for reader in (acme, marketing):
        assert accepted(reader.get(f"/groups/{staff.id}")) == told | {"leaves": []}
    assert error(acme.get(f"/groups/{uuid4()}")) == (404, "not_found")


def test_who_left_is_out_at_once(staff: Team, marketing: Person, mallory: Person) -> None:
    leave = staff.leave(marketing).to_wire()

    assert accepted(marketing.post(path(staff), leave)) == {"left": True}
    assert accepted(marketing.post(path(staff), leave)) == {"left": False}

    assert accepted(marketing.get("/groups")) == {"groups": []}
    assert accepted(marketing.get("/grants", direction="incoming"))["items"] == []
    assert WithdrawnGrant.objects.count() == 1
    assert len(accepted(mallory.get("/grants", direction="incoming"))["items"]) == 1


def test_the_owner_signs_no_roster_that_has_who_left(
    staff: Team, clinic: Person, marketing: Person, mallory: Person
) -> None:
    accepted(marketing.post(path(staff), staff.leave(marketing).to_wire()))

    unaware = staff.next_roster()
    assert error(staff.post(unaware, [])) == (409, "roster_conflict")

    staff.remove(marketing)
    assert accepted(clinic.get(f"/groups/{staff.id}"))["leaves"] == []
    assert [one.client for one in Membership.objects.all()] == [mallory.row]


def test_who_left_and_came_back_is_in_again(staff: Team, marketing: Person) -> None:
    """Without a version in between that lacks her, too."""
    old = staff.leave(marketing).to_wire()
    accepted(marketing.post(path(staff), old))
    del staff.members[marketing.id]
    staff.change(*(one for one, _ in staff.members.values()), marketing, new_epoch=True)

    assert error(marketing.post(path(staff), old)) == (422, "mismatch")

    held = Membership.objects.get(client=marketing.row)
    assert (held.since, held.left, bytes(held.leave)) == (2, None, b"")
    new = staff.leave(marketing).to_wire()
    assert accepted(marketing.post(path(staff), new)) == {"left": True}


def test_nobody_takes_another_out(
    staff: Team, clinic: Person, acme: Person, marketing: Person, mallory: Person
) -> None:
    good = staff.leave(marketing)
    forged = staff.leave(mallory, member=marketing.id)
    other = team(clinic, marketing)

    for caller in (mallory, clinic, acme):
        assert error(caller.post(path(staff), good.to_wire())) == (422, "mismatch")
    assert error(marketing.post(path(staff), forged.to_wire())) == (422, "signature")
    assert error(mallory.post(path(staff), forged.to_wire())) == (422, "mismatch")
    assert error(marketing.post(path(other), good.to_wire())) == (422, "mismatch")
    assert error(send("POST", path(staff), good.to_wire())) == (401, "not_authenticated")
    assert error(marketing.post(path(staff), {})) == (400, "malformed")
    later = staff.leave(marketing, since=2)
    assert error(marketing.post(path(staff), later.to_wire())) == (422, "mismatch")
    assert not Membership.objects.exclude(left=None).exists()


def test_who_was_never_in_is_out_already(staff: Team, acme: Person) -> None:
    """As it is out of a group that is not here: the answer tells nobody which groups there are."""
    leave = staff.leave(acme).to_wire()
    nowhere = staff.leave(acme, group=str(uuid4()))

    answer = acme.post(path(staff), leave)

    assert accepted(answer) == {"left": False}
    of_none = acme.post(f"/groups/{nowhere.group}/leave", nowhere.to_wire())
    assert (of_none.status_code, of_none.content) == (200, answer.content)


def test_an_owner_that_leaves_keeps_the_epochs_that_it_grants(clinic: Person) -> None:
    staff = team(clinic, clinic)

    accepted(clinic.post(path(staff), staff.leave(clinic).to_wire()))

    assert Grant.objects.get().reader == clinic.row
    staff.remove(clinic)


def test_the_card_of_today_signs_a_leave(clinic: Person, marketing: Person) -> None:
    before = with_recovery(marketing)
    staff = team(clinic, before)
    after = rotated(before)

    old = staff.leave(before)
    assert error(after.post(path(staff), old.to_wire())) == (422, "signature")
    staff.members[after.id] = (after, 1)
    assert accepted(after.post(path(staff), staff.leave(after).to_wire())) == {"left": True}
