"""What connections that do nothing, or drip, cost everybody else.

    python -m tests.benchmarks.slow_connections [--connections 200] [--requests 100] [--rounds 3]

The documented command serves a new SQLite database. A client asks for one page of its records, by
its API key, again and again on a new connection each; first alone, then beside so many connections
that send nothing and as many that drip one byte of a request a second: half of these
a header that never ends, half a body. The ratio is of the times that one in twenty took longer
than (p95); the median of the rounds' ratios is printed beside the target. Then it waits for the
server to end all of them, and prints how long that took beside what docs/operations.md says.
"""

import argparse
import os
import select
import socket
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from subprocess import DEVNULL
from threading import Event, Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from apps.client import Client
from apps.client.credentials import Credentials
from tests.client.protection import enrol_trusted
from tests.client.servers import Server, serving

TARGET = 3.0
RECORDS = 50
HEADER = b"GET /api/v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (
    b"POST /api/v1/enrolments HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
)


class Slow(NamedTuple):
    """Connections that wait, and those of them that drip."""

    idle: list[socket.socket]
    dripping: list[socket.socket]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--connections", type=int, default=200, help="of each kind (200)")
    parser.add_argument("--requests", type=int, default=100, help="a round (100)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-end", action="store_true", help="do not wait until they are ended")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), log=DEVNULL) as server:
        credentials = client_with_records(server, Path(folder))
        ratios = []
        for _ in range(options.rounds):
            alone = p95(server, credentials, options.requests)
            with slow_connections(server, options.connections) as slow:
                beside = p95(server, credentials, options.requests)
                ratios.append(beside / alone)
                print(f"  p95 alone {1000 * alone:.1f} ms, beside them {1000 * beside:.1f} ms")
                if len(ratios) == options.rounds and not options.no_end:
                    ended = seconds_until_all_ended(slow)
        count = 2 * options.connections
        print(f"{count} slow connections: ratio {median(ratios):.2f} (at most {TARGET})")
        if not options.no_end:
            print(f"all were ended within {ended:.0f} s of the last one's start (said: 90 s)")


def client_with_records(server: Server, folder: Path, records: int = RECORDS) -> Credentials:
    """Enrol acme, and write some records of one type."""
    token = f"sfe_{server.token('acme')}"
    path = folder / "acme.json"
    enrolled = enrol_trusted(token=token, name="acme", path=path, api_url=server.url)
    with Client(enrolled.credentials) as client:
        for number in range(records):
            client.write("contact", {"name": f"visitor {number}"})
    return enrolled.credentials


def p95(server: Server, credentials: Credentials, requests: int) -> float:
    """Ask for the page so many times; return the seconds that one in twenty took longer than."""
    path = f"/api/v1/records?writer={credentials.client_id}&type=contact"
    assert credentials.api_key
    pair = f"{credentials.api_key.id}:{credentials.api_key.secret}".encode()
    headers = {"Authorization": f"Basic {b64encode(pair).decode()}"}
    times = []
    for _ in range(requests):
        begun = time.monotonic()
        connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.status == 200, answer.status
        times.append(time.monotonic() - begun)
    return quantiles(times, n=20)[-1]


@contextmanager
def slow_connections(server: Server, count: int) -> Iterator[Slow]:
    """Hold so many connections of each kind; a thread lets the dripping ones drip."""
    address = urlsplit(server.url)
    where = (address.hostname or "", address.port or 0)
    slow = Slow([], [])
    done = Event()
    try:
        for number in range(count):
            slow.idle.append(socket.create_connection(where))
            dripping = socket.create_connection(where)
            dripping.sendall(HEADER if number % 2 else BODY)
            slow.dripping.append(dripping)
        thread = Thread(target=_drip, args=(slow.dripping, done))
        thread.start()
        yield slow
        done.set()
        thread.join()
    finally:
        done.set()
        for one in [*slow.idle, *slow.dripping]:
            one.close()


def _drip(connections: Sequence[socket.socket], done: Event) -> None:
    """Send one byte a second on each, spread over the second as strangers would."""
    while not done.is_set():
        for one in connections:
            with suppress(OSError):  # ended by the server, which is what it should do
                one.send(b"a")
            if done.wait(1 / len(connections)):
                return


def seconds_until_all_ended(slow: Slow, patience: float = 120) -> float:
    """Wait until the server has ended every connection; return how long that took."""
    begun = time.monotonic()
    living = {one.fileno(): one for one in [*slow.idle, *slow.dripping]}
    while living and time.monotonic() < begun + patience:
        poll = select.poll()
        for number in living:
            poll.register(number, select.POLLIN)
        for number, _ in poll.poll(1000):
            try:
                ended = not living[number].recv(65536)
            except OSError:
                ended = True
            if ended:
                del living[number]
    assert not living, f"{len(living)} connections were not ended"
    return time.monotonic() - begun


if __name__ == "__main__":
    os.environ.setdefault("SEALFORM_ENV_FILE", "")
    main(sys.argv[1:])
