"""A client's machine: a folder, the commands as they are installed, and no way to the database."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from apps.client.credentials import Credentials
from apps.demo.samples import RULES
from apps.envelope.keys import ClientKeys
from tests.client.protection import WITHOUT_ASKING, opened
from tests.client.servers import draft_in
from tests.tools.processes import ROOT

# A database that cannot be opened; and a SECRET_KEY is not there at all.
NO_DATABASE = "sqlite:////dev/null/none.sqlite3"
# What `sealform` runs. It knows no Django, which costs more than the command where it is loaded.
SEALFORM = ("-c", "from apps.cli.program import main; main()")
FINGERPRINT = re.compile("[A-Z2-7]{4}(?:-[A-Z2-7]{4}){12}")
MANAGE = (str(ROOT / "manage.py"),)


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> list[dict[str, Any]]:
        """The values of the records that `extract --format jsonl` printed."""
        return [json.loads(line)["data"] for line in self.out.splitlines()]


@dataclass
class Machine:
    """Where one client's keys live."""

    name: str
    folder: Path
    server: str
    fingerprint: str = ""
    """What this client tells others, as `enroll` showed it, and `whoami` does."""

    @property
    def credentials(self) -> Path:
        return self.folder / f"{self.name}.json"

    def try_to(self, *words: str, program: tuple[str, ...] = SEALFORM, **environment: str) -> Ran:
        """Run a command of the project in this machine's folder."""
        given = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "COLUMNS": "120",
            "SEALFORM_ENV_FILE": "",
            "DATABASE_URL": NO_DATABASE,
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            [sys.executable, "-W", "error", *program, *words],
            cwd=self.folder,
            env=given | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def run(self, *words: str) -> Ran:
        """Run a command with this client's credentials, which must succeed."""
        ran = self.try_to(*words, SEALFORM_CREDENTIALS=str(self.credentials))
        assert ran.code == 0, ran.err
        return ran

    def publish(self, form: str) -> Ran:
        """Publish a draft that this client has read."""
        shown = self.run("publish", form, "--dry-run").out
        return self.run("publish", form, "--without-recovery", "--draft", draft_in(shown))

    @property
    def sheet(self) -> Path:
        """The recovery sheet, where `enroll` wrote one."""
        return self.folder / "sheet.html"

    def enroll(self, token: str, *, sheet: bool = False) -> None:
        words = ["enroll", "--name", self.name, "--out", str(self.credentials)]
        words += ["--plain", "--sheet", str(self.sheet)] if sheet else WITHOUT_ASKING
        ran = self.try_to(*words, "--token", token, "--api-url", self.server)
        assert ran.code == 0, ran.err
        [self.fingerprint] = {*FINGERPRINT.findall(ran.out)}

    @cached_property
    def opened(self) -> Credentials:
        """The key file, as it was written, and what is in it."""
        return opened(self.credentials)

    @property
    def id(self) -> str:
        return self.opened.client_id

    @property
    def keys(self) -> ClientKeys:
        return self.opened.keys

    def extract(self, type: str, *, of: "Machine | None" = None) -> list[dict[str, Any]]:
        """What `extract` decrypts; of another client's, whose fingerprint this one was told."""
        whose = ("--writer", of.id, "--fingerprint", of.fingerprint) if of else ()
        return self.run(
            "extract", "--type", type, *whose, "--allow-empty", "--format", "jsonl"
        ).data

    def share(self, type: str, reader: "Machine") -> Ran:
        return self.run("share", type, "--with", reader.id, "--fingerprint", reader.fingerprint)

    def share_form(self, type: str, reader: "Machine", form: str) -> Ran:
        """Share what visitors send through a form of one's own."""
        who = ("--with", reader.id, "--fingerprint", reader.fingerprint)
        return self.run("share", type, "--form", form, *who)

    def revoke(self, type: str, reader: "Machine", *options: str) -> Ran:
        return self.run("revoke", type, "--from", reader.id, "--yes", *options)

    def split(self, rules: str = RULES) -> str:
        """Split by rules; returns the table that it prints."""
        (self.folder / "rules.toml").write_text(rules)
        return self.run("split", "--rules", "rules.toml").out

    def get(self, path: str, **query: str) -> httpx.Response:
        """Ask the API directly with this client's API key, past all its own caution."""
        key = self.opened.api_key
        assert key
        address = f"{self.server}/api/v1{path}"
        return httpx.get(address, params=query, auth=(key.id, key.secret))
