"""What a reader sees together, it sees as of one moment"""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from apps.envelope.records import Record
from apps.vault import listings
from tests.people import Person, Type, accepted, id_in
from tests.tools.processes import python
from tests.vault.threads import SOON, threads

on_postgresql = [
    pytest.mark.postgres,
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
]


def in_several_lanes(type: Type) -> list[Record]:
    return type.write(*(type.record(id=id_in(number % 16)) for number in range(40)))


def move(type: Type, records: list[Record], reader: Person) -> None:
    """Bring all records to another generation, and so to new places."""
    accepted(type.owner.post("/revocations", type.revocation(reader).to_wire()))
    type.open()
    type.update(*(type.record(id=record.id, rev=2) for record in records))


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, step: str, happens: Callable[[], Future[None]]
) -> None:
    """Let something happen, from beginning to end, just before a step of a listing."""
    really = getattr(listings, step)

    def later(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(listings, step, really)
        happens().result(SOON)
        return really(*given, **named)

    monkeypatch.setattr(listings, step, later)


class TestOnPostgreSQL:
    pytestmark = on_postgresql

    @pytest.mark.parametrize("step", ["live_grants", "choose", "at"])
    @pytest.mark.parametrize("query", [{}, {"limit": 10}, {"from": "end"}])
    def test_a_page(
        self,
        acme: Person,
        marketing: Person,
        contact: Type,
        monkeypatch: pytest.MonkeyPatch,
        step: str,
        query: dict[str, Any],
    ) -> None:
        records = in_several_lanes(contact)
        query = {**query, "writer": acme.id, "type": "contact"}
        before = accepted(acme.get("/records", **query))

        with threads(1) as run:
            meanwhile(monkeypatch, step, lambda: run(move, contact, records, marketing))
            during = accepted(acme.get("/records", **query))

        assert during == before

    @pytest.mark.parametrize("step", ["live_grants", "readable"])
    def test_records_that_were_asked_for_by_id(
        self,
        acme: Person,
        marketing: Person,
        contact: Type,
        monkeypatch: pytest.MonkeyPatch,
        step: str,
    ) -> None:
        records = in_several_lanes(contact)

        with threads(1) as run:
            meanwhile(monkeypatch, step, lambda: run(move, contact, records, marketing))
            found = accepted(acme.post("/records/lookup", {"ids": [one.id for one in records]}))

        assert len(found["items"]) == len(records)

    @pytest.mark.parametrize("step", ["live_grants", "matching", "how_many_fit"])
    def test_records_that_were_asked_for_by_meta(
        self,
        acme: Person,
        marketing: Person,
        contact: Type,
        monkeypatch: pytest.MonkeyPatch,
        step: str,
    ) -> None:
        made = (contact.record(id=id_in(number), meta={"state": "open"}) for number in range(16))
        records = contact.write(*made)
        body = {
            "writer": acme.id, "type": "contact", "meta": {"state": "open"}, "after": "",
            "limit": 200,
        }  # fmt: skip
        before = accepted(acme.post("/records/query", body))

        with threads(1) as run:
            meanwhile(monkeypatch, step, lambda: run(move, contact, records, marketing))
            during = accepted(acme.post("/records/query", body))

        assert during == before
        assert not accepted(acme.post("/records/query", body))["items"]


ON_A_FILE = """
import django; django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.db import connection, transaction
from apps.vault.snapshots import snapshot

def sql(statement):
    return connection.cursor().execute(statement).fetchone()

def count():
    return sql("SELECT count(*) FROM place")[0]

def add():
    with transaction.atomic():
        sql("INSERT INTO place VALUES (1)")

def look():
    with snapshot():
        return count()

sql("CREATE TABLE place (number int)")
with ThreadPoolExecutor(1) as other:
    with snapshot():
        before = count()
        other.submit(add).result()
        during = count()
    print(before, during, count())
    with transaction.atomic():
        add()
        print(other.submit(look).result())
    print(other.submit(look).result(), connection.transaction_mode)
"""


@pytest.mark.slow
def test_on_sqlite_who_reads_and_who_writes_do_not_wait_for_each_other(tmp_path: Path) -> None:
    done = python(
        "-c",
        ON_A_FILE,
        DJANGO_SETTINGS_MODULE="config.settings",
        DATABASE_URL=f"sqlite:///{tmp_path}/forms.sqlite3?timeout=1",
    )

    assert done.stdout.split() == ["0", "0", "1", "1", "2", "IMMEDIATE"], done.stderr
