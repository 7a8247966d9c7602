"""`extract --out`: no file is replaced by less, by something else, or in part."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.cli.commanding import Caller
from apps.cli.exit_codes import ExitCode
from apps.cli.record_files import SPREADSHEET
from apps.client import files
from apps.client.files import new_file, write_private
from tests.client.parties import Party, Signup, Tampering
from tests.tools.processes import ROOT
from tests.tools.selection import slow

FORMATS = ["csv", *slow("jsonl", "xlsx")]
Change = Callable[[Any], Any]


def extract(party: Party, path: Path, *words: str) -> tuple[int, str]:
    """Extract acme's accounts to a file; returns the exit code and what the error says."""
    try:
        call_command(
            "extract", "--type", "account", "--out", str(path), *words,
            "--credentials", str(party.path),
        )  # fmt: skip
    except CommandError as error:
        return error.returncode, str(error)
    return 0, ""


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Tampering:
    """Somebody between every command and the server."""
    tampering = Tampering()
    monkeypatch.setattr(Caller, "transport", lambda self, url: tampering)
    return tampering


def no_items(answer: Any) -> Any:
    return {**answer, "items": [], "more": False}


def one_item(answer: Any) -> Any:
    return {**answer, "items": answer["items"][:1], "more": False}


def spoiled(answer: Any) -> Any:
    """A page whose first record does not open."""
    record = answer["items"][0]["record"]
    record["fields"] = {name: value[:-4] + "AAAA" for name, value in record["fields"].items()}
    return answer


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("change", [no_items, one_item, spoiled], ids=lambda one: one.__name__)
def test_a_file_is_kept_when_less_comes(
    acme: Party, signup: Signup, between: Tampering, tmp_path: Path, format: str, change: Change
) -> None:
    signup.fill(), signup.fill()
    path = tmp_path / f"accounts.{format}"
    assert extract(acme, path) == (0, "")
    kept = path.read_bytes()
    between.on("GET /records", change)

    code, error = extract(acme, path)

    assert code == ExitCode.KEPT
    assert path.read_bytes() == kept
    assert f"{path} was kept as it was: " in error
    assert "of its records did not come this time" in error
    assert str(tmp_path / f"accounts.new.{format}") in error
    assert (tmp_path / f"accounts.new.{format}").exists()


@pytest.mark.parametrize("format", FORMATS)
def test_less_is_taken_by_who_says_so(
    acme: Party, signup: Signup, between: Tampering, tmp_path: Path, format: str
) -> None:
    signup.fill(), signup.fill()
    path = tmp_path / f"accounts.{format}"
    extract(acme, path)
    kept = path.read_bytes()
    between.on("GET /records", one_item)

    assert extract(acme, path, "--replace") == (0, "")

    assert path.read_bytes() != kept
    assert sorted(tmp_path.glob("*.*")) == [path]


@pytest.mark.parametrize("format", FORMATS)
def test_as_much_or_more_replaces_it(
    acme: Party, signup: Signup, tmp_path: Path, format: str
) -> None:
    signup.fill(comments="")
    path = tmp_path / f"accounts.{format}"

    for _ in range(2):
        assert extract(acme, path) == (0, "")
    signup.fill()
    assert extract(acme, path) == (0, "")

    assert not list(tmp_path.glob("*.new*"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("format", FORMATS)
def test_fewer_fields_of_the_same_records_are_less(
    acme: Party, marketing: Party, tmp_path: Path, format: str
) -> None:
    acme.client.write("account", {"name": "Ann", "zip": "97301"})
    acme.client.share("account", marketing.id, fingerprint=marketing.fingerprint)
    marketing.knows(acme)
    path = tmp_path / f"accounts.{format}"
    assert extract(marketing, path) == (0, "")
    acme.client.revoke("account", marketing.id)
    acme.client.share("account", marketing.id, columns=["name"])

    code, error = extract(marketing, path)

    assert code == ExitCode.KEPT
    assert "did not come this time" in error or "came with fewer fields" in error


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"name,zip\r\nAnn,97301\r\n", "it is not csv of `extract`"),
        (b'[source]\ntype = "account"\n', "it is not csv of `extract`"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "it is not csv of `extract`"),
        (b"\xff\xferecord.id", "it is not csv of `extract`"),
        (b"record.id,record.writer,record.stored,a\r\nx,y,z\r\n", "it is not csv of `extract`"),
    ],
)
def test_what_extract_did_not_write_is_kept(
    acme: Party, signup: Signup, tmp_path: Path, content: bytes, why: str
) -> None:
    signup.fill()
    path = tmp_path / "accounts.csv"
    path.write_bytes(content)

    code, error = extract(acme, path)

    assert (code, path.read_bytes()) == (ExitCode.KEPT, content)
    assert why in error


@pytest.mark.parametrize("format", ["jsonl", "xlsx", "table"])
def test_another_form_does_not_replace_it(
    acme: Party, signup: Signup, tmp_path: Path, format: str
) -> None:
    signup.fill()
    path = tmp_path / "accounts.csv"
    extract(acme, path)
    kept = path.read_bytes()

    code, _ = extract(acme, path, "--format", format)

    assert (code, path.read_bytes()) == (ExitCode.KEPT, kept)


@pytest.mark.slow
def test_what_stands_beside_it_is_not_lost_either(
    acme: Party, signup: Signup, between: Tampering, tmp_path: Path
) -> None:
    [id, *_] = [*signup.fill(), *signup.fill(), *signup.fill()]
    path = tmp_path / "accounts.jsonl"
    extract(acme, path)
    between.on("GET /records", one_item)
    for _ in range(2):  # the second run brings the same again: nothing new to keep
        assert extract(acme, path)[0] == ExitCode.KEPT
    between.on("GET /records", no_items)
    assert extract(acme, path)[0] == ExitCode.KEPT

    names = sorted(one.name for one in tmp_path.glob("*.jsonl"))

    assert names == ["accounts.jsonl", "accounts.new-2.jsonl", "accounts.new.jsonl"]
    assert id in (tmp_path / "accounts.jsonl").read_text()


def test_nine_files_beside_it_are_enough(acme: Party, signup: Signup, tmp_path: Path) -> None:
    signup.fill()
    path = tmp_path / "accounts.csv"
    for name in ("accounts.csv", "accounts.new.csv"):
        (tmp_path / name).write_text("mine")
    for number in range(2, 10):
        (tmp_path / f"accounts.new-{number}.csv").write_text("mine")

    code, error = extract(acme, path)

    assert code == ExitCode.KEPT
    assert "9 files like accounts.new-9.csv stand beside it" in error
    assert {one.read_text() for one in tmp_path.glob("*.csv")} == {"mine"}


def withheld(answer: Any) -> Any:
    return no_items(answer)


@pytest.mark.parametrize("command", ["extract", "split"])
def test_a_known_stream_whose_grants_do_not_come_is_an_error(
    acme: Party, signup: Signup, between: Tampering, tmp_path: Path, command: str
) -> None:
    signup.fill()
    between.on("GET /grants", withheld)
    (tmp_path / "rules.toml").write_text(
        '[source]\ntype = "account"\n[targets.contact]\nname = "fullname"\n'
    )
    words = {"extract": ("--type", "account"), "split": ("--rules", str(tmp_path / "rules.toml"))}

    ran = acme.run(command, *words[command], "--allow-empty")

    assert "serves no grant of generation 1 of account of form:" in ran.error
    assert ran.out == ""


@pytest.mark.slow
def test_a_key_of_the_newest_generation_that_is_withheld_is_an_error(
    acme: Party, marketing: Party, between: Tampering
) -> None:
    client = acme.client
    client.write("account", {"name": "Ann"})
    client.share("account", marketing.id, fingerprint=marketing.fingerprint)
    client.revoke("account", marketing.id)
    client.write("account", {"name": "Bea"})

    def first_only(answer: Any) -> Any:
        kept = [one for one in answer["items"] if json.loads(json.dumps(one))["grant"]["gen"] == 1]
        return {**answer, "items": kept}

    between.on("GET /grants", first_only)
    between.on("GET /records", one_item)

    ran = acme.run("extract", "--type", "account", "--format", "jsonl")

    assert f"no grant of generation 2 of account of {acme.id}" in ran.error


@pytest.mark.parametrize("name", ["acme.json", "acme.json.state", "link", "copy.json"])
def test_keys_and_memory_are_no_place_for_records(acme: Party, signup: Signup, name: str) -> None:
    signup.fill()
    (acme.path.parent / "link").symlink_to(acme.path)
    (acme.path.parent / "copy.json").write_bytes(acme.path.read_bytes())
    path = acme.path.parent / name
    kept = path.read_bytes()

    for words in ((), ("--replace",)):
        code, error = extract(acme, path, *words)

        assert (code, path.read_bytes()) == (ExitCode.FAILED, kept)
        assert "records do not go there" in error


def test_a_link_is_followed(acme: Party, signup: Signup, tmp_path: Path) -> None:
    signup.fill()
    (tmp_path / "data").mkdir()
    link = tmp_path / "latest.csv"
    link.symlink_to(tmp_path / "data" / "accounts.csv")

    for _ in range(2):
        assert extract(acme, link) == (0, "")

    assert link.is_symlink()
    assert [one.name for one in (tmp_path / "data").iterdir()] == ["accounts.csv"]


def test_a_pipe_is_written_to_and_not_replaced(acme: Party, signup: Signup, tmp_path: Path) -> None:
    [id] = signup.fill()
    path = tmp_path / "pipe"
    os.mkfifo(path)
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(path.read_text()))
    reader.start()

    assert extract(acme, path, "--format", "jsonl") == (0, "")

    reader.join(10)
    assert id in found[0]
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["/dev/stdout", "-", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_may_be_named(name: str, tmp_path: Path) -> None:
    script = (
        "from apps.cli.record_output import destination\n"
        f"with destination({name!r}, format='csv', replace=False) as place:\n"
        "    place.file.write('text')\n"
    )
    out = tmp_path / "out"
    with out.open("w") as file:
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=file, check=True)

    assert out.read_text() == "text"
    assert Path("/dev/stdout").exists()


def test_a_device_is_never_replaced(acme: Party, signup: Signup, tmp_path: Path) -> None:
    signup.fill()
    path = Path("/dev/null")
    if os.geteuid() == 0:  # who could replace the machine's own
        path = tmp_path / "null"
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))

    assert extract(acme, path, "--format", "csv") == (0, "")
    assert stat.S_ISCHR(path.stat().st_mode)


def test_what_is_read_only_stays(acme: Party, signup: Signup, tmp_path: Path) -> None:
    signup.fill()
    path = tmp_path / "accounts.csv"
    path.touch(0o400)

    assert extract(acme, path) == (
        ExitCode.FAILED,
        f"{path} is read-only\nhint: name another file, or make it writable",
    )


FULL = """
import resource, sys
from pathlib import Path
from apps.client.files import write_private
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_private(Path(sys.argv[1]), b"x" * 8192)
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.slow
def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_private(path, b"old")

    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], cwd=ROOT, capture_output=True, text=True
    )

    assert done.stdout == "File too large\n"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_said_with_the_name_of_the_file(
    acme: Party, signup: Signup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signup.fill()
    path = tmp_path / "accounts.csv"
    extract(acme, path)
    kept = path.read_bytes()

    def full(self: files.NewFile, path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.NewFile, "keep_as", full)

    assert extract(acme, path) == (
        ExitCode.FAILED, f"{path}: No space left on device; nothing was changed"
    )  # fmt: skip
    assert path.read_bytes() == kept
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["accounts.csv"]


def test_two_runs_at_once_keep_what_the_first_wrote(
    acme: Party, signup: Signup, between: Tampering, tmp_path: Path
) -> None:
    signup.fill()
    path = tmp_path / "accounts.jsonl"

    def meanwhile(answer: Any) -> Any:
        write_private(path, b'{"id":"another run"}\n')
        return answer

    between.on("GET /records", meanwhile)

    code, error = extract(acme, path)

    assert code == ExitCode.KEPT
    assert "another run has written it meanwhile" in error
    assert "another run" in path.read_text()
    assert (tmp_path / "accounts.new.jsonl").exists()


# --- What a run leaves that is ended --------------------------------------------------------

RUN = """
import os, sys, time
from pathlib import Path
from apps.client import files
if sys.argv[2] == "hidden":
    files.UNNAMED = 0
with files.new_file(Path(sys.argv[1])) as new:
    new.file.write(b"Ann Canary" * 10000)
    new.file.flush()
    print("written", flush=True)
    time.sleep(60)
"""


def killed(path: Path, way: str, number: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(path), way], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == b"written\n"
    process.send_signal(number)
    process.wait(10)
    process.stdout.close()


@pytest.mark.slow
def test_nothing_is_left_of_a_run_that_is_killed(tmp_path: Path) -> None:
    killed(tmp_path / "a.csv", "nameless", signal.SIGKILL)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_where_files_need_names_the_next_run_removes_what_a_killed_one_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    killed(path, "hidden", signal.SIGKILL)
    [left] = tmp_path.iterdir()
    assert stat.S_IMODE(left.stat().st_mode) == 0o600

    monkeypatch.setattr(files, "UNNAMED", 0)
    with new_file(path) as writing, new_file(path) as other:
        assert (writing.removed, other.removed) == ([left.name], [])
        assert len(list(tmp_path.iterdir())) == 2  # neither takes the other's for one that is left
        writing.file.write(b"new")
        writing.keep_as(path)

    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM])
def test_where_no_name_can_be_given_it_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refused(*words: object, **options: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(os, "link", refused)
    for content in (b"first", b"second" * 100_000):
        write_private(tmp_path / "a.json", content)

        assert (tmp_path / "a.json").read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600


SHEET = "xl/worksheets/sheet1.xml"
CELL = "<worksheet xmlns='{}'><row><c r='{}' t='s'><v>{}</v></c></row></worksheet>"


@pytest.mark.parametrize(
    ("cell", "number"), [("A1", "7"), ("A1", "x"), ("ZZZZZZZ1", "0"), ("1", "0"), ("", "0")]
)
def test_a_workbook_of_somebody_else_is_kept(
    acme: Party, signup: Signup, tmp_path: Path, cell: str, number: str
) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/sharedStrings.xml", "<sst/>")
        book.writestr(SHEET, CELL.format(SPREADSHEET.strip("{}"), cell, number))
    kept = path.read_bytes()

    code, error = extract(acme, path)

    assert (code, path.read_bytes()) == (ExitCode.KEPT, kept)
    assert "it is not xlsx of `extract`" in error


def test_a_hidden_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    for name in (".a.csv.lock", ".a.csv", "a.csv.part", ".b.csv.x.part"):
        (tmp_path / name).touch()

    with new_file(tmp_path / "a.csv") as new:
        assert new.removed == []

    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.slow
def test_a_csv_of_the_machine_is_read_as_it_was_written(
    acme: Party, signup: Signup, tmp_path: Path
) -> None:
    """A second run compares with what the first wrote, however odd the answers are."""
    signup.fill(comments='a,"b"\r\n\n;=1\n', fullname="\ufeffrecord.id")
    for words in ((), ("--separator", "semicolon"), ("--separator", "tab")):
        path = tmp_path / f"{len(words)}{words[-1:]}.csv"
        for _ in range(2):
            assert extract(acme, path, *words) == (0, "")
