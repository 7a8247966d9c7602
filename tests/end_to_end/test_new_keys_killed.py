"""`keys rotate` and the server under it, killed at any moment: it is gone on with."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.client.protection import opened
from tests.end_to_end.machines import SEALFORM, Machine
from tests.end_to_end.servers import Server, serving
from tests.end_to_end.test_new_keys import typed_from
from tests.tools.processes import ROOT

# Killed at each step it is in tests/client/test_rotate_killed.py, in a hundredth of the time.
pytestmark = [pytest.mark.slow, pytest.mark.nightly]

ROUNDS = 7
"""Of one client, whose keys can be rotated sixteen times: a run may be done before it is killed."""
EXTRACT = ("extract", "--type", "note", "--format", "jsonl")
SCRIPT = """
import sys
from apps.client.client import Client
client = Client.from_file(sys.argv[1])
client.write("note", {"name": sys.argv[2]})
"""


class Pair:
    """acme, whose keys are rotated over and over, and reader, who follows."""

    def __init__(self, server: Server, folder: Path) -> None:
        names = [f"acme {folder.name}", f"reader {folder.name}"]
        self.acme, self.reader = (Machine(name, folder / name, server.url) for name in names)
        tokens = server.tokens(names)
        for machine, token in zip((self.acme, self.reader), tokens, strict=True):
            machine.folder.mkdir(parents=True)
            machine.enroll(token, sheet=True)
        self.written: list[str] = []
        self.write()
        self.acme.share("note", self.reader)
        self.reader.extract("note", of=self.acme)

    def write(self) -> None:
        """One more record, by a program of acme's own."""
        self.written.append(f"note {len(self.written)}")
        words = [sys.executable, "-c", SCRIPT, str(self.acme.credentials), self.written[-1]]
        subprocess.run(words, cwd=ROOT, check=True, env={"PATH": os.environ["PATH"]})

    def rotate(self) -> "subprocess.Popen[bytes]":
        """Begin, as somebody does who types the code."""
        words = ["keys", "rotate", "--yes", "--code-file", str(typed_from(self.acme))]
        return subprocess.Popen(
            [sys.executable, *SEALFORM, *words],
            cwd=self.acme.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "SEALFORM_CREDENTIALS": str(self.acme.credentials),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def whole(self) -> None:
        """Both read all that was ever written, and what is written now."""
        self.write()
        for machine in (self.acme, self.reader):
            found = [one["name"] for one in machine.run(*EXTRACT).data]
            assert sorted(found) == sorted(self.written)


def test_it_is_gone_on_with(tmp_path: Path, kills: int, capsys: pytest.CaptureFixture[str]) -> None:
    chance, seen = random.Random(), Counter[str]()
    with serving(tmp_path) as server:
        for number in range(max(1, kills // 200)):
            pair = Pair(server, tmp_path / str(number))
            begun = time.monotonic()
            assert pair.rotate().wait() == 0
            takes = time.monotonic() - begun
            for _ in range(ROUNDS if kills > 1 else 2):
                ran = pair.rotate()
                time.sleep(chance.uniform(0.3, 1) * takes)
                if chance.random() < 0.5:
                    server.kill()
                    seen["server"] += 1
                else:
                    ran.send_signal(signal.SIGKILL)
                    seen["keys rotate"] += 1
                ran.wait()
                server.start_if_down()

                assert len(opened(pair.acme.credentials).secrets.seeds) >= 2
                assert pair.rotate().wait() == 0
                pair.whole()
    with capsys.disabled():
        print(f"\nkilled under a rotation: {dict(seen)}; each was gone on with")
    assert not list(tmp_path.rglob("*.part"))
