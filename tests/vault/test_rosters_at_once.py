"""Rosters, leaves and grants at once, on PostgreSQL: one after the other, and nobody deadlocks."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from apps.directory.models import Group, Membership
from apps.vault import stored_rosters
from tests.groups import Team, team
from tests.people import Person, Type, accepted, error, wires
from tests.vault.threads import SOON, is_waiting, threads

pytestmark = [pytest.mark.postgres, pytest.mark.database, pytest.mark.django_db(transaction=True)]


class Halted:
    """Stops who takes a roster right before it is committed, the first one alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.there, self.go_on = threading.Event(), threading.Event()
        check = stored_rosters._check_all_granted

        def halting(*arguments: Any, **named: Any) -> None:
            check(*arguments, **named)
            if not self.there.is_set():
                self.there.set()
                assert self.go_on.wait(SOON)

        monkeypatch.setattr(stored_rosters, "_check_all_granted", halting)

    def around(
        self, run: Callable[..., Future[Any]], first: Callable[[], Any], second: Callable[[], Any]
    ) -> tuple[Any, bool, Any]:
        """Return what both answer, and whether the second waited for the first."""
        one = run(first)
        assert self.there.wait(SOON)
        other = run(second)
        waited = is_waiting(other)
        self.go_on.set()
        return one.result(SOON), waited, other.result(SOON)


@pytest.fixture
def staff(clinic: Person, marketing: Person, mallory: Person) -> Team:
    """clinic's group, with marketing and mallory in it."""
    return team(clinic, marketing, mallory)


@pytest.fixture
def halted(staff: Team, monkeypatch: pytest.MonkeyPatch) -> Halted:
    return Halted(monkeypatch)


def removal(staff: Team, person: Person) -> Callable[[], Any]:
    stay = [one for one, _ in staff.members.values() if one.id != person.id]
    roster = staff.next_roster(stay, new_epoch=True)
    grants = staff.grants(roster, stay)
    return lambda: staff.post(roster, grants)


def test_of_two_next_rosters_one_is_taken(
    staff: Team, marketing: Person, mallory: Person, halted: Halted
) -> None:
    first = removal(staff, mallory)
    staff.seeds.pop(2)
    second = removal(staff, marketing)

    with threads(2) as run:
        one, waited, other = halted.around(run, first, second)

    assert waited
    assert (one.status_code, error(other)) == (201, (409, "roster_conflict"))
    assert [one.client_id for one in Membership.objects.all()] == [marketing.row.pk]


def test_of_two_owners_of_one_id_one_is_told_that_there_is_another(
    clinic: Person, mallory: Person, halted: Halted
) -> None:
    mine = Team(clinic)
    hers = Team(mallory, id=mine.id)
    both = []
    for one in (mine, hers):
        roster = one.next_roster([])
        both.append((one, roster, one.grants(roster, [])))

    with threads(2) as run:
        one, waited, other = halted.around(
            run, *(lambda each=each: each[0].post(*each[1:]) for each in both)
        )

    assert waited
    assert (one.status_code, error(other)) == (201, (422, "mismatch"))
    assert Group.objects.get(pk=mine.id).owner == clinic.row


def test_a_leave_waits_for_the_roster(staff: Team, mallory: Person, halted: Halted) -> None:
    leave = staff.leave(mallory).to_wire()

    with threads(2) as run:
        one, waited, other = halted.around(
            run, removal(staff, mallory), lambda: mallory.post(f"/groups/{staff.id}/leave", leave)
        )

    assert waited
    assert (one.status_code, accepted(other)) == (201, {"left": False})


def test_grants_and_readers_do_not_wait(
    acme: Person, mallory: Person, staff: Team, contact: Type, halted: Halted
) -> None:
    """A reader is served until the roster is committed, and not any more from then on."""
    contact.share(staff)
    [record] = contact.write()
    again = {"grants": wires([contact.grant(staff)])}

    def others() -> tuple[Any, Any]:
        return mallory.get(f"/records/{record.id}"), acme.post("/grants", again)

    with threads(2) as run:
        one, waited, (read, granted) = halted.around(run, removal(staff, mallory), others)

    assert not waited
    assert (one.status_code, read.status_code, granted.status_code) == (201, 200, 200)
    assert error(mallory.get(f"/records/{record.id}")) == (404, "not_found")
    late = {"records": wires([contact.record()])}
    assert error(acme.post("/records", late)) == (409, "generation_stale")
