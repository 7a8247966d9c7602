"""Every command that a document names exists, with these options."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from apps.cli.program import program
from tests.tools.documents import DOCUMENTS, typed
from tests.tools.processes import ROOT

OURS = re.compile(r"^(?:\.venv/bin/python )?manage\.py ([a-z_]+)(.*)")
TARGETS = re.compile(r"^([a-z-]+):", re.MULTILINE)


def named(path: Path) -> str:
    return path.name


def options(words: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in words if word.startswith("-") and word != "-"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_each_client_command_has_the_options_that_it_is_shown_with(path: Path) -> None:
    for line in typed(path):
        words = shlex.split(line) if line.startswith("sealform ") else []
        if not words or words[1] in {"COMMAND", "NAME"}:
            continue
        command = program if words[1].startswith("-") else program.commands[words[1]]
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
        assert set(options(rest.split())) <= known, line


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
