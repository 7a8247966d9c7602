"""groups: a team reads as one, and who is out reads nothing that is written afterwards."""

from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.cli.exit_codes import ExitCode
from apps.client import session
from apps.client.acts import grouping, writing
from apps.client.errors import (
    ApiRefused,
    EndedGroupError,
    UnpinnedError,
    UsageError,
    VerificationError,
)
from apps.envelope.encoding import load_json
from apps.envelope.records import parse_record
from apps.vault.models import Generation, Grant, Record
from config import inprocess
from tests.client.killing import Killed
from tests.client.parties import Party, Signup, Tampering
from tests.client.restores import back_up, restore

pytestmark = [pytest.mark.database, pytest.mark.slow]


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


def test_from_now_on_means_just_that(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before"})

    clinic.client.groups.add(group, mallory.id, fingerprint=mallory.fingerprint, from_now=True)
    mallory.knows(clinic)
    acme.client.write("contact", {"name": "after"})
    assert acme.client.share("contact", group).sent == 0  # what is before the cut stays there

    assert names(marketing, acme.id) == ["after", "before"]
    records = mallory.client.query("contact", writer=acme.id, on_problem=lambda error: None)
    assert [one.data["name"] for one in records] == ["after"]


def test_who_comes_after_a_cut_reads_what_was_before_it_too(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic)
    shared(acme, group, clinic, marketing)
    acme.client.write("contact", {"name": "before"})
    clinic.client.groups.add(group, mallory.id, fingerprint=mallory.fingerprint, from_now=True)
    acme.client.write("contact", {"name": "after"})

    clinic.client.groups.add(group, marketing.id, fingerprint=marketing.fingerprint)
    marketing.knows(clinic)

    assert names(marketing, acme.id) == ["after", "before"]


def test_many_epochs_are_read_by_who_was_in_all_along(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    written = []
    for number in range(4):
        written.append(f"{number}")
        acme.client.write("contact", {"name": written[-1]})
        clinic.client.groups.add(group, mallory.id, fingerprint=mallory.fingerprint)
        clinic.client.groups.remove(group, mallory.id)

    assert clinic.client.groups.show(group).roster.epoch == 5
    assert names(marketing, acme.id) == written


def test_who_was_removed_and_is_added_again_reads_all(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    acme.client.write("contact", {"name": "first"})
    clinic.client.groups.remove(group, marketing.id)
    acme.client.write("contact", {"name": "second"})

    done = clinic.client.groups.add(group, marketing.id)

    assert done.added == [marketing.id]
    assert names(marketing, acme.id) == ["first", "second"]


def test_who_leaves_is_refused_at_once_and_the_others_go_on_without(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before"})

    assert mallory.run("groups", "leave", "clinic-staff", "--yes").error == ""
    assert names(mallory, acme.id) == []
    assert clinic.client.groups.show(group).leaving == [mallory.id]

    ran = clinic.run("groups", "renew")
    assert ran.code == ExitCode.PENDING  # acme has not written since
    assert "mallory has left, and is out." in ran.out
    acme.client.write("contact", {"name": "after"})
    assert names(marketing, acme.id) == ["after", "before"]
    assert names(mallory, acme.id) == []
    again = mallory.run("groups", "leave", group, "--yes")
    assert "was out of" in again.out
    assert clinic.run("groups", "renew").error == ""


def test_what_a_server_shows_of_a_known_owner_is_no_reason_to_sign_a_leave(
    clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)

    def taken_in_later(answer: dict[str, Any]) -> dict[str, Any]:
        for member in answer["roster"]["members"]:
            member["since"] = answer["roster"]["version"]  # or any that is to come one day
        return answer

    wire = Tampering().on("GET /groups/", taken_in_later)
    with pytest.raises(VerificationError):
        marketing.through(wire).groups.leave(group)
    assert wire.requests("POST /groups/") == []

    assert marketing.client.groups.leave(group).now


def test_who_left_can_come_back(acme: Party, clinic: Party, marketing: Party) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    marketing.client.groups.leave(group)
    clinic.client.groups.renew(group)
    acme.client.write("contact", {"name": "new"})

    clinic.client.groups.add(group, marketing.id)

    assert names(marketing, acme.id) == ["new"]


def test_a_form_is_shared_with_an_own_group_and_has_a_new_inbox_when_somebody_is_out(
    acme: Party, marketing: Party, mallory: Party, signup: Signup
) -> None:
    group = staff(acme, marketing, mallory, name="office")
    signup.fill(fullname="before")
    acme.client.share("account", group, form="signup")
    inbox = signup.manifest.inbox("account").public
    read = [one.data["fullname"] for one in marketing.client.query("account")]
    assert read == ["before"]

    ran = acme.run("groups", "remove", "office", mallory.id, "--yes")

    assert (ran.error, ran.code) == ("", 0)
    assert "The form signup was published again" in ran.out
    assert signup.manifest.inbox("account").public != inbox
    signup.fill(fullname="after")
    names = [str(one.data["fullname"]) for one in marketing.client.query("account")]
    assert sorted(names) == ["after", "before"]
    assert list(mallory.client.query("account", allow_empty=True)) == []


def test_a_form_is_not_shared_with_a_group_of_somebody_else(
    acme: Party, clinic: Party, marketing: Party, signup: Signup
) -> None:
    group = staff(clinic, marketing)

    with pytest.raises(UsageError, match="own group only"):
        acme.client.share(
            "account", group, owner=clinic.id, fingerprint=clinic.fingerprint, form="signup"
        )


def test_own_types_go_on_under_new_keys_at_once(
    acme: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(acme, marketing, mallory)
    acme.client.write("contact", {"name": "before"})
    acme.client.share("contact", group)

    ran = acme.run("groups", "remove", group, mallory.id, "--yes")

    assert (ran.error, ran.code) == ("", 0)
    assert "What is written next of contact is under a new key." in ran.out
    assert Generation.objects.filter(stream__type="contact").count() == 2


def test_columns_and_an_end_hold_for_a_group_in_each_epoch(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before", "zip": "97301"})
    acme.client.share(
        "contact", group, owner=clinic.id, fingerprint=clinic.fingerprint, columns=["name"],
        until=date(2999, 1, 1),
    )  # fmt: skip
    marketing.knows(acme)
    clinic.client.groups.remove(group, mallory.id)
    acme.client.write("contact", {"name": "after", "zip": "97302"})

    found = [one.data for one in marketing.client.query("contact")]

    assert sorted(map(str, found)) == ["{'name': 'after'}", "{'name': 'before'}"]
    [share] = [one for one in acme.client.shares() if one.other == group]
    assert (share.columns, share.generations, share.name) == (("name",), 2, "clinic-staff")
    assert share.verified
    assert share.not_after


def test_a_group_that_nobody_told_of_is_refused(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    acme.client.write("contact", {"name": "Ann"})

    ran = acme.run("share", "contact", "--with", group)

    assert ran.code == ExitCode.FAILED
    assert f"--with {group} --owner CLIENT_ID --fingerprint FP" in ran.error
    ran = acme.run("share", "contact", "--with", group, "--owner", clinic.id)
    assert "the fingerprint of client" in ran.error
    assert not Grant.objects.filter(group__isnull=False).exists()


def test_a_group_is_not_that_of_another_owner(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing)
    acme.client.write("contact", {"name": "Ann"})

    with pytest.raises(VerificationError) as refused:
        acme.client.share("contact", group, owner=mallory.id, fingerprint=mallory.fingerprint)

    assert refused.value.code == "mismatch"
    shared(acme, group, clinic)
    with pytest.raises(VerificationError):
        acme.client.share("contact", group, owner=mallory.id)


def test_a_group_is_named_by_its_name_or_bare_id_where_it_is_known(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic)

    for name in ("clinic-staff", group, group.removeprefix("group:")):
        ran = acme.run("share", "contact", "--with", name)
        assert ran.error == ""
        assert "already shares contact with group clinic-staff" in ran.out
    assert "group clinic-staff" in acme.run("shares").out
    ran = acme.run("revoke", "contact", "--from", "clinic-staff", "--yes")
    assert ran.error == ""
    acme.client.write("contact", {"name": "after"})
    marketing.knows(acme)
    assert names(marketing, acme.id) == []
    assert "no group" in acme.run("groups", "show", "clinic-staf").error


def test_what_a_member_reads_by_a_group_is_listed_as_that(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)

    [share] = marketing.client.shares()

    assert (share.direction, share.other, share.group) == (
        "incoming", acme.id, group.removeprefix("group:"),
    )  # fmt: skip
    assert share.verified
    assert "acme, in a group" in marketing.run("shares").out


def test_a_member_who_has_not_pinned_the_owner_is_told_what_to_do(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic)
    clinic.client.groups.add(group, marketing.id, fingerprint=marketing.fingerprint)
    shared(acme, group, clinic, marketing)
    for number in range(3):
        acme.client.write("contact", {"name": f"{number}"})

    ran = marketing.run("extract", "--type", "contact")

    assert ran.code == ExitCode.UNREAD
    assert ran.err.count(f"trust add {clinic.id}") == 1
    marketing.knows(clinic)
    assert names(marketing, acme.id) == ["0", "1", "2"]


def test_what_is_encrypted_anew_is_closed_to_who_is_out(
    acme: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(acme, marketing, mallory)
    acme.client.write_many("contact", [{"name": "one"}, {"name": "two"}])
    acme.client.share("contact", group)
    old = {bytes(one.akid) for one in Generation.objects.filter(stream__type="contact")}

    ran = acme.run("groups", "remove", group, mallory.id, "--reencrypt", "--yes")

    assert (ran.error, ran.code) == ("", 0)
    assert "even with the server's help" in ran.out
    assert "2 records of contact encrypted anew" in ran.out
    assert old.isdisjoint(
        parse_record(load_json(bytes(one.body))).akid for one in Record.objects.all()
    )
    again = acme.run("groups", "remove", group, mallory.id, "--reencrypt", "--yes")
    assert "nothing to encrypt anew" in again.out
    assert names(marketing, acme.id) == ["one", "two"]


def test_a_record_alone_is_shared_with_a_group(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    id = acme.client.write("contact", {"name": "Ann", "zip": "97301"})
    marketing.knows(acme)
    shared(acme, group, clinic, marketing, type="news")  # which makes the group known
    acme.client.share_records([id], group, fields=["name"])

    assert [one.data for one in marketing.client.query("contact")] == [{"name": "Ann"}]
    clinic.client.groups.remove(group, mallory.id)
    [record] = acme.client.query("contact")
    acme.client.update(record, {"name": "Bea", "zip": "97301"})
    assert [one.data for one in marketing.client.query("contact")] == [{"name": "Bea"}]
    acme.client.revoke_records([id], group)
    assert list(marketing.client.query("contact", allow_empty=True)) == []


# --- A roster that has ended ---------------------------------------------------------------


def test_an_ended_roster_counts_as_none_until_it_is_renewed(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    acme.client.write("contact", {"name": "before"})
    client = acme.client
    end = client.session.now() + 31 * grouping.DAY
    client.session.now = lambda: end

    client.write("contact", {"name": "meanwhile"})

    assert [text for text in acme.warnings if "until its owner renews it" in text]
    assert names(marketing, acme.id) == ["before"]
    assert acme.client.session.state.load().stream(acme.id, "contact").readers  # it is meant to
    clinic.client.groups.renew(group)
    acme.client.write("contact", {"name": "after"})  # in whose time the roster is in force
    assert names(marketing, acme.id) == ["after", "before", "meanwhile"]


def test_nothing_new_is_shared_with_an_ended_group(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic)
    client = acme.client
    end = client.session.now() + 31 * grouping.DAY
    client.session.now = lambda: end

    with pytest.raises(EndedGroupError) as refused:
        client.share("health", group, allow_empty=True)

    assert "groups renew" in refused.value.hint


# --- Programs that run on --------------------------------------------------------------------


def test_a_program_that_runs_on_looks_again(
    acme: Party, clinic: Party, marketing: Party, mallory: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing, mallory)
    running = acme.client
    running.write("contact", {"name": "before"})
    clinic.client.groups.remove(group, mallory.id)
    # The server tells nobody: what was granted counts as granted to today's epoch.
    Grant.objects.filter(group__isnull=False).update(epoch=2)

    monkeypatch.setattr(session, "KEPT_FOR", 0.0)
    running.write("contact", {"name": "after"})

    assert Generation.objects.filter(stream__type="contact").count() == 2


def test_the_servers_word_makes_it_early(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing, mallory)
    running = acme.client
    running.write("contact", {"name": "before"})
    clinic.client.groups.remove(group, mallory.id)

    running.write("contact", {"name": "after"})

    assert Generation.objects.filter(stream__type="contact").count() == 2
    assert names(marketing, acme.id) == ["after", "before"]


def test_a_server_that_calls_everything_stale_is_given_up(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    wire = Stale()

    with pytest.raises(ApiRefused) as refused:
        acme.through(wire).write("contact", {"name": "Ann"})

    assert refused.value.code == "generation_stale"
    assert len(wire.requests("POST /records")) == writing.ROUNDS
    assert wire.requests("POST /revocations") == []


class Stale(Tampering):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if (request.method, request.url.path) == ("POST", "/api/v1/records"):
            self.seen.append(("POST /records", request.read()))
            error = {"code": "generation_stale", "message": "stale", "hint": ""}
            return httpx.Response(409, json={"error": error}, request=request)
        return super().handle_request(request)


def test_sharing_under_an_epoch_that_ended_meanwhile_is_done_again(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing)
    running = acme.client
    running.share("contact", group)
    clinic.client.groups.remove(group, mallory.id)

    running.share("health", group, allow_empty=True)
    running.write("health", {"name": "well"})

    assert names(marketing, acme.id, "health") == ["well"]


# --- Keys that change ------------------------------------------------------------------------


@pytest.mark.slow
def test_a_member_under_new_keys_reads_on_and_is_renewed(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    acme.client.write("contact", {"name": "before"})

    assert marketing.rotate().error == ""
    assert names(marketing, acme.id) == ["before"]
    done = clinic.client.groups.renew(group)

    assert (done.renewed, done.is_new_epoch) == ([marketing.id], True)
    acme.client.write("contact", {"name": "after"})
    assert names(marketing, acme.id) == ["after", "before"]


@pytest.mark.slow
def test_a_member_whose_keys_were_stolen_is_refused_until_somebody_compared(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing)
    assert marketing.rotate("--compromised").error == ""

    ran = clinic.run("groups", "renew", "clinic-staff")

    assert ran.code == ExitCode.FAILED
    assert marketing.id in ran.error
    assert f"trust add {marketing.id}" in ran.error
    assert f"groups remove {group.removeprefix('group:')} {marketing.id}" in ran.error
    assert clinic.run("groups", "remove", "clinic-staff", mallory.id, "--yes").code == 1
    clinic.client.pin(marketing.id, marketing.fingerprint)
    done = clinic.client.groups.renew(group)
    assert [one.id for one in done.roster.members] == [marketing.id]
    assert done.removed == [mallory.id]  # which was decided before
    acme.client.write("contact", {"name": "after"})
    marketing.knows(acme)
    assert names(marketing, acme.id) == ["after"]


@pytest.mark.slow
def test_a_member_whose_keys_were_stolen_can_be_removed(
    clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    assert marketing.rotate("--compromised").error == ""

    done = clinic.client.groups.remove(group, marketing.id)

    assert [one.id for one in done.roster.members] == [mallory.id]


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--compromised",)], ids=["plain", "stolen"])
def test_an_owner_under_new_keys_keeps_its_groups(
    acme: Party, clinic: Party, marketing: Party, mallory: Party, words: tuple[str, ...]
) -> None:
    group = staff(clinic, marketing)
    clinic.client.groups.add(group, mallory.id, fingerprint=mallory.fingerprint, from_now=True)
    shared(acme, group, clinic, marketing)
    acme.client.write("contact", {"name": "before"})
    clinic.client.groups.add(group, acme.id, fingerprint=acme.fingerprint, from_now=True)
    mallory.knows(clinic)

    ran = clinic.rotate(*words)

    assert (ran.error, ran.code) == ("", 0)
    assert "clinic-staff" in ran.out
    if words:
        for party in (acme, marketing, mallory):
            party.client.pin(clinic.id, clinic.fingerprint)
    shown = clinic.client.groups.show(group)
    assert {one.id for one in shown.roster.members} == {marketing.id, mallory.id, acme.id}
    acme.client.write("contact", {"name": "after"})
    assert names(marketing, acme.id) == ["after", "before"]
    assert [text for text in marketing.warnings if "refused" in text] == []


@pytest.mark.slow
def test_a_group_of_an_owner_that_was_rotated_elsewhere_is_taken_in(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing)
    elsewhere = clinic.copy("elsewhere")
    assert clinic.rotate().error == ""
    there = elsewhere.path
    there.write_bytes(clinic.path.read_bytes())  # the key file is brought over, the memory is not

    done = elsewhere.client.groups.remove(group, mallory.id)

    assert [one.id for one in done.roster.members] == [marketing.id]
    acme.client.write("contact", {"name": "after"})
    assert names(marketing, acme.id) == ["after"]


@pytest.mark.slow
def test_a_writer_under_new_keys_shares_with_its_groups_again(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    acme.client.write("contact", {"name": "before"})
    shared(acme, group, clinic, marketing)

    assert acme.rotate().error == ""
    acme.client.write("contact", {"name": "after"})

    assert names(marketing, acme.id) == ["after", "before"]


@pytest.mark.slow
def test_a_roster_that_a_thief_signed_is_not_taken_over(
    clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing)
    thief = clinic.copy("thief")
    thief.client.groups.add(group, mallory.id, fingerprint=mallory.fingerprint)

    assert clinic.rotate("--compromised").error == ""

    shown = clinic.client.groups.show(group)
    assert shown.roster.members == ()
    assert shown.why_not == ""
    clinic.client.groups.add(group, marketing.id)
    assert [one.id for one in clinic.client.groups.show(group).roster.members] == [marketing.id]


# --- Own machines, and runs that end --------------------------------------------------------


def test_another_own_machine_takes_in_what_was_signed_elsewhere(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic)
    elsewhere = clinic.copy("elsewhere")
    clinic.client.groups.add(group, marketing.id, fingerprint=marketing.fingerprint)

    done = elsewhere.client.groups.add(group, mallory.id, fingerprint=mallory.fingerprint)

    assert {one.id for one in done.roster.members} == {marketing.id, mallory.id}
    assert elsewhere.client.groups.remove(group, mallory.id).roster.version == 4
    assert clinic.client.groups.renew(group).roster.version == 5


def test_a_machine_that_shares_is_told_of_by_the_server_and_looks_itself(
    acme: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(acme, marketing, mallory)
    elsewhere = acme.copy("elsewhere")
    acme.client.write("contact", {"name": "before"})
    acme.client.share("contact", group)

    done = elsewhere.client.groups.remove(group, mallory.id)

    assert done.stale == []
    assert Generation.objects.filter(stream__type="contact").count() == 2


class Lost(httpx.BaseTransport):
    """The answer to some request does not come; the request may."""

    def __init__(self, beginning: str, *, arrives: bool) -> None:
        self.server, self.beginning, self.arrives = inprocess.transport(), beginning, arrives

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        line = f"{request.method} {request.url.path.removeprefix('/api/v1')}"
        if line.startswith(self.beginning):
            if self.arrives:
                self.server.handle_request(request)
            raise Killed
        return self.server.handle_request(request)


@pytest.mark.parametrize("arrives", [True, False], ids=["arrived", "lost"])
def test_a_removal_that_was_cut_short_is_done_by_whatever_comes_next(
    acme: Party, clinic: Party, marketing: Party, mallory: Party, arrives: bool
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing, mallory)
    cut = clinic.through(Lost("POST /groups", arrives=arrives))
    with pytest.raises(Killed):
        cut.groups.remove(group, mallory.id)

    done = clinic.client.groups.add(group, acme.id, fingerprint=acme.fingerprint)

    assert {one.id for one in done.roster.members} == {marketing.id, acme.id}
    assert done.roster.epoch == 2
    ran = clinic.run("groups", "remove", "clinic-staff", mallory.id, "--yes")
    assert ran.code == ExitCode.PENDING
    assert "mallory is out" in ran.out


@pytest.mark.parametrize("arrives", [True, False], ids=["arrived", "lost"])
def test_a_group_is_made_once(clinic: Party, mallory: Party, arrives: bool) -> None:
    cut = clinic.through(Lost("POST /groups", arrives=arrives))
    with pytest.raises(Killed):
        cut.groups.create("clinic-staff")

    made = clinic.run("groups", "create", "clinic-staff")
    again = clinic.run("groups", "create", "clinic-staff")  # as after a kill at the very end

    assert (made.error, again.error) == ("", "")
    [line] = clinic.client.groups.lines()
    assert line.id in made.out
    assert line.id in again.out
    clinic.client.groups.add(line.id, mallory.id, fingerprint=mallory.fingerprint)
    for _ in range(2):  # with somebody in it, and when she was
        ran = clinic.run("groups", "create", "clinic-staff")
        assert ran.code == ExitCode.FAILED
        assert "knows a group clinic-staff already" in ran.error
        clinic.client.groups.remove(line.id, mallory.id)


def test_after_an_older_database_came_back_nobody_comes_back_by_it(
    acme: Party, clinic: Party, marketing: Party, mallory: Party, tmp_path: Path
) -> None:
    group = staff(clinic, marketing, mallory)
    backup = back_up(tmp_path)
    clinic.client.groups.remove(group, mallory.id)
    before = clinic.client.groups.show(group).roster
    restore(backup)

    ran = clinic.run("groups", "renew", "clinic-staff")
    assert ran.code == ExitCode.KEPT
    assert "--restored" in ran.error
    ran = clinic.run("groups", "renew", "clinic-staff", "--restored")

    assert ran.error == ""
    shown = clinic.client.groups.show(group).roster
    assert [one.id for one in shown.members] == [marketing.id]
    assert (shown.version, shown.epoch) == (before.version + 1, before.epoch + 1)
    assert shown.prev == before.digest


# --- What is said ---------------------------------------------------------------------------


def test_who_reads_on_in_another_way_is_named(
    acme: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(acme, marketing, mallory)
    other = staff(acme, mallory, name="night-shift")
    acme.client.write("contact", {"name": "Ann"})
    for reader in (group, other, mallory.id):
        acme.client.share("contact", reader)

    ran = acme.run("groups", "remove", group, mallory.id, "--yes")

    assert "mallory still reads contact of this client, by a share of its own" in ran.err
    assert "mallory still reads contact of this client, as a member of night-shift" in ran.err
    assert "unless they are encrypted anew" in ran.out


def test_a_typing_error_takes_nobody_out(clinic: Party, marketing: Party, acme: Party) -> None:
    group = staff(clinic, marketing)
    clinic.knows(acme)

    ran = clinic.run("groups", "remove", "clinic-staff", acme.id, "--yes")
    assert (ran.code, "is not in group" in ran.error) == (ExitCode.FAILED, True)
    assert "is no client id" in clinic.run("groups", "add", "clinic-staff", "markting").error
    assert "clinic-staf" in clinic.run("groups", "renew", "clinic-staf").error
    assert clinic.run("groups", "add", "clinic-staff", acme.id, "--for", "401").code == 1
    assert clinic.client.groups.show(group).roster.version == 2


def test_nothing_is_done_where_nobody_confirms(clinic: Party, marketing: Party) -> None:
    group = staff(clinic, marketing)

    ran = clinic.run("groups", "remove", "clinic-staff", marketing.id)
    assert "nobody is here to confirm" in ran.error
    ran = marketing.run("groups", "leave", "clinic-staff")
    assert "nobody is here to confirm" in ran.error
    assert [one.id for one in clinic.client.groups.show(group).roster.members] == [marketing.id]


def test_somebody_else_changes_nothing(clinic: Party, marketing: Party, mallory: Party) -> None:
    group = staff(clinic, marketing)

    for words in (("add", mallory.id), ("remove", marketing.id, "--yes"), ("renew",)):
        command, *rest = words
        ran = mallory.run("groups", command, group, *rest)
        assert ran.code == ExitCode.FAILED, words
        assert "one of client" in ran.error
    assert clinic.client.groups.show(group).roster.version == 2


def test_groups_are_shown_for_people_and_programs(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    assert "owns no group and is in none" in clinic.run("groups", "show").out
    group = staff(clinic, marketing)

    assert "clinic-staff" in clinic.run("groups", "show").out
    [line] = marketing.run("groups", "show", "--format", "jsonl").lines
    assert (line["name"], line["member"], line["own"]) == ("clinic-staff", True, False)
    [shown] = clinic.run("groups", "show", "clinic-staff", "--format", "jsonl").lines
    assert shown["in_force"]
    assert [one["client_id"] for one in shown["members"]] == [marketing.id]
    assert shown["stale"] == []
    ran = acme.run("groups", "show", group)
    assert "not pinned" in ran.out


def test_what_create_prints_shares(acme: Party, clinic: Party) -> None:
    ran = clinic.run("groups", "create", "clinic-staff")
    words = " ".join(ran.out.split("sealform share TYPE")[1].split("\\")).split()

    assert acme.run("share", "contact", "--allow-empty", *words).error == ""


def test_whoever_owns_a_group_that_reads_stays_pinned(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic)

    ran = acme.run("trust", "remove", clinic.id, "--yes")
    assert "the group clinic-staff of client" in ran.error
    assert acme.run("revoke", "contact", "--from", group, "--yes").error == ""
    assert acme.run("trust", "remove", clinic.id, "--yes").error == ""
    with pytest.raises(UnpinnedError):
        acme.client.share("contact", group)
