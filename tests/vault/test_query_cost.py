"""What a page of a query costs PostgreSQL: what matches, and nothing of the rest of the stream.

Not asked of a table that is divided by lane (tests/tools/partitioned.py): there the parts of a
small stream are read as a whole, which costs less than to look up as many records in each.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.vault.listings import query_records
from apps.vault.models import Stream
from apps.vault.streams import stream_for
from tests.people import Person
from tests.vault.test_page_cost import (
    LIMIT,
    RECORDS,
    explained,
    rows_read,
    stream,  # noqa: F401 - a fixture
)

pytestmark = [pytest.mark.postgres, pytest.mark.database, pytest.mark.django_db]

# Of all 32,000: 320 are rare, 16,000 of half are a; another stream has as many that are rare.
MARK = """
    INSERT INTO vault_recordmeta (record_id, stream_id, name, text)
    SELECT id, stream_id, 'state', CASE WHEN position %% 100 = 7 THEN 'rare' ELSE 'common' END
    FROM vault_record UNION ALL
    SELECT id, stream_id, 'half', CASE WHEN position %% 2 = 0 THEN 'a' ELSE 'b' END
    FROM vault_record UNION ALL
    SELECT id, %s, 'other', 'rare' FROM vault_record"""


@pytest.fixture
def marked(stream: Stream, acme: Person) -> Iterator[Stream]:  # noqa: F811
    """The same contacts, each of which says something in plaintext."""
    other = stream_for(writer=acme.id, type="other", owner=acme.row)
    with connection.cursor() as cursor:
        cursor.execute(MARK, [other.pk])
        cursor.execute("ANALYZE vault_recordmeta")
    yield stream
    with connection.cursor() as cursor:  # or each would be looked up when constraints are checked
        cursor.execute("DELETE FROM vault_recordmeta")


@pytest.mark.parametrize(
    ("meta", "shown", "each"),
    [
        ({"state": "rare"}, LIMIT, 1),
        ({"state": "common"}, LIMIT, 1),
        ({"half": "a"}, LIMIT, 1),
        ({"state": "rare", "half": "b"}, LIMIT, 2),
        ({"state": "never"}, 0, 1),
        ({"other": "rare"}, 0, 1),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else str(value),
)
def test_a_query_reads_what_says_so_and_nothing_else(
    acme: Person, marked: Stream, meta: dict[str, str], shown: int, each: int
) -> None:
    steps = queried(acme, marked, meta, shown)

    # For each record shown, and one more: its places in the index, then its row to see whether it
    # may be read, how large it is, and what it says.
    assert rows_read(steps) <= (each + 3) * (LIMIT + 1)
    of_records = {
        step["Node Type"]
        for step in steps
        if step.get("Relation Name", RECORDS).startswith(RECORDS) and step["Actual Loops"]
    }
    assert not of_records & {"Seq Scan", "Sort", "Incremental Sort"}


def test_a_query_by_two_names_reads_what_the_rarer_one_has(acme: Person, marked: Stream) -> None:
    """None says both: all 320 that are rare are looked at, and none of the 16,000."""
    steps = queried(acme, marked, {"half": "a", "state": "rare"}, 0)

    assert rows_read(steps) <= 2 * 320


def queried(reader: Person, of: Stream, meta: dict[str, str], shown: int) -> list[Any]:
    """Every step that finding a page of a query takes, and fetching it."""
    with CaptureQueriesContext(connection) as captured:
        page = query_records(
            reader=reader.row, writer=of.writer, type=of.type, meta=meta, after=b"",
            limit=LIMIT,
        )  # fmt: skip
    assert len(page.items) == shown
    statements = [one["sql"] for one in captured if '"vault_record"' in one["sql"]]
    return [step for sql in statements for step in explained(sql)]
