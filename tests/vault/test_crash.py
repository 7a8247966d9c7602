"""What the server has acknowledged outlives it: kill -9 loses nothing.

A real server in a process group of its own, with several workers on one SQLite file as a
small installation has it; several writers, and a reader who polls.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from apps.envelope.encoding import b64
from apps.envelope.grants import seal_grant
from apps.envelope.keys import ClientKeys, akid, make_card
from apps.envelope.records import new_access_key, seal_record
from apps.envelope.tokens import API_SECRET, new_token, token_digest
from tests.people import API
from tests.tools.processes import ROOT, python
from tests.tools.selection import nightly

pytestmark = pytest.mark.slow

STARTS_WITHIN = 20.0
SECONDS = 2.0
SECONDS_OF_MANY = 0.5
PARTS = 8


@contextmanager
def server(environment: dict[str, str]) -> Iterator[tuple[httpx.Client, "subprocess.Popen[bytes]"]]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"),
            *("-b", f"127.0.0.1:{port}", "config.wsgi"),
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment},
        start_new_session=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}{API}") as http:
            _wait_for(http)
            yield http, process
    finally:
        _kill(process)


def _wait_for(http: httpx.Client) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            http.get("/me")
            return
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """kill -9 for the server and its workers, which are alone in their process group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a new installation has."""
    environment = {
        "SEALFORM_ENV_FILE": "",
        "SECRET_KEY": "only-for-tests-" + 4 * "0123456789",
        "DATABASE_URL": f"sqlite:///{tmp_path}/forms.sqlite3",
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "False",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = python("manage.py", "migrate", "-v0", **environment)
    assert done.returncode == 0, done.stderr
    return environment


class Acme:
    """A client with one type, over the network."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.keys, self.access_key = ClientKeys.generate(), new_access_key()
        self.card = make_card(keys=self.keys, id=str(uuid4()), name="acme")
        self.key_id, self.secret = str(uuid4()), new_token(API_SECRET)
        self.auth = httpx.BasicAuth(self.key_id, self.secret)
        done = python("manage.py", "create_enrolment_token", "--name", "acme", **environment)
        self.token = done.stdout.split()[0]

    def enrol(self, http: httpx.Client) -> None:
        """Enrol, and open the type contact."""
        key = {"id": self.key_id, "digest": b64(token_digest(self.secret))}
        body = {"token": self.token, "card": self.card.to_wire(), "api_key": key}
        http.post("/enrolments", json=body).raise_for_status()
        grant = seal_grant(
            granter=self.keys,
            reader=self.card,
            writer=self.card.id,
            type="contact",
            gen=1,
            akid=akid(self.access_key),
            keys={"*": self.access_key},
        )
        grants = {"grants": [grant.to_wire()]}
        http.post("/grants", json=grants, auth=self.auth).raise_for_status()

    def write_until_it_dies(self, base_url: httpx.URL) -> list[str]:
        """Write one record after the other; return the ids that were acknowledged."""
        acknowledged: list[str] = []
        with httpx.Client(base_url=base_url, auth=self.auth) as http:
            while True:
                record = seal_record(
                    keys=self.keys,
                    writer=self.card.id,
                    id=str(uuid4()),
                    type="contact",
                    rev=1,
                    access_key=self.access_key,
                    values={"name": "Ann"},
                )
                try:
                    response = http.post("/records", json={"records": [record.to_wire()]})
                except httpx.TransportError:
                    return acknowledged
                assert response.status_code == 200, response.text  # no "database is locked"
                acknowledged.append(record.id)

    def read(self, http: httpx.Client, after: str = "") -> tuple[list[str], str]:
        """Return the ids of all that comes after a cursor, and the cursor after that."""
        seen: list[str] = []
        while True:
            query = {"writer": self.card.id, "type": "contact"} | (
                {"after": after} if after else {}
            )
            page = http.get("/records", params=query, auth=self.auth).raise_for_status().json()
            seen += [item["record"]["id"] for item in page["items"]]
            after = page["next"]
            if not page["more"]:
                return seen, after


def lane(id: str) -> str:
    return id[0]


# A thousand kills take half an hour: in parts, that two workers share them.
@pytest.mark.parametrize("part", [1, *nightly(*range(2, PARTS + 1))])
def test_what_was_acknowledged_outlives_kill_9(
    environment: dict[str, str], kills: int, part: int
) -> None:
    acme, polled, cursor, acknowledged = Acme(environment), list[str](), "", list[str]()

    for number in range(max(1, kills // PARTS)):
        # The server goes first whatever fails, or writers would write for ever.
        with ThreadPoolExecutor(3) as pool, server(environment) as (http, process):
            if number == 0:
                acme.enrol(http)
            writers = [pool.submit(acme.write_until_it_dies, http.base_url) for _ in range(3)]
            end = time.monotonic() + (SECONDS if kills == 1 else SECONDS_OF_MANY)
            while time.monotonic() < end:
                seen, cursor = acme.read(http, cursor)
                polled += seen
            _kill(process)
            acknowledged += [id for writer in writers for id in writer.result()]

    with server(environment) as (http, _):
        rest, _ = acme.read(http, cursor)
        stored, _ = acme.read(http)

    assert len(acknowledged) > 10
    assert set(acknowledged) <= set(stored)
    # Whoever polled missed nothing and got nothing twice, each lane in its order.
    assert sorted(polled + rest, key=lane) == stored
