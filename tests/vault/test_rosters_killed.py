"""POST /groups/ID/rosters, and kill -9"""

from pathlib import Path

import pytest

from tests.tools.processes import python
from tests.vault.killed_rosters import STEPS, story

PROGRAM = """
import django
django.setup()
from tests.vault.killed_rosters import story
print(story())
"""


@pytest.mark.postgres
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_kill_leaves_nothing_half_done() -> None:
    assert story() == len(STEPS)


@pytest.mark.slow
def test_a_kill_leaves_nothing_half_done_in_a_file(tmp_path: Path) -> None:
    environment = {
        "SEALFORM_ENV_FILE": "",
        "SECRET_KEY": "only-for-tests-" + 4 * "0123456789",
        "DATABASE_URL": f"sqlite:///{tmp_path}/forms.sqlite3",
        "ALLOWED_HOSTS": "testserver",
        "HTTPS": "False",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    assert python("manage.py", "migrate", "-v0", **environment).returncode == 0

    done = python("-c", PROGRAM, **environment)

    assert (done.returncode, done.stdout.strip()) == (0, str(len(STEPS))), done.stderr
