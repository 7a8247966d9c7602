"""Machines on which the commands and the Python of a document are run as they are typed.

What a document says for what only the run knows, is replaced in them:

| in the document | what is typed |
|---|---|
| `https://forms.example.org` | the address of the server of this run |
| `sfe_…` | a fresh enrolment token, for the `--name` on that line or for acme |
| `ACME_ID`, `MARKETING_ID` | the client id in that person's credentials file |
| `RECOVERY_CODE` | the code on the sheet that this person printed into `sheet.html` |
| `https://bao.example.org:8200` | where a block that readers do not see has started OpenBao |
| `FP` | the fingerprint of marketing on acme's machine, else of acme |
| `sealform-0.1.0-py3-none-any.whl` | the wheel that was built for this run |

Machines: `acme` and `marketing` (a folder each, with the installed client), `server` (a copy of
the checkout, with the settings of the server of this run) and `fresh` (a copy of the checkout
without any setting). On all of them `python`, which runs Python blocks with warnings as errors,
`pip` and `sealform` are those of a new environment, `bao` is the one of these tests,
`manage.py` is short for `.venv/bin/python manage.py`, `sudo` does nothing but run its command, and
these do what people do in a browser: `drafts OWNER` (an admin drafts the sign-up form) and `visits`
(somebody fills it in).
"""

import fcntl
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import termios
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from apps.client.credentials import read
from apps.envelope.keys import show_fingerprint
from tests.client.servers import Server
from tests.tools.documents import PYTHON, Block
from tests.tools.processes import ROOT

BAO, BAO_HERE = "https://bao.example.org:8200", "http://127.0.0.1:8278"
ADDRESS, TOKEN = "https://forms.example.org", re.compile(r"sfe_(?:…|\.\.\.)")
PEOPLE = ("acme", "marketing")
WHEEL = re.compile(r"(?<![\w/])(?:dist/)?sealform-[\w.-]+\.whl")
ROW = re.compile(r"(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}")
NAMED = re.compile(r"--name[ =](\S+)")
CHECKOUT = ("apps", "config", "static", "templates", "manage.py", "requirements.lock", ".ci")
TAKES_AT_MOST = 300.0
SERVES_WITHIN = 60.0
READS_WITHIN = 2.0


@dataclass
class Machine:
    """A folder, and an environment that lasts from one block to the next."""

    name: str
    folder: Path
    environment: dict[str, str]

    @property
    def kept(self) -> Path:
        return self.folder.with_name(f"{self.name}.kept")

    def script(self, text: str) -> list[str]:
        """A shell that stops at the first command that fails, and keeps what was exported."""
        kept = shlex.quote(str(self.kept))
        keep = f'{{ export -p; printf "cd %q\\n" "$PWD"; }} >{kept}'
        return ["bash", "-c", f"set -eu -o pipefail\n. {kept}\n{text}\n{keep}\n"]


def _type(keyboard: int, screen: int, lines: list[str], ended: threading.Event) -> None:
    """Type each line once the one before was read: what comes with a secret is thrown away."""
    for number, line in enumerate(lines):
        while number and not ended.wait(READS_WITHIN):
            waiting = fcntl.ioctl(screen, termios.FIONREAD, bytes(4))
            if not int.from_bytes(waiting, sys.byteorder):
                break
        ended.wait(number and READS_WITHIN / 4)  # until what is thrown away has been
        if ended.is_set():
            return
        os.write(keyboard, line.encode() + b"\n")


@dataclass
class Place:
    """All machines of a document; ``programs`` is where the client is installed."""

    folder: Path
    programs: Path
    wheel: Path
    server: Server
    machines: dict[str, Machine] = field(default_factory=dict)
    serving: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, block: Block, *, default: str) -> str:
        """Run a block; returns what it printed. Raises AssertionError if a command fails."""
        machine = self.machine(block.person or default)
        text = self.filled(block.text, machine.name)
        if block.language == PYTHON:
            text = f"python -W error -c {shlex.quote(text)}"
        command = machine.script(text)
        if block.serving:
            return self.serve(block, machine, command)
        keyboard, screen = pty.openpty()
        ended = threading.Event()
        lines = [self.filled(line, machine.name) for line in block.typed]
        typist = threading.Thread(target=_type, args=(keyboard, screen, lines, ended))
        typist.start()
        try:
            done = subprocess.run(
                command,
                cwd=machine.folder,
                env=machine.environment,
                stdin=screen,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=TAKES_AT_MOST,
            )
        finally:
            ended.set()
            typist.join()
            os.close(screen)
            os.close(keyboard)
        assert done.returncode == 0, f"{block} on {machine.name}:\n{block.text}\n{done.stdout}"
        return done.stdout

    def serve(self, block: Block, machine: Machine, command: list[str]) -> str:
        """Let a block run until the document ends, once it answers."""
        log = self.folder / f"{machine.name}.{len(self.serving)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=machine.folder, env=machine.environment, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        self.serving.append(process)
        deadline = time.monotonic() + SERVES_WITHIN
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx.get(block.serving)
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return log.read_text()
        raise AssertionError(f"{block} does not answer:\n{block.text}\n{log.read_text()}")

    def close(self) -> None:
        """End what still serves."""
        for process in self.serving:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(20)

    def machine(self, name: str) -> Machine:
        """The machine of that name, made when it is first needed."""
        if name not in self.machines:
            self.machines[name] = self._new_machine(name)
        return self.machines[name]

    def filled(self, text: str, person: str) -> str:
        """A text with what this person writes for what only the run knows."""
        text = text.replace(ADDRESS, self.server.url).replace(BAO, BAO_HERE)
        text = WHEEL.sub(str(self.wheel), text)
        text = "\n".join(map(self._with_tokens, text.split("\n")))
        other = "marketing" if person == "acme" else "acme"
        text = re.sub(r"\bRECOVERY_CODE\b", lambda _: self.recovery_code(person), text)
        for name, who, what in (
            ("ACME_ID", "acme", "id"),
            ("MARKETING_ID", "marketing", "id"),
            ("FP", other, "fingerprint"),
        ):
            used = re.compile(rf"(?<![\w$]){name}(?!\w)")
            if used.search(text):
                text = used.sub(self.known(who)[what], text)
        return text

    def recovery_code(self, person: str) -> str:
        """What stands on the sheet that somebody has printed."""
        sheet = (self.machine(person).folder / "sheet.html").read_text()
        return " ".join(ROW.findall(sheet.partition("<pre>")[2])[:4])

    def known(self, person: str) -> dict[str, str]:
        """The client id and fingerprint of somebody who has enrolled."""
        file = self.machine(person).folder / f"{person}.json"
        assert file.exists(), f"{person} has not enrolled so far"
        card = read(file).card
        return {"id": card.id, "fingerprint": show_fingerprint(card.fingerprint)}

    def _with_tokens(self, line: str) -> str:
        named = NAMED.search(line)
        name = named[1] if named else "acme"
        return TOKEN.sub(lambda _: "sfe_" + self.server.token(name), line)

    def _new_machine(self, name: str) -> Machine:
        folder = self.folder / name
        if name in PEOPLE:
            folder.mkdir()
            passphrase = self.folder / f"{name}.passphrase"
            passphrase.write_text("rely kilowatt endearing spyglass unwashed purse\n")
            passphrase.chmod(0o600)
        else:
            assert name in {"server", "fresh"}, name
            self._check_out(folder)
        machine = Machine(name, folder, self._environment(folder))
        if name == "server":
            machine.environment |= self.server.environment | {"PATH": machine.environment["PATH"]}
        if name in PEOPLE:
            machine.environment["SEALFORM_PASSPHRASE_FILE"] = str(passphrase)
        machine.kept.touch()
        return machine

    def _check_out(self, folder: Path) -> None:
        """Copy what runs a server; its environment is the one of these tests."""
        folder.mkdir()
        for name in CHECKOUT:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, folder / name, ignore=ignored)
            else:
                shutil.copy2(source, folder / name)
        (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)

    def _environment(self, folder: Path) -> dict[str, str]:
        here = {
            "HOME": str(folder),
            "PATH": f"{self._tools()}:{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "COLUMNS": "120",
            "LANG": "C.UTF-8",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        # Which packages may come from where is the machine's to say.
        return here | {name: value for name, value in os.environ.items() if name[:4] == "PIP_"}

    def _tools(self) -> Path:
        folder = self.folder / "tools"
        if not folder.exists():
            folder.mkdir()
            _program(folder / "manage.py", 'exec .venv/bin/python manage.py "$@"')
            _program(folder / "sudo", 'if [ "$1" = -u ]; then shift 2; fi; exec "$@"')
            bao = Path(sys.executable).with_name("bao")
            _program(folder / "bao", f'exec {shlex.quote(str(bao))} "$@"')
            settings = " ".join(
                f"{name}={shlex.quote(value)}" for name, value in self.server.environment.items()
            )
            for name in ("drafts", "visits"):
                _program(
                    folder / name,
                    f'words=$(printf "\'%s\'," {shlex.quote(self.server.url)} "$@")\n'
                    f"cd {shlex.quote(str(ROOT))}\nexport {settings}\n"
                    f"exec {shlex.quote(sys.executable)} manage.py shell -v0 -c "
                    f'"from tests.tools.stand_ins import {name}; {name}($words)"',
                )
        return folder


def _program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)
