"""A database whose schema is not the code's is refused, with the next step."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config import schema_guard
from tests.tools.processes import python

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_the_database_of_the_tests_is_the_codes() -> None:
    assert list(schema_guard.problems()) == []
    call_command("check_database")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP TABLE intake_failure", "no table intake_failure"),
        ("ALTER TABLE vault_arrivals DROP COLUMN octets", "vault_arrivals has other columns"),
        ("ALTER TABLE vault_stream ADD COLUMN more integer", "other columns than the code (more)"),
        ("DELETE FROM django_migrations WHERE app = 'vault'", "run `manage.py migrate`"),
        (
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('vault', '0002_later', '2026-01-01')",
            "newer than this code",
        ),
    ],
)
def test_another_schema_is_named_with_the_next_step(statement: str, said: str) -> None:
    execute(statement)

    found = list(schema_guard.problems())

    assert any(said in one for one in found), found
    with pytest.raises(CommandError, match=r"manage\.py migrate|run the version"):
        call_command("check_database")


@pytest.mark.slow
def test_the_server_does_not_start_with_it(tmp_path: Path) -> None:
    environment = {
        "SECRET_KEY": "k" * 50,
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
    }
    serve = ("-c", "import config.wsgi")
    before = python(*serve, **environment)
    python("manage.py", "migrate", "-v0", **environment)
    after = python(*serve, **environment)
    spoil = "from django.db import connection as c; c.cursor().execute('DROP TABLE vault_grant')"
    python("manage.py", "shell", "-v0", "-c", spoil, **environment)
    spoilt = python(*serve, **environment)
    elsewhere = {**environment, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    unreachable = python(*serve, **elsewhere)

    assert "refusing to serve" in before.stderr
    assert "manage.py migrate" in before.stderr
    assert after.returncode == 0, after.stderr
    assert spoilt.returncode != 0
    assert "no table vault_grant" in spoilt.stderr
    assert unreachable.returncode == 0, unreachable.stderr
