"""`make demo-story`: the whole story in one command, and again without telling it twice."""

import os
import re
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.client.protection import opened
from tests.end_to_end.databases import new_database
from tests.tools.processes import ROOT

pytestmark = pytest.mark.slow

COUNT = """
from apps.directory.models import ApiKey, Client
from apps.intake.models import Form, Manifest
from apps.vault.models import Generation, Grant, Record
for model in (Client, ApiKey, Form, Manifest, Generation, Grant, Record):
    print(model.__name__, model.objects.count())
"""


@dataclass(frozen=True)
class Machine:
    """A folder with a database, and nothing else of this machine's."""

    folder: Path
    database: str

    def manage(self, *words: str) -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "SEALFORM_ENV_FILE": "",
            "SECRET_KEY": "only for this test " * 3,
            "ALLOWED_HOSTS": "localhost",
            "HTTPS": "False",
            "DATABASE_URL": self.database,
            "COLUMNS": "100",
        }
        done = subprocess.run(
            [sys.executable, "-W", "error", str(ROOT / "manage.py"), *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    def count(self) -> dict[str, int]:
        lines = self.manage("shell", "-v0", "-c", COUNT).splitlines()
        return {name: int(number) for name, number in map(str.split, lines)}


@dataclass(frozen=True)
class Told:
    """What two runs printed, and how many rows there were after each."""

    first: str
    second: str
    counts: list[dict[str, int]]
    demo: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("demo")
    with new_database(folder) as database:
        machine = Machine(folder, database.url)
        machine.manage("migrate", "-v0")
        outputs, counts = [], []
        for _ in range(2):
            outputs.append(machine.manage("demo", "--directory", ".demo", "--port", "8765"))
            counts.append(machine.count())
        return Told(outputs[0], outputs[1], counts, folder / ".demo")


def step(output: str, heading: str) -> str:
    """What was printed between a heading and the next."""
    [found] = re.findall(rf"── {heading}.*\n((?:(?!── ).*\n?)*)", output)
    return str(found)


def test_it_shows_each_command_and_what_it_prints(told: Told) -> None:
    commands = re.findall(r"\$ manage\.py (\w+)", told.first)

    assert " ".join(commands) == (
        "enroll enroll enroll publish publish extract split share share "
        "extract extract extract "
        "enroll enroll groups groups groups share trust trust extract extract groups write "
        "extract extract enroll share extract shares"
    )
    assert "José Álvarez" in step(told.first, "Acme extracts")
    assert re.search(r"contact +4 +0 +0 +0", step(told.first, "Acme splits"))


def test_each_reader_sees_its_type_and_nothing_else(told: Told) -> None:
    for output in (told.first, told.second):
        marketing, clinic = step(output, "Marketing reads"), step(output, "The clinic reads")

        assert "Mei Tanaka" in marketing
        assert "weight" not in marketing
        assert re.search(r"28 +160 +54", clinic)
        assert "Tanaka" not in clinic
        refused = step(output, "The clinic asks for contact")
        assert "There are no records of type contact to read." in refused
        assert "Tanaka" not in refused


def test_the_second_run_makes_nothing_twice(told: Told) -> None:
    assert told.counts[0] == told.counts[1]
    assert told.counts[0]["Client"] == 6
    assert told.counts[0]["Record"] == 13
    assert told.second.count("Reused: ") == 10
    assert re.search(r"contact +0 +0 +4 +0", step(told.second, "Acme splits"))
    assert "── Visitors fill" not in told.second


def test_who_leaves_the_group_reads_nothing_that_is_written_afterwards(told: Told) -> None:
    before = step(told.first, "The nurse reads health")
    assert re.search(r"28 +160 +54", before)
    assert "(exit code 6)" in step(told.first, "The nurse leaves")
    for output in (told.first, told.second):
        assert re.search(r"61 +169 +74", step(output, "What was written afterwards"))
        after = step(output, "The nurse is given nothing")
        assert "There are no records of type health to read." in after


def test_one_record_is_forwarded_with_two_of_its_fields(told: Told) -> None:
    for output in (told.first, told.second):
        lab = step(output, "The lab reads")
        [header, line] = [
            line.split() for line in lab.splitlines() if "acme" in line or "id " in line
        ][-2:]
        assert header[-2:] == ["age", "weight"]
        assert len(line) == 5


def test_it_says_where_to_go_next(told: Told) -> None:
    for output in (told.first, told.second):
        [clue] = re.findall(r"user admin, password (\S+)", output)
        assert clue == (told.demo / "admin-password").read_text()
        for path in ("/f/signup/", "/admin/", "/api/v1/docs"):
            assert f"http://localhost:8765{path}" in output


def test_no_secret_is_shown_and_all_are_kept_private(told: Told) -> None:
    for name in ("acme", "marketing", "clinic"):
        kept = opened(told.demo / f"{name}.json")
        assert kept.api_key
        for secret in (kept.file.slots[0].params["secret"], kept.api_key.secret):
            assert secret not in told.first + told.second
    assert "sfe_" not in told.first + told.second
    modes = {stat.S_IMODE(path.stat().st_mode) for path in told.demo.glob("*.json*")}
    assert modes == {0o600}


def test_lost_credentials_are_not_silently_replaced(tmp_path: Path) -> None:
    with new_database(tmp_path) as database:
        machine = Machine(tmp_path, database.url)
        machine.manage("migrate", "-v0")
        machine.manage("demo", "--directory", ".demo")
        (tmp_path / ".demo" / "acme.json").unlink()

        with pytest.raises(AssertionError, match=r"acme\.json is gone"):
            machine.manage("demo", "--directory", ".demo")
