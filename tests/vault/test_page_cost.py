"""What a page costs PostgreSQL: the same wherever in a stream it is, and however many lanes.

The plans are PostgreSQL's own, with the rows that it really read.
"""

import json
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Q
from django.test.utils import CaptureQueriesContext

from apps.envelope.encoding import dump_json
from apps.vault.cursors import Cursor, read_cursor
from apps.vault.lanes import LANES
from apps.vault.listings import Direction, list_grants, list_records
from apps.vault.models import Lane, Record, Stream
from apps.vault.page_selection import choose
from apps.vault.streams import close, shared
from apps.vault.visibility import granted_generations, live_grants, readable
from tests.groups import Team, team
from tests.people import Person, Type

pytestmark = [pytest.mark.postgres, pytest.mark.database, pytest.mark.django_db]

A_LANE = 2_000
LIMIT = 100
RECORDS = "vault_record"

# So many that a scan would be seen.
FILL = """
    INSERT INTO vault_record
        (id, stream_id, lane, generation_id, position, rev, arrived, stored, body)
    SELECT (to_hex(lane) || substr(gen_random_uuid()::text, 2))::uuid, %s, lane,
        CASE WHEN position %% 2 = 0 THEN %s::bigint ELSE %s::bigint END,
        position, 1, now(), now(), %s::bytea
    FROM generate_series(0, 15) AS lane, generate_series(1, %s) AS position"""


@pytest.fixture
def stream(contact: Type) -> Stream:
    """acme's contacts, many of them, of two generations."""
    body = dump_json(contact.record().to_wire())
    stream = Stream.objects.get()
    close(stream=stream)
    contact.open()
    first, second = stream.generations.values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(FILL, [stream.pk, first, second, body, A_LANE])
        cursor.execute("ANALYZE vault_record")
    Lane.objects.update(position=A_LANE, living=A_LANE)
    return stream


def at(share: float, **query: str) -> Cursor:
    """A cursor that has some share of every lane behind it."""
    start = read_cursor(None, shard=query.get("shard"), start=query.get("from"))
    return start.behind(dict.fromkeys(start.lanes, int(A_LANE * share))) if share else start


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def explained(sql: str) -> list[dict[str, Any]]:
    """Every step of PostgreSQL's plan for a statement, after it was carried out."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.replace("%", "%%"))
        found = cursor.fetchone()[0]
    [whole] = json.loads(found) if isinstance(found, str) else found
    return list(nodes(whole["Plan"]))


def rows_read(steps: list[dict[str, Any]]) -> int:
    """How many records were looked at, shown or not."""
    return sum(
        (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"]
        for step in steps
        if step.get("Relation Name", "").startswith(RECORDS)
    )


def costs(reader: Person, stream: Stream, after: Cursor) -> tuple[int, set[str]]:
    """The rows that a page reads, of records, and the kinds of steps that does it."""
    query = {"writer": stream.writer, "type": stream.type, "after": after, "limit": LIMIT}
    with CaptureQueriesContext(
        connection,
    ) as captured:
        page = list_records(reader=reader.row, **query)  # type: ignore[arg-type]
    assert len(page.items) == LIMIT
    statements = [one["sql"] for one in captured if '"vault_record"' in one["sql"]]
    assert len(statements) == 2  # places, then bodies
    steps = [step for sql in statements for step in explained(sql)]
    others = [step for step in steps if not step.get("Relation Name", RECORDS).startswith(RECORDS)]
    return rows_read(steps), {step["Node Type"] for step in steps if step not in others}


@pytest.mark.parametrize(
    "query", [{}, {"shard": "3/4"}, {"shard": "15/16"}, {"from": "end"}],
    ids=["all", "shard", "lane", "end"],
)  # fmt: skip
@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_page_reads_what_it_shows(
    acme: Person, stream: Stream, query: dict[str, str], share: float
) -> None:
    read, kinds = costs(acme, stream, at(share, **query))

    # Places and bodies, and from the end one more of each lane to know whether there are any.
    assert read <= 2 * LIMIT + 2 * LANES
    assert not kinds & {"Seq Scan", "Sort", "Incremental Sort"}


# As if starting workers cost nothing, and disks, which they share, nothing either.
WORKERS = """
    SET LOCAL seq_page_cost = 0; SET LOCAL random_page_cost = 0;
    SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0;
    SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL min_parallel_index_scan_size = 0;
    SET LOCAL max_parallel_workers_per_gather = 4; SET LOCAL enable_parallel_append = on"""


@pytest.mark.parametrize("query", [{}, {"from": "end"}], ids=["all", "end"])
def test_lanes_come_one_after_the_other_though_workers_were_to_be_had(
    acme: Person, stream: Stream, query: dict[str, str]
) -> None:
    """Workers would each take a lane, and rows come as they are found."""
    with connection.cursor() as cursor:
        cursor.execute(WORKERS)
    counted = "SELECT count(*) FROM vault_record WHERE length(body) > 0"
    assert "Gather" in {step["Node Type"] for step in explained(counted)}  # they are to be had

    with CaptureQueriesContext(connection) as captured:
        found, _ = choose(
            readable(acme.row, live_grants(acme.row).filter(stream=stream)),
            after=at(0 if query else 0.99, **query),
            ends=dict.fromkeys(range(LANES), A_LANE),
            limit=500,
        )

    [statement] = captured
    # Workers may help within a lane's part, which is sorted then; the parts stay in one process.
    steps = explained(statement["sql"])
    above = takewhile(lambda step: step["Node Type"] != "Append", steps)
    assert not {step["Node Type"] for step in above} & {"Gather", "Gather Merge"}
    assert [step["Parallel Aware"] for step in steps if step["Node Type"] == "Append"] == [False]
    ahead = -1 if query else 1
    assert len({place.lane for place in found}) == LANES
    assert [(place.lane, ahead * place.position) for place in found] == sorted(
        (place.lane, ahead * place.position) for place in found
    )


def test_the_control_reads_the_whole_stream(acme: Person, stream: Stream) -> None:
    """The same page by one condition over all lanes, in the order of the index."""
    beyond = Q(pk__in=[])
    for lane in range(LANES):
        beyond |= Q(lane=lane, position__gt=A_LANE * 0.9 + lane)
    found = Record.objects.filter(beyond, stream=stream).order_by("lane", "position")
    sql, values = found.values_list("lane", F("position"))[:LIMIT].query.sql_with_params()
    with connection.cursor() as cursor:
        whole = cursor.mogrify(sql, values)

    assert rows_read(explained(whole)) > 10 * LIMIT


# Each to somebody else, of one record.
SINGLE = """
    INSERT INTO vault_grant
        (stream_id, generation_id, record_id, reader_id, akid, fields, not_after, granted, body)
    SELECT stream_id, generation_id, id, %s, %s, '["zip"]', 0, now(), 'x'
    FROM vault_record LIMIT 20000"""


def give_away_one_by_one(reader: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SINGLE, [reader.row.pk, bytes(32)])
        cursor.execute("ANALYZE vault_grant")


def share_with_a_group(type: Type, team: Team) -> None:
    for gen in (1, 2):
        type.share(team, gen=gen)


@pytest.mark.parametrize("share", [0, 0.9])
def test_a_page_costs_a_member_of_a_group_no_more(
    acme: Person, clinic: Person, marketing: Person, mallory: Person, contact: Type,
    stream: Stream, share: float,
) -> None:  # fmt: skip
    share_with_a_group(contact, team(clinic, marketing))
    give_away_one_by_one(mallory)

    read, kinds = costs(marketing, stream, at(share))

    assert read <= 2 * LIMIT + 2 * LANES
    assert not kinds & {"Seq Scan", "Sort", "Incremental Sort"}


def test_the_grants_of_a_group_are_found_among_those_of_others(
    clinic: Person, marketing: Person, mallory: Person, contact: Type, stream: Stream
) -> None:
    """By an index: for a page of records, for one of grants, and before anything is written."""
    share_with_a_group(contact, team(clinic, marketing))
    give_away_one_by_one(mallory)
    grants = {"direction": Direction.INCOMING, "writer": None, "type": None, "after": 0}

    with CaptureQueriesContext(connection) as captured:
        of_stream = granted_generations(live_grants(marketing.row).filter(stream=stream))
        page = list_grants(caller=marketing.row, limit=200, record=None, **grants)  # type: ignore[arg-type]
        [generation] = shared(streams=[stream]).values()

    assert (len(of_stream), len(page.items), generation.is_stale) == (2, 3, False)
    for statement in captured:
        if "advisory" in statement["sql"]:
            continue
        looked_at = [
            (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"]
            for step in explained(statement["sql"])
            if step.get("Relation Name") == "vault_grant"
        ]
        assert sum(looked_at) <= 10
