"""A server with collected static files, as in production, through its releases."""

import json
from pathlib import Path

from apps.embed.release import Served
from tests.tools.processes import python

COLLECT = """
import django
django.setup()
from django.conf import settings
# Ours alone: what others brought along takes seconds to press, and is not asked for.
settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
if FOLDER:
    settings.STATICFILES_DIRS = [("dist", FOLDER)]
from django.core.management import call_command
call_command("collectstatic", interactive=False, verbosity=0)
"""
NAME = """
import json
import django
django.setup()
from apps.intake.pages.embedding import served
print(json.dumps(served(FILE)))
"""
SERVE = """
import json
import django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
settings.SECURE_SSL_REDIRECT = False
from django.test import Client
from apps.intake.pages.embedding import served
now = served("dist/sealform.js")
answers = {}
for url in [now.url, *OTHERS]:
    answer = Client().get(url)
    body = b"".join(answer.streaming_content).decode() if answer.streaming else ""
    answers[url] = [answer.status_code, answer.headers.get("Cache-Control", ""), body]
print(json.dumps([now, answers]))
"""


class Server:
    """Processes of its own, whose static files are what was released last and before."""

    def __init__(self, folder: Path) -> None:
        self.sources, self.environment = (
            folder / "dist",
            {
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "STATIC_ROOT": str(folder / "collected"),
                "SECRET_KEY": "only-for-tests-" + 4 * "0123456789",
            },
        )
        self.sources.mkdir()

    def release(self, **files: str) -> None:
        for path in self.sources.iterdir():
            path.unlink()
        for name, content in files.items():
            (self.sources / name.replace("__", "-").replace("_", ".")).write_text(content)
        self._collect(str(self.sources))

    def release_this(self) -> None:
        """What this checkout has."""
        self._collect("")

    def _collect(self, folder: str) -> None:
        self._run(COLLECT.replace("FOLDER", repr(folder)))

    def serves_now(self, name: str) -> Served:
        return Served(*json.loads(self._run(NAME.replace("FILE", repr(name)))))

    def serves(self, *others: str) -> tuple[list[str], dict[str, list[object]]]:
        now, answers = json.loads(self._run(SERVE.replace("OTHERS", repr(others))))
        return now, answers

    def _run(self, script: str) -> str:
        done = python("-c", script, **self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout
