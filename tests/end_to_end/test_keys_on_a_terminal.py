"""Somebody at a terminal enrols, keeps the sheet, loses the machine, and comes back."""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.servers import Server, serving
from tests.end_to_end.machines import NO_DATABASE, SEALFORM
from tests.tools.processes import ROOT
from tests.tools.terminal import Terminal

pytestmark = pytest.mark.slow

ROW = re.compile(r"(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}")
OWN = "the cat sat on my keyboard"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


class Somebody:
    """Who sits before a machine, which is a folder."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server

    def types(self, *words: str) -> Terminal:
        return self.runs([sys.executable, "-W", "error", *SEALFORM, *words])

    def types_in_a_shell(self, line: str, *words: str) -> Terminal:
        """A line of a shell, in which SEALFORM stands for the command."""
        command = shlex.join([sys.executable, "-W", "error", *SEALFORM, *words])
        return self.runs(["sh", "-c", line.replace("SEALFORM", command)])

    def runs(self, command: list[str]) -> Terminal:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "COLUMNS": "100",
            "TERM": "xterm", "LANG": "C.UTF-8", "DATABASE_URL": NO_DATABASE,
            "PYTHONPATH": str(ROOT), "SEALFORM_CREDENTIALS": str(self.folder / "acme.json"),
        }  # fmt: skip
        return Terminal(command, folder=self.folder, environment=environment)

    def enrols(self, **answers: str) -> list[str]:
        """Enrol with a passphrase of one's own, or with the words that are offered.

        Returns the rows of the sheet: four of the recovery code, four of the fetch code.
        """
        token = ("--token", f"sfe_{self.server.token('acme')}", "--api-url", self.server.url)
        with self.types("enroll", *token, "--name", "acme", "--out", "acme.json") as terminal:
            offered = terminal.wait_for("Passphrase: ").splitlines()
            words = next(line.strip() for line in offered if line.startswith("    "))
            self.passphrase = answers.get("own") or words
            if "own" in answers:
                terminal.type("short")
                assert "at least 10 characters" in terminal.wait_for("Passphrase: ")
                terminal.type(self.passphrase)
                terminal.wait_for("The same again: ")
                terminal.type("something else")
                assert "not the same" in terminal.wait_for("Passphrase: ")
                terminal.type(self.passphrase)
                terminal.wait_for("The same again: ")
            terminal.type(self.passphrase)
            sheet = terminal.wait_for("Enter goes on")
            assert not (self.folder / "acme.json").exists()
            terminal.type("")
            assert terminal.ended() == 0
            assert "keys verify" in terminal.seen
            assert OWN not in terminal.seen
        return ROW.findall(sheet.partition("recovery code")[2])


def test_the_story_of_a_lost_machine(server: Server, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    somebody = Somebody(before, server)
    rows = somebody.enrols()
    assert len(rows) == 8
    with somebody.types("keys", "verify") as terminal:
        terminal.wait_for("Recovery code (not shown): ")
        terminal.type(" ".join(rows[:4]).lower())
        terminal.wait_for("recovery sheet opens the keys")
        assert terminal.ended() == 0
    with somebody.types("keys", "upload") as terminal:
        terminal.wait_for("Passphrase for the keys of acme: ")
        terminal.type(somebody.passphrase)
        terminal.wait_for("cannot open it")
        assert terminal.ended() == 0
    with somebody.types("whoami") as terminal:
        terminal.wait_for("Passphrase for the keys of acme: ")
        terminal.type("the dog sat on my keyboard")
        terminal.wait_for("this is not the passphrase")
        assert terminal.ended() == 1
    id = re.findall(r'"id":"([0-9a-f-]{36})"', (before / "acme.json").read_text())[0]
    for lost in before.glob("*"):
        lost.unlink()

    again = Somebody(after, server)
    words = ("--fetch", id, "--api-url", server.url, "--out", "acme.json")
    with again.types("keys", "restore", *words) as terminal:
        terminal.wait_for("Fetch code (not shown): ")
        terminal.type(" ".join(rows[4:]))
        terminal.wait_for("Recovery code (not shown): ")
        terminal.type("\t".join(rows[:4]))
        terminal.wait_for("Passphrase: ")
        terminal.type(OWN)
        terminal.wait_for("The same again: ")
        terminal.type(OWN)
        terminal.wait_for("sign nothing before")
        assert terminal.ended() == 0
        assert OWN not in terminal.seen
    with again.types("keys", "confirm") as terminal:
        terminal.wait_for("Passphrase for the keys of acme: ")
        terminal.type(OWN)
        terminal.wait_for("no other fingerprint of this client?")
        terminal.type("y")
        terminal.wait_for("may sign again")
        assert terminal.ended() == 0
    with again.types("whoami") as terminal:
        terminal.wait_for("Passphrase for the keys of acme: ")
        terminal.type(OWN)
        terminal.wait_for(id)
        assert terminal.ended() == 0


def test_a_passphrase_of_one_s_own_is_asked_for_twice(server: Server, tmp_path: Path) -> None:
    somebody = Somebody(tmp_path, server)

    assert len(somebody.enrols(own=OWN)) == 8


@pytest.mark.parametrize("how", ["right", "mistyped", "given up"])
def test_nothing_of_a_pasted_code_is_left_for_the_shell(
    server: Server, tmp_path: Path, how: str
) -> None:
    """Four rows are pasted at once: the shell would run three, and keep them in its history."""
    somebody = Somebody(tmp_path, server)
    rows = somebody.enrols()[:4]
    if how == "mistyped":
        rows[0] = rows[0][:5] + ("A" if rows[0][5] != "A" else "B") + rows[0][6:]
    line = 'trap : INT; SEALFORM; echo "code=$?"; read rest; echo "left=[$rest]"'

    with somebody.types_in_a_shell(line, "keys", "verify") as terminal:
        terminal.wait_for("Recovery code (not shown): ")
        terminal.type("\r".join([*rows[:2], "\x03"] if how == "given up" else [*rows, rows[0]]))
        ended = terminal.wait_for("code=") + terminal.wait_for("\n")
        terminal.type("nothing")
        terminal.wait_for("left=[nothing]")
        shown = terminal.seen

    assert ("code=0" in ended) == (how == "right")
    assert not ROW.search(shown)


def test_a_sheet_is_not_printed_to_what_only_looks_like_somebody(
    server: Server, tmp_path: Path
) -> None:
    """`enroll | tee log` has somebody before it, and the code would stay in the log."""
    somebody = Somebody(tmp_path, server)
    token = ("--token", f"sfe_{server.token('acme')}", "--api-url", server.url)
    words = ("enroll", *token, "--name", "acme", "--out", "acme.json", "--plain")

    with somebody.types_in_a_shell("SEALFORM | tee log", *words) as terminal:
        terminal.wait_for("--sheet FILE for a recovery sheet")
        terminal.ended()

    assert (tmp_path / "log").read_text() == ""
    assert not (tmp_path / "acme.json").exists()


def test_who_goes_away_before_the_sheet_was_kept_leaves_nothing(
    server: Server, tmp_path: Path
) -> None:
    somebody = Somebody(tmp_path, server)
    token = ("--token", f"sfe_{server.token('acme')}", "--api-url", server.url)
    with somebody.types("enroll", *token, "--name", "acme", "--out", "acme.json") as terminal:
        terminal.wait_for("Passphrase: ")
        terminal.type(OWN)
        terminal.wait_for("The same again: ")
        terminal.type(OWN)
        terminal.wait_for("Enter goes on")
        terminal.type("\x03")
        assert terminal.ended() == 130

    assert not (tmp_path / "acme.json").exists()
