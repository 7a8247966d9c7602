"""Settings come from the environment, and reading them needs nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.tools.processes import python

SETTINGS_MODULE = {"DJANGO_SETTINGS_MODULE": "config.settings"}
SHOW = """
import json
from config import settings
print(json.dumps({name: getattr(settings, name, None) for name in NAMES}, default=str))
"""


def read(names: list[str], **environment: str) -> dict[str, Any]:
    """The settings as a process of its own sees them, with nothing else in its environment."""
    done = python("-c", SHOW.replace("NAMES", repr(names)), **environment)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_nothing_is_needed_and_nothing_secret_has_a_default() -> None:
    found = read(["SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "HTTPS"])

    assert found == {"SECRET_KEY": "", "DEBUG": False, "ALLOWED_HOSTS": [], "HTTPS": True}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", " \r\n\r\n"])
def test_secrets_may_stand_in_files_however_an_editor_writes_them(
    tmp_path: Path, mark: str, end: str
) -> None:
    written = {
        "SECRET_KEY": "from a file",
        "METRICS_TOKEN": "a token",
        "DATABASE_URL": "postgres://acme:secret@db.internal/forms",
    }
    for name, text in written.items():
        (tmp_path / name).write_bytes(f"{mark}{text}{end}".encode())
    files = {f"{name}_FILE": str(tmp_path / name) for name in written}
    lines = [f"{name}={path}" for name, path in files.items()] + ["LOG_LEVEL=ERROR"]
    (tmp_path / "env").write_bytes((mark + "\r\n".join(lines) + end).encode())

    found = read(
        ["SECRET_KEY", "METRICS_TOKEN", "DATABASES", "LOG_LEVEL"],
        SEALFORM_ENV_FILE=str(tmp_path / "env"),
    )

    assert found["SECRET_KEY"] == "from a file"
    assert found["METRICS_TOKEN"] == "a token"
    assert found["LOG_LEVEL"] == "ERROR"
    assert found["DATABASES"]["default"]["HOST"] == "db.internal"
    assert found["DATABASES"]["default"]["PASSWORD"] == "secret"


def test_a_secret_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = python("-c", "import config.settings", SECRET_KEY_FILE=str(tmp_path / "nothing"))

    assert "SECRET_KEY_FILE cannot be read: No such file" in done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY_FILE", "DATABASE_URL_FILE", "SEALFORM_ENV_FILE"])
def test_a_file_in_another_encoding_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("Zo\xeb's secret", encoding="utf-16")

    done = python("-c", "import config.settings", **{name: str(tmp_path / "file")})

    assert f"ImproperlyConfigured: {name} is not text in UTF-8: save it as that\n" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "SECRET_KEY_FILE",
            "/nowhere",
            "SECRET_KEY_FILE cannot be read: No such file or directory",
        ),
        ("SERVER_BYTES_PER_DAY", "hunter2", "SERVER_BYTES_PER_DAY is not a number"),
        ("DATABASE_URL", "acme:hunter2@db", "DATABASE_URL begins with none of sqlite://"),
        ("DATABASE_URL", "mysql://acme:hunter2@db/forms", "DATABASE_URL begins with none of"),
    ],
)
def test_a_command_says_in_a_line_what_is_wrong_with_the_settings_and_shows_none(
    name: str, value: str, said: str, tmp_path: Path
) -> None:
    words = ("enroll", "--token", "sfe_x", "--name", "acme", "--out", str(tmp_path / "acme.json"))

    done = python("manage.py", *words, **{name: value})

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {said}")
    assert len(done.stderr.splitlines()) == 1
    assert "hunter2" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("url", ["sqlite:///{}/none.sqlite3", "postgres://a:hunter2@127.0.0.1:1/x"])
def test_who_enrols_beside_no_server_is_told_to_name_one(tmp_path: Path, url: str) -> None:
    words = ("enroll", "--token", "sfe_x", "--name", "acme", "--out", str(tmp_path / "acme.json"))

    done = python("manage.py", *words, DATABASE_URL=url.format(tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: no server is set up here: its database is not there, or empty\n"
        "hint: name a server with --api-url https://…\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_env_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("ALLOWED_HOSTS=forms.example.org\nLOG_LEVEL=ERROR\n")

    found = read(["ALLOWED_HOSTS", "LOG_LEVEL"], SEALFORM_ENV_FILE=str(file), LOG_LEVEL="DEBUG")

    assert found == {"ALLOWED_HOSTS": ["forms.example.org"], "LOG_LEVEL": "DEBUG"}


@pytest.mark.slow
def test_commands_start_where_the_database_cannot_be_reached() -> None:
    unusable = "postgres://nobody:nothing@127.0.0.1:1/none"

    done = python("-c", "import django; django.setup()", DATABASE_URL=unusable, **SETTINGS_MODULE)

    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_project_can_call_itself_in_process_before_anything_is_collected() -> None:
    code = """
import django; django.setup()
from django.core.handlers.wsgi import WSGIHandler
WSGIHandler()
"""
    done = python("-c", code, STATIC_ROOT="nowhere", **SETTINGS_MODULE)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("on", [True, False])
def test_one_switch_turns_https_on_and_off(on: bool) -> None:
    names = ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]

    found = read([*names, "SECURE_HSTS_SECONDS"], HTTPS=str(on))

    assert [found[name] for name in names] == [on, on, on]
    assert bool(found["SECURE_HSTS_SECONDS"]) is on


def test_a_proxy_is_believed_only_when_told_to() -> None:
    assert read(["SECURE_PROXY_SSL_HEADER"])["SECURE_PROXY_SSL_HEADER"] is None
    assert read(["SECURE_PROXY_SSL_HEADER"], TRUST_FORWARDED_PROTO="True") == {
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"]
    }


def test_nothing_is_mailed_and_everything_goes_to_stderr() -> None:
    logging: Any = settings.LOGGING

    assert [handler["class"] for handler in logging["handlers"].values()] == [
        "logging.StreamHandler"
    ]
    assert logging["loggers"]["django"]["propagate"] is False


def test_nobody_pushes_the_counts_of_throttles_out_of_a_small_cache() -> None:
    for url in ("locmemcache://sealform", "filecache:///var/cache/sealform"):
        found = read(["CACHES"], CACHE_URL=url)["CACHES"]["default"]
        assert found["OPTIONS"]["MAX_ENTRIES"] >= 10_000
    assert "OPTIONS" not in read(["CACHES"], CACHE_URL="redis://cache:6379/0")["CACHES"]["default"]


def test_a_draft_of_128_fields_can_be_posted() -> None:
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS >= 128 * 12
