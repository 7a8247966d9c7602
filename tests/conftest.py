from collections.abc import Iterator
from contextlib import closing

import pytest
from django.db import connection
from hypothesis import settings
from pytest_django import DjangoDbBlocker

from tests.tools.drawing import STEADY

pytest_plugins = [
    "tests.tools.selection",
    "tests.tools.processor_time",
    "tests.tools.fixtures",
    "tests.tools.answering",
    "tests.fixtures",
    "tests.malicious.tally",
]

# `make nightly` asks for the other one: .ci/pytest.
settings.load_profile(STEADY)

OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let no server that was killed a moment ago keep PostgreSQL from dropping the database.

    By a connection of its own: that of the tests may have ended while it waited in a transaction.
    """
    yield
    if connection.vendor == "postgresql":
        with (
            django_db_blocker.unblock(),
            closing(connection.copy()) as own,
            own.cursor() as cursor,
        ):
            cursor.execute(OTHERS)
