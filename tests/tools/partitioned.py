"""Shows that the table of records can be divided by lane on PostgreSQL, without a line of code.

    python -m tests.tools.postgres -- python -m tests.tools.partitioned

divides the table of a test database into sixteen, one a lane, and runs the tests of listings on
it. An id stays unique, since it names its lane; what refers to a record does so by (id, lane).
"""

import os
import subprocess
import sys
from typing import Any

from django.db import connection
from django.db.models.signals import post_migrate

from apps.vault.lanes import LANES

NAMES = (
    "list_records", "page_cost", "constraints", "update_records", "form_records", "query_records",
)  # fmt: skip
TESTS = [f"tests/vault/test_{name}.py" for name in NAMES]

DIVIDE = """
    ALTER TABLE vault_record RENAME TO vault_record_whole;
    CREATE TABLE vault_record (LIKE vault_record_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
        PARTITION BY LIST (lane);
    {partitions}
    INSERT INTO vault_record SELECT * FROM vault_record_whole;
    DROP TABLE vault_record_whole;
    ALTER TABLE vault_record
        ADD PRIMARY KEY (id, lane),
        ADD CONSTRAINT record_position UNIQUE (stream_id, lane, position),
        ADD FOREIGN KEY (stream_id) REFERENCES vault_stream DEFERRABLE INITIALLY DEFERRED,
        ADD FOREIGN KEY (generation_id) REFERENCES vault_generation DEFERRABLE INITIALLY DEFERRED;
    CREATE INDEX ON vault_record (generation_id);
    {references}"""

REFERENCE = """
    ALTER TABLE {table}
        ADD COLUMN record_lane smallint
            GENERATED ALWAYS AS (get_byte(uuid_send(record_id), 0) >> 4) STORED,
        ADD FOREIGN KEY (record_id, record_lane) REFERENCES vault_record (id, lane)
            DEFERRABLE INITIALLY DEFERRED;"""
REFERRING = ("vault_grant", "vault_recordmeta")

TO_RECORD = """
    SELECT conname FROM pg_constraint
    WHERE conrelid = %s::regclass AND confrelid = 'vault_record'::regclass"""
DIVIDED = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'vault_record'::regclass"


divided: list[str] = []


def divide(sender: Any, **_: Any) -> None:
    """Divide the table once it is there; a table that is divided already stays so."""
    if sender.name != "apps.vault":
        return
    with connection.cursor() as cursor:
        cursor.execute(DIVIDED)
        if cursor.fetchone()[0]:
            return
        dropped = " ".join(_drop(cursor, table) for table in REFERRING)
        partitions = " ".join(
            f"CREATE TABLE vault_record_{lane:x} PARTITION OF vault_record FOR VALUES IN ({lane});"
            for lane in range(LANES)
        )
        references = " ".join(REFERENCE.format(table=table) for table in REFERRING)
        cursor.execute(dropped + DIVIDE.format(partitions=partitions, references=references))
        divided.append(connection.settings_dict["NAME"])


def _drop(cursor: Any, table: str) -> str:
    """Return what drops a table's reference to records by their ids alone."""
    cursor.execute(TO_RECORD, [table])
    [(constraint,)] = cursor.fetchall()
    return f"ALTER TABLE {table} DROP CONSTRAINT {constraint};"


def pytest_configure() -> None:
    """As a plugin of pytest: whenever the test database has been migrated."""
    post_migrate.connect(divide, dispatch_uid="partitioned")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for name in divided:
        terminalreporter.write_line(f"{name}: the table of records was divided into sixteen")


def main() -> int:
    """Run the tests on a divided table; needs DATABASE_URL to name a PostgreSQL."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        print("DATABASE_URL names no PostgreSQL: run it by tests.tools.postgres", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.tools.partitioned", *TESTS]
    return subprocess.run([*command, *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
