"""A real server process with a database of its own, and a gate that can withhold its answers."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from tests.client.protection import WITHOUT_ASKING
from tests.tools.processes import ROOT

# What a client's machine has: no database that works, no secret of the server.
FAR_AWAY = {
    "PATH": os.environ["PATH"],
    "SEALFORM_ENV_FILE": "",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "COLUMNS": "120",
}
STARTS_WITHIN = 30.0
MANAGE = ("manage.py",)
# What `sealform` runs: the same functions without Django, which takes half the time of a command.
SEALFORM = ("-c", "from apps.cli.program import main; main()")


def draft_in(shown: str) -> str:
    """What `publish` says that names the draft."""
    [draft] = re.findall(r"^  draft ([0-9a-f]{32})$", shown, re.MULTILINE)
    return str(draft)


@dataclass
class Server:
    """A server, its address, and what its admin does on its own machine."""

    url: str
    environment: dict[str, str]

    def admin(self, *words: str) -> str:
        """Run a command of the server's."""
        return _checked(["manage.py", *words], self.environment)

    def token(self, name: str) -> str:
        return self.admin("create_enrolment_token", "--name", name).split("sfe_")[1].split()[0]

    def draft(self, owner: str) -> None:
        """Draft the sign-up form for a client."""
        self.admin(
            "shell",
            "-c",
            "from apps.directory.models import Client;"
            "from apps.intake.drafting.sample_form import create_signup_form;"
            f"create_signup_form(owner=Client.objects.get(id='{owner}'))",
        )

    def count(self, model: str) -> int:
        """How many rows a model has."""
        script = f"from {model.rsplit('.', 1)[0]} import {model.rsplit('.', 1)[1]} as M;"
        return int(self.admin("shell", "-v0", "-c", script + "print(M.objects.count())"))


def _checked(words: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def serving(folder: Path, database: str = "", *, log: int | None = None) -> Iterator[Server]:
    """Start gunicorn on a new database, a file unless its URL is given, and stop it.

    ``log`` is where its log goes, as for ``subprocess``: to our own standard error unless given.
    """
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "SEALFORM_ENV_FILE": "",
        "DATABASE_URL": database or f"sqlite:///{folder}/db.sqlite3",
        "SECRET_KEY": "only for this server" * 3,
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "False",
        "SUBMISSION_RATE": "1000/min",
    }
    _checked(["manage.py", "migrate", "-v0"], environment)
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"]
    process = subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}", "config.wsgi"],
        cwd=ROOT,
        env=environment,
        stderr=log,
    )
    try:
        server = Server(f"http://127.0.0.1:{port}", environment)
        _wait_for(server.url)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/api/v1/me")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")


@dataclass
class Machine:
    """A client's machine: a folder, and no way to the database."""

    folder: Path
    url: str
    program: tuple[str, ...] = MANAGE

    def command(self, command: str, *words: str) -> list[str]:
        return [sys.executable, "-W", "error", *self.program, command, *words]

    def start(self, command: str, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(command, *words),
            cwd=ROOT,
            env=FAR_AWAY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        process = self.start(command, *words)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def enroll(self, name: str, token: str) -> "Enrolled":
        path = self.folder / f"{name}.json"
        words = ("--token", f"sfe_{token}", "--name", name, "--out", str(path), *WITHOUT_ASKING)
        ran = self.run("enroll", *words, "--api-url", self.url)
        assert ran.returncode == 0, ran.stderr
        return Enrolled(self, path)


@dataclass
class Enrolled:
    """A client on its machine."""

    machine: Machine
    path: Path

    @property
    def id(self) -> str:
        id: str = json.loads(self.path.read_text())["id"]
        return id

    @property
    def fingerprint(self) -> str:
        return self("whoami").stdout.split("fingerprint")[1].split()[0]

    def publish(self, form: str) -> subprocess.CompletedProcess[str]:
        """Publish a draft that this client has read."""
        draft = draft_in(self("publish", form, "--dry-run").stdout)
        return self("publish", form, "--without-recovery", "--draft", draft)

    def __call__(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        return self.machine.run(command, *words, "--credentials", str(self.path))


class Gate(ThreadingHTTPServer):
    """Passes requests on to a server; of those it is ``closed_for`` it keeps the answer."""

    daemon_threads = True

    def __init__(self, server: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind = server
        self.closed_for = ""
        self.kept = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def kill_at(self, request: str, process: Callable[[], subprocess.Popen[str]]) -> None:
        """Start a process, and kill it when the server has answered a request, like GET /me."""
        self.closed_for = request
        self.kept.clear()
        started = process()
        assert self.kept.wait(30)
        started.kill()
        started.communicate()
        self.closed_for = ""


class _Passing(BaseHTTPRequestHandler):
    server: Gate

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        gate = self.server
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        names = ("authorization", "content-type", "accept")
        headers = {name: self.headers[name] for name in names if self.headers[name]}
        answer = httpx.request(self.command, gate.behind + self.path, content=body, headers=headers)
        if gate.closed_for == f"{self.command} {self.path.removeprefix('/api/v1')}":
            gate.kept.set()
            return
        self.send_response(answer.status_code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
