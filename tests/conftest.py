import pytest
from django.db import connection

pytest_plugins = [
    "tests.tools.fixtures",
    "tests.tools.answering",
    "tests.fixtures",
    "tests.malicious.tally",
]


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
        pytest.skip("only meaningful on PostgreSQL")
