"""`extract`: verified and decrypted here; a record that fails stops no other."""

import csv
import io
import stat
from pathlib import Path

import pytest

from apps.vault.models import Record
from tests.client.parties import Party, Signup


def test_it_shows_what_visitors_sent(acme: Party, signup: Signup) -> None:
    [id] = signup.fill(fullname="Zoë Canary")

    ran = acme.run("extract", "--type", "account")

    assert ran.error == ""
    assert "Zoë Canary" in ran.out
    assert "97301" in ran.out
    assert id in ran.out
    assert "signup" in ran.out


def test_jsonl_has_the_exact_values(acme: Party, signup: Signup) -> None:
    [id] = signup.fill(comments="=1+1\n\x1b[31m")

    [line] = acme.run("extract", "--type", "account", "--format", "jsonl").lines

    assert line["id"] == id
    assert line["writer"] == f"form:{signup.form.id}"
    assert line["source"] == "signup"
    assert line["rev"] == 1
    assert line["data"]["comments"] == "=1+1\n\x1b[31m"


def test_own_records_and_those_of_forms_come_together(acme: Party, signup: Signup) -> None:
    signup.fill(fullname="Visitor")
    acme.client.write("account", {"fullname": "Own"})

    lines = acme.run("extract", "--type", "account", "--format", "jsonl").lines

    assert {(line["source"], line["data"]["fullname"]) for line in lines} == {
        ("own", "Own"),
        ("signup", "Visitor"),
    }


def test_a_form_can_be_asked_for_alone(acme: Party, signup: Signup) -> None:
    signup.fill()
    acme.client.write("account", {"fullname": "Own"})

    lines = acme.run("extract", "--type", "account", "--form", "signup", "--format", "jsonl").lines

    assert [line["source"] for line in lines] == ["signup"]
    assert "owns no form other" in acme.run("extract", "--type", "a", "--form", "other").error


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1 555", "'+1 555"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-2+3", "'-2+3"),
        ("\tx", "'\tx"),
        ("-5.25", "-5.25"),
        ("+49", "'+49"),
        ("a=b", "a=b"),
        ('say "hi", ok\nbye', 'say "hi", ok\nbye'),
    ],
)
def test_csv_runs_in_no_spreadsheet(acme: Party, signup: Signup, value: str, cell: str) -> None:
    signup.fill(comments=value)

    out = acme.run("extract", "--type", "account", "--format", "csv").out

    [row] = csv.DictReader(io.StringIO(out[1:], newline=""))  # after the byte order mark
    assert row["comments"] == cell
    assert row["record.writer"] == "signup"


def test_a_table_cannot_move_the_cursor(acme: Party, signup: Signup) -> None:
    signup.fill(fullname="a\x1b[2J\u202eb\x07", comments="[bold]x[/bold]\nsecond :bee:")

    out = acme.run("extract", "--type", "account").out

    assert "a\\x1b[2J\\u{202e}b\\x07" in out
    assert "[bold]x[/bold]⏎second :bee:" in out
    assert "\x1b" not in out


def test_a_file_is_for_its_owner_only(acme: Party, signup: Signup, tmp_path: Path) -> None:
    signup.fill()
    path = tmp_path / "accounts.csv"
    path.touch(0o644)

    ran = acme.run("extract", "--type", "account", "--format", "csv", "--out", str(path))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Ann Canary" in path.read_text()
    assert "Ann Canary" not in ran.out + ran.err
    assert "1 records are in" in ran.out


def test_nothing_to_read_is_said(acme: Party, signup: Signup) -> None:
    ran = acme.run("extract", "--type", "account")

    assert (ran.out, ran.error) == ("", "")
    assert "There are no records of type account to read." in ran.err


def test_a_type_that_this_client_does_not_read_is_an_error(acme: Party, signup: Signup) -> None:
    typo = acme.run("extract", "--type", "accout")

    assert typo.error.startswith("this client reads nothing of type accout\n")
    assert "did you mean account by accout?" in typo.error
    assert (typo.out, typo.err) == ("", "")


def test_nothing_can_be_taken_for_an_answer(acme: Party, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"

    ran = acme.run("extract", "--type", "accout", "--allow-empty", "--out", str(path))

    assert ran.error == ""
    assert "There are no records of type accout to read." in ran.err
    assert path.read_text() == ""


def test_a_record_that_fails_is_named_and_the_rest_go_on(acme: Party, signup: Signup) -> None:
    [bad], [good] = signup.fill(fullname="Bad"), signup.fill(fullname="Good")
    row = Record.objects.get(id=bad)
    other = Record.objects.get(id=good)
    row.body = bytes(other.body).replace(good.encode(), bad.encode())
    row.save()

    ran = acme.run("extract", "--type", "account", "--format", "jsonl")

    assert [line["id"] for line in ran.lines] == [good]
    assert f"refused record {bad}" in ran.err
    assert "1 records failed verification" in ran.error
    assert "Good" not in ran.err


def test_it_reads_from_a_day_on(acme: Party, signup: Signup) -> None:
    signup.fill()

    def count(day: str) -> int:
        words = ("--type", "account", "--since", day, "--format", "jsonl")
        return len(acme.run("extract", *words).lines)

    assert (count("2020-01-01"), count("2999-01-01")) == (1, 0)
    assert "is not a day" in acme.run("extract", "--type", "a", "--since", "today").error


def test_a_stranger_reads_nothing(acme: Party, mallory: Party, signup: Signup) -> None:
    signup.fill()
    mallory.knows(acme)

    for words in ((), ("--writer", acme.id), ("--writer", f"form:{signup.form.id}")):
        ran = mallory.run("extract", "--type", "account", *words)
        assert ran.out == ""
        assert ran.error


def test_an_unknown_writer_has_to_be_pinned_first(acme: Party, marketing: Party) -> None:
    ran = marketing.run("extract", "--type", "contact", "--writer", acme.id)

    assert f"the fingerprint of client {acme.id} is not known here" in ran.error
    assert "ask that party for it" in ran.error
    assert acme.fingerprint not in ran.error


@pytest.mark.slow
def test_without_a_name_only_pinned_writers_are_read(
    acme: Party, marketing: Party, mallory: Party
) -> None:
    for owner in (acme, mallory):
        owner.client.write("contact", {"name": owner.name})
        owner.run(
            "share", "contact", "--with", marketing.id, "--fingerprint", marketing.fingerprint
        )
    nobody = marketing.run("extract", "--type", "contact")
    assert "is not known here" in nobody.error

    marketing.knows(acme)
    ran = marketing.run("extract", "--type", "contact", "--format", "jsonl")

    assert [line["data"] for line in ran.lines] == [{"name": "acme"}]
    assert [line["source"] for line in ran.lines] == ["acme"]
    assert f"warning: the fingerprint of client {mallory.id}" in ran.err
    assert ran.error == ""


def test_a_wrong_fingerprint_is_refused(acme: Party, marketing: Party, mallory: Party) -> None:
    ran = marketing.run(
        "extract", "--type", "c", "--writer", acme.id, "--fingerprint", mallory.fingerprint
    )

    assert "that you gave does not fit" in ran.error
    assert "is not known here" in marketing.run("extract", "--type", "c", "--writer", acme.id).error


def test_a_folder_that_is_not_there_is_said(acme: Party) -> None:
    ran = acme.run("extract", "--type", "account", "--out", "/nowhere/accounts.csv")

    assert ran.error.startswith("/nowhere/accounts.csv cannot be written: there is no folder")


def test_a_folder_is_no_file_to_write(acme: Party, tmp_path: Path) -> None:
    ran = acme.run("extract", "--type", "account", "--out", str(tmp_path))

    assert ran.error.startswith(f"{tmp_path} is a folder")


def test_where_nothing_can_be_read_it_says_what_can(
    acme: Party, marketing: Party, signup: Signup
) -> None:
    acme.client.write("contact", {"name": "Ann"})
    marketing.knows(acme)

    typo = acme.run("extract", "--type", "contcat")
    refused = marketing.run("extract", "--type", "contact", "--writer", acme.id)

    assert "it reads: account, contact" in typo.error
    assert "acme shares no contact with this client (any more)" in refused.error
    assert (typo.err, refused.err) == ("", "")


def test_it_names_answers_that_break_the_rules_of_their_form(acme: Party, signup: Signup) -> None:
    [odd] = signup.fill(age="forty-one", fullname="")
    [fine] = signup.fill()

    ran = acme.run("extract", "--type", "account", "--format", "jsonl")

    assert ran.error == ""
    problems = {line["id"]: line["problems"] for line in ran.lines}
    assert problems == {odd: {"fullname": "required", "age": "number"}, fine: {}}
    assert f"record {odd} breaks rules of its form: fullname (required), age (number)" in ran.err
    assert "1 of 2 records break rules" in ran.err
    assert "forty-one" in ran.out
    assert "forty-one" not in ran.err


def test_it_says_nothing_of_rules_where_none_is_broken(acme: Party, signup: Signup) -> None:
    signup.fill()
    acme.client.write("account", {"fullname": ""})

    ran = acme.run("extract", "--type", "account")

    assert "rules" not in ran.err
