"""pytest fixtures: the people, each enrolled with keys of its own."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connections
from django.template import Template

from apps.vault.budgets import BUDGETS
from tests.people import Person, Type, enrolled
from tests.tools.remembered import once

_render = Template._render  # type: ignore[attr-defined]  # before Django replaces it


@pytest.fixture(scope="session", autouse=True)
def _nobody_asks_which_templates_were_used(django_test_environment: None) -> None:
    """To keep the name and the context of each took a sixth of what a page of the admin takes."""
    Template._render = _render  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _no_failures_are_remembered() -> Iterator[None]:
    """Throttles count in the cache, which outlives a test."""
    cache.clear()
    BUDGETS.forget()
    yield
    cache.clear()


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server in this process takes part in the test's transaction.

    After a request it would take the connection for one that was left in a bad state, and close it.
    """
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


def _enrolled(name: str) -> Person:
    return once(f"{name}, who writes", lambda: enrolled(name), copied=Person.copy)


@pytest.fixture
def acme(db: None) -> Person:
    return _enrolled("acme")


@pytest.fixture
def marketing(db: None) -> Person:
    return _enrolled("marketing")


@pytest.fixture
def clinic(db: None) -> Person:
    return _enrolled("clinic")


@pytest.fixture
def mallory(db: None) -> Person:
    return _enrolled("mallory")


@pytest.fixture
def contact(acme: Person) -> Type:
    """acme's type contact, with its first generation open."""
    access_keys = once("contact", lambda: Type(acme, "contact").open().access_keys)
    return Type(acme, "contact", access_keys)
