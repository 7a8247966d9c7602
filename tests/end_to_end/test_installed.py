"""The client as people install it: one package, no Django."""

import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.embed.release import released_files
from tests.client.protection import WITHOUT_ASKING
from tests.client.servers import Server, draft_in, serving
from tests.end_to_end.installing import checked
from tests.tools.processes import ROOT

pytestmark = pytest.mark.slow

ROOMS = {"cli", "client", "embed", "envelope", "workspace"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


def files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


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


def test_the_workspace_is_there_byte_by_byte(wheel: Path) -> None:
    below = "sealform/workspace/static/"
    found = {
        name.removeprefix(below): content
        for name, content in files(wheel).items()
        if name.startswith(below)
    }

    here = ROOT / "static/dist/workspace"
    assert {"index.html", "workspace.js", "workspace.css", "keys.js"} <= set(found)
    assert found == {
        path.relative_to(here).as_posix(): path.read_bytes()
        for path in here.rglob("*")
        if path.is_file()
    }


def test_the_installed_client_prints_the_tags_of_this_release_without_any_server_of_its_own(
    wheel: Path, environment: Path, server: Server, tmp_path: Path
) -> None:
    """What README tells people to type is run by test_documents.py."""
    checked([str(environment / "python"), "-m", "pip", "install", str(wheel)])
    sealform, file = str(environment / "sealform"), str(tmp_path / "acme.json")
    token = ("--token", f"sfe_{server.token('acme')}", "--api-url", server.url)
    told = checked([sealform, "enroll", *token, "--name", "acme", "--out", file, *WITHOUT_ASKING])
    server.draft(re.findall(r"client id +(\S+)", told)[0])

    publish = [sealform, "publish", "signup", "--credentials", file]
    draft = draft_in(checked([*publish, "--dry-run"]))
    shown = checked([*publish, "--without-recovery", "--draft", draft])

    the_tag_names_this_release(server, shown)
    nothing_of_the_server_is_installed(environment)


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
