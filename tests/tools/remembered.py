"""Builds once in a process what hundreds of tests begin with: people, a type, a published form.

The first test builds it through the project's own functions. What that added to the database, and
to a folder, is remembered, and put in front of later tests row by row: keys, ids and times are
the same again. It is put there only where the database is what it was before the first building;
everywhere else, and on PostgreSQL, it is built anew. So a test never starts from anything
that the project itself did not make out of the state in which the test is.
"""

import hashlib
from collections.abc import Callable
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from django.apps import apps
from django.db import connection, transaction

T = TypeVar("T")
ROOMS = ("directory", "vault", "intake")

Rows = dict[str, list[tuple[Any, ...]]]
Files = dict[str, tuple[int, bytes]]


class State(NamedTuple):
    """The rows of each table, the last number that each gave out, and the files of a folder."""

    rows: Rows
    numbers: dict[str, int]
    files: Files

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(repr(self).encode()).digest()


class Remembered(NamedTuple):
    value: Any
    rows: Rows
    files: Files


_MEMORY: dict[tuple[str, bytes], Remembered] = {}


def once(
    name: str,
    build: Callable[[], T],
    *,
    copied: Callable[[T], T] = copy,
    folder: Path | None = None,
) -> T:
    """Return what ``build`` returns, and leave the database and ``folder`` as it leaves them.

    ``build`` adds and changes rows and files, and removes none. Each test gets what ``copied``
    makes of its value, which is shared as far as nobody changes it.
    """
    if connection.vendor != "sqlite":
        return build()
    before = _state(folder)
    key = name, before.digest
    if key not in _MEMORY:
        value = build()
        after = _state(folder)
        assert all(len(after.rows[table]) >= len(before.rows[table]) for table in after.rows)
        _MEMORY[key] = Remembered(
            copied(value),
            {table: _added(before.rows[table], rows) for table, rows in after.rows.items()},
            {name: file for name, file in after.files.items() if before.files.get(name) != file},
        )
        return value
    found = _MEMORY[key]
    with transaction.atomic():
        for table, rows in found.rows.items():
            if rows:
                places = ", ".join("?" * len(rows[0]))
                connection.connection.executemany(
                    f'INSERT OR REPLACE INTO "{table}" VALUES ({places})',  # noqa: S608
                    rows,
                )
    for name, (mode, content) in found.files.items():
        assert folder is not None
        (folder / name).write_bytes(content)
        (folder / name).chmod(mode)
    return copied(found.value)


def _state(folder: Path | None) -> State:
    connection.ensure_connection()
    query = connection.connection.execute
    numbers = dict(query("SELECT name, seq FROM sqlite_sequence").fetchall())
    return State(
        {table: query(select).fetchall() for table, select in _selects().items()},
        {table: numbers[table] for table in _selects() if table in numbers},
        {
            path.name: (path.stat().st_mode & 0o777, path.read_bytes())
            for path in sorted(folder.iterdir() if folder else ())
        },
    )


@cache
def _selects() -> dict[str, str]:
    """Return what reads each table of ours as SQLite stores it: "+" keeps values from being read
    as the dates that they are declared to be."""
    tables = [
        model._meta.db_table
        for room in ROOMS
        for model in apps.get_app_config(room).get_models(include_auto_created=True)
    ]
    selects = {}
    for table in tables:
        columns = connection.connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        names = ", ".join(f'+"{column[1]}"' for column in columns)
        selects[table] = f'SELECT {names} FROM "{table}" ORDER BY rowid'  # noqa: S608
    return selects


def _added(before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    known = set(before)
    return [row for row in after if row not in known]
