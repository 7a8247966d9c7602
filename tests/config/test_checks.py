"""The server refuses to start beside a client's key or without a SECRET_KEY."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from config import checks
from tests.tools.processes import python

SERVER = {
    "ALLOWED_HOSTS": "localhost",
    "DATABASE_URL": "sqlite://:memory:",
    "PYTHONUNBUFFERED": "1",
}


def ids() -> list[str | None]:
    return [message.id for message in run_checks(tags=[checks.TAG])]


def test_all_is_well_here() -> None:
    assert ids() == []
    checks.refuse_to_serve_on_errors()


@pytest.mark.parametrize("name", checks.PRIVATE_KEY_VARIABLES)
def test_a_private_key_in_the_environment_is_an_error(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "a secret")

    assert ids() == ["sealform.E001"]
    with pytest.raises(ImproperlyConfigured, match=name) as refusal:
        checks.refuse_to_serve_on_errors()
    assert "a secret" not in str(refusal.value)


def test_a_missing_secret_key_is_an_error(settings: Settings) -> None:
    settings.SECRET_KEY = ""

    assert ids() == ["sealform.E002"]
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE"):
        checks.refuse_to_serve_on_errors()


def test_a_missing_secret_key_is_let_pass_while_debugging(settings: Settings) -> None:
    settings.SECRET_KEY = ""
    settings.DEBUG = True

    assert ids() == []


def test_every_check_tells_what_to_do(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SECRET_KEY = ""
    monkeypatch.setenv("SEALFORM_CREDENTIALS", "acme.json")

    found = run_checks(tags=[checks.TAG])

    assert len(found) == 2
    assert all(message.hint for message in found)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database as this code makes it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database')}/db.sqlite3"
    done = python(
        "manage.py", "migrate", "-v0", **SERVER | {"DATABASE_URL": url, "SECRET_KEY": "k" * 50}
    )
    assert done.returncode == 0, done.stderr
    return url


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "refused"),
    [
        ({"SECRET_KEY": "k" * 50}, ""),
        ({"SECRET_KEY": "k" * 50, "SEALFORM_CREDENTIALS": "acme.json"}, "sealform.E001"),
        ({}, "sealform.E002"),
    ],
)
@pytest.mark.parametrize("entry", ["config.wsgi", "runserver"])
def test_the_serving_entry_points_refuse(
    entry: str, environment: dict[str, str], refused: str, migrated: str
) -> None:
    environment = {**SERVER, "DATABASE_URL": migrated, **environment}
    if entry == "runserver":
        # A port that cannot be, so that a server which does start ends at once.
        done = python("manage.py", "runserver", "--noreload", "127.0.0.1:99999", **environment)
        started = "System check identified no issues" in done.stdout
    else:
        done = python("-c", "import config.wsgi", **environment)
        started = done.returncode == 0

    assert started is not bool(refused)
    assert refused in done.stderr


@pytest.mark.slow
def test_commands_that_skip_checks_start_without_a_secret_key_beside_a_private_key() -> None:
    done = python("manage.py", "version", SEALFORM_CREDENTIALS="acme.json")

    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_deployment_checks_are_clean_in_production(tmp_path: Path) -> None:
    production = {
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP",
        "ALLOWED_HOSTS": "forms.example.org",
        "STATIC_ROOT": str(tmp_path),
    }
    proxied = {"TRUSTED_PROXIES": "1", "TRUST_FORWARDED_PROTO": "True"}
    environment = production | proxied | {"HTTPS": "True"}
    check = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    before = python(*check, **environment)
    collected = python("manage.py", "collectstatic", "--no-input", "-v", "0", **environment)
    after = python(*check, **environment)
    insecure = python(*check, **production, HTTPS="False")
    unproxied = python(*check, **production, HTTPS="True")

    assert "sealform.W001" in before.stderr
    assert before.returncode == 1
    assert collected.returncode == 0, collected.stderr
    assert after.returncode == 0, after.stderr
    assert insecure.returncode == 1
    assert unproxied.returncode == 1
    assert "sealform.W002" in unproxied.stderr
    assert "sealform.W003" in unproxied.stderr
