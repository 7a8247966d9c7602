"""Which run a test belongs to; tests/README.md says it for people.

A plugin. What a run takes is chosen by markers alone (pyproject.toml). Two of them nobody has to
write: a test that runs in Firefox or WebKit is `other_engine`, and `nightly` unless `engines` says
that `make test` wants it there too.
"""

from typing import Any

import pytest
from django.db import connection

OTHER_ENGINES = {"firefox", "webkit", "firefox_page", "webkit_page"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kills", type=int, default=1, metavar="N", help="how often servers are killed in a test"
    )


@pytest.hookimpl(tryfirst=True)  # before markers choose
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if in_another_engine(item):
            item.add_marker(pytest.mark.other_engine)
            if not item.get_closest_marker("engines"):
                item.add_marker(pytest.mark.nightly)


def in_another_engine(item: pytest.Item) -> bool:
    """Whether a test drives Firefox or WebKit, by its parameters or by what it asks for."""
    names = set(getattr(item, "fixturenames", ()))
    if callspec := getattr(item, "callspec", None):
        names |= {value for value in callspec.params.values() if isinstance(value, str)}
    return not names.isdisjoint(OTHER_ENGINES)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
        pytest.skip("only meaningful on PostgreSQL")


def slow(*rows: Any) -> list[Any]:
    """Mark rows of a parametrised test, whose kind other rows show in `make check`."""
    return _marked(pytest.mark.slow, rows)


def nightly(*rows: Any) -> list[Any]:
    """Mark rows of a parametrised test, whose kind other rows show in `make test`."""
    return _marked(pytest.mark.nightly, rows)


def _marked(mark: pytest.MarkDecorator, rows: tuple[Any, ...]) -> list[Any]:
    return [pytest.param(*(row if type(row) is tuple else (row,)), marks=mark) for row in rows]


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often to kill a server: --kills. A test whose kills are dear may do with fewer."""
    number: int = request.config.getoption("kills")
    return number
