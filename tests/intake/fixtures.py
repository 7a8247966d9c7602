"""pytest fixtures: the people, and acme's sign-up form, drafted or published."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from apps.envelope.manifests import Manifest
from apps.intake.drafting.sample_form import create_signup_form
from apps.intake.models import Form
from tests.intake.people import Person, Publisher, enrolled


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
def form(acme: Person) -> Form:
    return create_signup_form(owner=acme.row)


@pytest.fixture
def publisher(acme: Person, form: Form) -> Publisher:
    return Publisher(acme, form)


@pytest.fixture
def manifest(publisher: Publisher) -> Manifest:
    """Version 1 of the sign-up form, in force."""
    return publisher.publish()


@pytest.fixture(autouse=True)
def nothing_is_counted_yet() -> Iterator[None]:
    """Throttles count in the cache, which outlives a test."""
    cache.clear()
    yield
    cache.clear()
