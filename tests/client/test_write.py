"""`write`: from words, lines and pipes, and again without duplicates."""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from apps.client import api
from apps.vault.models import Record, RecordMeta
from config import inprocess
from tests.client.killing import Counted, Killed, Steps
from tests.client.parties import Party, Ran
from tests.tools.selection import nightly, slow

pytestmark = pytest.mark.slow

Type = Callable[[str], None]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Type:
    """Lets a text come on standard input."""

    def type(text: str) -> None:
        stdin = io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "surrogateescape")))
        monkeypatch.setattr("sys.stdin", stdin)

    return type


def lines(*objects: Any) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in objects)


def notes(count: int) -> str:
    return lines(*({"data": {"text": f"note {number}"}} for number in range(count)))


def write(party: Party, *words: str) -> Ran:
    return party.run("write", "note", "--new-type", *words)


def texts(party: Party) -> list[Any]:
    return sorted(record.data["text"] for record in party.client.query("note", allow_empty=True))


def test_words_make_a_record_and_its_id_is_printed(acme: Party) -> None:
    ran = write(
        acme, "text=a=b, c", "count:=1.50", 'tags:=["x"]', "done:=true", "--meta", "state=open"
    )

    assert (ran.error, ran.err) == ("", "")
    record = acme.client.read(ran.out.strip())
    assert record.data == {"text": "a=b, c", "count": 1.5, "tags": ["x"], "done": True}
    assert record.meta == {"state": "open"}


def test_lines_make_a_record_each_in_order(acme: Party, tmp_path: Path) -> None:
    file, id = tmp_path / "notes.jsonl", str(uuid4())
    file.write_text(
        "\ufeff"
        + lines({"data": {"text": "a"}, "meta": {"state": "done"}, "id": id})
        + "\n"
        + lines({"data": {"text": "b"}})
    )

    ran = write(acme, "--from", str(file), "--meta", "state=open", "--meta", "of=me")

    first, second = acme.client.read_many(ran.out.split())
    assert (first.id, first.data, first.meta) == (id, {"text": "a"}, {"of": "me", "state": "done"})
    assert (second.data, second.meta) == ({"text": "b"}, {"of": "me", "state": "open"})


def test_standard_input_can_be_read(acme: Party, typed: Type) -> None:
    typed(lines({"data": {"text": "secret"}}))

    ran = write(acme, "--from", "-", "--format", "jsonl")

    [line] = ran.lines
    assert (line["line"], line["status"]) == (1, "created")
    assert acme.client.read(line["id"]).data == {"text": "secret"}


# --- What is refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        *slow(
            ("[]", "no JSON object"),
            ("[" * 9000, "not JSON"),
            ('{"text": "a"}', "other members"),
            ('{"meta": {"a": "b"}}', "nothing in `data`"),
            ('{"data": {}}', "nothing in `data`"),
            ('{"data": []}', "are objects"),
            ('{"data": {"text": {}}}', "a value is"),
            ('{"data": {"Text": "a"}}', "must match"),
            ('{"data": {"text": "a", "text": "b"}}', "stands there twice"),
            ('{"data": {"text": 9007199254740993}}', "a value is"),
            ('{"data": {"text": 0.10000000000000000555}}', "not kept exactly"),
            ('{"data": {"text": NaN}}', "not JSON"),
            ('{"data": {"text": "\\ud800"}}', "lone surrogate"),
            ('{"data": {"text": "' + "x" * 70_000 + '"}}', "65535"),
            ('{"data": {"text": "a"}, "meta": {"a": ""}}', "1 to 200"),
            ('{"data": {"text": "a"}, "id": "1"}', "UUID"),
            ('{"data": {"text": "a"}, "id": ""}', "UUID"),
            ("\udcff", "UTF-8"),
            (" " * 2_200_000 + "x", "more than"),
        ),
    ],
)
@pytest.mark.parametrize("way", ["file", *slow("stdin")])
def test_a_bad_line_is_named_by_its_number_and_nothing_is_sent(
    acme: Party, tmp_path: Path, typed: Type, line: str, says: str, way: str
) -> None:
    text = f"{notes(1)}\n{line}\n"
    file = tmp_path / "notes.jsonl"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    typed(text)

    ran = write(acme, "--from", str(file) if way == "file" else "-", "--run", "x")

    assert ran.code == 1
    assert "line 3" in ran.error
    assert says in ran.error
    assert (ran.out, Record.objects.count()) == ("", 0)


def test_a_bad_line_at_the_end_of_a_long_file_keeps_all_of_it_from_being_sent(
    acme: Party, tmp_path: Path
) -> None:
    file = tmp_path / "notes.jsonl"
    file.write_text(notes(600) + "{")

    ran = write(acme, "--from", str(file), "--run", "x")

    assert "line 601" in ran.error
    assert Record.objects.count() == 0


@pytest.mark.slow
def test_what_came_before_a_bad_line_of_a_pipe_is_written_and_the_next_run_goes_on(
    acme: Party, typed: Type
) -> None:
    typed(notes(600) + "{")
    ran = write(acme, "--from", "-", "--run", "x")
    assert "line 601 of standard input" in ran.error
    assert len(ran.out.split()) == Record.objects.count() == 500

    typed(notes(601))
    again = write(acme, "--from", "-", "--run", "x")

    assert again.error == ""
    assert again.out.split()[:500] == ran.out.split()
    assert Record.objects.count() == 601


def test_lines_without_ids_or_a_run_are_refused(acme: Party, tmp_path: Path, typed: Type) -> None:
    file = tmp_path / "notes.jsonl"
    file.write_text(notes(2))
    typed(notes(2))
    for source in (str(file), "-"):
        ran = write(acme, "--from", source)
        assert "line 2 has no id" in ran.error
        assert "--run" in ran.error
    assert Record.objects.count() == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "what is to be written"),
        *slow(
            (("text=a", "--from", "-"), "what is to be written"),
            (("text",), "sets nothing"),
            (("Text=a",), "must match"),
            (("text=a", "text=b"), "set twice"),
            (("text:=a",), "no value in JSON"),
            (("text:={}",), "no value in JSON"),
            (("text:=0.10000000000000000555",), "kept exactly"),
            (("text=a", "--meta", "state"), "says nothing"),
            (("text=a", "--meta", "state=a", "--meta", "state=b"), "stands there twice"),
            (("text=a", "--meta", "state= a"), "no outer spaces"),
            (("text=a", "--id", "1"), "UUID"),
            (("text=a", "--run", "x", "--id", str(uuid4())), "without --run"),
            (("text=a", "--run", " x"), "no outer spaces"),
            (("--from", "nowhere.jsonl"), "nowhere.jsonl: No such file"),
        ),
    ],
)
def test_wrong_words_are_refused(acme: Party, words: tuple[str, ...], says: str) -> None:
    ran = write(acme, *words)

    assert ran.code in {1, 2}
    assert says in ran.error
    assert Record.objects.count() == 0


def test_no_error_shows_more_of_a_word_than_its_name(acme: Party) -> None:
    for word in ("secret:=canary", "se cret=canary", "Secret:=canary"):
        ran = write(acme, word)
        assert ran.error
        assert "canary" not in ran.error + ran.err + ran.out


def test_nothing_on_standard_input_is_an_error(acme: Party, typed: Type) -> None:
    typed("\n")

    assert "no line to write" in write(acme, "--from", "-").error


def test_a_type_that_was_never_written_may_be_misspelt(acme: Party) -> None:
    acme.client.write("note", {"text": "a"})

    ran = acme.run("write", "noet", "text=b")
    assert ran.code == 1
    assert "did you mean note by noet?" in ran.error
    assert "--new-type" in ran.error
    assert acme.run("write", "note", "text=b").error == ""
    ran = acme.run("write", "note", "txet=c")
    assert ran.err == "note: no record of note had txet before\n"


def test_a_type_that_another_machine_wrote_is_known(acme: Party) -> None:
    other = acme.copy("laptop")
    acme.client.write("note", {"text": "a"})

    assert other.run("write", "note", "text=b").error == ""


# --- Again --------------------------------------------------------------------------------


def test_the_same_run_again_writes_nothing_and_prints_the_same(acme: Party, tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    file.write_text(notes(3))
    first = write(acme, "--from", str(file), "--run", "March")
    again = write(acme, "--from", str(file), "--run", "March")
    other = write(acme, "--from", str(file), "--run", "April")

    assert first.error == again.error == other.error == ""
    assert first.out == again.out != other.out
    assert Record.objects.count() == 6


def test_other_contents_under_the_same_id_are_told_and_left(acme: Party, tmp_path: Path) -> None:
    file, id = tmp_path / "notes.jsonl", str(uuid4())
    file.write_text(notes(2) + lines({"data": {"text": "own"}, "id": id}))
    first = write(acme, "--from", str(file), "--run", "x")
    acme.client.delete(first.out.split()[0])
    file.write_text(
        notes(1) + lines({"data": {"text": "other"}}, {"data": {"text": "o"}, "id": id})
    )

    ran = write(acme, "--from", str(file), "--run", "x", "--format", "jsonl")

    assert ran.code == 1
    assert "3 of 3 records were not written" in ran.error
    assert [line["status"] for line in ran.lines] == ["deleted", "differs", "differs"]
    assert "line 2: a record with this id and other contents is there" in ran.err
    assert "line 1: the record with this id was deleted" in ran.err
    assert texts(acme) == ["note 1", "own"]


def test_an_id_of_somebody_else_is_told(acme: Party, mallory: Party) -> None:
    id = mallory.client.write("note", {"text": "a"})

    ran = write(acme, "text=a", "--id", id)

    assert ran.code == 1
    assert "another client" in ran.err
    assert texts(acme) == []


@pytest.mark.parametrize("end", [3, *slow(1, 2, 4, 5), *nightly(6, 7, 8)])
@pytest.mark.parametrize("after", [True, *slow(False)])
def test_a_run_that_is_killed_is_completed_by_the_next(
    acme: Party, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: int, after: bool
) -> None:
    """At each request that changes something, before it is there or before its answer is."""
    file = tmp_path / "notes.jsonl"
    file.write_text(notes(12))
    monkeypatch.setattr("apps.cli.write_command.MAX_ITEMS", 4)
    counted = Counted(Steps(end, after=after))
    with monkeypatch.context() as patch:
        patch.setattr(inprocess, "transport", lambda: counted)
        with suppress(Killed):
            write(acme, "--from", str(file), "--run", "x")

    ran = write(acme, "--from", str(file), "--run", "x")

    assert ran.error == ""
    assert len(set(ran.out.split())) == 12
    assert texts(acme) == sorted(f"note {number}" for number in range(12))
    assert write(acme, "--from", str(file), "--run", "x").out == ran.out


def test_a_network_that_fails_leaves_what_was_printed(
    acme: Party, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "notes.jsonl"
    file.write_text(notes(12))
    monkeypatch.setattr("apps.cli.write_command.MAX_ITEMS", 4)
    monkeypatch.setattr(api, "backoff", lambda attempt: 0.0)
    left = [1, 1]

    server = inprocess.transport()

    class Failing(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/records") and request.method == "POST":
                if not left:
                    raise httpx.ConnectError("gone")
                left.pop()
            return server.handle_request(request)

    with monkeypatch.context() as patch:
        patch.setattr(inprocess, "transport", Failing)
        ran = write(acme, "--from", str(file), "--run", "x")
    assert ran.code == 5
    assert len(ran.out.split()) == Record.objects.count() == 8

    again = write(acme, "--from", str(file), "--run", "x")
    assert again.out.split()[:8] == ran.out.split()
    assert Record.objects.count() == 12


def test_plaintext_is_what_help_says_and_the_database_holds(acme: Party) -> None:
    """The control: of all that is written, meta alone can be read there."""
    ran = write(acme, "text=canary-one", "--meta", "state=canary-two")

    body = bytes(Record.objects.get(pk=ran.out.strip()).body)
    assert b"canary-one" not in body
    assert b"canary-two" in body
    assert RecordMeta.objects.get().text == "canary-two"
