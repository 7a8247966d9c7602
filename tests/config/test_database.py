"""The databases are set as they were measured: no lock errors, nothing lost."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from config.settings import _database
from tests.tools.processes import python

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def sql(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


SHOW = """
import django; django.setup()
from django.db import connection
for pragma in ["journal_mode", "synchronous", "busy_timeout"]:
    print(connection.cursor().execute(f"PRAGMA {pragma}").fetchone()[0])
print(connection.transaction_mode)
"""
FULL = "2"
PRIVATE = """
import os
os.umask(0)
import django; django.setup()
from django.db import connection
name = connection.settings_dict["NAME"]
connection.cursor().execute("CREATE TABLE one (x)")
for beside in ("", "-wal", "-shm"):
    print(f"{os.stat(str(name) + beside).st_mode & 0o777:04o}")
"""


@pytest.mark.slow
def test_sqlite_takes_the_write_lock_first_and_loses_nothing(tmp_path: Path) -> None:
    done = python(
        "-c",
        SHOW,
        DJANGO_SETTINGS_MODULE="config.settings",
        DATABASE_URL=f"sqlite:///{tmp_path}/forms.sqlite3",
    )

    assert done.stdout.split() == ["wal", FULL, "10000", "IMMEDIATE"], done.stderr


@pytest.mark.slow
def test_nobody_else_reads_sqlites_files(tmp_path: Path) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/forms.sqlite3",
    }
    old = tmp_path / "forms.sqlite3"
    old.touch(mode=0o644)

    done = python("-c", PRIVATE, **environment)

    assert done.stdout.split() == ["0600", "0600", "0600"], done.stderr


def test_a_relative_sqlite_file_stands_beside_manage_py() -> None:
    assert _database("sqlite:///forms.sqlite3")["NAME"] == settings.BASE_DIR / "forms.sqlite3"
    assert _database("sqlite:////var/forms.sqlite3")["NAME"] == Path("/var/forms.sqlite3")
    assert _database("sqlite://:memory:")["NAME"] == ":memory:"


def test_postgresql_is_given_little_time() -> None:
    database = _database("postgres://acme:secret@db.internal:5433/forms?sslmode=require")

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["connect_timeout"] == 3
    assert "statement_timeout=15s" in database["OPTIONS"]["options"]
    assert database["CONN_MAX_AGE"] == 600


@pytest.mark.postgres
def test_this_run_is_on_a_real_postgresql_with_bounds() -> None:
    assert sql("SELECT version()").startswith("PostgreSQL")
    assert sql("SHOW statement_timeout") == sql("SHOW lock_timeout") == "15s"
