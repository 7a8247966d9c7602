"""POST /groups/ID/rosters"""

from apps.envelope.grants import open_grant, parse_grant
from apps.envelope.rosters import open_epoch, parse_roster
from tests.groups import team
from tests.people import Person, Type, accepted, error


def shown(reader: Person, writer: str) -> list[str]:
    page = accepted(reader.get("/records", writer=writer, type="contact"))
    return [item["record"]["id"] for item in page["items"]]


def test_a_member_reads_what_the_group_was_granted(
    acme: Person, clinic: Person, marketing: Person, mallory: Person, contact: Type
) -> None:
    [record] = contact.write()
    staff = team(clinic, marketing)
    contact.share(staff)

    assert shown(marketing, acme.id) == [record.id]
    assert shown(mallory, acme.id) == shown(clinic, acme.id) == []

    roster = parse_roster(accepted(marketing.get(f"/groups/{staff.id}"))["roster"])
    [of_epoch, of_type] = [
        parse_grant(item["grant"])
        for item in accepted(marketing.get("/grants", direction="incoming"))["items"]
    ]
    seed = open_grant(
        of_epoch, keys=marketing.keys, me=marketing.card, granter=clinic.card, now=0,
        owner=roster.owner,
    )["@"]  # fmt: skip
    epoch = open_epoch(roster, epoch=of_epoch.gen, seed=seed)
    keys = open_grant(of_type, keys=epoch.key, me=epoch.party, granter=acme.card, now=0)
    assert keys == {"*": contact.access_keys[1]}


def test_who_is_removed_reads_nothing_from_then_on(
    acme: Person, clinic: Person, marketing: Person, mallory: Person, contact: Type
) -> None:
    [record] = contact.write()
    staff = team(clinic, marketing, mallory)
    contact.share(staff)
    assert shown(mallory, acme.id) == [record.id]

    staff.remove(mallory)

    assert shown(mallory, acme.id) == []
    assert accepted(mallory.get("/grants", direction="incoming"))["items"] == []
    assert error(mallory.get(f"/records/{record.id}")) == (404, "not_found")
    assert shown(marketing, acme.id) == [record.id]
    late = contact.record()
    refused = acme.post("/records", {"records": [late.to_wire()]})
    assert error(refused) == (409, "generation_stale")
    assert accepted(clinic.get(f"/groups/{staff.id}/stale")) == {
        "streams": [{"writer": acme.id, "type": "contact", "gen": 1, "epoch": 1}], "more": False,
    }  # fmt: skip


def test_groups_are_listed_to_who_owns_them_or_is_in(
    clinic: Person, marketing: Person, mallory: Person
) -> None:
    staff = team(clinic, marketing)

    told = {
        "id": staff.id, "name": "clinic staff", "owner": clinic.id, "version": 1, "epoch": 1,
        "expires": staff.card and staff.next_roster().expires,
    }  # fmt: skip
    assert accepted(clinic.get("/groups")) == {"groups": [told | {"member": False}]}
    assert accepted(marketing.get("/groups")) == {"groups": [told | {"member": True}]}
    assert accepted(mallory.get("/groups")) == {"groups": []}


def test_a_member_leaves_by_its_own_word(clinic: Person, marketing: Person) -> None:
    staff = team(clinic, marketing)
    leave = staff.leave(marketing)

    path = f"/groups/{staff.id}/leave"
    assert accepted(marketing.post(path, leave.to_wire())) == {"left": True}
    assert accepted(marketing.post(path, leave.to_wire())) == {"left": False}

    assert accepted(marketing.get("/grants", direction="incoming"))["items"] == []
    assert accepted(clinic.get(f"/groups/{staff.id}"))["leaves"] == [leave.to_wire()]
    assert accepted(marketing.get(f"/groups/{staff.id}"))["leaves"] == []
