"""`update`: some values, and the others stay."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.client.parties import Party, Signup
from tests.tools.selection import slow

pytestmark = pytest.mark.slow


def test_it_changes_what_it_names_and_leaves_the_rest(acme: Party) -> None:
    client = acme.client
    ids = [client.write("note", {"a": "1", "b": "2"}, meta={"x": "1", "y": "2"}) for _ in range(2)]

    ran = acme.run(
        "update", *ids, "a=9", "c:=3", "--meta", "x=9", "--unset", "b", "--unset-meta", "y"
    )

    assert (ran.error, ran.out.split()) == ("", ids)
    for record in client.read_many(ids):
        assert (record.data, record.meta, record.rev) == ({"a": "9", "c": 3}, {"x": "9"}, 2)
    [first, second] = acme.run("update", *ids, "a=9", "--format", "jsonl").lines
    assert (first["status"], second["status"]) == ("unchanged", "unchanged")


def test_replace_leaves_nothing(acme: Party) -> None:
    client = acme.client
    id = client.write("note", {"a": "1", "b": "2"}, meta={"x": "1"})

    assert acme.run("update", id, "c=3", "--replace").error == ""
    assert (client.read(id).data, client.read(id).meta) == ({"c": "3"}, {"x": "1"})
    assert acme.run("update", id, "c=3", "--replace", "--meta", "y=2").error == ""
    assert client.read(id).meta == {"y": "2"}


def test_lines_change_a_record_each(acme: Party, tmp_path: Path) -> None:
    client, file = acme.client, tmp_path / "changes.jsonl"
    first, second = client.write_many("note", [{"a": "1", "b": "2"}, {"a": "1"}])
    changes = [{"id": first, "data": {"a": "9"}}, {"id": second, "meta": {"x": "1"}}]
    file.write_text("".join(json.dumps(one) + "\n" for one in changes))

    assert acme.run("update", "--from", str(file)).out.split() == [first, second]
    assert client.read(first).data == {"a": "9", "b": "2"}
    assert client.read(second).meta == {"x": "1"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"data": {"a": "1"}}, "line 2 has no id"),
        *slow(({"id": "ID"}, "line 2 changes nothing"), ({"id": "ID", "data": {"A": 1}}, "line 2")),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_changed(
    acme: Party, tmp_path: Path, line: dict[str, object], says: str
) -> None:
    client, file = acme.client, tmp_path / "changes.jsonl"
    id = client.write("note", {"a": "1"})
    good = {"id": id, "data": {"a": "2"}}
    text = json.dumps(line).replace("ID", str(uuid4()))
    file.write_text(f"{json.dumps(good)}\n{text}\n")

    ran = acme.run("update", "--from", str(file))

    assert says in ran.error
    assert client.read(id).rev == 1
    file.write_text(f"{json.dumps(good)}\n{json.dumps(good)}\n")
    assert "an earlier line has" in acme.run("update", "--from", str(file)).error


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("a=1",), "no id was given"),
        *slow(
            (("ID",), "nothing is said"),
            (("ID", "a=1", "--replace", "--unset", "b"), "could be taken out"),
            (("ID", "a=1", "--from", "-"), "in the lines"),
            (("ID", "--unset", "a"), "no value left"),
            (("note", "a=1"), "UUID"),
        ),
    ],
)
def test_wrong_words_are_refused(acme: Party, words: tuple[str, ...], says: str) -> None:
    id = acme.client.write("note", {"a": "1"})

    ran = acme.run("update", *(id if word == "ID" else word for word in words))

    assert ran.code == 1
    assert says in ran.error
    assert acme.client.read(id).rev == 1


def test_what_is_not_there_or_not_own_is_refused_and_nothing_is_changed(
    acme: Party, mallory: Party, signup: Signup
) -> None:
    id = acme.client.write("note", {"fullname": "1"})
    signup.fill()
    [answer] = acme.client.query("account")

    for other in (str(uuid4()), answer.id):
        ran = acme.run("update", id, other, "fullname=2")
        assert ran.code == 1
    assert mallory.run("update", id, "fullname=2").code == 1
    assert acme.client.read(id).rev == 1
