"""Lists of the admin that may be long: nothing is counted, nothing is skipped, nothing is missed"""

import html
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.console.admin.stored_admin import GrantAdmin, RecordAdmin
from apps.envelope.manifests import Manifest as SignedManifest
from apps.intake.models import Form
from apps.vault.lanes import lane_of
from apps.vault.models import Lane, Record, Stream
from apps.vault.tallies import arrivals, tallies
from tests.intake.people import Publisher
from tests.intake.test_submit import sealed, submit
from tests.tools.selection import slow

pytestmark = [pytest.mark.database, pytest.mark.django_db]

RECORDS = "/admin/vault/record/"
FORMS = "/admin/intake/form/"
ENDLESS = [RECORDS, "/admin/vault/grant/", "/admin/vault/generation/", "/admin/intake/manifest/"]
NEXT = re.compile(r'<a href="([^"]+)" rel="next">')
ROW = re.compile(r"/admin/vault/record/([0-9a-f-]{36})/change/")


def fill(stream: Stream, count: int) -> list[UUID]:
    """Store as many records as that, the last one last; returns their ids."""
    generation = stream.generations.get()
    lanes = {lane.number: lane for lane in stream.lanes.all()}
    rows = []
    now = timezone.now()
    for place in range(count):
        id = uuid4()
        lane = lanes[lane_of(id)]
        lane.position += 1
        lane.living += 1
        stored = now + timedelta(seconds=place)
        rows.append(
            Record(
                id=id, stream=stream, lane=lane.number, position=lane.position, rev=1,
                generation=generation, body=b"{}", stored=stored,
            )
        )  # fmt: skip
    Record.objects.bulk_create(rows)
    Lane.objects.bulk_update(lanes.values(), ["position", "living"])
    return [row.id for row in rows]


def walk(browser: Browser, path: str) -> list[list[str]]:
    """The ids on each page, from the first to the last."""
    pages, following = [], ""
    for _ in range(100):
        page = browser.get(path if not following else path.partition("?")[0] + following)
        assert page.status_code == 200
        text = page.content.decode()
        pages.append(list(dict.fromkeys(ROW.findall(text))))
        found = NEXT.search(text)
        if not found:
            return pages
        following = html.unescape(found[1])
    raise AssertionError("it never ends")


@pytest.fixture
def form(form: Form) -> Form:
    """It feeds two record types."""
    form.fields.filter(name__in=["height", "weight"]).update(type="health")
    return form


@pytest.fixture
def streams(publisher: Publisher, manifest: SignedManifest) -> list[Stream]:
    """The two of the form."""
    return list(Stream.objects.order_by("pk"))


@pytest.mark.parametrize("only", ["", *slow("account")])
def test_page_by_page_every_record_comes_once(
    admin_client: Browser, streams: list[Stream], monkeypatch: pytest.MonkeyPatch, only: str
) -> None:
    monkeypatch.setattr(RecordAdmin, "list_per_page", 16)
    chosen = streams[0] if only else None
    ids = {str(id) for stream in streams for id in fill(stream, 45) if stream == (chosen or stream)}

    pages = walk(admin_client, RECORDS + (f"?stream={chosen.pk}" if chosen else ""))

    seen = [id for page in pages for id in page]
    assert sorted(seen) == sorted(ids)
    assert all(0 < len(page) <= 16 for page in pages)


@pytest.mark.slow
def test_of_one_form_and_type_the_latest_come_first(
    admin_client: Browser, streams: list[Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RecordAdmin, "list_per_page", 64)
    ids = [str(id) for id in fill(streams[0], 600)]

    first = walk(admin_client, f"{RECORDS}?stream={streams[0].pk}")[0]

    lanes = [[id for id in ids if id[0] == lane][-4:] for lane in "0123456789abcdef"]
    assert sorted(first) == sorted(id for lane in lanes for id in lane)
    assert first == sorted(first, key=ids.index, reverse=True)


def test_the_rows_of_one_form_are_fetched_by_their_ids(
    admin_client: Browser, streams: list[Stream]
) -> None:
    """By the stream as well, SQLite goes through all rows that the stream has."""
    fill(streams[0], 20)

    with CaptureQueriesContext(connection) as said:
        admin_client.get(f"{RECORDS}?stream={streams[0].pk}")

    [fetched] = [each["sql"] for each in said if '"vault_record"."rev"' in each["sql"]]
    where = fetched.partition("WHERE")[2]
    assert '"vault_record"."id" IN' in where
    assert "stream_id" not in where


@pytest.mark.parametrize("path", ENDLESS)
def test_nothing_is_counted_and_nothing_skipped(
    admin_client: Browser, streams: list[Stream], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RecordAdmin, "list_per_page", 5)
    monkeypatch.setattr(GrantAdmin, "list_per_page", 1)
    fill(streams[0], 20)

    with CaptureQueriesContext(
        connection,
    ) as first:
        page = admin_client.get(path).content.decode()
    following = NEXT.search(page)
    with CaptureQueriesContext(connection) as second:
        if following:
            admin_client.get(path + html.unescape(following[1]))

    said = [query["sql"] for query in (*first, *second)]
    assert following or path not in ENDLESS[:2]
    assert not [sql for sql in said if "COUNT(" in sql or "OFFSET" in sql]
    assert len(second) <= len(first) + 2  # the three ranges behind a place


@pytest.mark.parametrize(
    "query",
    [
        "after=1-1", "stream=x", "after=%00",
        *slow(
            "after=x", "after=9-99-9-9", "after=-1", "after=1e3", "stream=0",
            "stream=99999999999999999999999", "stream=1%00", "after=" + "9" * 300,
        ),
    ],
)  # fmt: skip
def test_an_address_that_names_no_place_is_no_error(
    admin_client: Browser, streams: list[Stream], query: str
) -> None:
    for path in ENDLESS:
        assert admin_client.get(f"{path}?{query}").status_code < 500
    assert admin_client.get(f"{RECORDS}?stream={streams[0].pk}&{query}").status_code < 500


def test_a_record_is_found_by_how_its_id_begins(
    admin_client: Browser, streams: list[Stream]
) -> None:
    ids = fill(streams[0], 30)

    for asked in (str(ids[7]), str(ids[7])[:8], ids[7].hex.upper()[:12], f" {ids[7]} "):
        assert walk(admin_client, f"{RECORDS}?q={asked}") == [[str(ids[7])]]
    assert walk(admin_client, f"{RECORDS}?q=account") == [[]]


def test_records_grants_and_keys_name_the_form_and_not_its_id(
    admin_client: Browser, form: Form, streams: list[Stream]
) -> None:
    fill(streams[0], 1)

    for path in ENDLESS[:3]:
        page = admin_client.get(path).content.decode()
        assert form.title in page.partition('id="result_list"')[2], path
        rows = page.partition('id="result_list"')[2].partition("</table>")[0]
        assert f"form {str(form.id)[:8]}" not in rows


def test_the_list_of_forms_says_how_many_answers_and_when_the_last_came(
    admin_client: Browser, publisher: Publisher, manifest: SignedManifest
) -> None:
    for _ in range(3):
        submit(publisher, sealed(manifest))

    rows = admin_client.get(FORMS).content.decode().partition('id="result_list"')[2]

    assert "3 account" in rows
    assert "3 health" in rows
    assert f"{timezone.now():%Y-%m-%d}" in rows


def test_no_answers_yet_is_said(admin_client: Browser, manifest: SignedManifest) -> None:
    rows = admin_client.get(FORMS).content.decode().partition('id="result_list"')[2]

    assert "none yet" in rows


@pytest.mark.slow
def test_a_forms_page_leads_to_its_answers(
    admin_client: Browser, publisher: Publisher, manifest: SignedManifest
) -> None:
    submit(publisher, sealed(manifest))

    page = admin_client.get(f"{FORMS}{publisher.form.pk}/change/").content.decode()

    table = page.partition("<table class='answers'")[2].partition("</table>")[0]
    for stream in Stream.objects.all():
        assert f"{RECORDS}?stream={stream.pk}" in table
        assert walk(admin_client, f"{RECORDS}?stream={stream.pk}") != [[]]


def test_the_counts_are_those_of_the_records(
    publisher: Publisher, manifest: SignedManifest
) -> None:
    for _ in range(2):
        submit(publisher, sealed(manifest))

    [found] = tallies(writers=[publisher.form.writer]).values()

    for tally in found:
        rows = Record.objects.filter(stream=tally.stream)
        assert tally.living == rows.filter(deleted_at=None).count() == 2
        assert tally.last_arrival == max(row.arrived for row in rows)
    assert arrivals(writer=publisher.form.writer, days=1) == {tally.type: 2 for tally in found}


def test_answers_cost_the_list_of_forms_a_constant_number_of_queries(
    admin_client: Browser, publisher: Publisher, manifest: SignedManifest
) -> None:
    submit(publisher, sealed(manifest))
    with CaptureQueriesContext(connection) as one:
        admin_client.get(FORMS)
    for number in range(5):
        Form.objects.create(
            slug=f"more-{number}", title=f"More {number}", owner=publisher.form.owner
        )
    with CaptureQueriesContext(connection) as six:
        admin_client.get(FORMS)

    assert len(six) == len(one)
