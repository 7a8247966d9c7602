"""Whether the database is the one that this code was written for.

Migrations say what was applied, not what stands there: one that is edited after it was applied
leaves tables that lack a column, and every request to them fails. So tables, columns and
constraints are looked at as they are. A server refuses to start with another schema; one that
cannot reach its database starts, and answers 503 until it can.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

MIGRATE = "run `manage.py migrate`"
NEWER = "run the version of Sealform that made it, or restore a backup from before the upgrade"
OTHER = (
    "it was made by another version of the code, and no migration leads here: until the first "
    "release begin with a new database, after that restore a backup and run `manage.py migrate`"
)


def problems() -> Iterator[str]:
    """Yield what is wrong with the database and what to do, the first thing first.

    Raises what the database raises when it cannot be asked.
    """
    executor = MigrationExecutor(connection)
    known = executor.loader.disk_migrations.keys()
    applied = executor.loader.applied_migrations.keys()
    labels = {config.label for config in apps.get_app_configs()}
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield f"the database is not migrated: {MIGRATE}"
        return
    if any(app in labels and (app, name) not in known for app, name in applied):
        yield f"the database is newer than this code: {NEWER}"
        return
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model in apps.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy:
                yield from _differences(cursor, model, tables)


def _differences(cursor: Any, model: type[Model], tables: set[str]) -> Iterator[str]:
    table = model._meta.db_table
    if table not in tables:
        yield f"the database has no table {table}: {OTHER}"
        return
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")  # noqa: S608
    there = {column[0] for column in cursor.description}
    wanted = {str(field.column) for field in model._meta.local_concrete_fields}
    if there != wanted:
        differing = _listed(there ^ wanted)
        yield f"the table {table} has other columns than the code ({differing}): {OTHER}"
    named = {constraint.name for constraint in model._meta.constraints}
    if missing := named - _constraints(cursor, table, named):
        yield f"the table {table} lacks constraints ({_listed(missing)}): {OTHER}"


def _constraints(cursor: Any, table: str, named: set[str]) -> set[str]:
    """Return which of these the table has; of SQLite by the text of its tables."""
    if not named:
        return named
    if connection.vendor == "sqlite":
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s", [table])
        text = " ".join(str(row[0]) for row in cursor.fetchall())
        return {name for name in named if f'"{name}"' in text}
    return named & connection.introspection.get_constraints(cursor, table).keys()


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
