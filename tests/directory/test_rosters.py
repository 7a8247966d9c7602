"""POST /groups/ID/rosters: who may say who is in a group, and what follows what"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from apps.directory import memberships
from apps.directory.models import Group, Membership
from apps.envelope.grants import Grant
from apps.envelope.keys import ClientKeys, make_card
from apps.envelope.rosters import FIRST, Member, Roster, sign_roster
from apps.vault import models
from tests.directory.successions import rotated, with_recovery
from tests.groups import Team, team
from tests.people import Person, accepted, error, send, wires

pytestmark = pytest.mark.database


@pytest.fixture
def staff(clinic: Person, marketing: Person) -> Team:
    """clinic's group, with marketing in it."""
    return team(clinic, marketing)


def stored() -> list[Any]:
    """All that a roster may change."""
    return [
        list(model._default_manager.order_by("pk").values())
        for model in (Group, Membership, models.Generation, models.Grant, models.WithdrawnGrant)
    ]


def refused(
    staff: Team, roster: Roster, grants: Iterable[Grant] = (), *, by: Person | None = None
) -> tuple[int, str]:
    """Post what must be refused, and see that nothing changed."""
    before = stored()
    answer = error(staff.post(roster, grants, by=by))
    assert stored() == before
    return answer


def test_a_group_begins_with_its_first_roster(clinic: Person, marketing: Person) -> None:
    staff = Team(clinic)
    roster = staff.next_roster([marketing])
    grants = staff.grants(roster, [marketing])

    first = staff.post(roster, grants)
    again = staff.post(roster, grants)

    assert (first.status_code, first.json()) == (201, {"version": 1, "epoch": 1})
    assert (again.status_code, again.json()) == (200, {"version": 1, "epoch": 1})
    group = Group.objects.get()
    assert (str(group.pk), group.name, group.owner) == (staff.id, "clinic staff", clinic.row)
    assert bytes(group.body) == roster.raw
    assert bytes(group.fingerprint) == roster.as_reader.fingerprint
    assert [one.client for one in group.memberships.all()] == [marketing.row]
    [epoch] = models.Generation.objects.all()
    assert (epoch.stream.writer, epoch.stream.type) == (f"group:{staff.id}", "epoch")
    assert (epoch.number, bytes(epoch.akid)) == (1, roster.as_reader.akid)


def test_a_repeat_of_the_latest_is_answered_and_of_one_before_is_refused(
    staff: Team, mallory: Person
) -> None:
    """A replay by who has the owner's API key, and kept what she once posted."""
    first = staff.in_force
    second = staff.add(mallory)
    third = staff.remove(mallory)

    assert staff.post(third, []).status_code == 200
    assert refused(staff, second, []) == (409, "roster_conflict")
    assert refused(staff, first, []) == (409, "roster_conflict")
    assert not Membership.objects.filter(client=mallory.row).exists()


def test_nobody_but_its_owner_signs_for_a_group(
    staff: Team, marketing: Person, mallory: Person
) -> None:
    """mallory is not in the group, marketing is."""
    good = staff.next_roster()
    for caller in (mallory, marketing):
        assert refused(staff, good, by=caller) == (422, "mismatch")
        mine = sign_roster(replace(good, owner=caller.id), caller.keys)
        assert refused(staff, mine, by=caller) == (422, "mismatch")
        forged = sign_roster(good, caller.keys)
        assert refused(staff, forged) == (422, "signature")
        first = replace(good, owner=caller.id, version=1, prev=FIRST, members=())
        assert refused(staff, sign_roster(first, caller.keys), by=caller) == (422, "mismatch")


def test_it_wants_an_api_key(staff: Team) -> None:
    body = staff.body(staff.next_roster(), [])

    assert error(send("POST", f"/groups/{staff.id}/rosters", body)) == (401, "not_authenticated")
    for path in ("/groups", f"/groups/{staff.id}", f"/groups/{staff.id}/stale"):
        assert error(send("GET", path, b"")) == (401, "not_authenticated")


def test_the_roster_is_of_the_group_that_the_path_names(staff: Team, clinic: Person) -> None:
    other = team(clinic)
    body = staff.body(staff.next_roster(), [])

    assert error(clinic.post(f"/groups/{other.id}/rosters", body)) == (422, "mismatch")


@pytest.mark.parametrize(
    "changes",
    [
        {"prev": bytes([1]) * 32},
        {"version": 1, "prev": FIRST, "members": ()},
        {"name": "other"},
    ],
    ids=["cut", "anew", "renamed"],
)
def test_a_roster_follows_the_latest(staff: Team, changes: dict[str, Any]) -> None:
    assert refused(staff, staff.next_roster(**changes)) == (409, "roster_conflict")


def test_an_epoch_has_one_key(staff: Team) -> None:
    with staff.unchanged():
        new = staff.next_roster(new_epoch=True)
        grants = staff.grants(new, [one for one, _ in staff.members.values()])
        assert refused(staff, staff.next_roster(epoch=1, kem_pk=new.kem_pk, links=()), grants) == (
            409,
            "roster_conflict",
        )
    staff.seeds[2] = staff.seeds[1]
    same_key = staff.next_roster(new_epoch=True)
    grants = staff.grants(same_key, [one for one, _ in staff.members.values()])
    assert refused(staff, same_key, grants) == (409, "roster_conflict")


def test_a_lower_epoch_is_refused(staff: Team) -> None:
    before = staff.in_force
    staff.change(*(one for one, _ in staff.members.values()), new_epoch=True)

    lower = staff.next_roster(epoch=1, kem_pk=before.kem_pk, links=())

    assert refused(staff, lower, []) == (409, "roster_conflict")


def test_after_a_restore_versions_are_left_out(staff: Team) -> None:
    later = staff.next_roster(version=9, prev=bytes([7]) * 32)

    assert staff.post(later, []).status_code == 201
    assert Group.objects.get().version == 9


def test_after_a_restore_a_group_begins_in_the_middle(clinic: Person, marketing: Person) -> None:
    staff = Team(clinic)
    for epoch in (1, 2, 3):
        staff.seeds[epoch] = bytes([epoch]) * 32
    roster = staff.next_roster(
        [marketing], version=9, prev=bytes([7]) * 32, members=(
            Member(marketing.id, marketing.card.fingerprint, 4),
        ),
    )  # fmt: skip

    accepted(staff.post(roster, staff.grants(roster, [marketing])))

    assert Membership.objects.get().since == 4


def test_one_that_has_ended_is_not_taken(staff: Team) -> None:
    assert refused(staff, staff.next_roster(issued=1, expires=2)) == (422, "expired")


def test_members_are_enrolled_clients_under_their_cards(staff: Team, mallory: Person) -> None:
    keys = ClientKeys.generate()
    nobody = replace(mallory, card=make_card(keys=keys, id=str(uuid4()), name="nobody"))
    forged = replace(mallory, card=make_card(keys=keys, id=mallory.id, name="mallory"))

    for person, answer in ((nobody, (404, "unknown_reader")), (forged, (422, "fingerprint"))):
        roster = staff.next_roster([person])
        assert refused(staff, roster, [staff.grant(person)]) == answer


def test_since_is_the_version_that_took_a_member_in(
    staff: Team, marketing: Person, mallory: Person
) -> None:
    def of(person: Person, since: int, **what: Any) -> tuple[Roster, list[Grant]]:
        members = (Member(person.id, person.card.fingerprint, since),)
        roster = staff.next_roster(members=members, **what)
        return roster, [staff.grant(person)]

    staff.renew()

    assert refused(staff, *of(mallory, 1)) == (422, "mismatch")
    assert refused(staff, *of(mallory, 2)) == (422, "mismatch")
    assert refused(staff, *of(marketing, 2)) == (422, "mismatch")
    accepted(staff.post(*of(marketing, 3)))
    assert Membership.objects.get().since == 3


def test_each_member_and_the_owner_is_granted_a_new_epoch(
    staff: Team, clinic: Person, marketing: Person, mallory: Person
) -> None:
    roster = staff.next_roster([marketing, mallory], new_epoch=True)
    grants = {one.id: staff.grant(one, roster=roster) for one in (clinic, marketing, mallory)}

    for id in grants:
        without = [grant for reader, grant in grants.items() if reader != id]
        assert refused(staff, roster, without) == (422, "mismatch")
    assert refused(staff, roster, []) == (422, "mismatch")
    assert refused(staff, roster, [*grants.values(), grants[mallory.id]]) == (400, "malformed")

    accepted(staff.post(roster, grants.values()))


def test_who_joins_an_epoch_is_granted_it(staff: Team, mallory: Person) -> None:
    people = [*(one for one, _ in staff.members.values()), mallory]

    assert refused(staff, staff.next_roster(people), []) == (422, "mismatch")

    staff.add(mallory)
    assert models.Grant.objects.filter(reader=mallory.row).count() == 1


def test_grants_are_of_the_epoch_for_who_is_in(
    staff: Team, clinic: Person, marketing: Person, mallory: Person
) -> None:
    roster = staff.next_roster([marketing], new_epoch=True)
    good = staff.grants(roster, [marketing])
    other_seed = bytes([5]) * 32
    other = team(clinic)

    to_others = staff.grant(mallory, roster=roster)
    assert refused(staff, roster, [*good, to_others]) == (422, "mismatch")
    past = staff.grant(mallory, gen=1)
    assert refused(staff, roster, [*good, past]) == (422, "mismatch")
    staff.seeds[3] = other_seed
    assert refused(staff, roster, [*good, staff.grant(marketing, gen=3)]) == (422, "mismatch")
    of_another = other.grant(clinic)
    assert refused(staff, roster, [*good, of_another]) == (422, "mismatch")
    staff.seeds[2] = other_seed
    wrong = [staff.grant(one, roster=roster) for one in (clinic, marketing)]
    assert refused(staff, roster, wrong) == (422, "mismatch")
    assert refused(staff, roster, [good[0], wrong[1]]) == (409, "generation_conflict")
    by_mallory = staff.grant(marketing, akid=good[1].akid, granter=mallory.keys)
    assert refused(staff, roster, [good[0], by_mallory]) == (422, "signature")

    accepted(staff.post(roster, good))


def test_a_seed_serves_one_epoch_of_one_group(
    staff: Team, clinic: Person, marketing: Person
) -> None:
    other = Team(clinic)
    other.seeds[1] = staff.seeds[1]
    roster = other.next_roster([marketing])

    answer = other.post(roster, other.grants(roster, [marketing]))

    assert error(answer) == (409, "access_key_used")
    assert not Group.objects.filter(pk=other.id).exists()


def test_the_past_is_granted_to_who_is_in(staff: Team, mallory: Person) -> None:
    """To who came in when links were cut, so that not all see it."""
    staff.change(*(one for one, _ in staff.members.values()), new_epoch=True, linked=False)
    people = [*(one for one, _ in staff.members.values()), mallory]
    roster = staff.next_roster(people)

    accepted(staff.post(roster, [staff.grant(mallory), staff.grant(mallory, gen=1)]))

    held = models.Grant.objects.filter(reader=mallory.row).order_by("generation")
    assert [one.generation.number for one in held] == [1, 2]


def test_epochs_are_granted_with_a_roster_alone(
    staff: Team, clinic: Person, mallory: Person
) -> None:
    before = stored()

    for reader in (clinic, mallory):
        grants = {"grants": wires([staff.grant(reader)])}
        assert error(clinic.post("/grants", grants)) == (409, "roster_instead")
        assert error(mallory.post("/grants", grants)) == (409, "roster_instead")

    assert stored() == before


def test_the_epochs_before_are_closed_and_told_to_the_owner(
    staff: Team, clinic: Person, marketing: Person
) -> None:
    staff.change(marketing, new_epoch=True)

    query = {"writer": staff.reader, "type": "epoch"}
    told = accepted(clinic.get("/generations", **query))["generations"]
    assert [(one["gen"], one["open"]) for one in told] == [(1, False), (2, True)]
    assert accepted(marketing.get("/generations", **query)) == {"generations": []}


def test_of_a_removed_member_no_grant_of_the_group_is_left(
    staff: Team, clinic: Person, marketing: Person, mallory: Person
) -> None:
    staff.add(mallory)
    staff.change(marketing, mallory, new_epoch=True)
    kept = staff.grant(mallory)

    staff.remove(mallory)

    readers = [one.reader for one in models.Grant.objects.order_by("generation", "pk")]
    assert mallory.row not in readers
    assert models.WithdrawnGrant.objects.count() == 2
    assert accepted(mallory.get("/groups")) == {"groups": []}
    again = staff.next_roster([marketing, mallory])
    assert refused(staff, again, [kept]) == (422, "mismatch")  # of the epoch before


def test_who_rotated_is_in_until_the_owner_signs_anew(clinic: Person, marketing: Person) -> None:
    before = with_recovery(marketing)
    staff = team(clinic, before)
    after = rotated(before)

    assert accepted(after.get("/groups"))["groups"][0]["member"] is True
    assert len(accepted(after.get("/grants", direction="incoming"))["items"]) == 1
    assert refused(staff, staff.next_roster(), []) == (422, "fingerprint")

    renewed = staff.next_roster([after])
    assert refused(staff, renewed, []) == (422, "mismatch")
    staff.change(after, new_epoch=True)
    assert [one.since for one in staff.in_force.members] == [1]


def test_after_its_owner_s_next_card_a_group_goes_on_with_a_new_epoch(
    acme: Person, marketing: Person
) -> None:
    staff = team(with_recovery(acme), marketing)

    staff.owner = rotated(staff.owner)  # its past names no epochs, and is taken

    assert models.Generation.objects.get().closed
    assert refused(staff, staff.next_roster()) == (422, "mismatch")
    staff.change(marketing, new_epoch=True)
    assert models.Generation.objects.get(closed=None).number == 2


def test_a_client_is_in_and_owns_so_many(
    clinic: Person, marketing: Person, mallory: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memberships, "MAX_GROUPS", 2)
    staff = team(clinic, marketing)
    team(clinic, marketing)

    third = Team(clinic)
    roster = third.next_roster([])
    assert refused(third, roster, third.grants(roster, [])) == (400, "limit")
    hers = Team(mallory)
    roster = hers.next_roster([marketing])
    assert refused(hers, roster, hers.grants(roster, [marketing])) == (400, "limit")
    staff.renew()
    team(mallory, clinic)

    left = staff.leave(marketing).to_wire()
    accepted(marketing.post(f"/groups/{staff.id}/leave", left))
    accepted(hers.post(roster, hers.grants(roster, [marketing])))
    del staff.members[marketing.id]
    again = staff.next_roster([marketing], new_epoch=True)
    grants = staff.grants(again, [marketing])
    assert refused(staff, again, grants) == (400, "limit")


def test_there_are_at_most_256_members(staff: Team, marketing: Person) -> None:
    wire = staff.next_roster().to_wire()
    member = wire["members"][0]
    wire["members"] = [member | {"id": str(uuid4())} for _ in range(257)]

    answer = staff.owner.post(f"/groups/{staff.id}/rosters", {"roster": wire, "grants": []})

    assert error(answer) == (400, "limit")


@pytest.mark.parametrize("body", [{}, [], {"roster": {}}, {"roster": {}, "grants": []}])
def test_it_refuses_any_other_shape(staff: Team, body: object) -> None:
    assert error(staff.owner.post(f"/groups/{staff.id}/rosters", body)) == (400, "malformed")
