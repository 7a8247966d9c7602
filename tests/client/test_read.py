"""`read`: single records, for people and for scripts."""

import io
from uuid import uuid4

import pytest

from apps.vault.models import Record
from tests.client.parties import Party, Signup
from tests.client.test_share import share


def test_a_record_is_shown_with_what_was_granted(acme: Party, marketing: Party) -> None:
    id = acme.client.write("note", {"text": "Ann", "pin": "1"}, meta={"state": "open"})
    share(acme, "note", marketing, "--columns", "text")
    marketing.knows(acme)

    own = acme.run("read", id)
    assert own.error == ""
    for word in ("Ann", "own", "meta.state", "open"):
        assert word in own.out
    [line] = marketing.run("read", id, "--format", "jsonl").lines
    assert (line["data"], line["meta"], line["source"]) == (
        {"text": "Ann"},
        {"state": "open"},
        "acme",
    )
    assert (
        marketing.run("read", id, "--format", "csv").out.splitlines()[0].endswith("text,meta.state")
    )


def test_one_value_comes_alone(acme: Party) -> None:
    id = acme.client.write("login", {"password": " a\nb ", "tries": 3, "old": ["x"]})

    assert acme.run("read", id, "--field", "password").out == " a\nb \n"
    assert acme.run("read", id, "--field", "tries").out == "3\n"
    assert acme.run("read", id, "--field", "old").out == '["x"]\n'
    ran = acme.run("read", id, "--field", "pasword")
    assert (ran.code, ran.out) == (1, "")
    assert "it has: " in ran.error
    assert "one record" in acme.run("read", id, str(uuid4()), "--field", "tries").error


def test_what_is_missing_is_named_and_the_others_are_printed(acme: Party, mallory: Party) -> None:
    id, missing = acme.client.write("note", {"text": "Ann"}), str(uuid4())

    ran = acme.run("read", missing, id, "--format", "jsonl")
    assert ran.code == 1
    assert [line["id"] for line in ran.lines] == [id]
    assert f"there is no record {missing}" in ran.err
    stranger = mallory.run("read", id, "--format", "jsonl")
    assert (stranger.code, stranger.out) == (1, "")
    assert acme.run("read", "Ann").code == 1


def test_ids_come_on_standard_input_too(acme: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = acme.client.write_many("note", [{"text": "a"}, {"text": "b"}])
    for text, says in (("\n".join(ids), ""), (f"{ids[0]}\nnote", "line 2"), ("", "no id")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        ran = acme.run("read", "-", "--format", "jsonl")
        assert says in ran.error
        assert [line["id"] for line in ran.lines] == ([] if says else ids)


def test_a_record_that_fails_is_named_and_the_exit_code_is_4(acme: Party) -> None:
    first, second = acme.client.write_many("note", [{"text": "a"}, {"text": "b"}])
    row = Record.objects.get(pk=first)
    row.body = bytes(row.body).replace(b'"fields"', b'"meta":{"state":"open"},"fields"')
    row.save()

    ran = acme.run("read", first, second, "--format", "jsonl")

    assert ran.code == 4
    assert [line["id"] for line in ran.lines] == [second]
    assert first in ran.err


def test_what_a_visitor_could_not_have_sent_is_named(acme: Party, signup: Signup) -> None:
    [id] = signup.fill(age="many")

    ran = acme.run("read", id, "--field", "age")

    assert (ran.error, ran.out) == ("", "many\n")
    assert f"record {id} breaks rules of its form: age" in ran.err


def test_whose_a_record_has_to_be_can_be_said(
    acme: Party, marketing: Party, signup: Signup
) -> None:
    [answer], id = signup.fill(), acme.client.write("note", {"text": "Ann"})
    share(acme, "note", marketing)
    marketing.knows(acme)

    assert acme.run("read", id, answer, "--own").error == ""
    assert marketing.run("read", id, "--writer", "acme", "--field", "text").out == "Ann\n"
    ran = marketing.run("read", id, "--own", "--field", "text")
    assert (ran.code, ran.out) == (4, "")
    assert "not by" in ran.err
    assert marketing.run("read", id, "--writer", marketing.id).code == 4
    assert acme.run("read", answer, "--writer", f"form:{signup.form.id}").error == ""
    assert "--own says whose" in acme.run("read", id, "--own", "--writer", "acme").error


@pytest.mark.slow
def test_what_a_stolen_key_signed_is_said(acme: Party) -> None:
    id = acme.client.write("note", {"text": "a"})
    assert acme.rotate("--compromised").error == ""

    assert f"record {id} is signed by a stolen key" in acme.run("read", id).err


def test_extract_finds_records_by_what_they_say(acme: Party) -> None:
    client = acme.client
    wanted = client.write("note", {"text": "a"}, meta={"state": "open", "of": "1"})
    client.write("note", {"text": "b"}, meta={"state": "open"})
    words = ("extract", "--type", "note", "--format", "jsonl", "--meta", "state=open")

    assert len(acme.run(*words).lines) == 2
    [line] = acme.run(*words, "--meta", "of=1").lines
    assert line["id"] == wanted
    assert "no records" in acme.run(*words, "--meta", "of=2").err
    assert "says nothing" in acme.run(*words, "--meta", "of").error
    assert "has no meta" in acme.run(*words, "--form", "signup").error


def test_meta_in_a_file_is_not_replaced_by_less(acme: Party, tmp_path: object) -> None:
    for format in ("jsonl", "csv", "xlsx"):
        id = acme.client.write("note", {"text": "a"}, meta={"state": "open"})
        out = f"{tmp_path}/{format}.{format}"
        words = ("extract", "--type", "note", "--out", out)
        assert acme.run(*words).error == ""
        assert acme.run(*words).error == ""
        acme.client.update(id, {"text": "a"}, meta={})
        assert acme.run(*words).code == 3
        acme.client.delete(id)


@pytest.mark.parametrize("command", ["read", "extract"])
def test_a_writer_that_is_not_named_is_not_anybody(acme: Party, command: str) -> None:
    id = acme.client.write("note", {"text": "Ann"})
    what = (id,) if command == "read" else ("--type", "note")

    ran = acme.run(command, *what, "--writer", "")

    assert "--writer names nothing" in ran.error
    assert ran.out == ""


class Terminal(io.StringIO):
    """Standard output that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_value_moves_no_cursor_of_a_terminal(
    acme: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = acme.client.write("note", {"text": "\x1b]0;title\x07Ann"})

    assert acme.run("read", id, "--field", "text").out == "\x1b]0;title\x07Ann\n"
    monkeypatch.setattr("tests.client.parties.io.StringIO", Terminal)
    assert acme.run("read", id, "--field", "text").out == "\\x1b]0;title\\x07Ann\n"
