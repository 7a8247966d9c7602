"""How a run ends that is ended, what locale it speaks, and an output that takes nothing more."""

import os
import pty
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.cli.exit_codes import ExitCode
from apps.cli.program import status
from tests.client.parties import Party, Signup
from tests.tools.processes import ROOT

# Who starts the tests in the background has them ignore SIGINT.
ANY_SIGNAL, NOHUP = ["env", "--default-signal=INT,TERM,HUP"], ["nohup"]
MAIN = "from apps.cli.program import main; main()"
PROGRAM = [sys.executable, "-W", "error", "-c", MAIN]
# As where the file system has no files without a name.
HIDDEN = [*PROGRAM[:-1], f"from apps.client import files; files.UNNAMED = 0; {MAIN}"]


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes a connection and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(30)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def start(
    acme: Party, url: str, *words: str, ignored: bool = False, program: list[str] = PROGRAM
) -> subprocess.Popen[bytes]:
    where = ("--credentials", str(acme.path), "--api-url", url)
    return subprocess.Popen(
        [*(NOHUP if ignored else ANY_SIGNAL), *program, *words, *where],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def is_writing(folder: Path, process: subprocess.Popen[bytes]) -> bool:
    """Whether a process has a file of this folder open that has no name there, or a hidden one."""
    files = Path(f"/proc/{process.pid}/fd")
    found = []
    for one in files.iterdir():
        try:
            found.append(os.readlink(one))
        except FileNotFoundError:
            continue
    return any(name.startswith((f"{folder}/#", f"{folder}/.")) for name in found)


ENDS = [
    (signal.SIGTERM, ExitCode.TERMINATED, "ended by SIGTERM"),
    (signal.SIGHUP, ExitCode.HUNG_UP, "ended by SIGHUP"),
    (signal.SIGINT, ExitCode.INTERRUPTED, "interrupted"),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "number", "code", "said"),
    [
        *((PROGRAM, *end) for end in ENDS),
        (PROGRAM, signal.SIGKILL, -signal.SIGKILL, ""),
        *((HIDDEN, *end) for end in ENDS),
    ],
)
def test_an_extract_that_is_ended_leaves_nothing(
    acme: Party,
    silent: str,
    tmp_path: Path,
    program: list[str],
    number: int,
    code: int,
    said: str,
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    words = ("extract", "--type", "a", "--out", str(folder / "a.csv"))
    process = start(acme, silent, *words, program=program)
    try:
        while not is_writing(folder, process):
            assert process.poll() is None
            signal.sigtimedwait([], 0.1)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()

    assert process.returncode == code
    assert said in err.decode()
    assert b"Traceback" not in err
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_what_kill_leaves_where_files_need_names_is_removed_by_the_next_run_which_says_so(
    acme: Party, signup: Signup, silent: str, tmp_path: Path
) -> None:
    path = tmp_path / "out" / "a.csv"
    path.parent.mkdir()
    words = ("extract", "--type", "account", "--out", str(path))
    process = start(acme, silent, *words, program=HIDDEN)
    try:
        while not is_writing(path.parent, process):
            assert process.poll() is None
            signal.sigtimedwait([], 0.1)
    finally:
        process.kill()
        process.communicate(timeout=30)
    [left] = path.parent.iterdir()
    signup.fill()

    ran = acme.run(*words)

    assert (ran.error, ran.code) == ("", 0)
    assert f"removed {left.name}, which an interrupted run had left" in ran.err
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.slow
def test_what_is_ignored_stays_ignored(acme: Party, silent: str) -> None:
    process = start(acme, silent, "whoami", ignored=True)
    try:
        assert process.stderr
        signal.sigtimedwait([], 3.0)
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.0)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


LOCALES = [
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"PYTHONIOENCODING": "ascii:strict"},
]


@pytest.mark.slow
@pytest.mark.parametrize("locale", LOCALES, ids=range(len(LOCALES)))
@pytest.mark.parametrize("name", ["Zoë🐝.toml".encode(), b"\xff\x9b.toml"])
def test_pipes_are_utf_8_whatever_the_locale(locale: dict[str, str], name: bytes) -> None:
    script = (
        "import os, sys; from apps.cli.program import status; from apps.cli.commanding import say;"
        "name = os.fsdecode(eval(sys.argv[1]));"
        "code = status(['split', '--rules', name], name='sealform');"
        "say('Zo\\xeb\\U0001f41d'); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, repr(name)], cwd=ROOT, capture_output=True,
        env={"PATH": os.environ["PATH"], **locale},
    )  # fmt: skip

    assert done.returncode == 1
    assert "cannot be read" in done.stderr.decode("utf-8")
    assert b"Traceback" not in done.stderr
    assert done.stdout.decode("utf-8") == "Zoë🐝\n"


SPEAKS = """
import sys
from rich.table import Table
from apps.cli import commanding
from apps.cli.program import program, status

@program.command("speaks")
def speaks():
    table = Table("Zo\\xeb\\U0001f41d")
    table.add_row("\\u0395\\u03bb\\u03bb\\u03ac\\u03b4\\u03b1")
    commanding.show(table)
    commanding.say("Zo\\xeb\\U0001f41d")
    commanding.warn("Zo\\xeb\\U0001f41d")
    commanding.confirm("Zo\\xeb\\U0001f41d?", yes=False)

sys.exit(status(["speaks"], name="sealform"))
"""


@pytest.mark.slow
@pytest.mark.parametrize("locale", LOCALES, ids=range(len(LOCALES)))
def test_a_terminal_of_another_locale_gets_replacements(locale: dict[str, str]) -> None:
    """What the person types there may be no UTF-8, either."""
    screen, terminal = pty.openpty()
    os.write(screen, b"\xeb\ny\n")
    process = subprocess.Popen(
        [sys.executable, "-c", SPEAKS], cwd=ROOT, stdin=terminal, stdout=terminal, stderr=terminal,
        env={"PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "80", **locale},
    )  # fmt: skip
    os.close(terminal)
    seen = b""
    try:
        while chunk := os.read(screen, 65536):
            seen += chunk
    except OSError:  # how Linux says that nobody writes to a terminal any more
        pass
    finally:
        os.close(screen)

    assert process.wait(30) == 0, seen
    assert b"Traceback" not in seen
    assert seen.count(b"Zo") >= 4
    assert b"\\U0001f41d" in seen


FINALIZED = """
import os, signal, time
from apps.cli.ending import EndedBySignal, ended_cleanly

class Ended:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)  # here Python calls the handler, and drops what it raises

try:
    with ended_cleanly():
        Ended()
        time.sleep(30)
except EndedBySignal as error:
    print("ended", error.code.value)
"""


def test_a_signal_that_comes_in_a_finalizer_ends_the_program_all_the_same() -> None:
    ended = subprocess.run(
        [*ANY_SIGNAL, sys.executable, "-W", "error", "-c", FINALIZED],
        cwd=ROOT, capture_output=True, timeout=20, check=False,
    )  # fmt: skip
    assert (ended.stdout, ended.stderr) == (b"ended 143\n", b"")


@pytest.mark.slow
def test_an_output_that_is_full_is_said() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*PROGRAM, "extract", "--help"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE
        )

    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_a_crash_leaves_no_image_of_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda which, limit: limits.append((which, limit)))

    assert status(["--version"], name="sealform") == 0

    assert limits == [(resource.RLIMIT_CORE, (0, 0))]
