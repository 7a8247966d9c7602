"""The client as people install it: one package, no Django; and README's story, as it is typed."""

import json
import os
import pty
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from apps.demo.samples import RULES
from apps.embed.release import released_files
from apps.envelope.manifests import parse_manifest
from apps.envelope.submissions import dump_submission, seal_submission
from tests.client.parties import ANN
from tests.client.servers import Server, serving
from tests.tools.documents import block
from tests.tools.processes import ROOT

pytestmark = pytest.mark.slow

ROOMS = {"cli", "client", "embed", "envelope"}
README, OPERATIONS = ROOT / "README.md", ROOT / "docs" / "operations.md"
# What the documents say for what only the run knows.
TOKEN, SERVER, WHEEL = "sfe_…", "https://forms.example.org", r"\S+\.whl"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    checked([sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(folder), str(ROOT)])
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment in which nothing is installed so far."""
    folder = tmp_path_factory.mktemp("environment")
    checked([sys.executable, "-m", "venv", str(folder)])
    return folder / "bin"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


def checked(command: list[str]) -> str:
    quiet = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(command, env=quiet, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@dataclass
class Shell:
    """What somebody types in a folder of their own; ``known`` is what they write for names."""

    folder: Path
    programs: Path
    known: dict[str, str]
    exported: dict[str, str] = field(default_factory=dict)

    def filled(self, line: str) -> str:
        """A line with what this person writes for the names in it."""
        for name, value in self.known.items():
            line = re.sub(rf"(?<!\w){name}(?!\w)", value, line)
        return line

    def types(self, line: str) -> str:
        """Type a line of a document, and say yes where that is asked."""
        line = self.filled(line)
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            self.exported[name] = value
            return ""
        environment = {
            "HOME": str(self.folder), "PATH": f"{self.programs}:/usr/bin:/bin", "COLUMNS": "120",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        }  # fmt: skip
        keyboard, screen = pty.openpty()
        os.write(keyboard, b"y\n")
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=environment | self.exported,
            stdin=screen, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        os.close(screen)
        os.close(keyboard)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout


def test_the_wheel_holds_one_package_with_the_rooms_of_the_client(wheel: Path) -> None:
    names = [Path(name).parts for name in files(wheel)]

    assert {parts[0] for parts in names if not parts[0].endswith(".dist-info")} == {"sealform"}
    inside = {parts[1] for parts in names if parts[0] == "sealform"}
    assert inside == {"__init__.py"} | ROOMS


def test_its_modules_are_those_of_this_project(wheel: Path) -> None:
    found = {name: text for name, text in files(wheel).items() if name.endswith(".py")}
    here = {
        f"sealform/{path.relative_to(ROOT / 'apps')}": path.read_bytes()
        for room in ROOMS
        for path in (ROOT / "apps" / room).rglob("*.py")
    }

    assert found == {**here, "sealform/__init__.py": (ROOT / "apps" / "sealform.py").read_bytes()}


def test_what_publish_needs_of_the_server_s_files_is_there_byte_by_byte(wheel: Path) -> None:
    below = "sealform/embed/static/"
    found = {
        name.removeprefix(below): content
        for name, content in files(wheel).items()
        if name.startswith(below)
    }

    assert {"dist/sealform.js", "dist/sealform-frame.js", "css/sealform.css"} <= set(found)
    for name, content in found.items():
        assert content == (ROOT / "static" / name).read_bytes(), name


def test_readme_s_story_as_it_is_typed(
    wheel: Path, environment: Path, server: Server, tmp_path: Path
) -> None:
    """acme and marketing, each with the installed program in a folder that was empty."""
    known = {TOKEN: "", SERVER: server.url, WHEEL: str(wheel)}
    acme = Shell(tmp_path / "acme", environment, known | {"MARKETING_ID": "", "FP": ""})
    marketing = Shell(tmp_path / "marketing", environment, known | {"ACME_ID": "", "FP": ""})
    for shell in (acme, marketing):
        shell.folder.mkdir()
    reader, owner = "sealform enroll --token sfe_… --name marketing", "sealform publish"
    install, enroll_reader, extract = block(README, beginning=reader)
    enroll, export, publish, accounts, split, share = block(README, beginning=owner)

    assert block(OPERATIONS, beginning=reader) == [enroll_reader, extract]

    marketing.types(install)
    marketing.known[TOKEN] = "sfe_" + server.token("marketing")
    told = marketing.types(enroll_reader)
    acme.known |= {"MARKETING_ID": said(told, "client id"), "FP": said(told, "fingerprint")}
    acme.known[TOKEN] = "sfe_" + server.token("acme")
    told = acme.types(enroll)
    marketing.known |= {"ACME_ID": said(told, "client id"), "FP": said(told, "fingerprint")}
    acme.types(export)
    acme.types(*[line for line in block(OPERATIONS, beginning="eval") if "bash" in line])
    server.draft(said(told, "client id"))
    shown = acme.types(publish)
    submit(server, shown.split('data-sealform="')[1].split('"')[0])
    assert "Ann Canary" in acme.types(accounts)
    (acme.folder / "rules.toml").write_text(RULES)
    assert re.search(r"contact +1 +0 +0 +0", acme.types(split))
    to_copy = acme.types(share)
    read = marketing.types(extract)

    assert "Ann Canary" in read
    assert "172" not in read  # her height is health's
    to_copy = " ".join(to_copy[to_copy.index("  sealform extract") :].replace("\\\n", " ").split())
    assert marketing.filled(extract).startswith(to_copy)
    the_tag_names_this_release(server, shown)
    nothing_of_the_server_is_installed(environment)


def said(told: str, what: str) -> str:
    return re.findall(rf"{what} +(\S+)", told)[0]


def submit(server: Server, form: str) -> None:
    address = f"{server.url}/api/v1/forms/{form}"
    manifest = parse_manifest(httpx.get(f"{address}/manifest").json()["manifest"].encode())
    records, _ = seal_submission(manifest, ANN)
    answer = httpx.post(
        f"{address}/submissions",
        content=dump_submission(records),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 201, answer.text


def the_tag_names_this_release(server: Server, shown: str) -> None:
    """The bytes that the server has, too, and their lasting address."""
    files = released_files()
    for served in (files.script, files.style):
        assert served.integrity in shown
        assert f"{server.url}{served.url}" in shown


def nothing_of_the_server_is_installed(environment: Path) -> None:
    python = str(environment / "python")
    script = (
        "import importlib.metadata as m, importlib.util as u, json, sys;"
        "from sealform import Client; import sealform.client, sealform.cli.program;"
        "packages = m.packages_distributions();"
        "print(json.dumps([[p for p, d in packages.items() if 'sealform' in d],"
        "[n for n in ('apps', 'config', 'django', 'rest_framework', 'gunicorn')"
        " if u.find_spec(n)]]))"
    )
    done = subprocess.run(
        [python, "-c", script], cwd=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [["sealform"], []]
