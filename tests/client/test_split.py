"""`split`: complete, repeatable, and linkable by nobody else."""

import json
from pathlib import Path

import httpx
import pytest

from apps.client.acts.split_rules import read_rules
from apps.demo.samples import RULES
from apps.vault.models import Record
from tests.client.parties import Party, Ran, Signup, Tampering

SMALL = """\
[source]
type = "account"
[targets.contact]
name = "fullname"
[targets.health]
age = "age"
"""
AGES = """\
drop = ["height", "weight"]
[source]
type = "health"
[targets.ages]
age = "age"
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    return path


def split(party: Party, rules: Path, *words: str) -> Ran:
    return party.run("split", "--rules", str(rules), *words)


def counts(ran: Ran) -> dict[str, list[int]]:
    """created, updated, unchanged and deleted, by type."""
    rows = [line.split() for line in ran.out.splitlines()[1:]]
    return {row[0]: [int(cell) for cell in row[1:5]] for row in rows if len(row) == 5}


def read(party: Party, type: str) -> list[dict[str, object]]:
    lines = party.run("extract", "--type", type, "--format", "jsonl").lines
    return [line["data"] for line in lines]


def test_each_account_becomes_a_contact_and_a_health_record(
    acme: Party, signup: Signup, rules: Path
) -> None:
    signup.fill(fullname="Ann")
    signup.fill(fullname="Bea")

    ran = split(acme, rules)

    assert ran.error == ""
    assert ran.out.splitlines()[0].startswith("2 account into")
    assert counts(ran) == {"contact": [2, 0, 0, 0], "health": [2, 0, 0, 0]}
    assert {data["name"] for data in read(acme, "contact")} == {"Ann", "Bea"}
    assert read(acme, "health")[0] == {"age": "34", "height": "172", "weight": "68"}


def test_no_size_tells_which_option_was_taken_however_often_it_is_split(
    acme: Party, signup: Signup, rules: Path
) -> None:
    old = f"very {'old ' * 30}indeed"
    options = [{"value": value, "label": value} for value in ("young", old)]
    signup.form.fields.filter(name="age").update(kind="radio", options=options)
    assert acme.publish("signup").error == ""
    for age in ("young", old):
        signup.fill(age=age)

    assert counts(split(acme, rules)) == {"contact": [2, 0, 0, 0], "health": [2, 0, 0, 0]}
    rules.write_text(AGES)
    assert counts(split(acme, rules)) == {"ages": [2, 0, 0, 0]}
    for record in list(acme.client.query("ages")):
        acme.client.update(record, {"age": "young"})

    for type in ("account", "health", "ages"):
        assert len(sizes(type)) == 1


def sizes(type: str) -> set[tuple[int, ...]]:
    """The sizes that the server sees of a type's records, field by field."""
    stored = Record.objects.filter(stream__type=type)
    fields = [json.loads(bytes(row.body))["fields"] for row in stored]
    assert fields
    return {tuple(len(each[name]) for name in sorted(each)) for each in fields}


def test_own_records_are_split_alike(acme: Party, rules: Path) -> None:
    rules.write_text(SMALL)
    acme.client.write("account", {"fullname": "Own", "age": "5"})

    split(acme, rules)

    assert read(acme, "contact") == [{"name": "Own"}]
    assert read(acme, "health") == [{"age": "5"}]


def test_again_writes_nothing(acme: Party, signup: Signup, rules: Path) -> None:
    signup.fill()
    split(acme, rules)
    before = {str(row.id): bytes(row.body) for row in Record.objects.all()}

    ran = split(acme, rules)

    assert counts(ran) == {"contact": [0, 0, 1, 0], "health": [0, 0, 1, 0]}
    assert {str(row.id): bytes(row.body) for row in Record.objects.all()} == before


def test_only_what_changed_is_written(acme: Party, signup: Signup, rules: Path) -> None:
    signup.fill(fullname="Ann")
    split(acme, rules)
    rules.write_text(RULES.replace('zip = "zip"', 'postcode = "zip"'))
    signup.fill(fullname="Bea")

    ran = split(acme, rules)

    assert counts(ran) == {"contact": [1, 1, 0, 0], "health": [1, 0, 1, 0]}
    lines = acme.run("extract", "--type", "contact", "--format", "jsonl").lines
    assert {(line["data"]["name"], line["rev"]) for line in lines} == {("Ann", 2), ("Bea", 1)}
    assert all("postcode" in line["data"] for line in lines)


def test_what_was_deleted_stays_deleted(acme: Party, signup: Signup, rules: Path) -> None:
    signup.fill()
    split(acme, rules)
    client = acme.client
    assert client.delete(list(client.query("contact"))) == 1

    ran = split(acme, rules)

    assert counts(ran) == {"contact": [0, 0, 0, 1], "health": [0, 0, 1, 0]}
    assert read(acme, "contact") == []


def test_a_dry_run_writes_nothing(acme: Party, signup: Signup, rules: Path) -> None:
    signup.fill()

    ran = split(acme, rules, "--dry-run")

    assert counts(ran) == {"contact": [1, 0, 0, 0], "health": [1, 0, 0, 0]}
    assert "nothing was written" in ran.out
    assert Record.objects.count() == 1


def test_a_forgotten_field_stops_it_before_anything_is_written(
    acme: Party, signup: Signup, rules: Path
) -> None:
    signup.fill()
    rules.write_text(RULES.replace('drop = ["comments"]\n', ""))

    ran = split(acme, rules)

    assert "nothing is said of comments of type account" in ran.error
    assert Record.objects.count() == 1


@pytest.mark.parametrize(
    ("right", "wrong"), [('zip = "zip"', 'zip = "zipp"'), ('["comments"]', '["comments", "zipp"]')]
)
def test_a_misspelt_field_stops_it_before_anything_is_written(
    acme: Party, signup: Signup, rules: Path, right: str, wrong: str
) -> None:
    signup.fill()
    text = RULES.replace(right, wrong)
    rules.write_text(text.replace('state = "state"', 'state = "state"\nplace = "zip"'))

    ran = split(acme, rules)

    assert "no record of type account has a field zipp" in ran.error
    assert "did you mean zip by zipp?" in ran.error
    assert Record.objects.count() == 1


def test_ids_are_those_of_the_specification_and_show_no_link(
    acme: Party, signup: Signup, rules: Path
) -> None:
    [source] = signup.fill()

    split(acme, rules)

    keys = acme.client.session.keys
    contact, health = (keys.split_id(source, type) for type in ("contact", "health"))
    assert set(map(str, Record.objects.exclude(id=source).values_list("id", flat=True))) == {
        contact,
        health,
    }
    assert contact[:8] != health[:8]


def test_writes_are_shuffled_and_a_request_holds_one_type(
    acme: Party, signup: Signup, rules: Path
) -> None:
    rules.write_text(SMALL)
    sources = acme.client.write_many(
        "account", [{"fullname": str(n), "age": "5"} for n in range(40)]
    )
    wire = Tampering()
    client = acme.through(wire)

    client.split(read_rules(rules))

    [_, body, *_] = wire.requests("POST /records")  # the first looks up
    records = json.loads(body)["records"]
    written = [record["id"] for record in records]
    in_order = [client.session.keys.split_id(id, "contact") for id in sources]
    assert {record["type"] for record in records} == {"contact"}
    assert set(written) == set(in_order)
    assert written != in_order


def test_a_source_that_fails_is_named_and_the_others_are_split(
    acme: Party, signup: Signup, rules: Path
) -> None:
    [bad], [good] = signup.fill(), signup.fill()
    row = Record.objects.get(id=bad)
    row.body = bytes(Record.objects.get(id=good).body).replace(good.encode(), bad.encode())
    row.save()

    ran = split(acme, rules)

    assert bad in ran.err
    assert "1 records failed verification" in ran.error
    assert len(read(acme, "contact")) == 1


def test_others_split_nothing_of_acme(
    acme: Party, mallory: Party, signup: Signup, rules: Path
) -> None:
    signup.fill()
    mallory.knows(acme)

    ran = split(mallory, rules)

    assert "reads nothing of type account" in ran.error


def test_large_targets_are_looked_up_a_few_at_a_time(acme: Party, rules: Path) -> None:
    rules.write_text(SMALL)
    acme.client.write_many("account", [{"fullname": str(n), "age": "5"} for n in range(5)])
    split(acme, rules)
    asked: list[int] = []

    class Small(Tampering):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/lookup"):
                asked.append(len(json.loads(request.read())["ids"]))
                if asked[-1] > 2:
                    error = {"code": "limit", "message": "too large", "hint": "ask for fewer"}
                    return httpx.Response(400, json={"error": error}, request=request)
            return super().handle_request(request)

    result = acme.through(Small()).split(read_rules(rules))

    assert result.tallies["contact"].unchanged == 5
    assert asked == 2 * [5, 2, 3, 1, 2]
