"""The database of a server under test: a file, or one of its own on the PostgreSQL at hand."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


@dataclass(frozen=True)
class Database:
    """Where it is; ``file`` for SQLite."""

    url: str
    file: Path | None = None

    def contents(self) -> dict[str, bytes]:
        """Everything that is stored, as it is stored: of a file with its write-ahead log."""
        if self.file:
            files = sorted(self.file.parent.glob(f"{self.file.name}*"))
            return {f"database: {file.name}": file.read_bytes() for file in files}
        with psycopg.connect(self.url) as connection:
            tables = [name for (name,) in connection.execute(TABLES).fetchall()]
            return {f"database: table {name}": copied(connection, name) for name in tables}


def copied(connection: psycopg.Connection, table: str) -> bytes:
    """A whole table in PostgreSQL's binary format: texts and bytes as they are."""
    query = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        return b"".join(bytes(piece) for piece in copy)


@contextmanager
def new_database(folder: Path) -> Iterator[Database]:
    """A file in the folder, or a new database where DATABASE_URL names a PostgreSQL."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        file = folder / "db.sqlite3"
        yield Database(f"sqlite:///{file}", file)
        return
    name = f"end_to_end_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield Database(urlsplit(server)._replace(path=f"/{name}").geturl())
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)
