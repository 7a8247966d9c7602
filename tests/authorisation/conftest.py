"""One world for all rows: each request finds it as it was built."""

import logging
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from apps.directory.models import ApiKey
from tests.authorisation import asking, things
from tests.authorisation.roles import ROLES

FAR_AWAY, LATER = "203.0.113.9", "2100-01-01T00:00Z"


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[asking.World]:
    """The owner, all roles, and what there is; the admin asks for codes, as production does."""
    settings = override_settings(ADMIN_REQUIRE_OTP=True, METRICS_TOKEN="")
    with django_db_blocker.unblock(), settings, transaction.atomic():
        found = things.build()
        headers = {role.name: role.headers(found) for role in ROLES}
        # The time of the last use is noted once a minute: no request of a test has to.
        ApiKey.objects.update(last_used=LATER)
        browser = Browser(REMOTE_ADDR=FAR_AWAY)
        logging.disable()  # a line for each of ten thousand requests
        yield asking.World(found, headers, asking.digest_of_tables(), browser)
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)
