"""The people and the form of tests/intake, and admins of several kinds."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser
from pytest_django import Settings

from tests.intake.fixtures import *  # noqa: F403 - fixtures, for pytest to find


@pytest.fixture(autouse=True)
def a_password_is_enough(settings: Settings) -> None:
    """Tests of the second factor ask for it themselves."""
    settings.ADMIN_REQUIRE_OTP = False


@pytest.fixture
def mallory_on_the_staff(db: None) -> Browser:
    """Logged in and on the staff, with no permission at all."""
    browser = Browser()
    browser.force_login(User.objects.create_user("mallory", is_staff=True))
    return browser


@pytest.fixture
def viewer(db: None) -> Browser:
    """May look at everything and change nothing."""
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    browser = Browser()
    browser.force_login(user)
    return browser
