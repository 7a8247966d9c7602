"""Clients on machines without a database or a secret; and what survives `kill -9` there."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from apps.demo.samples import RULES
from apps.envelope.manifests import parse_manifest
from apps.envelope.submissions import dump_submission, seal_submission
from tests.client.parties import ANN
from tests.client.protection import WITHOUT_ASKING
from tests.client.servers import FAR_AWAY, SEALFORM, Enrolled, Gate, Machine, Server, serving
from tests.tools.processes import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def machine(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("clients"), server.url)


@pytest.fixture(scope="module")
def acme(server: Server, machine: Machine) -> Enrolled:
    """acme with its published form, which Ann has filled three times."""
    acme = machine.enroll("acme", server.token("acme"))
    server.draft(acme.id)
    published = acme.publish("signup")
    assert published.returncode == 0, published.stderr
    assert f"{server.url}/f/signup/" in published.stdout
    form = published.stdout.split('data-sealform="')[1].split('"')[0]
    address = f"{server.url}/api/v1/forms/{form}"
    manifest = parse_manifest(httpx.get(f"{address}/manifest").json()["manifest"].encode())
    for name in ("Ann", "Bea", "Cleo"):
        records, _ = seal_submission(manifest, {**ANN, "fullname": name})
        answer = httpx.post(
            f"{address}/submissions",
            content=dump_submission(records),
            headers={"content-type": "application/json"},
        )
        assert answer.status_code == 201, answer.text
    return acme


def read(client: Enrolled, type: str, *words: str) -> list[dict[str, str]]:
    ran = client("extract", "--type", type, "--format", "jsonl", *words)
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line)["data"] for line in ran.stdout.splitlines()]


@pytest.mark.nightly  # as tests/end_to_end/test_story.py tells it with visitors in browsers
def test_the_whole_story(server: Server, machine: Machine, acme: Enrolled) -> None:
    installed = Machine(machine.folder, machine.url, SEALFORM)
    marketing = installed.enroll("marketing", server.token("marketing"))
    mallory = installed.enroll("mallory", server.token("mallory"))
    rules = machine.folder / "rules.toml"
    rules.write_text(RULES)

    assert {data["fullname"] for data in read(acme, "account")} == {"Ann", "Bea", "Cleo"}
    split = acme("split", "--rules", str(rules))
    assert split.returncode == 0, split.stderr
    pin = ("--fingerprint", marketing.fingerprint)
    share = acme("share", "contact", "--with", marketing.id, *pin)
    assert share.returncode == 0, share.stderr

    acmes = ("--writer", acme.id, "--fingerprint", acme.fingerprint)
    assert {data["name"] for data in read(marketing, "contact", *acmes)} == {"Ann", "Bea", "Cleo"}
    assert read(marketing, "health", "--allow-empty") == []
    assert read(mallory, "contact", *acmes, "--allow-empty") == []

    revoked = acme("revoke", "contact", "--from", marketing.id, "--yes")
    assert revoked.returncode == 0, revoked.stderr
    assert read(marketing, "contact", "--allow-empty") == []


def test_errors_are_two_lines_and_an_exit_code(machine: Machine, acme: Enrolled) -> None:
    ran = acme("share", "contact", "--with", acme.id)

    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert ran.stderr.startswith("error: that is this client itself")

    gone = machine.run("whoami", "--credentials", str(acme.path), "--api-url", "http://127.0.0.1:1")
    assert gone.returncode == 5
    assert "does not answer" in gone.stderr
    assert "Traceback" not in gone.stderr


def test_enroll_survives_kill_9(server: Server, machine: Machine) -> None:
    before = server.count("apps.directory.models.Client")
    path = machine.folder / "killed.json"
    words = ["--token", f"sfe_{server.token('killed')}", "--name", "killed", "--out", str(path)]
    words += WITHOUT_ASKING
    with Gate(server.url) as gate:
        machine = Machine(machine.folder, gate.url, SEALFORM)
        words += ["--api-url", gate.url]
        gate.kill_at("POST /enrolments", lambda: machine.start("enroll", *words))
        unfinished = machine.run("whoami", "--credentials", str(path))

        again = machine.run("enroll", *words)
        works = machine.run("whoami", "--credentials", str(path))

    assert "was not completed" in unfinished.stderr
    assert again.returncode == 0, again.stderr
    assert works.returncode == 0, works.stderr
    assert server.count("apps.directory.models.Client") == before + 1


def test_split_survives_kill_9(server: Server, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[source]\ntype="a"\n[targets.b]\nx="x"\n[targets.c]\ny="y"\n')
    with Gate(server.url) as gate:
        killed = Machine(tmp_path, gate.url, SEALFORM).enroll("killed", server.token("killed"))
        twenty_records(killed)
        words = ("--rules", str(rules), "--credentials", str(killed.path))
        for request in ("POST /grants", "POST /records", "POST /records/lookup"):
            gate.kill_at(request, lambda: killed.machine.start("split", *words))

        again = killed("split", "--rules", str(rules))
        found = {type: read(killed, type) for type in ("b", "c")}

    assert again.returncode == 0, again.stderr
    assert sorted(int(data["x"]) for data in found["b"]) == list(range(20))
    assert sorted(int(data["y"]) for data in found["c"]) == list(range(20))


def twenty_records(client: Enrolled) -> None:
    script = (
        "from apps.client import Client;"
        f"Client.from_file('{client.path}').write_many("
        "'a', [{'x': str(n), 'y': str(n)} for n in range(20)])"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=FAR_AWAY, check=True)
