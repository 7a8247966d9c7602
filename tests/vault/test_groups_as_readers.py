"""What a group was granted, and who of it may read that"""

import time
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.directory.models import Client, Membership
from apps.envelope.grants import open_grant, parse_grant
from apps.envelope.keys import make_card
from apps.envelope.records import Record
from apps.envelope.rosters import MAX_MEMBERS, open_epoch, parse_roster
from apps.vault import models, stored_rosters
from tests.directory.successions import rotated, with_recovery
from tests.groups import Team, team
from tests.people import Person, Type, accepted, enrolled, error, wires


@pytest.fixture
def staff(clinic: Person, marketing: Person) -> Team:
    """clinic's group, with marketing in it."""
    return team(clinic, marketing)


def shown(reader: Person, type: Type) -> list[str]:
    page = accepted(reader.get("/records", writer=type.owner.id, type=type.type))
    return [item["record"]["id"] for item in page["items"]]


def names(reader: Person, record: Record) -> set[str]:
    """The fields of a record that are not hidden from a reader."""
    fields = accepted(reader.get(f"/records/{record.id}"))["record"]["fields"]
    return {name for name, sealed in fields.items() if "." in sealed}


def incoming(reader: Person, **query: Any) -> list[dict[str, Any]]:
    items = accepted(reader.get("/grants", direction="incoming", **query))["items"]
    return [item["grant"] for item in items]


def write(type: Type, *records: Record) -> tuple[int, str]:
    answer = type.owner.post("/records", {"records": wires(list(records))})
    return error(answer) if answer.status_code != 200 else (200, "")


def test_a_member_reads_what_the_group_was_granted(
    acme: Person, clinic: Person, marketing: Person, mallory: Person, staff: Team, contact: Type
) -> None:
    """Before the grant nobody does; nor does the group's owner, who is no member, after it."""
    [record] = contact.write()
    assert shown(marketing, contact) == []

    contact.share(staff)

    assert shown(marketing, contact) == [record.id]
    assert shown(mallory, contact) == shown(clinic, contact) == []
    assert incoming(mallory) == []
    assert error(mallory.get(f"/records/{record.id}")) == (404, "not_found")
    assert accepted(clinic.post("/records/lookup", {"ids": [record.id]})) == {"items": []}


def test_a_member_opens_it_with_its_own_grant_of_the_epoch(
    acme: Person, clinic: Person, marketing: Person, staff: Team, contact: Type
) -> None:
    contact.share(staff)

    roster = parse_roster(accepted(marketing.get(f"/groups/{staff.id}"))["roster"])
    of_epoch, of_type = map(parse_grant, incoming(marketing))
    opened = open_grant(
        of_epoch, keys=marketing.keys, me=marketing.card, granter=clinic.card, now=0,
        owner=roster.owner,
    )  # fmt: skip
    epoch = open_epoch(roster, epoch=of_epoch.gen, seed=opened["@"])
    keys = open_grant(of_type, keys=epoch.key, me=epoch.party, granter=acme.card, now=0)
    assert keys == {"*": contact.access_keys[1]}


def test_grants_are_listed_by_stream_and_to_their_granter(
    acme: Person, clinic: Person, marketing: Person, staff: Team, contact: Type
) -> None:
    contact.share(staff)

    assert [one["writer"] for one in incoming(marketing)] == [staff.reader, acme.id]
    assert [one["writer"] for one in incoming(marketing, writer=staff.reader)] == [staff.reader]
    assert [one["reader"] for one in incoming(marketing, writer=acme.id)] == [staff.reader]
    assert [one["reader"] for one in incoming(clinic)] == [clinic.id]
    for person, of in ((acme, staff.reader), (clinic, marketing.id)):
        made = accepted(person.get("/grants", direction="outgoing"))["items"]
        assert of in [item["grant"]["reader"] for item in made]


def test_who_is_removed_is_served_nothing_from_then_on(
    clinic: Person, marketing: Person, mallory: Person, staff: Team, contact: Type
) -> None:
    [record] = contact.write()
    staff.add(mallory)
    contact.share(staff)
    contact.share(staff, record=record, fields=("name",))
    assert shown(mallory, contact) == [record.id]

    staff.remove(mallory)

    assert (shown(mallory, contact), incoming(mallory)) == ([], [])
    assert error(mallory.get(f"/records/{record.id}")) == (404, "not_found")
    assert shown(marketing, contact) == [record.id]
    assert len(incoming(marketing)) == 4  # two epochs, and what the first was granted


def test_who_leaves_is_served_nothing_from_then_on(
    marketing: Person, mallory: Person, staff: Team, contact: Type
) -> None:
    contact.write()
    staff.add(mallory)
    contact.share(staff)

    accepted(mallory.post(f"/groups/{staff.id}/leave", staff.leave(mallory).to_wire()))

    assert (shown(mallory, contact), incoming(mallory)) == ([], [])
    assert shown(marketing, contact)


def test_a_removed_member_reads_on_by_its_own_grant_or_another_group_s(
    clinic: Person, marketing: Person, mallory: Person, staff: Team, contact: Type
) -> None:
    [record] = contact.write()
    other = team(clinic, mallory, marketing)
    staff.add(mallory)
    for reader in (staff, other, marketing):
        contact.share(reader)

    staff.remove(mallory, marketing)

    assert shown(mallory, contact) == shown(marketing, contact) == [record.id]
    other.remove(mallory, marketing)
    assert shown(mallory, contact) == []
    assert shown(marketing, contact) == [record.id]


def test_a_member_cannot_write_or_grant_what_the_group_reads(
    acme: Person, marketing: Person, mallory: Person, staff: Team, contact: Type
) -> None:
    contact.share(staff)

    passed_on = contact.grant(mallory, granter=marketing.keys)
    assert error(marketing.post("/grants", {"grants": wires([passed_on])})) == (422, "mismatch")
    wire = contact.record().to_wire() | {"writer": staff.reader}
    assert error(marketing.post("/records", {"records": [wire]})) == (400, "malformed")
    query = {"writer": staff.reader, "type": "epoch"}
    assert error(marketing.get("/records", **query)) == (400, "malformed")


def test_of_a_members_own_grant_and_its_groups_the_widest_counts(
    clinic: Person, marketing: Person, staff: Team, contact: Type
) -> None:
    [record] = contact.write(contact.record({"name": "Ann", "zip": "12345", "age": "40"}))
    other = team(clinic, marketing)
    contact.share(marketing, fields=("name",))
    assert names(marketing, record) == {"name"}

    contact.share(staff, fields=("zip",))
    assert names(marketing, record) == {"name", "zip"}
    contact.share(other, record=record, fields=("age",))
    assert names(marketing, record) == {"name", "zip", "age"}
    contact.share(other, record=record, fields=("name",))
    contact.share(staff, record=record, fields=("age",))
    assert names(marketing, record) == {"name", "zip", "age"}
    page = accepted(marketing.get("/records", writer=contact.owner.id, type="contact"))
    assert len(page["items"]) == 1
    contact.share(other)
    assert names(marketing, record) == {"name", "zip", "age"}
    contact.share(marketing, fields=("name",), not_after=1)
    staff.remove(marketing)
    assert names(marketing, record) == {"name", "zip", "age"}
    other.remove(marketing)
    assert error(marketing.get(f"/records/{record.id}")) == (404, "not_found")


def test_a_grant_to_a_group_counts_until_it_ends(
    marketing: Person, staff: Team, contact: Type
) -> None:
    contact.write()
    contact.share(staff, not_after=int(time.time()) - 1)

    assert shown(marketing, contact) == []
    assert len(incoming(marketing)) == 2


def test_it_is_granted_to_the_latest_epoch_of_a_group_that_is_here(
    acme: Person, clinic: Person, staff: Team, contact: Type
) -> None:
    old = contact.grant(staff)
    staff.renew()
    nowhere = Team(clinic)
    nowhere.roster = nowhere.next_roster([])

    def refusal(*grants: object) -> tuple[int, str]:
        return error(acme.post("/grants", {"grants": wires(list(grants))}))

    assert refusal(contact.grant(nowhere)) == (404, "unknown_reader")
    accepted(acme.post("/grants", {"grants": wires([old])}))  # renewing begins no epoch
    staff.change(new_epoch=True)
    assert refusal(contact.grant(staff.at(1))) == (422, "mismatch")


def test_a_grant_to_a_group_is_replaced_and_withdrawn_like_others(
    acme: Person, marketing: Person, staff: Team, contact: Type
) -> None:
    wide, narrow = contact.grant(staff), contact.grant(staff, fields=("zip",))
    body = {"grants": wires([wide])}

    assert accepted(acme.post("/grants", body))["results"] == [{"status": "created"}]
    assert accepted(acme.post("/grants", body))["results"] == [{"status": "existing"}]
    changed = accepted(acme.post("/grants", {"grants": wires([narrow])}))
    assert changed["results"] == [{"status": "replaced"}]
    assert error(acme.post("/grants", body)) == (409, "grant_withdrawn")
    twice = {"grants": wires([contact.grant(staff), contact.grant(staff)])}
    assert error(acme.post("/grants", twice)) == (400, "malformed")


def test_the_members_of_a_group_are_no_groups(clinic: Person, staff: Team) -> None:
    grant = staff.grant(clinic).to_wire() | {"reader": staff.reader}

    assert error(clinic.post("/grants", {"grants": [grant]})) == (400, "malformed")


def test_a_group_is_revoked_as_a_reader_is(
    acme: Person, marketing: Person, mallory: Person, staff: Team, contact: Type
) -> None:
    [record] = contact.write()
    contact.share(staff)
    contact.share(staff, record=record, fields=("name",))
    contact.share(mallory)
    revocation = contact.revocation(staff).to_wire()

    assert error(marketing.post("/revocations", revocation)) == (422, "signature")
    assert accepted(acme.post("/revocations", revocation)) == {"closed": 1, "removed": 2}

    assert shown(marketing, contact) == []
    assert shown(mallory, contact) == [record.id]
    assert accepted(acme.post("/revocations", revocation)) == {"closed": 1, "removed": 0}
    contact.open().share(staff)
    assert error(acme.post("/revocations", revocation)) == (409, "generation_conflict")


def test_a_client_that_is_called_like_a_group_is_another_reader(
    acme: Person, clinic: Person, marketing: Person, mallory: Person, contact: Type
) -> None:
    """Ids are drawn by who makes them, so one may be drawn twice on purpose."""
    hers = team(mallory, mallory, id=clinic.id)
    [record] = contact.write()
    contact.share(clinic)

    assert shown(mallory, contact) == []
    contact.share(hers, fields=("zip",))
    assert names(clinic, record) == {"name", "zip"}
    assert names(mallory, record) == {"zip"}
    accepted(acme.post("/revocations", contact.revocation(hers).to_wire()))
    assert shown(clinic, contact) == [record.id]


def test_nothing_is_written_under_what_went_to_an_epoch_that_has_ended(
    acme: Person, clinic: Person, marketing: Person, mallory: Person, staff: Team, contact: Type
) -> None:
    [record] = contact.write()
    staff.add(mallory)
    contact.share(staff)
    contact.write()

    staff.remove(mallory)

    late = contact.record()
    assert write(contact, late) == (409, "generation_stale")
    update = {"records": wires([contact.record(id=record.id, rev=2)])}
    assert error(acme.put("/records", update)) == (409, "generation_stale")
    assert write(contact, record) == (200, "")  # what is stored is stored
    Type(acme, "health").open().write()
    contact.share(marketing)
    assert write(contact, late) == (409, "generation_stale")

    accepted(acme.post("/revocations", contact.revocation(staff).to_wire()))
    contact.open().share(staff)
    contact.write()
    accepted(acme.put("/records", {"records": wires([contact.record(id=record.id, rev=2)])}))


def test_a_generation_that_a_later_epoch_was_granted_goes_on(staff: Team, contact: Type) -> None:
    contact.share(staff)
    staff.change(new_epoch=True)
    assert write(contact, contact.record()) == (409, "generation_stale")

    contact.share(staff)

    contact.write()


def test_a_grant_that_has_ended_stops_nobody(staff: Team, contact: Type) -> None:
    contact.share(staff, not_after=int(time.time()) - 1)
    staff.change(new_epoch=True)

    contact.write()


def test_a_grant_of_one_record_stops_nobody(staff: Team, contact: Type) -> None:
    [record] = contact.write()
    contact.share(staff, record=record, fields=("name",))
    staff.change(new_epoch=True)

    contact.write()


def test_a_leave_alone_stops_nobody(marketing: Person, staff: Team, contact: Type) -> None:
    """The owner's roster decides."""
    contact.share(staff)
    accepted(marketing.post(f"/groups/{staff.id}/leave", staff.leave(marketing).to_wire()))

    contact.write()


def test_the_owner_is_told_what_is_still_open_to_an_earlier_epoch(
    acme: Person, clinic: Person, marketing: Person, staff: Team, contact: Type,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def told(**of: Any) -> Any:
        return accepted(clinic.get(f"/groups/{staff.id}/stale"))

    health, ended = Type(acme, "health").open(), Type(acme, "ended").open()
    contact.share(staff, fields=("zip",))
    health.share(staff)
    ended.share(staff, not_after=int(time.time()) - 1)
    assert told() == {"streams": [], "more": False}

    staff.change(new_epoch=True)

    lines = [
        {"writer": acme.id, "type": type, "gen": 1, "epoch": 1} for type in ("contact", "health")
    ]
    assert told() == {"streams": lines, "more": False}
    monkeypatch.setattr(stored_rosters, "MOST_STALE", 1)
    assert told() == {"streams": lines[:1], "more": True}
    health.share(staff)
    assert told() == {"streams": lines[:1], "more": False}
    accepted(acme.post("/revocations", contact.revocation(marketing).to_wire()))
    assert told() == {"streams": [], "more": False}
    for other in (acme, marketing):
        assert error(other.get(f"/groups/{staff.id}/stale")) == (404, "not_found")


def test_a_member_follows_the_cards_of_who_shares_with_its_group(
    acme: Person, clinic: Person, marketing: Person, mallory: Person, staff: Team
) -> None:
    owner = with_recovery(acme)
    Type(owner, "contact").open().share(staff)
    rotated(owner)

    assert "past" in accepted(marketing.get(f"/clients/{acme.id}/pasts/1"))
    for other in (clinic, mallory):
        assert error(other.get(f"/clients/{acme.id}/pasts/1")) == (404, "not_found")


def test_what_its_owner_wrote_is_not_told_to_who_is_in_a_group_alone(
    clinic: Person, marketing: Person
) -> None:
    owner = with_recovery(clinic)
    team(owner, marketing)
    rotated(owner)

    assert error(marketing.get(f"/clients/{clinic.id}/pasts/1")) == (404, "not_found")


def test_a_grant_has_one_reader(marketing: Person, staff: Team, contact: Type) -> None:
    contact.share(staff)
    grant = models.Grant.objects.get(group=UUID(staff.id))

    for wrong in (
        {"reader": marketing.row},
        {"group": None},
        {"epoch": None},
        {"epoch": 0},
        {"reader": marketing.row, "group": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            models.Grant.objects.filter(pk=grant.pk).update(**wrong)


def queries(act: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


@pytest.mark.slow
def test_what_a_group_costs_does_not_grow_with_records_and_members(
    acme: Person, clinic: Person, marketing: Person, contact: Type
) -> None:
    """A page, a grant, a write, an addition and a removal, with one member and with five."""
    shown(marketing, contact)
    few = [enrolled(f"nurse {number}") for number in range(6)]

    def costs(people: list[Person], newcomer: Person) -> list[int]:
        staff = team(clinic, *people, marketing)
        contact.write(*(contact.record() for _ in people))
        return [
            queries(lambda: contact.share(staff)),
            queries(lambda: shown(marketing, contact)),
            queries(lambda: incoming(marketing)),
            queries(contact.write),
            queries(lambda: staff.add(newcomer)),
            queries(lambda: staff.remove(newcomer)),
            queries(lambda: contact.share(staff)),
        ]

    assert costs(few[:1], few[5]) == costs(few[:5], few[5])


@pytest.mark.slow
def test_a_group_of_256_is_taken_and_served_within_the_bounds(
    clinic: Person, marketing: Person, contact: Type
) -> None:
    """All of them share keys here: to make 256 takes longer than what is tested."""
    rows, people = [], []
    for number in range(MAX_MEMBERS):
        card = make_card(keys=marketing.keys, id=str(uuid4()), name=f"nurse {number}")
        people.append(replace(marketing, name=card.name, card=card))
        keys = {"kem_pk": card.kem_pk, "sig_pk": card.sig_pk, "recovery": card.recovery}
        rows.append(Client(id=UUID(card.id), name=card.name, card_sig=card.sig, **keys))
    Client.objects.bulk_create(rows)
    staff, small = Team(clinic), team(clinic, marketing)

    many = queries(lambda: staff.change(*people))
    few = queries(lambda: team(clinic, marketing))
    assert many <= few + 12  # rows go in by the hundred
    put_out = queries(lambda: staff.remove(people[0]))
    assert put_out <= queries(lambda: small.remove(marketing)) + 12
    assert models.Grant.objects.filter(stream__writer=staff.reader).count() == 2 * MAX_MEMBERS
    for left in people[1:]:
        Membership.objects.filter(client=UUID(left.id)).update(
            left=timezone.now(), leave=staff.leave(left).raw
        )
    answer = clinic.get(f"/groups/{staff.id}")
    assert len(accepted(answer)["leaves"]) == MAX_MEMBERS - 1
    assert len(answer.content) < 1024 * 1024
