"""`share --record`: fields of single records, and nothing else of a type."""

import json
from collections.abc import Iterable
from datetime import date
from io import StringIO
from typing import Any

import pytest

from apps.client.acts import single_records, writing
from apps.client.errors import ApiRefused, RollbackError, UsageError
from apps.vault.models import Grant
from tests.client.parties import Party, Ran, Signup, Tampering
from tests.client.test_share import read, share
from tests.client.test_shares import words

pytestmark = pytest.mark.slow


def share_records(owner: Party, reader: Party, ids: Iterable[str], *words: str) -> Ran:
    pin = ("--fingerprint", reader.fingerprint)
    return owner.run("share", "--record", *ids, "--with", reader.id, *pin, *words)


def people(owner: Party, *names: str) -> list[str]:
    return owner.client.write_many("contact", [{"name": name, "zip": "1"} for name in names])


def test_the_reader_reads_these_fields_of_these_records(acme: Party, marketing: Party) -> None:
    ann, bea, _ = people(acme, "Ann", "Bea", "Cem")

    ran = share_records(acme, marketing, [ann, bea], "--fields", "name")
    acme.client.write("contact", {"name": "Later"})

    assert ran.error == ""
    assert "name of 2 records of contact" in ran.out
    assert read(marketing, "contact", acme) == [{"name": "Ann"}, {"name": "Bea"}]


def test_others_read_nothing_of_it(acme: Party, marketing: Party, mallory: Party) -> None:
    [ann] = people(acme, "Ann")
    share_records(acme, marketing, [ann])

    assert read(mallory, "contact", acme) == []


def test_it_prints_what_the_reader_types(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")

    out = share_records(acme, marketing, [ann]).out

    assert f"extract --type contact --writer {acme.id}" in out
    assert f"--fingerprint {acme.fingerprint}" in out


def test_the_whole_record_has_its_fields_listed(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")

    ran = share_records(acme, marketing, [ann])

    assert "name, zip of 1 record of contact" in ran.out
    assert Grant.objects.get(reader=marketing.row).fields == ["name", "zip"]


@pytest.mark.slow
def test_what_a_form_collected_is_shared_record_by_record(
    acme: Party, marketing: Party, signup: Signup
) -> None:
    [first] = signup.fill(fullname="Ann")
    signup.fill(fullname="Bea")

    ran = share_records(acme, marketing, [first], "--fields", "fullname,zip")

    assert ran.error == ""
    assert read(marketing, "account", acme) == [{"fullname": "Ann", "zip": "97301"}]


def test_the_same_again_sends_nothing(acme: Party, marketing: Party) -> None:
    ids = people(acme, "Ann", "Bea")
    share_records(acme, marketing, ids)
    wire = Tampering()

    shared = acme.through(wire).share_records(ids, marketing.id)

    assert shared.sent == 0
    assert wire.requests("POST /grants") == []
    assert "already shares" in share_records(acme, marketing, ids).out


def test_a_repeat_goes_on(acme: Party, marketing: Party) -> None:
    ann, bea = people(acme, "Ann", "Bea")
    share_records(acme, marketing, [ann])

    assert acme.client.share_records([ann, bea], marketing.id).sent == 1


@pytest.mark.slow
def test_fields_can_be_added_and_not_taken_away(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")
    share_records(acme, marketing, [ann], "--fields", "zip", "--until", "2999-12-31")

    narrower = share_records(acme, marketing, [ann], "--fields", "name")
    shorter = share_records(acme, marketing, [ann], "--fields", "name,zip", "--until", "2999-01-01")

    assert "cannot take keys back" in narrower.error
    assert "cannot take that back" in shorter.error
    assert read(marketing, "contact", acme) == [{"zip": "1"}]
    assert share_records(acme, marketing, [ann]).error == ""
    assert read(marketing, "contact", acme) == [{"name": "Ann", "zip": "1"}]


def test_it_ends_with_its_day(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")
    client = acme.client
    client.session.now = lambda: 1_560_000_000
    client.share_records(
        [ann], marketing.id, fingerprint=marketing.fingerprint, until=date(2020, 1, 1)
    )

    assert read(marketing, "contact", acme) == []
    assert (
        "2020-01-01 has passed"
        in share_records(acme, marketing, [ann], "--until", "2020-01-01").error
    )


NOBODY = "f989507e-88c3-433a-a142-7c19e63314a0"


@pytest.mark.parametrize(
    ("more", "options", "said"),
    [
        ([NOBODY], [], f"reads no record {NOBODY}"),
        ([], ["--fields", "nmae"], "did you mean name by nmae"),
        (["contact"], [], "'contact' is no record id"),
    ],
    ids=["an unknown id", "a field that it has not", "a type among them"],
)
def test_nothing_is_sent_unless_all_fits(
    acme: Party, marketing: Party, more: list[str], options: list[str], said: str
) -> None:
    ids = people(acme, "Ann")

    ran = share_records(acme, marketing, [*ids, *more], *options)

    assert ran.code == 1
    assert said in ran.error
    assert not Grant.objects.filter(reader=marketing.row).exists()


def test_records_of_two_types_are_refused(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")
    other = acme.client.write("health", {"age": "34"})

    ran = share_records(acme, marketing, [ann, other])

    assert "are of 2 types" in ran.error
    assert not Grant.objects.filter(reader=marketing.row).exists()


def test_what_others_wrote_is_theirs_to_share(acme: Party, marketing: Party, clinic: Party) -> None:
    [ann] = people(acme, "Ann")
    share(acme, "contact", marketing)
    marketing.knows(acme)

    ran = share_records(marketing, clinic, [ann])

    assert "who alone may share it" in ran.error
    assert not Grant.objects.filter(reader=clinic.row).exists()


@pytest.mark.parametrize(
    "words",
    [
        ["contact", "zip", "--with", "x"],
        ["--with", "x"],
        ["contact", "--with", "x", "--fields", "a"],
        ["--record", NOBODY, "--with", "x", "--columns", "a"],
    ],
)
def test_words_that_do_not_go_together_are_a_misuse(acme: Party, words: list[str]) -> None:
    assert acme.run("share", *words).code == 2


def test_ids_are_read_from_standard_input(
    acme: Party, marketing: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = people(acme, "Ann", "Bea")
    monkeypatch.setattr("sys.stdin", StringIO("\n".join(ids)))

    assert share_records(acme, marketing, ["-"]).error == ""
    assert len(read(marketing, "contact", acme)) == 2


def test_both_sides_see_how_many_and_what(acme: Party, marketing: Party) -> None:
    ids = people(acme, "Ann", "Bea")
    share_records(acme, marketing, ids, "--fields", "zip", "--until", "2999-12-31")
    marketing.knows(acme)

    mine, theirs = acme.run("shares").out, marketing.run("shares").out

    line = ["contact", "zip", "of", "2", "records"]
    assert [*line, "marketing", marketing.id, "2999-12-31", "yes"] in words(mine)
    assert [*line, "acme", acme.id, "2999-12-31", "yes"] in words(theirs)
    [row] = acme.run("shares", "--format", "jsonl").lines
    assert row["records"] == sorted(ids)


@pytest.mark.slow
def test_many_go_in_requests_that_the_server_takes(
    acme: Party, marketing: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = people(acme, *(str(number) for number in range(501)))
    acme.knows(marketing)
    wire = Tampering()

    assert acme.through(wire).share_records(ids, marketing.id).sent == 501

    bodies = wire.requests("POST /grants")
    assert max(len(json.loads(body)["grants"]) for body in bodies) <= 500
    assert max(map(len, bodies)) <= 1024 * 1024
    monkeypatch.setattr(single_records, "MOST_RECORDS", 501)
    more = people(acme, "One more")
    with pytest.raises(UsageError, match="shared one by one"):
        acme.client.share_records(more, marketing.id)


def test_a_record_that_moved_meanwhile_is_granted_as_it_is_now(
    acme: Party, marketing: Party
) -> None:
    [ann] = people(acme, "Ann")
    acme.knows(marketing)
    other = acme.copy("other").client
    [record] = other.query("contact")
    lookups = iter(range(100))

    def moving(answer: Any) -> Any:
        if next(lookups) == 1:  # after it was looked at, and before it is granted
            other.update(record, {"name": "Bea", "zip": "1"})
        return answer

    acme.through(Tampering().on("POST /records/lookup", moving)).share_records([ann], marketing.id)

    assert read(marketing, "contact", acme) == [{"name": "Bea", "zip": "1"}]


def test_what_was_read_at_a_later_revision_is_not_granted_at_an_earlier_one(
    acme: Party, marketing: Party
) -> None:
    people(acme, "Ann")
    client = acme.client
    [record] = client.query("contact")
    client.update(record, {"name": "Bea", "zip": "1"})
    later = record._replace(rev=3)

    with pytest.raises(RollbackError, match="came at revision 2"):
        client.share_records([later], marketing.id, fingerprint=marketing.fingerprint)
    assert not Grant.objects.filter(reader=marketing.row).exists()


def test_an_update_keeps_what_single_readers_had(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")
    share_records(acme, marketing, [ann], "--fields", "name", "--until", "2999-12-31")
    client = acme.client
    [record] = client.query("contact")

    client.update(record, {"name": "Bea", "zip": "2", "city": "Salem"})

    assert read(marketing, "contact", acme) == [{"name": "Bea"}]
    [row] = acme.run("shares", "--format", "jsonl").lines
    assert (row["columns"], row["until"]) == (["name"], "2999-12-31")


def test_an_update_that_is_refused_leaves_what_single_readers_have(
    acme: Party, marketing: Party
) -> None:
    [ann] = people(acme, "Ann")
    share_records(acme, marketing, [ann])
    client = acme.client
    [record] = client.query("contact")

    with pytest.raises(ApiRefused):
        client.update(record._replace(rev=5), {"name": "Bea"})

    assert read(marketing, "contact", acme) == [{"name": "Ann", "zip": "1"}]


def test_grants_that_the_request_does_not_hold_follow_it(
    acme: Party, marketing: Party, clinic: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    [ann] = people(acme, "Ann")
    for reader in (marketing, clinic):
        share_records(acme, reader, [ann], "--fields", "name")
    wire = Tampering()
    client = acme.through(wire)
    [record] = client.query("contact")
    monkeypatch.setattr(writing, "ROOM", 4_000)

    client.update(record, {"name": "Bea"})

    [body], [late] = wire.requests("PUT /records"), wire.requests("POST /grants")
    assert [len(json.loads(one)["grants"]) for one in (body, late)] == [1, 1]
    for reader in (marketing, clinic):
        assert read(reader, "contact", acme) == [{"name": "Bea"}]


@pytest.mark.slow
def test_keys_that_were_rotated_say_who_had_single_records(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")
    share_records(acme, marketing, [ann])

    ran = acme.rotate()

    assert f"client {marketing.id} was granted 1 records" in ran.err
    assert read(marketing, "contact", acme) == []
    assert share_records(acme, marketing, [ann]).error == ""
    assert read(marketing, "contact", acme) == [{"name": "Ann", "zip": "1"}]
