"""The throwaway PostgreSQL starts from either source, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = [sys.executable, "-m", "tests.tools.postgres", "--"]
ASK = """
import os, psycopg, sys
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("SHOW data_directory").fetchone()[0], flush=True)
sys.exit(7)
"""

pytestmark = pytest.mark.slow


def has_system_postgres() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.mark.parametrize("source", ["system", "wheel"])
def test_it_runs_the_command_on_a_new_server_and_returns_its_exit_code(source: str) -> None:
    if source == "system" and not has_system_postgres():
        pytest.skip("this system has no PostgreSQL of its own")
    environment = os.environ | {"SEALFORM_TEST_POSTGRES": source}

    done = subprocess.run(
        [*MODULE, sys.executable, "-c", ASK],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 7, done.stderr
    assert not Path(done.stdout.strip()).exists()


def test_it_stops_the_server_and_the_command_when_it_is_stopped(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    command = f"{ASK.replace('sys.exit(7)', '')}\nimport time\n"
    command += f"open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    wrapper = subprocess.Popen(
        [*MODULE, sys.executable, "-c", command], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)

    wrapper.send_signal(signal.SIGTERM)
    output, _ = wrapper.communicate(timeout=30)

    assert wrapper.returncode == 128 + signal.SIGTERM
    assert not Path(f"/proc/{mark.read_text()}").exists()
    assert output.strip()
    assert not Path(output.strip()).exists()
