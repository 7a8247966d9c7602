"""A real server: gunicorn processes over a database of their own, told to log all they can."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.end_to_end.databases import Database, new_database
from tests.tools.processes import ROOT

STARTS_WITHIN = 30.0
STOPS_WITHIN = 20.0

# More than we ever write: what stays secret here stays secret there.
TALKATIVE = ["--log-level", "debug", "--access-logfile", "-"]
APPLICATION = "tests.end_to_end.talkative:application"

# All answers are sensitive, as they are unless an owner says otherwise: what an ordinary one
# leaves in a browser is test_canaries_waiting.py's question.
DRAFT = """
from apps.directory.models import Client
from apps.intake.drafting.sample_form import create_signup_form
form = create_signup_form(owner=Client.objects.get(name="acme"))
form.origins = {origins!r}
form.save()
form.fields.update(sensitive=True, autocomplete="")
print("form", form.id)
"""

TOKENS = """
from apps.directory.enrolment import issue_token
for name in {names!r}:
    print(issue_token(name=name)[0])
"""


@dataclass
class Server:
    """One server on one port, which can be stopped, killed and started again."""

    folder: Path
    port: int
    database: Database
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "SEALFORM_ENV_FILE": "",
            "SECRET_KEY": "only for this test " * 3,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "HTTPS": "False",
            "LOG_LEVEL": "DEBUG",
            "DATABASE_URL": self.database.url,
            "STATIC_ROOT": str(self.folder / "static"),
            "SUBMISSION_RATE": "1000/min",
        }

    def manage(self, *words: str) -> str:
        """Run a command of the server's own, on its machine."""
        command = [sys.executable, "-W", "error", "manage.py", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def token(self, name: str) -> str:
        """Issue an enrolment token."""
        return self.manage("create_enrolment_token", "--name", name).split()[0]

    def tokens(self, names: Sequence[str]) -> list[str]:
        """Issue a token for each, in one process: starting one takes longer than all they do."""
        return self.manage("shell", "-v0", "-c", TOKENS.format(names=list(names))).split()

    def draft_signup(self, origins: list[str]) -> str:
        """Draft acme's sign-up form, which these sites may embed; returns its id."""
        script = DRAFT.format(origins=origins)
        return self.manage("shell", "-v0", "-c", script).split()[-1]

    def start(self) -> None:
        """Serve, and return once it answers."""
        command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"]
        command += ["-b", f"127.0.0.1:{self.port}", *TALKATIVE, APPLICATION]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that kill() reaches the workers too
            )
        wait_for(self.url, self.process)

    def start_if_down(self) -> None:
        """Start again what an earlier test stopped."""
        if self.process is None:
            self.start()

    def stop(self) -> None:
        """Stop as an operator would."""
        if self.process:
            self.process.terminate()
            self.process.wait(STOPS_WITHIN)
            self.process = None

    def kill(self) -> None:
        """End the server and its workers at once, as ``kill -9`` does."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOPS_WITHIN)
        self.process = None


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{url}/f/nothing/")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start: see its log")


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server with a new database in a folder of its own, its static files collected."""
    with new_database(folder) as database:
        server = Server(folder, free_port(), database)
        server.manage("migrate", "--verbosity", "0")
        server.manage("collectstatic", "--no-input", "--verbosity", "0")
        server.start()
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
