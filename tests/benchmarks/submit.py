"""What taking a submission costs, beside a plain view that validates and inserts the same bytes.

    python -m tests.benchmarks.submit [--submissions 100] [--rounds 7] [--no-http]

Ten fields, 4 kB, one type. Both go through their whole stack: our settings and views; and, for
``tests/benchmarks/plain``, Django's seven default middlewares, a CreateAPIView and a
ModelSerializer. Processor time of this process through Django's test client, in turn; the
ratio is the median of the rounds' ratios. Each submission comes from another address, as visitors
do, and says its origin, as browsers do.

Then submissions a second over HTTP on loopback, client included, with 1, 2 and 4 workers of
gunicorn as config/gunicorn.py has them. Everything is printed and nothing judged: the machine may
be busy. Without DATABASE_URL it runs on a new SQLite file and on a throwaway PostgreSQL; with one
it leaves its tables and records there.
"""

import argparse
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple
from uuid import uuid4

import django

FOLDER = tempfile.TemporaryDirectory(prefix="sealform-submit-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "tests.benchmarks.plain.settings",
    "SEALFORM_ENV_FILE": "",
    "SECRET_KEY": "only for a benchmark, and for nothing that lasts longer: 0123456789",
    "ALLOWED_HOSTS": "testserver,127.0.0.1",
    "HTTPS": "False",
    "TRUSTED_PROXIES": "1",
    "LOG_LEVEL": "ERROR",
}
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.test.utils import CaptureQueriesContext, override_settings  # noqa: E402

from apps.client import Client  # noqa: E402
from apps.client.acts import publishing  # noqa: E402
from apps.directory.enrolment import issue_token  # noqa: E402
from apps.directory.models import Client as Enrolled  # noqa: E402
from apps.envelope.manifests import Manifest  # noqa: E402
from apps.envelope.submissions import dump_submission, seal_submission  # noqa: E402
from apps.intake.drafting.sample_form import SIGNUP, create_signup_form  # noqa: E402
from config import inprocess  # noqa: E402
from tests.benchmarks.plain.settings import SEVEN_MIDDLEWARES  # noqa: E402
from tests.client.protection import enrol_trusted  # noqa: E402
from tests.tools.postgres import throwaway_server  # noqa: E402

TARGET = 0.6
ANSWERS = {name: f"{label} of a visitor" for name, _, label, _, _ in SIGNUP}
ORIGIN = "https://forms.example.org"
WORKERS = (1, 2, 4)
VISITORS = 8  # at once, over HTTP
STARTS_WITHIN = 120.0
ANSWERS_WITHIN = 120.0

Send = Callable[[bytes], None]


class Way(NamedTuple):
    """One way to store a submission: where it is sent, as whom, and what its body looks like."""

    browser: Browser
    path: str
    wrap: Callable[[bytes], bytes]


class Rate(NamedTuple):
    """Over HTTP: submissions a second, and what one in twenty took longer than, in ms."""

    a_second: float
    p95: float


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=100, help="a round (100)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-http", action="store_true", help="processor time alone")
    options = parser.parse_args(arguments)
    if "DATABASE_URL" in os.environ:
        measure(submissions=options.submissions, rounds=options.rounds, http=not options.no_http)
        return
    for url in _databases():
        command = [sys.executable, "-m", "tests.benchmarks.submit", *arguments]
        subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=True)


def _databases() -> Iterator[str]:
    yield f"sqlite:///{FOLDER.name}/db.sqlite3"
    with throwaway_server() as url:
        yield url


def measure(*, submissions: int, rounds: int, http: bool) -> None:
    """Set up a form, time all ways in turn, and print what came out."""
    call_command("migrate", verbosity=0)
    call_command("migrate", "plain", run_syncdb=True, verbosity=0)
    manifest = published()
    ways = three_ways(manifest)
    bodies = iter(lambda: sealed(manifest), b"")
    for way in ways.values():
        spend(way, [next(bodies) for _ in range(5)])  # caches are warm, as they are on a server
    queries = count_queries(ways["ours"], next(bodies))
    gc.collect()
    gc.freeze()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            sent = [next(bodies) for _ in range(submissions)]
            times[name].append(spend(way, sent) / submissions)
    print(f"{connection.vendor}, ten fields, {len(next(bodies)):,} bytes, {queries} queries")
    for name in ways:
        print(f"  {name:6} {1000 * median(times[name]):6.2f} ms of processor time a submission")
    print(f"  ratio with a JSONField   {ratio(times, 'json'):.2f} (at least {TARGET})")
    print(f"  ratio with a BinaryField {ratio(times, 'bytes'):.2f} (not judged)")
    for workers in WORKERS if http else ():
        rate = over_http(manifest, [next(bodies) for _ in range(submissions * 3)], workers)
        print(f"  {workers} workers: {rate.a_second:5.0f} submissions/s, p95 {rate.p95:.0f} ms")


def ratio(times: dict[str, list[float]], plain: str) -> float:
    """The median of the rounds' ratios: how fast ours is, measured in plain views."""
    return median(p / ours for p, ours in zip(times[plain], times["ours"], strict=True))


def published() -> Manifest:
    """Enrol acme and publish its sign-up form."""
    token, _ = issue_token(name="acme")
    path = Path(FOLDER.name) / f"{uuid4()}.json"
    server = inprocess.transport()
    credentials = enrol_trusted(token=token, name="acme", path=path, transport=server).credentials
    client = Client(credentials, transport=server)
    create_signup_form(owner=Enrolled.objects.get(id=client.id))
    plan = publishing.prepare(client.session, "signup")
    return publishing.publish(client.session, plan, agreed=plan.draft)


def sealed(manifest: Manifest) -> bytes:
    """What a visitor's browser posts."""
    return dump_submission(seal_submission(manifest, ANSWERS)[0])


def three_ways(manifest: Manifest) -> dict[str, Way]:
    """Ours and both plain ones, each behind its own middlewares."""

    def wrapped(body: bytes) -> bytes:
        head = json.dumps({"id": str(uuid4()), "form": manifest.form})
        return head[:-1].encode() + b',"body":' + body + b"}"

    ours, plain = Browser(), Browser()
    ours.get("/api/v1/nothing")
    with override_settings(MIDDLEWARE=SEVEN_MIDDLEWARES):
        plain.get("/plain/json")
    return {
        "ours": Way(ours, f"/api/v1/forms/{manifest.form}/submissions", lambda body: body),
        "json": Way(plain, "/plain/json", wrapped),
        "bytes": Way(plain, "/plain/bytes", wrapped),
    }


_visitor = count()


def address() -> str:
    """Another visitor's each time."""
    number = next(_visitor)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def spend(way: Way, bodies: Sequence[bytes]) -> float:
    """Send all, and return the seconds of processor time that this took."""
    requests = [(way.wrap(body), address()) for body in bodies]
    before = time.process_time()
    answers = [post(way, body, visitor) for body, visitor in requests]
    after = time.process_time()
    assert {answer.status_code for answer in answers} == {201}
    return after - before


def post(way: Way, body: bytes, visitor: str) -> Any:
    headers = {"origin": ORIGIN, "x-forwarded-for": visitor}
    return way.browser.post(way.path, body, content_type="application/json", headers=headers)


def count_queries(way: Way, body: bytes) -> int:
    with CaptureQueriesContext(connection) as queries:
        post(way, body, address())
    return sum(query["sql"] not in ("BEGIN", "BEGIN IMMEDIATE", "COMMIT") for query in queries)


# --- Over HTTP ----------------------------------------------------------------------------


def over_http(manifest: Manifest, bodies: Sequence[bytes], workers: int) -> Rate:
    """Send all to a server of so many workers, eight visitors at once."""
    path = f"/api/v1/forms/{manifest.form}/submissions"

    def send(body: bytes) -> float:
        begun = time.monotonic()
        visit = HTTPConnection("127.0.0.1", port, timeout=ANSWERS_WITHIN)
        headers = {"Content-Type": "application/json", "Origin": ORIGIN}
        visit.request("POST", path, body, headers | {"X-Forwarded-For": address()})
        answer = visit.getresponse()
        answer.read()
        visit.close()
        assert answer.status == 201, answer.status
        return time.monotonic() - begun

    with serving(workers) as port, ThreadPoolExecutor(VISITORS) as visitors:
        list(visitors.map(send, bodies[: 2 * VISITORS]))
        begun = time.monotonic()
        seconds = list(visitors.map(send, bodies[2 * VISITORS :]))
        took = time.monotonic() - begun
    return Rate(len(seconds) / took, 1000 * quantiles(seconds, n=20)[-1])


@contextmanager
def serving(workers: int) -> Iterator[int]:
    """Yield the port of gunicorn on loopback."""
    log = Path(FOLDER.name) / "gunicorn.log"
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"]
    command += ["--bind", "127.0.0.1:0", "--workers", str(workers)]
    command += ["--log-level", "info", "--timeout", f"{STARTS_WITHIN:.0f}", "config.wsgi"]
    with log.open("wb") as stderr:
        server = subprocess.Popen(command, stderr=stderr, env=os.environ)
    try:
        yield _port(server, log, workers)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(STARTS_WITHIN)


def _port(server: "subprocess.Popen[bytes]", log: Path, workers: int) -> int:
    """Wait until all workers have started, and read where they listen."""
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        lines = log.read_text().splitlines()
        listening = [line for line in lines if "Listening at: " in line]
        if listening and sum("Booting worker" in line for line in lines) >= workers:
            return int(listening[0].split("127.0.0.1:")[1].split(" ")[0])
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")


if __name__ == "__main__":
    main(sys.argv[1:])
