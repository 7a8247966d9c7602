"""Logging in: a password, and a second factor where it is required"""

from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
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

    def test_a_code_typed_with_a_wrong_password_is_not_kept(
        self, client: Browser, ada: User
    ) -> None:
        login(client, password="wrong", otp_token="recovery-code")

        assert "recovery-code" not in str(AccessAttempt.objects.values())

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

    url = urlsplit(out.getvalue().strip())
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
