"""What the vault promises rests on its databases: all of it is asked of PostgreSQL, too."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE and not item.get_closest_marker("slow"):
            item.add_marker("database")
