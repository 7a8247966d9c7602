"""`share`: one small request; the reader's fingerprint comes from the reader."""

import json
from datetime import date
from uuid import UUID

import pytest

from apps.cli.exit_codes import ExitCode
from apps.client.errors import UsageError
from apps.vault.models import Generation, Grant, Record, Stream
from config import inprocess
from tests.client.parties import Party, Ran, Signup, Tampering


def share(owner: Party, type: str, reader: Party, *words: str) -> Ran:
    """Share, whether anything of it was written or not."""
    return share_written(owner, type, reader, "--allow-empty", *words)


def share_written(owner: Party, type: str, reader: Party, *words: str) -> Ran:
    pin = ("--fingerprint", reader.fingerprint)
    return owner.run("share", type, "--with", reader.id, *pin, *words)


def share_until_yesterday(owner: Party, type: str, reader: Party) -> None:
    """A share whose end passed, made by somebody whose clock is that of 2019."""
    client = owner.client
    client.session.now = lambda: 1_560_000_000
    end = date(2020, 1, 1)
    client.share(type, reader.id, fingerprint=reader.fingerprint, until=end, allow_empty=True)


def read(reader: Party, type: str, owner: Party) -> list[dict[str, object]]:
    """What a reader reads, sorted: records come lane by lane, and ids are random."""
    words = ("--type", type, "--writer", owner.id, "--fingerprint", owner.fingerprint)
    lines = reader.run("extract", *words, "--format", "jsonl").lines
    return sorted((line["data"] for line in lines), key=str)


def test_what_is_written_after_the_end_is_under_another_key(
    acme: Party, marketing: Party, clinic: Party
) -> None:
    share_until_yesterday(acme, "contact", marketing)
    share(acme, "contact", clinic, "--allow-empty")
    client = acme.client
    client.write("contact", {"name": "Ada"})
    client.write("contact", {"name": "Bob"})

    by_generation = Generation.objects.filter(stream__writer=acme.id).order_by("number")
    assert {one.generation.number for one in Record.objects.select_related("generation")} == {2}
    assert [one.number for one in by_generation if one.closed is None] == [2]
    readers = {grant.reader_id for grant in Grant.objects.filter(generation=by_generation[1])}
    assert readers == {UUID(acme.id), UUID(clinic.id)}
    assert read(clinic, "contact", acme) == [{"name": "Ada"}, {"name": "Bob"}]

    acme.client.write("contact", {"name": "Cy"})  # another run opens no third one
    assert by_generation.count() == 2


def test_a_form_has_a_new_inbox_once_it_is_published_after_the_end(
    acme: Party, marketing: Party, signup: Signup
) -> None:
    client = acme.client
    client.session.now = lambda: 1_560_000_000
    end = date(2020, 1, 1)
    client.share(
        "account", marketing.id, fingerprint=marketing.fingerprint, until=end, form="signup"
    )
    old = Generation.objects.get(stream__type="account", closed=None)

    renewed = acme.run("publish", "signup", "--without-recovery", "--yes")  # nobody is asked
    assert renewed.error == ""

    new = Generation.objects.get(stream__type="account", closed=None)
    assert new.number == old.number + 1
    assert [grant.reader_id for grant in Grant.objects.filter(generation=new)] == [UUID(acme.id)]


def test_the_reader_reads_what_is_there_and_what_comes(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "Before"})

    ran = share(acme, "contact", marketing)
    acme.client.write("contact", {"name": "After"})

    assert ran.error == ""
    assert "shares contact with marketing" in ran.out
    assert read(marketing, "contact", acme) == [{"name": "After"}, {"name": "Before"}]


def test_it_prints_what_the_reader_types(acme: Party, marketing: Party) -> None:
    out = share(acme, "contact", marketing).out

    assert f"extract --type contact --writer {acme.id}" in out
    assert f"--fingerprint {acme.fingerprint}" in out


def test_a_type_can_be_shared_before_any_record_exists(acme: Party, marketing: Party) -> None:
    share(acme, "contact", marketing)
    acme.client.write("contact", {"name": "Later"})

    assert read(marketing, "contact", acme) == [{"name": "Later"}]


def test_it_is_one_small_request_whatever_the_number_of_records(
    acme: Party, marketing: Party
) -> None:
    acme.client.write_many("contact", [{"name": str(n)} for n in range(30)])
    acme.knows(marketing)
    wire = Tampering()

    acme.through(wire).share("contact", marketing.id)

    [body] = wire.requests("POST /grants")
    assert len(json.loads(body)["grants"]) == 1
    assert len(body) < 4000


def test_a_pinned_reader_needs_no_fingerprint_again(acme: Party, marketing: Party) -> None:
    for type in ("contact", "health"):
        acme.client.write(type, {"name": "Ann"})
    share(acme, "contact", marketing)

    assert acme.run("share", "health", "--with", marketing.id).error == ""


def test_an_unpinned_reader_is_refused_and_gets_nothing(acme: Party, marketing: Party) -> None:
    ran = acme.run("share", "contact", "--with", marketing.id)

    assert f"the fingerprint of client {marketing.id} is not known here" in ran.error
    assert "--fingerprint FP" in ran.error
    assert not Grant.objects.exists()


def test_a_card_without_the_given_fingerprint_is_refused(
    acme: Party, marketing: Party, mallory: Party
) -> None:
    ran = acme.run("share", "contact", "--with", marketing.id, "--fingerprint", mallory.fingerprint)

    assert "that you gave does not fit the card" in ran.error
    assert not Grant.objects.exists()


def test_another_fingerprint_than_the_pinned_one_is_refused(
    acme: Party, marketing: Party, mallory: Party
) -> None:
    acme.knows(marketing)

    ran = acme.run("share", "contact", "--with", marketing.id, "--fingerprint", mallory.fingerprint)

    assert "another fingerprint is pinned" in ran.error
    assert "do not go on" in ran.error


def test_others_read_nothing(acme: Party, marketing: Party, clinic: Party, mallory: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})
    share(acme, "contact", marketing)

    assert read(clinic, "contact", acme) == []
    assert read(mallory, "contact", acme) == []
    assert read(marketing, "health", acme) == []


def test_columns_are_all_that_a_reader_of_columns_gets(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "Ann", "zip": "97301", "city": "Salem"})

    share(acme, "contact", marketing, "--columns", "zip,city")

    assert read(marketing, "contact", acme) == [{"zip": "97301", "city": "Salem"}]


@pytest.mark.slow
def test_columns_can_be_added_and_not_taken_away(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "Ann", "zip": "97301"})
    share(acme, "contact", marketing, "--columns", "zip")

    refused = share(acme, "contact", marketing, "--columns", "name")
    assert "cannot take keys back" in refused.error
    assert share(acme, "contact", marketing, "--columns", "name,zip").error == ""
    assert share(acme, "contact", marketing).error == ""
    assert "cannot take keys back" in share(acme, "contact", marketing, "--columns", "zip").error

    assert read(marketing, "contact", acme) == [{"name": "Ann", "zip": "97301"}]


@pytest.mark.slow
def test_a_share_ends_with_its_day(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})

    share_until_yesterday(acme, "contact", marketing)
    assert read(marketing, "contact", acme) == []
    share(acme, "contact", marketing, "--until", "2999-01-01")
    assert read(marketing, "contact", acme) == [{"name": "Ann"}]
    assert "is not a day" in share(acme, "contact", marketing, "--until", "soon").error


def test_the_same_again_sends_nothing(acme: Party, marketing: Party) -> None:
    share(acme, "contact", marketing)
    wire = Tampering()

    shared = acme.through(wire).share("contact", marketing.id)

    assert shared.sent == 0
    assert wire.requests("POST") == []
    assert "already shares contact" in share(acme, "contact", marketing).out


@pytest.mark.slow
def test_what_a_form_collects_can_be_shared(acme: Party, marketing: Party, signup: Signup) -> None:
    signup.fill(fullname="Before")

    ran = share(acme, "account", marketing, "--form", "signup")
    signup.fill(fullname="After")

    assert f"extract --type account --writer {acme.id}" in ran.out

    assert {data["fullname"] for data in read(marketing, "account", acme)} == {"Before", "After"}
    line = marketing.run("extract", "--type", "account", "--format", "jsonl").lines[0]
    assert line["source"] == "form of acme"
    assert len(line["stored"]) == len("2026-01-01")


def test_a_form_is_shared_whole_and_only_once_published(
    acme: Party, marketing: Party, signup: Signup
) -> None:
    columns = share(acme, "account", marketing, "--form", "signup", "--columns", "zip")
    other = share(acme, "health", marketing, "--form", "signup")
    foreign = share(marketing, "account", acme, "--form", "signup")

    assert "shared whole" in columns.error
    assert "collects no type health" in other.error
    assert "owns no form signup" in foreign.error


def test_nobody_shares_with_itself(acme: Party) -> None:
    with pytest.raises(UsageError, match="itself"):
        acme.through(inprocess.transport()).share("contact", acme.id)


def test_a_share_does_not_end_before_it_begins(acme: Party, marketing: Party) -> None:
    ran = share(acme, "contact", marketing, "--until", "2020-01-01")

    assert "2020-01-01 has passed" in ran.error
    assert not Grant.objects.exists()


def test_an_id_that_nobody_has_is_said(acme: Party, marketing: Party) -> None:
    nobody = "f989507e-88c3-433a-a142-7c19e63314a0"
    pin = ("--fingerprint", marketing.fingerprint)

    unknown = acme.run("share", "contact", "--with", nobody, *pin)
    name = acme.run("share", "contact", "--with", "marketing", *pin)

    assert unknown.error.startswith(f"no client has the id {nobody}")
    assert name.error.startswith("'marketing' is no client id")
    assert "`whoami`" in name.error


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (("contct",), "nothing of type contct", "did you mean contact by contct?"),
        (("account",), "nothing of type account", "shared with --form SLUG"),
        (("contact", "--columns", "name,zipp"), "has a column zipp", "did you mean zip by zipp?"),
        (("contact", "--columns", "nope"), "has a column nope", "it has: name, zip"),
    ],
)
def test_what_was_never_written_is_taken_for_misspelt(
    acme: Party, marketing: Party, words: tuple[str, ...], said: str, hint: str
) -> None:
    acme.client.write("contact", {"name": "Ann", "zip": "97205"})
    type, *options = words

    refused = share_written(acme, type, marketing, *options)

    assert said in refused.error
    assert hint in refused.error
    assert not Grant.objects.filter(reader=marketing.row).exists()
    assert not Stream.objects.filter(type=type).exclude(type="contact").exists()
    assert share(acme, type, marketing, *options).error == ""


def test_what_another_machine_wrote_is_shared_whole(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})
    acme.forgets()

    columns = share_written(acme, "contact", marketing, "--columns", "name")
    whole = share_written(acme, "contact", marketing)

    assert "has a column name" in columns.error
    assert whole.error == ""


@pytest.mark.parametrize(
    "option", [("--columns", ""), ("--columns", ","), ("--until", ""), ("--fields", " ")]
)
def test_an_option_that_names_nothing_shares_nothing(
    acme: Party, marketing: Party, option: tuple[str, str]
) -> None:
    id = acme.client.write("contact", {"name": "Ann"})
    what = ("--record", id) if option[0] == "--fields" else ("contact",)

    ran = acme.run(
        "share", *what, "--with", marketing.id, "--fingerprint", marketing.fingerprint, *option
    )

    assert option[0] in ran.error
    assert ran.code == ExitCode.MISUSED
    assert acme.client.shares() == []
