"""The library: `client.query`, and what it refuses to believe."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from apps.client import Client, Opened, endpoints
from apps.client.errors import (
    ApiRefused,
    ClientError,
    NotReadError,
    RollbackError,
    UnpinnedError,
    UsageError,
    VerificationError,
)
from apps.envelope.encoding import load_json
from apps.envelope.grants import seal_grant
from apps.envelope.records import open_data_keys, parse_record
from apps.vault.models import Grant, Record
from config import inprocess
from tests.client.parties import Party, Signup, Tampering
from tests.client.test_share import share


def test_it_is_as_short_as_promised(acme: Party, marketing: Party) -> None:
    client = Client.from_file(acme.path, transport=inprocess.transport())
    client.write("account", {"fullname": "Ann"})
    for record in client.query(type="account"):
        client.write("contact", {"name": record.data["fullname"]})
    client.share("contact", marketing.id, fingerprint=marketing.fingerprint)
    marketing.knows(acme)
    other = Client.from_file(marketing.path, transport=inprocess.transport())
    assert [record.data for record in other.query("contact")] == [{"name": "Ann"}]
    client.revoke("contact", marketing.id)
    assert list(other.query("contact", allow_empty=True)) == []
    with pytest.raises(NotReadError, match="acme shares no contact"):
        list(other.query("contact", writer=acme.id))


def test_an_update_replaces_the_values(acme: Party) -> None:
    client = acme.client
    id = client.write("contact", {"name": "Ann"})
    [record] = client.query("contact")

    client.update(record, {"name": "Bea", "zip": "1"})

    [updated] = client.query("contact")
    assert (updated.id, updated.rev, updated.data) == (id, 2, {"name": "Bea", "zip": "1"})
    with pytest.raises(ApiRefused) as caught:
        client.update(record, {"name": "Too late"})
    assert caught.value.code == "revision_conflict"


def test_what_visitors_sent_is_not_changed_but_may_be_deleted(
    acme: Party, mallory: Party, signup: Signup
) -> None:
    signup.fill()
    client = acme.client
    [record] = client.query("account")

    with pytest.raises(UsageError, match="only own records"):
        client.update(record, {})
    assert mallory.client.delete([record]) == 0
    assert client.delete([record]) == 1
    assert list(client.query("account")) == []


@pytest.mark.slow
def test_large_batches_are_cut_to_what_a_request_holds(acme: Party) -> None:
    wire = Tampering()
    client = acme.through(wire)

    ids = client.write_many("note", [{"text": "x" * 60_000} for _ in range(20)])

    assert len(ids) == len(set(ids)) == 20
    sizes = [len(body) for body in wire.requests("POST /records")]
    assert len(sizes) > 1
    assert max(sizes) <= 1024 * 1024
    assert sum(1 for _ in client.query("note")) == 20


def fields_of(owner: Party, id: str, reader: Party, names: list[str]) -> None:
    """Grant fields of one record, which no command does yet."""
    client = owner.client
    body = load_json(bytes(Record.objects.get(id=id).body))
    record = parse_record(body)
    generation = client._writer.in_force(record.type)
    grant = seal_grant(
        granter=client.session.keys,
        reader=reader.client.session.me,
        writer=record.writer,
        type=record.type,
        gen=generation.gen,
        akid=record.akid,
        keys=open_data_keys(record, generation.key, names),
        record=id,
    )
    client.session.api.call(endpoints.CREATE_GRANTS, body={"grants": [grant.to_wire()]})


@pytest.mark.slow
def test_fields_of_one_record_are_read_and_no_other(acme: Party, marketing: Party) -> None:
    client = acme.client
    first, _ = client.write_many("contact", [{"name": "Ann", "zip": "1"}, {"name": "Bea"}])
    fields_of(acme, first, marketing, ["zip"])
    marketing.knows(acme)

    records = list(marketing.client.query("contact"))

    assert [(record.id, record.data) for record in records] == [(first, {"zip": "1"})]


@pytest.mark.slow
def test_columns_and_fields_of_one_record_add_up(acme: Party, marketing: Party) -> None:
    [id] = acme.client.write_many("contact", [{"name": "Ann", "zip": "1", "city": "S"}])
    share(acme, "contact", marketing, "--columns", "zip")
    fields_of(acme, id, marketing, ["name"])
    marketing.knows(acme)

    [record] = marketing.client.query("contact")

    assert record.data == {"zip": "1", "name": "Ann"}


def serving(party: Party, change: Any) -> list[Opened]:
    """Read contact through a server that changes its list of records."""
    return list(party.through(Tampering().on("GET /records", change)).query("contact"))


def test_a_hidden_column_that_was_granted_is_missed(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "Ann", "zip": "1"})
    share(acme, "contact", marketing, "--columns", "name,zip")
    marketing.knows(acme)
    kept = Grant.objects.get(reader=marketing.row)
    Grant.objects.filter(pk=kept.pk).update(fields=["zip"])  # the server's own view of it

    with pytest.raises(VerificationError, match="hides a field that was granted"):
        list(marketing.client.query("contact"))


@pytest.mark.slow
def test_the_same_record_twice_is_read_once(acme: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})

    def twice(page: Any) -> Any:
        return {**page, "items": page["items"] * 2}

    assert len(serving(acme, twice)) == 1


def test_an_older_revision_after_a_newer_one_is_refused(acme: Party) -> None:
    client = acme.client
    client.write("contact", {"name": "Old"})
    old = bytes(Record.objects.get().body)
    [record] = client.query("contact")
    client.update(record, {"name": "New"})

    def back(page: Any) -> Any:
        items = page["items"]
        return {**page, "items": [*items, {**items[0], "record": json.loads(old)}]}

    with pytest.raises(RollbackError):
        serving(acme, back)


def test_a_record_of_another_type_is_refused(acme: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})
    acme.client.write("health", {"age": "1"})
    health = json.loads(bytes(Record.objects.get(stream__type="health").body))

    def swap(page: Any) -> Any:
        return {**page, "items": [{**page["items"][0], "record": health}]}

    with pytest.raises(VerificationError, match="where it does not belong") as caught:
        serving(acme, swap)
    assert caught.value.record == health["id"]


def test_with_on_problem_the_rest_go_on(acme: Party) -> None:
    ids = acme.client.write_many("contact", [{"name": "Ann"}, {"name": "Bea"}])
    problems: list[ClientError] = []

    def spoil(page: Any) -> Any:
        for item in page["items"]:
            if item["record"]["id"] == ids[0]:
                item["record"]["rev"] = 2
        return page

    client = acme.through(Tampering().on("GET /records", spoil))
    records = list(client.query("contact", on_problem=problems.append))

    assert [record.data["name"] for record in records] == ["Bea"]
    assert [getattr(problem, "code", "") for problem in problems] == ["signature"]


def test_a_generation_that_is_shown_no_more_is_missed(acme: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})

    def forget(answer: Any) -> Any:
        return {"generations": []}

    wire = Tampering().on("GET /generations", forget)
    with pytest.raises(RollbackError, match="generation 1 was seen before"):
        acme.through(wire).write("contact", {"name": "Bea"})
    assert wire.requests("POST") == []


def test_a_closed_generation_stays_closed(acme: Party, marketing: Party) -> None:
    share(acme, "contact", marketing)
    acme.client.revoke("contact", marketing.id)

    def reopen(answer: Any) -> Any:
        return {"generations": [{**one, "open": True} for one in answer["generations"]]}

    wire = Tampering().on("GET /generations", reopen)
    with pytest.raises(RollbackError, match="that was closed before"):
        acme.through(wire).write("contact", {"name": "Bea"})
    assert wire.requests("POST") == []


def test_pins_are_asked_for_by_name(acme: Party, marketing: Party) -> None:
    with pytest.raises(UnpinnedError) as caught:
        list(marketing.client.query("contact", writer=acme.id))
    assert acme.fingerprint not in caught.value.hint


def test_two_machines_that_open_the_first_generation_at_once_agree(acme: Party) -> None:
    other = Party("acme", acme.path.with_name("copy.json"))  # the same client on two machines
    other.path.touch(0o600)
    other.path.write_bytes(acme.path.read_bytes())
    memory = acme.path.with_name(f"{acme.path.name}.state")
    other.path.with_name("copy.json.state").write_bytes(memory.read_bytes())
    acme.client.write("contact", {"name": "First"})
    late: Iterator[Any] = iter([{"generations": []}])
    wire = Tampering().on("GET /generations", lambda answer: next(late, answer))

    other.through(wire).write("contact", {"name": "Second"})

    assert len(wire.requests("POST /grants")) == 1
    names = {record.data["name"] for record in acme.client.query("contact")}
    assert names == {"First", "Second"}
