"""pytest fixtures: the people, and acme's sign-up form, drafted or published."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from apps.envelope.manifests import Manifest
from apps.intake.drafting.sample_form import create_signup_form
from apps.intake.models import Form
from tests.intake.people import Person, Publisher, enrolled
from tests.tools.remembered import once


def _enrolled(name: str) -> Person:
    return once(f"{name}, who owns forms", lambda: enrolled(name), copied=Person.copy)


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
def form(acme: Person) -> Form:
    return once("form", lambda: create_signup_form(owner=acme.row))


@pytest.fixture
def publisher(acme: Person, form: Form) -> Publisher:
    return Publisher(acme, form)


@pytest.fixture
def manifest(publisher: Publisher) -> Manifest:
    """Version 1 of the sign-up form, in force."""
    manifest, publisher.inboxes = once(
        "manifest",
        lambda: (publisher.publish(), publisher.inboxes),
        copied=lambda both: (both[0], dict(both[1])),
    )
    return manifest


@pytest.fixture(autouse=True)
def nothing_is_counted_yet() -> Iterator[None]:
    """Throttles count in the cache, which outlives a test."""
    cache.clear()
    yield
    cache.clear()
