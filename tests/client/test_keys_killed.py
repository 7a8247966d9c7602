"""`keys`, killed at any moment: the file before or the file after is there, and nothing is lost."""

import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.cli.program import status
from apps.client import credentials, slots
from apps.client.acts import key_slots
from apps.client.acts.server_copies import read_copy
from apps.client.credentials import Credentials
from apps.client.errors import CredentialsError
from apps.client.state import state_file
from apps.client.unlocking import Unlock
from apps.envelope.codes import show_code
from apps.envelope.errors import EnvelopeError
from apps.envelope.key_files import open_signer
from apps.envelope.keys import ClientKeys
from apps.envelope.passphrases import LEAST_MEMORY, LEAST_PASSES, Cost
from tests.client.protection import opened
from tests.client.servers import Server, serving

ID = "f989507e-88c3-433a-a142-7c19e63314a0"
ROW = re.compile(r"(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}")
KILLS = 8
MOST_TRIES = 8  # for a kill that comes in time
WORDS = "rely kilowatt endearing spyglass unwashed purse"


class Drawer:
    """A machine with a key file, and the papers that were printed for it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "acme.json"
        paper = slots.recovery()
        made = credentials.new(
            id=ID, keys=ClientKeys.generate(), name="acme", path=self.path, api_url="",
            slots=[slots.plain("machine").slot], recovery=paper,
        )  # fmt: skip
        credentials.write(self.path, made.file)
        with state_file(made).change() as known:
            known.serial = made.file.serial
        self.seed = made.keys.seed
        self.sheets = 0
        self.codes = [" ".join(paper.code)]
        self.file("words", WORDS)

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def printed(self) -> list[str]:
        """All codes that stand on paper: also one whose command was killed after printing."""
        for sheet in sorted(self.folder.glob("sheet-*.html")):
            code = " ".join(ROW.findall(sheet.read_text().partition("<pre>")[2])[:4])
            self.codes = [*dict.fromkeys([*self.codes, code])]
        return self.codes

    def working(self) -> str:
        """The code that opens the file as it is."""
        file = credentials.read(self.path)
        for code in reversed(self.printed()):
            try:
                slot, secret = key_slots.by_recovery(file, [code])
                open_signer(file, slot, secret)
            except (CredentialsError, EnvelopeError):
                continue
            return code
        raise AssertionError("no paper opens the key file any more")

    def is_done(self, name: str) -> bool:
        """Whether a command has nothing left to do, and says so: its way is there, or gone."""
        labels = {slot.label for slot in credentials.read(self.path).slots}
        said = {"add": "other" in labels, "add passphrase": "words" in labels}
        return {**said, "remove": "other" not in labels}.get(name, False)

    def command(self, name: str) -> list[str]:
        code = ("--code-file", self.file("code", self.working()))
        self.sheets += name == "recovery"
        words = {
            "add": ["add", "plain", "--label", "other"],
            "add passphrase": ["add", "passphrase", "--label", "words", "--new-passphrase-file",
                               str(self.folder / "words")],
            "remove": ["remove", "other", "--yes"],
            "passphrase": ["passphrase", "--new-passphrase-file", str(self.folder / "words")],
            "recovery": ["recovery", "--sheet", str(self.folder / f"sheet-{self.sheets}.html"),
                         *code],
            "verify": ["verify", *code],
            "restore": ["restore", "--from", str(self.path), "--out",
                        str(self.folder / "restored.json"), "--plain", *code],
            "confirm": ["confirm", "--serial", str(credentials.read(self.path).serial)],
        }  # fmt: skip
        if name == "restore":
            (self.folder / "restored.json").unlink(missing_ok=True)
            return ["keys", *words[name]]
        return ["keys", *words[name], "--credentials", str(self.path)]


NAMES = (
    "add", "remove", "add passphrase", "passphrase", "recovery", "verify", "restore", "confirm",
)  # fmt: skip


def silently(act: Callable[[], int]) -> int:
    """Run something in a process of its own, whose number is returned."""
    if pid := os.fork():
        return pid
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        code = act()
    except BaseException:  # nothing of the test goes on here
        code = 99
    os._exit(code)


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.slow
def test_a_key_file_survives_kill_9_at_any_moment(
    tmp_path: Path, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, drawer = random.Random(), Drawer(tmp_path)
    wanted = max(KILLS, kills * 3 // 10)
    takes = {name: timed(drawer, name) for name in NAMES}
    seen: Counter[str] = Counter()
    for number in range(wanted * MOST_TRIES):
        name = NAMES[number % len(NAMES)]
        words = drawer.command(name)
        pid = silently(lambda words=words: status(words, name="sealform"))  # type: ignore[misc]
        time.sleep(chance.uniform(0, takes[name]))
        os.kill(pid, signal.SIGKILL)
        seen["killed" if ended(pid) == -signal.SIGKILL else "ended before"] += 1

        whole(drawer)
        done = drawer.is_done(name)
        again = ended(silently(lambda n=name: status(drawer.command(n), name="sealform")))  # type: ignore[misc]
        assert again == int(done), f"{name} run again ends with {again}, done before: {done}"
        assert opened(drawer.path).keys.seed == drawer.seed
        tidy(drawer)
        if seen["killed"] == wanted:
            break
    assert seen["killed"] == wanted, f"too few of these were killed in time: {seen}"
    left = [one.name for one in tmp_path.iterdir() if one.name.endswith(".part")]
    assert left == []
    with capsys.disabled():
        print(f"\n`keys` killed {seen['killed']} times: no key file lost")


def timed(drawer: Drawer, name: str) -> float:
    begun = time.monotonic()
    code = ended(silently(lambda: status(drawer.command(name), name="sealform")))
    assert code == 0, name
    tidy(drawer)
    return time.monotonic() - begun


def whole(drawer: Drawer) -> Credentials:
    """The file opens with what opened it, and with one of the papers."""
    found = opened(drawer.path)
    assert found.keys.seed == drawer.seed
    drawer.working()
    restored = drawer.folder / "restored.json"
    if restored.exists():
        back = opened(restored)
        assert back.keys.seed == drawer.seed
        assert back.secrets.unconfirmed
        assert state_file(back).load().unconfirmed
        assert back.file.serial <= found.file.serial
    return found


def tidy(drawer: Drawer) -> None:
    """Leave only what each round begins with, so that the file does not grow."""
    found = opened(drawer.path)
    kept = [slot for slot in found.file.slots if slot.label not in {"words", "passphrase"}]
    if len(kept) != len(found.file.slots):
        found.saved(slots=kept)


# --- What talks to a server ---------------------------------------------------------------

UPLOADS = 5
"""Rounds of one client: the server takes a dozen copies a day."""
CHEAP = Cost(LEAST_MEMORY, LEAST_PASSES)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), log=subprocess.DEVNULL) as server:
        yield server


class Enrolling:
    """A machine on which somebody enrols, and leaves copies at the server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.path, self.copy = folder / "acme.json", folder / "copy.json"
        self.words = self.file("words", WORDS)
        self.token = f"sfe_{server.token('acme')}"

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def protected(self) -> None:
        """Let the words open the file, and nothing else: so it may leave."""
        way = slots.passphrase(WORDS, generated=True, label="words", cost=CHEAP)
        key_slots.add(self.path, Unlock(), way)
        key_slots.remove(self.path, Unlock(WORDS), "this machine")
        found = credentials.from_file(self.path, Unlock(WORDS))
        self.id, self.serial = found.client_id, found.file.serial
        self.code = self.file("fetch", " ".join(show_code("fetch", found.secrets.fetch)))

    def command(self, name: str) -> list[str]:
        url = ("--api-url", self.server.url)
        if name == "enroll":
            token = ("--token", self.token, "--name", "acme", "--out", str(self.path))
            return ["enroll", *token, "--plain", "--without-recovery", *url]
        if name == "upload":
            opens = ("--passphrase-file", self.words)
            return ["keys", "upload", "--credentials", str(self.path), *opens]
        return ["keys", "fetch", self.id, "--out", str(self.copy), "--fetch-code-file", self.code,
                *url]  # fmt: skip

    def run(self, name: str) -> int:
        return ended(silently(lambda: status(self.command(name), name="sealform")))

    def killed(self, name: str, after: float) -> bool:
        pid = silently(lambda: status(self.command(name), name="sealform"))
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
        return ended(pid) == -signal.SIGKILL


@pytest.mark.slow
def test_what_talks_to_a_server_survives_kill_9_at_any_moment(
    server: Server, tmp_path: Path, kills: int
) -> None:
    chance, seen = random.Random(), Counter[str]()
    for round in range(max(2, kills // 20)):
        folder = tmp_path / str(round)
        folder.mkdir()
        machine = Enrolling(server, folder)
        seen["killed"] += machine.killed("enroll", chance.uniform(0, 0.3))
        assert machine.run("enroll") == 0
        found = opened(machine.path)
        assert state_file(found).load().vouches
        assert (found.file.serial, found.api_key is not None) == (1, True)
        machine.protected()
        for _ in range(UPLOADS):
            seen["killed"] += machine.killed("upload", chance.uniform(0, 0.3))
            assert machine.run("upload") == 0
            machine.copy.unlink(missing_ok=True)
            seen["killed"] += machine.killed("fetch", chance.uniform(0, 0.3))
            if machine.copy.exists():
                assert read_copy(machine.copy).file.serial == machine.serial
                machine.copy.unlink()
            assert machine.run("fetch") == 0
            assert read_copy(machine.copy).file.raw == machine.path.read_bytes().strip()
    assert seen["killed"]
    assert not list(tmp_path.rglob("*.part"))
