"""While the database cannot serve: 503 for everybody, soon, with words and a time to come back."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.utils import DatabaseErrorWrapper

from apps.envelope.encoding import b64
from apps.envelope.keys import ClientKeys, make_card
from apps.envelope.tokens import ENROLMENT, new_token
from apps.web.outages import is_outage
from tests.client.servers import serving
from tests.tools.postgres import throwaway_server
from tests.tools.processes import python

# Asked by Django's test client in a process of its own, which has this database and no other.
ASK = """
import json, sys, time
import django; django.setup()
from django.test import Client
browser, told = Client(raise_request_exception=False), []
browser.get("/nothing")  # what is imported and parsed at first takes its own time
for method, path, body in json.loads(sys.argv[1]):
    begun = time.monotonic()
    answer = browser.generic(method, path, body, content_type=sys.argv[2])
    told.append([answer.status_code, answer.headers.get("Retry-After"),
                 answer.headers["Content-Type"], answer.content.decode(), time.monotonic() - begun])
print(json.dumps(told))
"""
FORM = f"/api/v1/forms/{uuid4()}"
RECORD = json.dumps({"ids": [str(uuid4())]})
ASKED = [
    ("GET", f"{FORM}/manifest", ""),
    ("GET", f"{FORM}/challenge", ""),
    ("POST", f"{FORM}/receipts", RECORD),
    ("POST", f"{FORM}/failures", '{"code":"script"}'),
    ("GET", "/f/signup/", ""),
    ("GET", "/f/signup/embed/", ""),
    ("GET", "/f/signup/theme.css", ""),
]
SOON = 4.0

Database = Callable[[Path], str]


def nobody_listens(folder: Path) -> str:
    return "postgres://nobody@127.0.0.1:1/none"


def no_folder(folder: Path) -> str:
    return f"sqlite:///{folder}/nothing/here.sqlite3"


def not_a_database(folder: Path) -> str:
    (folder / "db.sqlite3").write_bytes(b"something else\n" * 100)
    return f"sqlite:///{folder}/db.sqlite3"


@pytest.mark.slow
@pytest.mark.parametrize("database", [nobody_listens, no_folder, not_a_database])
def test_everybody_is_asked_to_come_back(database: Database, tmp_path: Path) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database(tmp_path),
        "LOG_LEVEL": "CRITICAL",
    }
    done = python("-c", ASK, json.dumps(ASKED), "application/json", **environment)
    assert done.returncode == 0, done.stderr

    for asked, answer in zip(ASKED, json.loads(done.stdout), strict=True):
        status, retry, content_type, body, seconds = answer
        assert (status, retry) == (503, "6"), (asked, answer)
        assert seconds < SOON
        if asked[1].startswith("/api/"):
            assert json.loads(body)["error"]["code"] == "unavailable"
        else:
            assert content_type.startswith("text/html")
            assert "try again" in body


def failing(statement: str, *before: str) -> Exception:
    """What Django raises for a statement on SQLite, after others."""
    with connection.cursor() as cursor:
        for one in before:
            cursor.execute(one)
        with pytest.raises(DatabaseError) as raised:
            cursor.execute(statement)
    return raised.value


@pytest.mark.django_db
# With PRAGMAs; the same on PostgreSQL is test_what_passes_on_postgresql.
@pytest.mark.skipif(connection.vendor != "sqlite", reason="fills a file of SQLite")
def test_a_full_or_unwritable_file_passes_and_a_missing_table_does_not() -> None:
    insert = "INSERT INTO big VALUES (zeroblob(10000000))"
    full = failing(insert, "CREATE TABLE big (x BLOB)", "PRAGMA max_page_count = 1")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")
    unwritable = failing("CREATE TABLE more (x)", "PRAGMA query_only = ON")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = OFF")

    assert "full" in str(full)
    assert is_outage(full)
    assert is_outage(unwritable)
    assert not is_outage(failing("SELECT * FROM nothing"))
    assert not is_outage(failing("SELEC"))


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.errors.DiskFull(), True),
        (psycopg.errors.QueryCanceled(), True),
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.ConnectionTimeout(), True),
        (psycopg.errors.ReadOnlySqlTransaction(), True),
        (psycopg.errors.UndefinedTable(), False),
        (psycopg.errors.UniqueViolation(), False),
        (psycopg.errors.SyntaxError(), False),
    ],
)
def test_what_passes_on_postgresql(error: psycopg.Error, passes: bool) -> None:
    wrapped = DatabaseErrorWrapper(DatabaseWrapper(connection.settings_dict))

    with pytest.raises(DatabaseError) as raised, wrapped:
        raise error

    assert is_outage(raised.value) is passes


def test_a_full_disk_passes_and_another_failure_of_a_file_does_not() -> None:
    assert is_outage(OSError(28, "No space left on device"))
    assert not is_outage(FileNotFoundError(2, "nothing there"))
    assert not is_outage(RuntimeError())


@pytest.mark.slow
def test_the_server_comes_back_with_its_postgresql(tmp_path: Path) -> None:
    with throwaway_server() as url, serving(tmp_path, url) as server:
        me = f"{server.url}/api/v1/forms/{uuid4()}/manifest"
        assert httpx.get(me).status_code == 404
        with psycopg.connect(url) as known:
            folder = known.execute("SHOW data_directory").fetchone()
        assert folder
        postmaster = int((Path(folder[0]) / "postmaster.pid").read_text().split()[0])

        os.kill(postmaster, signal.SIGSTOP)  # it answers nobody
        os.kill(postmaster, signal.SIGCONT)
        os.kill(postmaster, signal.SIGINT)
        begun = time.monotonic()
        while (answer := httpx.get(me, timeout=20)).status_code == 404:
            assert time.monotonic() < begun + 20
        times = []
        for _ in range(4):
            before = time.monotonic()
            answer = httpx.get(me, timeout=20)
            times.append(time.monotonic() - before)

        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "unavailable"
        assert answer.headers["retry-after"] == "6"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert min(times) < 2


@pytest.mark.slow
def test_a_locked_file_is_waited_for_and_then_said(tmp_path: Path) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3?timeout=1",
        "LOG_LEVEL": "CRITICAL",
    }
    assert python("manage.py", "migrate", "-v0", **environment).returncode == 0
    keys, name = ClientKeys.generate(), "acme"
    enrolment = {
        "token": new_token(ENROLMENT),
        "card": make_card(keys=keys, id=str(uuid4()), name=name).to_wire(),
        "api_key": {"id": str(uuid4()), "digest": b64(bytes(32))},
    }
    asked = [("POST", "/api/v1/enrolments", json.dumps(enrolment)), ASKED[0]]
    locked = sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")
    try:
        done = python("-c", ASK, json.dumps(asked), "application/json", **environment)
    finally:
        locked.close()

    writer, reader = json.loads(done.stdout)
    assert writer[:2] == [503, "6"]
    assert reader[0] == 404  # readers do not wait for writers


def test_errors_of_the_driver_are_not_shown() -> None:
    assert not is_outage(ValueError("OperationalError"))
    assert is_outage(OperationalError("gone"))
