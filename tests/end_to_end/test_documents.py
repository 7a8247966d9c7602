"""What the documents tell people to type is run; what cannot run here is checked in another way.

tests/tools/documents.py says how a block is marked, tests/tools/documented_shell.py what stands
for host names, tokens and ids.
"""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import pytest
from django.core.management import get_commands, load_command_class

from apps.cli.program import program
from tests.client.servers import serving
from tests.tools.documented_shell import Place
from tests.tools.documents import DOCUMENTS, PARSED, RUN, SHELL, Block, blocks, typed
from tests.tools.processes import ROOT
from tests.tools.selection import nightly

OURS = re.compile(r"^(?:\.venv/bin/python )?manage\.py ([a-z_]+)(.*)")
TARGETS = re.compile(r"^([a-z-]+):", re.MULTILINE)
# On whose machine blocks are run that do not say it.
MACHINES = {"README.md": "acme", "operations.md": "acme"}


def named(path: Path) -> str:
    return path.name


def options(words: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in words if word.startswith("-") and word != "-"]


def first_of(line: str) -> str:
    """The first command of a line in which its output goes on to another, or to a file."""
    return re.split(r" (?:[|;]|&&|\d?>>?)", line)[0]


def to_be_run(path: Path) -> list[Block]:
    return [one for one in blocks(path) if one.language in RUN and not one.only_parsed]


@pytest.mark.slow
# Those of README are typed first, and by most people.
@pytest.mark.parametrize(
    "path",
    [DOCUMENTS[0], *nightly(*(path for path in DOCUMENTS[1:] if to_be_run(path)))],
    ids=named,
)
def test_each_block_of_commands_runs(
    path: Path, wheel: Path, environment: Path, tmp_path: Path
) -> None:
    """In order, each document in a place and with a server of its own."""
    (tmp_path / "settings").mkdir()
    with serving(tmp_path / "settings") as server:
        place = Place(tmp_path, environment, wheel, server)
        try:
            for one in to_be_run(path):
                place.run(one, default=MACHINES.get(path.name, "fresh"))
        finally:
            place.close()


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_each_file_of_another_program_is_taken_by_it(path: Path, tmp_path: Path) -> None:
    missing = []
    for one in blocks(path):
        if one.file:
            (tmp_path / one.file).write_text(one.text, encoding="utf-8")
            words = shlex.split(one.check)
            if not shutil.which(words[0]):
                missing.append(f"{one}, because {words[0]} is not installed here")
                continue
            done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, f"{one}: {done.stdout}{done.stderr}"
    if missing:  # other programs, which nothing here installs: said at the end of each run
        pytest.skip(f"NOT CHECKED: {'; '.join(missing)}")


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_each_block_of_data_can_be_parsed(path: Path) -> None:
    for one in blocks(path):
        if one.language in PARSED:
            {"toml": tomllib.loads, "json": json.loads}[one.language](one.text)


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_each_block_of_commands_is_shell(path: Path) -> None:
    for one in blocks(path):
        if one.language == SHELL:
            done = subprocess.run(["bash", "-n"], input=one.text, capture_output=True, text=True)
            assert not done.stderr, f"{one}: {done.stderr}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_each_client_command_has_the_options_that_it_is_shown_with(path: Path) -> None:
    for line in typed(path):
        words = shlex.split(first_of(line)) if line.startswith("sealform ") else []
        if not words or words[1] in {"COMMAND", "NAME"}:
            continue
        command: click.Command = program
        for word in words[1:]:
            if isinstance(command, click.Group) and not word.startswith("-"):
                command = command.commands[word]
        known = {name for one in command.params for name in one.opts} | {"--help"}
        assert set(options(words)) <= known, line


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_each_server_command_has_the_options_that_it_is_shown_with(path: Path) -> None:
    for line in typed(path):
        found = OURS.match(line)
        if not found:
            continue
        name, rest = found.groups()
        assert name in get_commands(), line
        if name in program.commands:
            continue  # which takes all that the client's takes
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        known = {option for action in parser._actions for option in action.option_strings}
        assert set(options(first_of(rest).split())) <= known, line


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_each_target_and_script_exists(path: Path) -> None:
    targets = set(TARGETS.findall((ROOT / "Makefile").read_text()))
    for line in typed(path):
        words = line.split()
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= targets, line
        if words[0].startswith(".ci/"):
            assert (ROOT / words[0]).is_file(), line


def test_the_documents_name_commands_at_all() -> None:
    assert len([line for path in DOCUMENTS for line in typed(path)]) > 40
    assert len([one for path in DOCUMENTS for one in to_be_run(path)]) > 4
