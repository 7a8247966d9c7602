"""`sealform`, the program: one way in, help that teaches, errors with a next step, no Django."""

import io
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import click
import pytest
from django.core.management import CommandError, ManagementUtility, call_command

from apps.cli.exit_codes import ExitCode
from apps.cli.keys_command import keys
from apps.cli.program import program, status
from apps.cli.trust_command import trust
from apps.client import Client, __version__
from apps.envelope.tokens import SEED, new_token
from tests.client.parties import Party
from tests.tools.processes import ROOT, python

COMMANDS = [
    "enroll", "publish", "extract", "write", "read", "update", "delete", "split", "share", "revoke",
    "shares", "groups", "whoami", "trust", "keys", "hand-over", "recover",
]  # fmt: skip
KEYS = [
    "list", "add", "remove", "passphrase", "recovery", "verify", "restore", "confirm", "upload",
    "fetch", "rotate",
]  # fmt: skip
TRUST = ["list", "show", "add", "remove", "hand-over"]
GROUPS = ["create", "add", "remove", "renew", "show", "leave"]
EACH = [
    *COMMANDS,
    *(f"keys {name}" for name in KEYS),
    *(f"trust {name}" for name in TRUST),
    *(f"groups {name}" for name in GROUPS),
]
DJANGOS_OPTIONS = ["--settings", "--pythonpath", "--traceback", "--no-color", "--verbosity"]


class Ran(NamedTuple):
    """How the program ended, and what it printed."""

    code: int
    out: str
    err: str


def typed(*words: str) -> Ran:
    """What the installed program does, far from any server."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = status(words, name="sealform")
    return Ran(code, out.getvalue(), err.getvalue())


def helped(command: str = "") -> str:
    ran = typed(*command.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    return ran.out


@pytest.mark.slow
def test_the_client_loads_no_module_of_the_server() -> None:
    script = "import sys, apps.client, apps.cli.program, apps.sealform; print(*sorted(sys.modules))"

    loaded = python("-c", script).stdout.split()

    assert {"apps.client", "apps.embed.release", "apps.envelope.records"} <= set(loaded)
    rooms = {f"apps.{name}" for name in ("web", "directory", "vault", "intake", "console")}
    foreign = {"django", "rest_framework", "config", "environ"} | rooms
    assert [name for name in loaded if name in foreign or name.startswith("django")] == []


def test_it_lists_the_commands_in_the_order_of_the_story() -> None:
    shown = helped()

    assert list(program.commands) == COMMANDS
    assert list(keys.commands) == KEYS
    assert list(trust.commands) == TRUST
    listed = [line.split()[0] for line in shown.partition("Commands:")[2].splitlines() if line]
    assert [word for word in listed if word in COMMANDS] == COMMANDS
    assert "..." not in shown.partition("Commands:")[2].partition("Exit codes:")[0]


@pytest.mark.parametrize("command", EACH)
def test_help_says_what_it_is_for_with_examples_and_exit_codes(command: str) -> None:
    about, _, rest = helped(command).partition("Options:")
    options, _, rest = rest.partition("Examples:")
    examples, _, codes = rest.partition("Exit codes:")

    assert about.startswith(f"Usage: sealform {command} ")
    assert len(about) > 100
    assert f"  sealform {command}" in examples
    assert [line.split()[0] for line in codes.splitlines() if line.strip()] == [
        str(code.value) for code in ExitCode
    ]
    assert "{program}" not in examples
    assert not any(option in options for option in DJANGOS_OPTIONS)


@pytest.mark.parametrize("command", EACH)
def test_every_example_can_be_typed(command: str) -> None:
    examples = helped(command).partition("Examples:")[2].partition("Exit codes:")[0]
    lines = examples.replace("\\\n", " ").splitlines()
    shown = [words for words in map(shlex.split, lines) if words[:1] == ["sealform"]]

    assert shown
    for words in shown:
        found, rest = program.commands[words[1]], words[2:]
        while isinstance(found, click.Group) and rest[0] != "COMMAND":
            found, rest = found.commands[rest[0]], rest[1:]
        assert isinstance(found, click.Group) or found.make_context(words[1], rest).params


@pytest.mark.parametrize("command", EACH)
def test_manage_py_shows_the_same_help_under_its_own_name(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = []
    for words in ([*command.split(), "--help"], ["help", *command.split()[:1]]):
        with pytest.raises(SystemExit) as ended:
            ManagementUtility(["manage.py", *words]).execute()
        assert ended.value.code == 0
        shown.append(capsys.readouterr().out)

    wanted = [helped(each).replace("sealform ", "manage.py ") for each in (command, words[1])]
    assert shown == wanted


def test_manage_py_hands_every_word_on(acme: Party) -> None:
    with pytest.raises(CommandError, match="no such option '--verbosity'") as misused:
        call_command("whoami", "--verbosity", "2")
    with pytest.raises(CommandError, match="is no client id") as refused:
        call_command("revoke", "contact", "--from=x", f"--credentials={acme.path}")

    assert misused.value.returncode == 2
    assert refused.value.returncode == 1


def test_without_words_it_shows_how_it_is_used() -> None:
    assert typed() == (2, "", helped())


def test_it_says_its_version() -> None:
    assert typed("--version") == (0, f"sealform {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "message", "where"),
    [
        ("extrac", "no such command 'extrac'. Did you mean 'extract'?", "sealform --help"),
        ("extract", "missing option '--type'", "sealform extract --help"),
        ("extract --type", "option '--type' requires an argument", "sealform extract --help"),
        ("share --with x", "name one type, or records with --record", "sealform share --help"),
        ("extract --type a --format xml", "'xml' is not one of", "sealform extract --help"),
        ("publish a --days soon", "'soon' is not a valid integer", "sealform publish --help"),
        ("enroll --name a --out b", "give the token once", "sealform enroll --help"),
        (
            "enroll --name a --out b --token c --token-file d",
            "give the token once",
            "sealform enroll --help",
        ),
    ],
)
def test_wrong_words_are_said_in_two_lines(words: str, message: str, where: str) -> None:
    code, out, err = typed(*words.split())

    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert second == f"hint: `{where}` has the options, and examples"


SECRET = new_token(SEED)


@pytest.mark.parametrize(
    "words",
    [
        [SECRET],
        ["whoami", SECRET],
        ["enroll", "--name", "acme", SECRET],
        ["whoami", "--credentials", SECRET],
        ["whoami", "--credentials", f'{{"private_key":"{SECRET}"}}'],
        ["whoami", "--credentials", f'{{\n"private_key":\n"{SECRET}"\n}}'],
        ["share", "contact", "--with", SECRET],
        ["extract", "--type", SECRET],
    ],
    ids=range(8),
)
def test_a_secret_in_a_wrong_place_is_not_shown_again(words: list[str], acme: Party) -> None:
    if "--credentials" not in words:
        words = [*words, "--credentials", str(acme.path)]

    code, out, err = typed(*words)

    assert code
    assert SECRET[4:20] not in out + err


def test_a_password_in_the_address_is_refused_and_not_shown_again(acme: Party) -> None:
    address = "https://acme:hunter2@127.0.0.1:9"

    _, out, err = typed("whoami", "--credentials", str(acme.path), "--api-url", address)

    assert "must not hold a user name" in err
    assert "hunter2" not in out + err


def test_without_credentials_it_says_what_to_do() -> None:
    code, out, err = typed("whoami")

    assert (code, out) == (1, "")
    assert err.startswith("error: no credentials: pass --credentials FILE")
    assert "\nhint: `enroll --out FILE` makes such a file" in err


def test_where_no_server_is_it_says_so_in_one_line(acme: Party) -> None:
    ran = typed("whoami", "--credentials", str(acme.path))

    assert ran == (1, "", "error: no server is here: name one with --api-url https://…\n")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, EOFError])
def test_an_interruption_has_an_exit_code_of_its_own(
    acme: Party, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    def interrupted(client: Client) -> None:
        raise stop

    monkeypatch.setattr(Client, "shares", interrupted)

    code, _, err = typed("shares", "--credentials", str(acme.path), "--api-url", "http://[::1]:1")

    assert (code, err.strip()) == (130, "error: interrupted: running it again is safe")


@pytest.mark.slow
def test_who_has_seen_enough_gets_no_traceback(acme: Party) -> None:
    """A reader that goes away, as `head` does, is nothing to complain of."""
    command = [sys.executable, "-W", "error", "-c", "from apps.cli.program import main; main()"]
    process = subprocess.Popen(
        [*command, "enroll", "--help"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()

    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(30)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_it(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = []
    for wanted in (f"{shell}_source", "bash_complete"):
        monkeypatch.setenv("_SEALFORM_COMPLETE", wanted)
        monkeypatch.setenv("COMP_WORDS", "sealform sh")
        monkeypatch.setenv("COMP_CWORD", "1")
        with pytest.raises(SystemExit):
            status([], name="sealform")
        shown.append(capsys.readouterr().out)

    assert "_SEALFORM_COMPLETE" in shown[0]
    assert [line.partition(",")[2] for line in shown[1].splitlines()] == ["share", "shares"]
