"""`split`: complete, repeatable, and linkable by nobody else."""

import json
from itertools import count
from pathlib import Path

import httpx
import pytest
from django.db import transaction

from apps.client.acts import splitting
from apps.client.acts.split_rules import read_rules
from apps.client.acts.splitting import windows
from apps.demo.samples import RULES
from apps.envelope.holders import IdMaker
from apps.vault.models import Record, RecordMeta
from tests.client.parties import Party, Ran, Signup, Tampering
from tests.tools.selection import slow

TYPES = ("contact", "health")
Batch = tuple[str, list[str]]

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


def own_accounts(acme: Party, number: int) -> list[str]:
    return acme.client.write_many(
        "account", [{"fullname": str(n), "age": "5"} for n in range(number)]
    )


def change_contacts(rules: Path) -> None:
    """Let contacts, too, differ from what was written."""
    rules.write_text(SMALL.replace("[targets.health]", 'years = "age"\n[targets.health]'))


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


@pytest.mark.slow
def test_no_size_tells_which_option_was_taken_however_often_it_is_split(
    acme: Party, signup: Signup, rules: Path
) -> None:
    old = f"very {'old ' * 30}indeed"
    options = [{"value": value, "label": value} for value in ("young", old)]
    signup.form.fields.filter(name="age").update(kind="radio", min="", options=options)
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


@pytest.mark.slow
def test_own_records_are_split_alike(acme: Party, rules: Path) -> None:
    rules.write_text(SMALL)
    acme.client.write("account", {"fullname": "Own", "age": "5"})

    split(acme, rules)

    assert read(acme, "contact") == [{"name": "Own"}]
    assert read(acme, "health") == [{"age": "5"}]


META = """
[meta.contact]
campaign = "spring"
initials = { from = "fullname" }
"""


def test_meta_is_written_as_the_rules_say_and_follows_them(acme: Party, rules: Path) -> None:
    own_accounts(acme, 2)
    rules.write_text(SMALL)
    assert counts(split(acme, rules)) == {"contact": [2, 0, 0, 0], "health": [2, 0, 0, 0]}
    assert not RecordMeta.objects.exists()

    rules.write_text(SMALL + META)
    assert counts(split(acme, rules)) == {"contact": [0, 2, 0, 0], "health": [0, 0, 2, 0]}
    assert counts(split(acme, rules)) == {"contact": [0, 0, 2, 0], "health": [0, 0, 2, 0]}

    found = list(acme.client.query("contact", meta={"campaign": "spring", "initials": "1"}))
    assert [record.data for record in found] == [{"name": "1"}]
    assert list(acme.client.query("health", meta={"campaign": "spring"})) == []


def test_a_source_that_says_nothing_that_meta_can_hold_is_split_all_the_same(
    acme: Party, rules: Path
) -> None:
    acme.client.write_many("account", [{"fullname": "", "age": "5"}, {"fullname": "Ann"}])
    rules.write_text(SMALL + META)

    ran = split(acme, rules)

    assert ran.error == ""
    assert ran.err.count("nothing for meta `initials` of contact") == 1
    said = {record.data["name"]: record.meta for record in acme.client.query("contact")}
    assert said == {
        "": {"campaign": "spring"},
        "Ann": {"campaign": "spring", "initials": "Ann"},
    }


def test_a_field_that_links_two_types_is_warned_of(acme: Party, rules: Path) -> None:
    own_accounts(acme, 1)
    rules.write_text(SMALL)
    assert split(acme, rules, "--dry-run").err == ""

    rules.write_text(SMALL + '[meta.contact]\nage = { from = "age" }')
    ran = split(acme, rules, "--dry-run")

    assert ran.error == ""
    assert "warning: field age goes to health, contact, and in plaintext" in ran.err


@pytest.mark.slow
def test_again_writes_nothing(acme: Party, signup: Signup, rules: Path) -> None:
    signup.fill()
    split(acme, rules)
    before = {str(row.id): bytes(row.body) for row in Record.objects.all()}

    ran = split(acme, rules)

    assert counts(ran) == {"contact": [0, 0, 1, 0], "health": [0, 0, 1, 0]}
    assert {str(row.id): bytes(row.body) for row in Record.objects.all()} == before


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.parametrize("submissions", [0, 1])
def test_a_forgotten_field_stops_it_before_anything_is_written(
    acme: Party, signup: Signup, rules: Path, submissions: int
) -> None:
    for _ in range(submissions):
        signup.fill()
    rules.write_text(RULES.replace('drop = ["comments"]\n', ""))

    ran = split(acme, rules)

    assert ran.code
    assert "nothing is said of comments of type account" in ran.error
    assert Record.objects.count() == submissions


@pytest.mark.parametrize("submissions", [0, 1])
@pytest.mark.parametrize(
    ("right", "wrong", "word", "meant"),
    [
        ('zip = "zip"', 'zip = "zipp"', "zipp", "did you mean zip by zipp?"),
        ('["comments"]', '["comments", "zipp"]', "zipp", "did you mean zip by zipp?"),
        ('["comments"]', '["comments", "nosuch"]', "nosuch", "take it out of them"),
        # The field that nothing is said of, then, is the neighbour of the word in the file.
        ('name = "fullname"', 'name = "fulname"', "fulname", "did you mean fullname by fulname?"),
        ('["comments"]', '["coments"]', "coments", "did you mean comments by coments?"),
    ],
)
def test_a_misspelt_field_stops_it_before_anything_is_written(
    acme: Party,
    signup: Signup,
    rules: Path,
    right: str,
    wrong: str,
    word: str,
    meant: str,
    submissions: int,
) -> None:
    for _ in range(submissions):
        signup.fill()
    assert right in RULES
    rules.write_text(RULES.replace(right, wrong))

    ran = split(acme, rules)

    assert ran.code
    assert f"no record of type account has a field {word}" in ran.error
    assert meant in ran.error + ran.err
    assert Record.objects.count() == submissions


@pytest.mark.slow
def test_a_field_of_an_earlier_manifest_may_be_named(
    acme: Party, signup: Signup, rules: Path
) -> None:
    signup.fill()
    signup.form.fields.filter(name="comments").delete()
    assert acme.publish("signup").error == ""

    assert split(acme, rules).error == ""
    assert len(read(acme, "contact")) == 1


@pytest.mark.slow
def test_a_type_without_a_manifest_is_checked_window_by_window(
    acme: Party, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "WINDOW", 2)
    rules.write_text(SMALL)
    own_accounts(acme, 8)
    fields = {record.id: record.data for record in acme.client.query("account")}
    last = list(acme.client.query("account"))[-1]
    acme.client.update(last, {**fields[last.id], "secret": "never in a window that is written"})
    listed = [record.id for record in acme.client.query("account")]

    ran = split(acme, rules)

    assert "nothing is said of secret of type account" in ran.error
    written = set(
        map(str, Record.objects.filter(stream__type="contact").values_list("id", flat=True))
    )
    split_id = acme.client.session.keys.split_id
    assert written < {split_id(id, "contact") for id in listed}
    assert split_id(last.id, "contact") not in written
    assert not any(split_id(id, "contact") in written for id in listed[-2:])


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


def asked_for(wire: Tampering, keys: IdMaker, sources: list[str], request: str) -> list[Batch]:
    """For each of these requests the type, and the sources of its targets in the order of it."""
    origin = {keys.split_id(id, type): (type, id) for id in sources for type in TYPES}
    batches = []
    for body in map(json.loads, wire.requests(request)):
        ids = body.get("ids") or [record["id"] for record in body["records"]]
        [type] = {origin[id][0] for id in ids}
        batches.append((type, [origin[id][1] for id in ids]))
    return batches


@pytest.mark.parametrize(
    "request_", ["POST /records", *slow("POST /records/lookup", "PUT /records")]
)
def test_no_order_connects_types_and_a_request_holds_one(
    acme: Party, rules: Path, request_: str
) -> None:
    rules.write_text(SMALL)
    sources = own_accounts(acme, 40)
    wire = Tampering()
    client = acme.through(wire)
    client.split(read_rules(rules))
    if request_ == "PUT /records":
        for record in list(client.query("account")):
            client.update(record, {"fullname": record.data["fullname"], "age": "6"})
        wire.seen.clear()
        change_contacts(rules)
        client.split(read_rules(rules))
    wire.seen = [(line, body) for line, body in wire.seen if line == request_]

    found = asked_for(wire, client.session.keys, sources, request_)

    assert [type for type, _ in found[-2:]] == ["contact", "health"]
    (_, contact), (_, health) = found[-2:]
    assert set(contact) == set(health) == set(sources)
    assert len({tuple(order) for order in (contact, health, sources)}) == 3


def test_a_window_has_so_many_or_all_there_are() -> None:
    sizes = {n: [len(one) for one in windows(range(n), 10)] for n in (0, 1, 10, 19, 20, 29, 30, 99)}

    assert sizes == {
        0: [], 1: [1], 10: [10], 19: [19], 20: [10, 10], 29: [10, 19], 30: [10, 10, 10],
        99: [10] * 8 + [19],
    }  # fmt: skip
    assert [one for window in windows(range(99), 10) for one in window] == list(range(99))


@pytest.mark.slow
def test_what_few_sources_need_is_written_together(
    acme: Party, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window is one of what has to be written: else what came since would stand alone."""
    monkeypatch.setattr(splitting, "WINDOW", 4)
    rules.write_text(SMALL)
    own_accounts(acme, 12)
    split(acme, rules)
    own_accounts(acme, 3)
    wire = Tampering()

    acme.through(wire).split(read_rules(rules))

    written = [
        len(json.loads(body)["records"]) for line, body in wire.seen if line == "POST /records"
    ]
    assert written == [3, 3]


class Killed(BaseException):
    """The end of a run, as a signal makes it: nothing of ours may catch it."""


@pytest.mark.slow
@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
def test_a_run_that_is_killed_at_any_request_is_completed_by_the_next(
    acme: Party, rules: Path, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    """Killed before the server had the request, or after it had answered."""
    monkeypatch.setattr(splitting, "WINDOW", 2)
    rules.write_text(SMALL)
    own_accounts(acme, 5)
    state = acme.client.session.state.path
    remembered = state.read_bytes()
    requests = 0
    for fatal in count(1):
        with transaction.atomic():
            left = kill_at(acme, rules, fatal, answered=answered)
            again = acme.client.split(read_rules(rules))
            assert [revisions(type) for type in TYPES] == [[1] * 5] * 2
            assert {type: tally.updated for type, tally in again.tallies.items()} == dict.fromkeys(
                TYPES, 0
            )
            transaction.set_rollback(True)
        state.write_bytes(remembered)
        if not left:
            break
        requests = fatal
    assert requests > 12


def kill_at(acme: Party, rules: Path, fatal: int, *, answered: bool) -> bool:
    """Run until the request with this number, and say whether it came to that."""
    wire = Tampering()
    handle, came = wire.handle_request, count(1)

    def dying(request: httpx.Request) -> httpx.Response:
        dies = next(came) == fatal
        if dies and not answered:
            raise Killed
        response = handle(request)
        if dies:
            raise Killed
        return response

    wire.handle_request = dying  # type: ignore[method-assign]
    try:
        acme.through(wire).split(read_rules(rules))
    except Killed:
        return True
    return False


def revisions(type: str) -> list[int]:
    return list(Record.objects.filter(stream__type=type).values_list("rev", flat=True))


@pytest.mark.slow
def test_two_runs_at_once_write_everything_once(acme: Party, rules: Path) -> None:
    """The second runs from beginning to end between two requests of the first."""
    rules.write_text(SMALL)
    own_accounts(acme, 5)
    for method in ("POST /records", "PUT /records"):
        wire = Tampering()
        handle = wire.handle_request
        others: list[splitting.Split] = []

        def between(request: httpx.Request) -> httpx.Response:
            line = f"{request.method} {request.url.path.removeprefix('/api/v1')}"
            if line == method and not others:  # noqa: B023 - called before the loop goes on
                others.append(acme.client.split(read_rules(rules)))  # noqa: B023
            return handle(request)  # noqa: B023

        wire.handle_request = between  # type: ignore[method-assign]
        result = acme.through(wire).split(read_rules(rules))

        [other] = others
        did = "created" if method == "POST /records" else "updated"
        totals = {
            type: getattr(tally, did) + getattr(other.tallies[type], did)
            for type, tally in result.tallies.items()
        }
        assert totals == {"contact": 5, "health": 5}
        assert result.tallies["contact"].unchanged == 5
        for record in list(acme.client.query("account")):
            acme.client.update(record, {"fullname": "another", "age": "7"})


@pytest.mark.slow
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

    assert "this client has nothing of its own of type account" in ran.error


@pytest.mark.slow
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
