"""groups: what a client remembers itself, whatever the server lists, and what others share."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.cli.exit_codes import ExitCode
from apps.client.acts import grouping, writing
from apps.client.acts.writing import New, Writer, roomed
from apps.client.errors import VerificationError
from apps.client.session import Stream
from apps.client.trust import groups, single_grants
from apps.envelope import rosters
from apps.envelope.encoding import b64
from apps.envelope.grants import GRANT, parse_grant
from apps.envelope.rosters import ROSTER, Member, parse_roster, sign_roster
from apps.envelope.shapes import Items, Object, Parsed
from apps.vault import bodies
from apps.vault.models import Generation, Grant, Record
from tests.client.parties import Party, Signup, Tampering
from tests.client.test_groups import names, shared, staff

pytestmark = [pytest.mark.database, pytest.mark.slow]


def hiding(reader: str) -> Tampering:
    """A server that lists no grant to this reader."""

    def change(answer: Any) -> Any:
        answer["items"] = [one for one in answer["items"] if one["grant"]["reader"] != reader]
        return answer

    return Tampering().on("GET /grants", change)


def generations() -> int:
    return Generation.objects.filter(stream__type="contact").count()


def test_a_server_that_hides_a_grant_keeps_nobody_in(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before"})
    clinic.client.groups.remove(group, mallory.id)
    Grant.objects.filter(group__isnull=False).update(epoch=2)  # the server tells nobody

    acme.through(hiding(group)).write("contact", {"name": "after"})

    assert generations() == 2


def test_a_server_that_hides_a_grant_prolongs_no_roster(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before"})
    client = acme.through(hiding(group))
    end = client.session.now() + 31 * grouping.DAY
    client.session.now = lambda: end

    client.write("contact", {"name": "after"})
    assert generations() == 2
    again = acme.through(hiding(group))
    again.session.now = lambda: end
    again.write("contact", {"name": "later"})

    assert generations() == 2  # once is enough


def test_a_server_that_hides_a_grant_opens_no_past(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before"})
    clinic.client.groups.add(group, mallory.id, fingerprint=mallory.fingerprint, from_now=True)
    mallory.knows(clinic)

    acme.through(hiding(group)).write("contact", {"name": "meanwhile"})
    acme.client.write("contact", {"name": "after"})

    records = mallory.client.query("contact", writer=acme.id, on_problem=lambda error: None)
    assert sorted(str(one.data["name"]) for one in records) == ["after", "meanwhile"]
    assert names(marketing, acme.id) == ["after", "before", "meanwhile"]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"columns": ["name"]}, {"columns": ["name", "age"]}),
        (
            {"until": date.today() + timedelta(days=30)},
            {"until": date.today() + timedelta(days=60)},
        ),
    ],
    ids=["columns", "end"],
)
def test_sharing_more_after_a_removal_is_under_a_new_key(
    acme: Party,
    clinic: Party,
    marketing: Party,
    mallory: Party,
    first: dict[str, Any],
    then: dict[str, Any],
) -> None:
    group = staff(clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before", "age": "3"})
    acme.client.share("contact", group, owner=clinic.id, fingerprint=clinic.fingerprint, **first)
    clinic.client.groups.remove(group, mallory.id)

    acme.client.share("contact", group, **then)
    acme.client.write("contact", {"name": "after", "age": "4"})

    marketing.knows(acme)
    assert generations() == 2
    assert names(marketing, acme.id) == ["after", "before"]


def _nothing(acme: Party, group: str) -> None:
    pass


def _less(acme: Party, group: str) -> None:
    acme.client.share("contact", group, columns=["name"])


@pytest.mark.parametrize(("then", "reads"), [(_nothing, []), (_less, ["after", "before"])])
def test_who_was_revoked_on_another_machine_stays_so(
    acme: Party,
    clinic: Party,
    marketing: Party,
    then: Callable[[Party, str], None],
    reads: list[str],
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    acme.client.write("contact", {"name": "before"})
    elsewhere = acme.copy("elsewhere")
    acme.client.revoke("contact", group)
    then(acme, group)

    elsewhere.client.write("contact", {"name": "after", "age": "3"})
    elsewhere.client.write("contact", {"name": "after", "age": "3"})

    found = marketing.client.query("contact", writer=acme.id, allow_empty=True)
    assert sorted({str(one.data["name"]) for one in found}) == reads
    assert not any("age" in one.data for one in found)


def test_a_group_that_ended_was_shared_less_on_another_machine(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    acme.client.write("contact", {"name": "before"})
    elsewhere = acme.copy("elsewhere")
    acme.client.revoke("contact", group)
    acme.client.share("contact", group, columns=["name"])
    late = elsewhere.client
    end = late.session.now() + 31 * grouping.DAY
    late.session.now = lambda: end
    late.write("contact", {"name": "meanwhile", "age": "3"})
    clinic.client.groups.renew(group)

    elsewhere.client.write("contact", {"name": "after", "age": "3"})

    found = list(marketing.client.query("contact", writer=acme.id))
    assert sorted(str(one.data["name"]) for one in found) == ["after", "before", "meanwhile"]
    assert not any("age" in one.data for one in found)


# --- What follows from a removal -------------------------------------------------------------


def test_a_form_that_another_machine_shared_has_a_new_inbox_too(
    acme: Party, marketing: Party, mallory: Party, signup: Signup
) -> None:
    group = staff(acme, marketing, mallory)
    elsewhere = acme.copy("elsewhere")
    acme.client.share("account", group, form="signup")
    before = signup.manifest.inbox("account").gen

    ran = elsewhere.run("groups", "remove", group, mallory.id, "--yes")

    assert (ran.error, ran.code) == ("", 0)
    assert "signup was published again" in ran.out
    assert signup.manifest.inbox("account").gen == before + 1


def test_a_form_that_only_another_machine_may_publish_is_named(
    acme: Party, marketing: Party, mallory: Party, signup: Signup
) -> None:
    group = staff(acme, marketing, mallory)
    acme.client.share("account", group, form="signup")
    acme.forgets()

    ran = acme.run("groups", "remove", group, mallory.id, "--yes")

    assert ran.code == ExitCode.KEPT
    assert "collect for who was in it: signup" in ran.error
    assert "`publish` each" in ran.error


def test_a_type_that_cannot_go_on_does_not_hold_up_the_others(
    acme: Party, clinic: Party, marketing: Party, mallory: Party, signup: Signup
) -> None:
    group = staff(acme, marketing, mallory)
    other = staff(clinic, name="others")
    acme.client.share(
        "account", other, owner=clinic.id, fingerprint=clinic.fingerprint, allow_empty=True
    )
    for type in ("account", "contact"):
        acme.client.share(type, group, allow_empty=True)
    acme.client.share("account", group, form="signup")
    before = signup.manifest.inbox("account").gen

    def forged(answer: Any) -> Any:
        if "roster" in answer and answer["roster"]["group"] in other:
            answer["roster"]["version"] += 1
        return answer

    with pytest.raises(VerificationError):
        acme.through(Tampering().on("GET /groups/", forged)).groups.remove(group, mallory.id)

    assert generations() == 2
    assert signup.manifest.inbox("account").gen == before + 1


def test_what_another_machine_shared_is_encrypted_anew_too(
    acme: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(acme, marketing, mallory)
    elsewhere = acme.copy("elsewhere")
    acme.client.write("contact", {"name": "before"})
    acme.client.share("contact", group)

    ran = elsewhere.run("groups", "remove", group, mallory.id, "--reencrypt", "--yes")
    again = elsewhere.run("groups", "remove", group, mallory.id, "--reencrypt", "--yes")

    assert "1 record of contact encrypted anew" in ran.out
    assert "No record of contact is under an earlier key" in again.out
    assert Record.objects.get().rev == 2


# --- What is named ---------------------------------------------------------------------------


def test_a_server_that_renames_groups_has_nobody_taken_into_another_one(
    acme: Party, marketing: Party
) -> None:
    for name in ("board", "interns"):
        acme.client.groups.create(name)
    acme.forgets()
    other = {"board": "interns", "interns": "board"}

    def renamed(answer: Any) -> Any:
        for one in answer.get("groups", ()):
            one["name"] = other[one["name"]]
        return answer

    client = acme.through(Tampering().on("GET /groups", renamed))
    with pytest.raises(VerificationError, match="its owner calls it board"):
        client.groups.add("interns", marketing.id, fingerprint=marketing.fingerprint)

    acme.forgets()
    done = acme.client.groups.add("interns", marketing.id, fingerprint=marketing.fingerprint)
    assert done.roster.name == "interns"


def test_records_are_shared_with_a_group_that_is_new_here(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    id = acme.client.write("contact", {"name": "Ann"})
    marketing.knows(acme)

    words = ("--with", group, "--owner", clinic.id, "--fingerprint", clinic.fingerprint)
    ran = acme.run("share", "--record", id, *words)

    assert ran.error == ""
    assert marketing.client.read(id).data == {"name": "Ann"}


def test_no_other_group_is_taken_up_as_the_one_that_is_made(acme: Party) -> None:
    acme.client.groups.create("board")
    acme.forgets()

    def renamed(answer: Any) -> Any:
        for one in answer.get("groups", ()):
            one["name"] = "interns"
        return answer

    with pytest.raises(VerificationError, match="its owner calls it board"):
        acme.through(Tampering().on("GET /groups", renamed)).groups.create("interns")


def test_a_group_with_members_is_not_called_a_new_one(acme: Party, marketing: Party) -> None:
    staff(acme, marketing, name="board")
    acme.forgets()

    ran = acme.run("groups", "create", "board")

    assert "made on another machine" in ran.error
    assert ran.out == ""


# --- Single records --------------------------------------------------------------------------


def test_a_record_of_a_form_is_taken_back_from_a_group_that_has_ended(
    acme: Party, marketing: Party, signup: Signup
) -> None:
    group = staff(acme, marketing)
    [id, *_] = signup.fill()
    acme.client.share_records([id], group)
    client = acme.client
    end = client.session.now() + 31 * grouping.DAY
    client.session.now = lambda: end

    client.revoke_records([id], group)

    assert Grant.objects.get(record=UUID(id)).not_after == 1


def test_a_grant_that_ended_while_records_are_written_anew_is_not_made_anew(
    acme: Party, marketing: Party
) -> None:
    id = acme.client.write("contact", {"name": "Ann"})
    acme.client.share_records([id], marketing.id, fingerprint=marketing.fingerprint)
    client = acme.client
    found = single_grants.standing(client.session, Stream(acme.id, "contact"))
    record = client.read(id)
    with acme.client.session.state.change() as state:
        state.stream(acme.id, "contact").end(marketing.id, id, 1)

    new = New(id, roomed(record.data, record.rooms), record.rev + 1, record.meta, record.akid)
    Writer(client.session).update("contact", [new], standing=found)

    assert not Grant.objects.filter(record=UUID(id)).exists()


# --- Thieves, and liars that cost time -------------------------------------------------------


def test_an_older_roster_that_a_thief_may_have_signed_brings_nobody(
    clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing)
    clinic.knows(mallory)
    stolen = clinic.client.session.keys
    true = groups.served(clinic.client.session, groups.group_id(group)).roster
    assert clinic.rotate("--compromised").error == ""
    member = Member(mallory.id, mallory.client.session.me.fingerprint, 2)
    forged = sign_roster(
        replace(true, version=2, members=tuple(sorted([*true.members, member]))), stolen
    )

    def older(answer: Any) -> Any:
        return answer | {"roster": forged.to_wire()} if "roster" in answer else answer

    done = clinic.through(Tampering().on("GET /groups/", older)).groups.renew(group, restored=True)

    assert done.roster.members == ()
    assert any("Add those who belong" in text for text in clinic.warnings)


def test_an_epoch_that_there_is_not_is_looked_for_once(
    acme: Party,
    clinic: Party,
    marketing: Party,
    mallory: Party,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    acme.client.write("contact", {"name": "Ann"})
    for _ in range(4):
        clinic.client.groups.add(group, mallory.id, fingerprint=mallory.fingerprint)
        clinic.client.groups.remove(group, mallory.id)
    opened: list[int] = []
    open_epoch = rosters.open_epoch

    def counted(roster: rosters.Roster, *, epoch: int, seed: bytes) -> rosters.OpenEpoch:
        opened.append(epoch)
        return open_epoch(roster, epoch=epoch, seed=seed)

    def unknown(answer: Any) -> Any:
        for one in answer["items"]:
            if one["grant"]["reader"] == group:
                one["grant"]["reader_fp"] = b64(bytes(32))
        return answer

    monkeypatch.setattr(rosters, "open_epoch", counted)
    client = marketing.through(Tampering().on("GET /grants", unknown))
    found = client.query("contact", writer=acme.id, on_problem=lambda error: None)

    assert list(found) == []
    assert sorted(opened) == [1, 2, 3, 4, 5]


# --- What a roster brings along --------------------------------------------------------------


def cut_thrice(acme: Party, clinic: Party, marketing: Party, mallory: Party) -> str:
    """A group with three epochs that no link leads to; marketing was in from the first on."""
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    for number in range(3):
        acme.client.write("contact", {"name": f"{number}"})
        clinic.client.groups.add(group, mallory.id, fingerprint=mallory.fingerprint, from_now=True)
    return group


def test_more_grants_than_a_request_holds_come_with_further_versions(
    acme: Party,
    clinic: Party,
    marketing: Party,
    mallory: Party,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut_thrice(acme, clinic, marketing, mallory)
    few = Items("grants", Parsed(parse_grant, (GRANT,)), 3, 0)
    bound = Object(
        "next roster", {"roster": Parsed(parse_roster, (ROSTER,)), "grants": few}, versioned=False
    )
    monkeypatch.setattr(bodies, "NEXT_ROSTER", bound)
    monkeypatch.setattr(writing, "MAX_ITEMS", 3)

    assert clinic.rotate().error == ""

    assert names(marketing, acme.id) == ["0", "1", "2"]


def test_what_of_them_did_not_arrive_comes_with_the_next_version(
    acme: Party,
    clinic: Party,
    marketing: Party,
    mallory: Party,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group = cut_thrice(acme, clinic, marketing, mallory)
    with monkeypatch.context() as lost:
        lost.setattr(grouping, "_heads_anew", lambda *_: [])
        assert clinic.rotate().error == ""
    clinic.client.groups.renew(group)

    assert names(marketing, acme.id) == ["0", "1", "2"]
    epochs = Grant.objects.filter(stream__writer=group, reader=mallory.row)
    assert sorted(epochs.values_list("generation__number", flat=True)) == [2, 3, 4, 5]
