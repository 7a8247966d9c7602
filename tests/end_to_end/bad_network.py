"""A network between browser and server that breaks where it hurts: one fault a submission."""

import random
import socket
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

PATIENCE = 20.0
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST, as a cut line does
SIGN_IN = "<h1>Sign in to this network</h1>"


class Fault(StrEnum):
    """What becomes of one submission."""

    NONE = "none"
    BEFORE = "cut before the server has anything"
    DURING = "cut while the server reads"
    AFTER = "stored, and cut before the answer"
    ANSWERING = "stored, and cut within the answer"
    SIGN_IN = "answered 200 by the network itself"
    BUSY = "answered 503 on the way"


@dataclass
class BadNetwork:
    """Forwards to ``port``; submissions suffer faults as long as it is not calm."""

    port: int
    chance: random.Random
    calm: bool = False
    always: Fault | None = None
    url: str = ""
    seen: Counter[Fault] = field(default_factory=Counter)

    def fault(self, head: bytes) -> Fault:
        """Choose what becomes of a request that begins like this."""
        if not head.startswith(b"POST ") or b"/submissions" not in head.split(b"\r\n")[0]:
            return Fault.NONE
        often_none = [Fault.NONE] * 4
        chosen = self.always or self.chance.choice([*Fault, *often_none])
        if self.calm:
            chosen = Fault.NONE
        self.seen[chosen] += 1
        return chosen


@contextmanager
def bad_network(port: int, *, seed: int) -> Iterator[BadNetwork]:
    network = BadNetwork(port, random.Random(seed))

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(PATIENCE)
            with suppress(OSError):
                pass_on(network, self.request)

    with Server(("127.0.0.1", 0), Handler) as server:
        network.url = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield network
        server.shutdown()


class Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 100


def pass_on(network: BadNetwork, browser: socket.socket) -> None:
    """Carry one request and its answer, as far as the fault lets them."""
    request = read_request(browser)
    fault = network.fault(request) if request else Fault.BEFORE
    if fault in (Fault.SIGN_IN, Fault.BUSY):
        browser.sendall(own_answer(fault, request))
    elif fault is Fault.BEFORE:
        cut(browser)
    else:
        with socket.create_connection(("127.0.0.1", network.port), PATIENCE) as server:
            forward(request, browser, server, fault)


def forward(request: bytes, browser: socket.socket, server: socket.socket, fault: Fault) -> None:
    if fault is Fault.DURING:
        server.sendall(request[: len(request) * 2 // 3])
        cut(server)
        return cut(browser)
    server.sendall(request)
    answer = read_all(server)
    if fault is Fault.NONE:
        return browser.sendall(answer)
    if fault is Fault.ANSWERING:
        browser.sendall(answer[: len(answer) // 2])
    cut(browser)


def read_request(browser: socket.socket) -> bytes:
    """One request with its whole body, asking for no second one on this connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := browser.recv(65536)):
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    lengths = [line for line in lines if line.lower().startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += browser.recv(65536)
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body


def read_all(server: socket.socket) -> bytes:
    return b"".join(iter(lambda: server.recv(65536), b""))


def own_answer(fault: Fault, request: bytes) -> bytes:
    """What a browser takes for the server's answer, allowed to be read from any page."""
    status = "200 OK" if fault is Fault.SIGN_IN else "503 Service Unavailable"
    head = f"HTTP/1.1 {status}\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: text/html\r\n"
    return f"{head}Content-Length: {len(SIGN_IN)}\r\nConnection: close\r\n\r\n{SIGN_IN}".encode()


def cut(end: socket.socket) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    end.close()
