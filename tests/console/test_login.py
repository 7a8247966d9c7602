"""Logging in: a password, and a second factor where it is required"""

from collections.abc import Callable
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from tests.intake.people import Answer

PASSWORD = "correct horse battery staple"


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


@pytest.fixture
def codes_required(settings: Settings) -> None:
    settings.ADMIN_REQUIRE_OTP = True


def login(browser: Browser, **fields: str) -> Answer:
    data = {"username": "ada", "password": PASSWORD, "next": "/admin/"} | fields
    return browser.post("/admin/login/", data)


def code(device: TOTPDevice) -> str:
    return f"{TOTP(device.bin_key).token():06d}"


def is_in(browser: Browser) -> bool:
    return browser.get("/admin/").status_code == 200


def test_a_password_is_enough_where_no_code_is_required(client: Browser, ada: User) -> None:
    login(client)

    assert is_in(client)


def test_a_wrong_password_is_refused(client: Browser, ada: User) -> None:
    response = login(client, password="wrong")

    assert response.status_code == 200
    assert not is_in(client)


def test_too_many_wrong_passwords_close_the_door(client: Browser, ada: User) -> None:
    for _ in range(5):
        response = login(client, password="wrong")

    assert response.status_code == 429
    assert login(client).status_code == 429
    assert not is_in(client)


@pytest.fixture
def rows() -> Callable[[], dict[str, int]]:
    """How many rows and bytes there are in every table."""

    def count() -> dict[str, int]:
        with connection.cursor() as cursor:
            found = {}
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
                kept = [str(row) for row in cursor.fetchall()]
                found[table] = len(kept) + sum(map(len, kept))
            return found

    return count


def test_nothing_of_wrong_log_ins_is_kept(
    client: Browser, ada: User, rows: Callable[[], dict[str, int]], settings: Settings
) -> None:
    settings.LOGIN_RATE = "1000/minute"
    login(client, password="wrong")
    before = rows()

    for number in range(12):  # beyond the lock, too
        long = f"{number}" + "x" * 5000
        client.post(
            f"/admin/login/?next=/admin/&{long}={long}",
            {"username": "ada", "password": long, "otp_token": long, long: long},
            headers={"user-agent": long, "x-forwarded-for": long, "accept": long},
        )
        login(client, username=f"nobody {number}", password="wrong")

    assert rows() == before


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/logout/", "/nothing"])
def test_who_only_looks_leaves_no_session(
    path: str, client: Browser, rows: Callable[[], dict[str, int]], db: None
) -> None:
    before = rows()

    for method in (client.get, client.post):
        method(path)

    assert rows() == before


def test_one_address_cannot_try_for_ever_under_many_names(
    client: Browser, ada: User, settings: Settings
) -> None:
    settings.LOGIN_RATE = "6/minute"
    tried = [login(client, username=f"name {n}", password="x").status_code for n in range(6)]
    refused = login(client)

    assert tried == [200] * 6
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert "tried too often" in refused.content.decode()
    assert login(Browser(REMOTE_ADDR="192.0.2.7")).status_code == 302


@pytest.mark.parametrize(
    "behind",
    [{"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, {"REMOTE_ADDR": ""}, {"REMOTE_ADDR": "localhost"}],
    ids=["a proxy", "a socket", "waitress's socket"],
)
def test_a_stranger_behind_the_same_unknown_proxy_does_not_lock_the_admin_out(
    behind: dict[str, Any], ada: User
) -> None:
    for _ in range(6):
        login(Browser(**behind), password="wrong")

    browser = Browser(**behind)
    login(browser)
    assert is_in(browser)


def test_a_known_proxy_has_the_visitors_own_addresses_locked(ada: User, settings: Settings) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    for _ in range(6):
        login(Browser(HTTP_X_FORWARDED_FOR="203.0.113.9"), password="wrong")

    assert login(Browser(HTTP_X_FORWARDED_FOR="203.0.113.9")).status_code == 429
    assert login(Browser(HTTP_X_FORWARDED_FOR="203.0.113.8")).status_code == 302


def test_who_is_not_on_the_staff_stays_out(client: Browser, db: None) -> None:
    User.objects.create_user("mallory", password=PASSWORD)

    login(client, username="mallory")

    assert not is_in(client)


@pytest.mark.usefixtures("codes_required")
class TestWhereACodeIsRequired:
    def test_the_right_code_lets_in(self, client: Browser, ada: User) -> None:
        device = TOTPDevice.objects.create(user=ada, name="phone")

        login(client, otp_token=code(device))

        assert is_in(client)

    def test_a_wrong_code_does_not(self, client: Browser, ada: User) -> None:
        device = TOTPDevice.objects.create(user=ada, name="phone")
        wrong = f"{(int(code(device)) + 1) % 10**6:06d}"

        response = login(client, otp_token=wrong)

        assert "That code is not right" in response.content.decode()
        assert "<select" not in response.content.decode()
        assert not is_in(client)

    def test_a_password_alone_does_not(self, client: Browser, ada: User) -> None:
        TOTPDevice.objects.create(user=ada, name="phone")

        response = login(client)

        assert "one-time code" in response.content.decode()
        assert not is_in(client)

    def test_the_code_of_somebody_else_does_not(self, client: Browser, ada: User) -> None:
        TOTPDevice.objects.create(user=ada, name="phone")
        mallory = User.objects.create_superuser("mallory", password=PASSWORD)
        device = TOTPDevice.objects.create(user=mallory, name="phone")

        login(client, otp_token=code(device), otp_device=device.persistent_id)

        assert not is_in(client)

    def test_who_has_several_devices_chooses(self, client: Browser, ada: User) -> None:
        device = TOTPDevice.objects.create(user=ada, name="phone")
        StaticDevice.objects.create(user=ada, name="paper")

        response = login(client, otp_token=code(device))
        assert "choose the device" in response.content.decode()
        assert "paper" in response.content.decode()

        login(client, otp_token=code(device), otp_device=device.persistent_id)
        assert is_in(client)

    def test_who_has_none_learns_how_to_get_one(self, client: Browser, ada: User) -> None:
        response = login(client)

        assert "manage.py create_otp_device ada" in response.content.decode()
        assert not is_in(client)

    def test_a_recovery_code_lets_in_once(self, client: Browser, ada: User) -> None:
        out = StringIO()
        call_command("create_recovery_codes", "ada", stdout=out)
        codes = out.getvalue().split()

        login(client, otp_token=codes[0])
        assert is_in(client)
        login(other := Browser(), otp_token=codes[0])
        assert not is_in(other)
        assert len(set(codes)) == 10

    def test_new_recovery_codes_end_the_earlier_ones(self, client: Browser, ada: User) -> None:
        out = StringIO()
        call_command("create_recovery_codes", "ada", stdout=out)
        call_command("create_recovery_codes", "ada", stdout=StringIO())

        login(client, otp_token=out.getvalue().split()[0])
        assert not is_in(client)

    def test_that_is_told_only_after_the_right_password(self, client: Browser, ada: User) -> None:
        response = login(client, password="wrong")

        assert "create_otp_device" not in response.content.decode()

    def test_the_password_is_not_written_back_into_the_page(
        self, client: Browser, ada: User
    ) -> None:
        TOTPDevice.objects.create(user=ada, name="phone")

        assert PASSWORD not in login(client).content.decode()

    def test_a_session_from_before_does_not_count(self, client: Browser, ada: User) -> None:
        client.force_login(ada)

        assert not is_in(client)


def test_a_new_device_is_printed_once(client: Browser, ada: User, settings: Settings) -> None:
    out = StringIO()
    call_command("create_otp_device", "ada", stdout=out)

    url = urlsplit(out.getvalue().splitlines()[0])
    assert (url.scheme, url.netloc) == ("otpauth", "totp")
    assert parse_qs(url.query)["issuer"] == ["Sealform"]
    settings.ADMIN_REQUIRE_OTP = True
    login(client, otp_token=code(TOTPDevice.objects.get()))
    assert is_in(client)
    with pytest.raises(CommandError, match="not shown again"):
        call_command("create_otp_device", "ada")


def test_a_device_for_nobody_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="no such user"):
        call_command("create_otp_device", "nobody")


def test_the_admin_shows_no_secret_of_a_device(admin_client: Browser, ada: User) -> None:
    device = TOTPDevice.objects.create(user=ada, name="phone")

    page = admin_client.get(f"/admin/otp_totp/totpdevice/{device.pk}/change/").content.decode()

    assert device.key not in page
