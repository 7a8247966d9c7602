"""pytest fixtures: the people, each enrolled with keys of its own."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connections

from tests.people import Person, Type, enrolled


@pytest.fixture(autouse=True)
def _no_failures_are_remembered() -> Iterator[None]:
    """Throttles count in the cache, which outlives a test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server in this process takes part in the test's transaction.

    After a request it would take the connection for one that was left in a bad state, and close it.
    """
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


@pytest.fixture
def acme(db: None) -> Person:
    return enrolled("acme")


@pytest.fixture
def marketing(db: None) -> Person:
    return enrolled("marketing")


@pytest.fixture
def clinic(db: None) -> Person:
    return enrolled("clinic")


@pytest.fixture
def mallory(db: None) -> Person:
    return enrolled("mallory")


@pytest.fixture
def contact(acme: Person) -> Type:
    """acme's type contact, with its first generation open."""
    return Type(acme, "contact").open()
