"""`keys add` with a real key service: with the service away nothing is lost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.client import credentials, slots
from apps.client.acts import key_slots
from apps.client.credentials import Credentials
from apps.client.errors import KeyServiceAway, KeyServiceError
from apps.client.unlocking import Unlock
from apps.envelope.encoding import dump_json
from apps.envelope.keys import ClientKeys
from tests.client.parties import Ran, run
from tests.client.protection import NOBODY
from tests.tools.key_services import OpenBaoServer, open_bao

pytestmark = pytest.mark.slow

ID = "f989507e-88c3-433a-a142-7c19e63314a0"
RULES = """
path "transit/encrypt/acme" { capabilities = ["update"] }
path "transit/decrypt/acme" { capabilities = ["update"] }
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBaoServer]:
    with open_bao(tmp_path_factory.mktemp("openbao")) as server:
        yield server


@pytest.fixture
def _reached(
    server: OpenBaoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> OpenBaoServer:
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text(server.token("sealform", RULES))
    monkeypatch.setenv("BAO_ADDR", server.url)
    monkeypatch.setenv("SEALFORM_OPENBAO_TOKEN_FILE", str(token))
    return server


@pytest.fixture
def file(tmp_path: Path, _reached: OpenBaoServer) -> Credentials:
    made = credentials.new(
        id=ID, keys=ClientKeys.generate(), name="acme", path=tmp_path / "acme.json",
        api_url="https://forms.example.org", slots=[slots.plain("machine").slot],
    )  # fmt: skip
    credentials.write(made.path, made.file)
    return made


def keys(command: str, file: Credentials, *words: str) -> Ran:
    return run("keys", command, *words, "--credentials", str(file.path))


@pytest.fixture
def held(file: Credentials) -> Credentials:
    """A file that OpenBao alone opens."""
    added = keys("add", file, "openbao:transit/acme", "--label", "bao")
    removed = keys("remove", file, "machine", "--yes")
    assert (added.error, removed.error) == ("", "")
    return file


def test_the_service_opens_the_file(held: Credentials) -> None:
    found = credentials.from_file(held.path, NOBODY)

    assert found.secrets == held.secrets
    assert [slot.kind for slot in found.file.slots] == ["openbao"]
    assert found.file.slots[0].label == "bao"


def test_with_the_service_away_it_says_so_and_nothing_is_lost(
    held: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = held.path.read_bytes()
    monkeypatch.setenv("BAO_ADDR", "http://127.0.0.1:1")

    with pytest.raises(KeyServiceAway, match="OpenBao is away") as away:
        credentials.from_file(held.path, NOBODY)
    ran = keys("add", held, "plain", "--label", "other")

    assert "run this again" in away.value.hint
    assert (ran.code, held.path.read_bytes()) == (5, before)
    assert "OpenBao is away" in ran.error


def test_another_way_opens_the_file_while_the_service_is_away(
    file: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys("add", file, "openbao:transit/acme")
    monkeypatch.setenv("BAO_ADDR", "http://127.0.0.1:1")

    assert credentials.from_file(file.path, NOBODY).secrets == file.secrets


def test_a_machine_that_is_not_set_up_for_it_is_told_how(
    held: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BAO_ADDR")

    with pytest.raises(KeyServiceError, match="BAO_ADDR is not set"):
        credentials.from_file(held.path, NOBODY)


@pytest.mark.usefixtures("_reached")
def test_a_slot_of_another_client_opens_nothing(held: Credentials, tmp_path: Path) -> None:
    """Both are wrapped by one key of the service: the context tells them apart."""
    other = credentials.new(
        id="0f8fad5b-d9cb-469f-a165-70867728950e", keys=ClientKeys.generate(), name="mallory",
        path=tmp_path / "mallory.json", api_url="", slots=[slots.plain("machine").slot],
    )  # fmt: skip
    credentials.write(other.path, other.file)
    key_slots.add(other.path, NOBODY, slots.by_service("openbao:transit/acme", other.client_id))
    wire = json.loads(other.path.read_text())
    mine = credentials.read(held.path)
    wire["slots"][1]["params"] = dict(mine.slots[0].params)
    wire["slots"] = wire["slots"][1:]
    other.path.write_bytes(dump_json(wire))

    with pytest.raises(KeyServiceError, match="OpenBao refuses"):
        credentials.from_file(other.path, NOBODY)


def test_a_service_that_is_none_is_refused(file: Credentials) -> None:
    before = file.path.read_bytes()

    for name in ("vault:transit/acme", "openbao:", "openbao", "password"):
        assert "this names no key in a key service" in keys("add", file, name).error
    assert file.path.read_bytes() == before


def test_somebody_who_is_asked_may_open_it_otherwise(
    file: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = slots.passphrase("the cat sat on my keyboard", generated=False)
    key_slots.add(file.path, NOBODY, words)
    keys("add", file, "openbao:transit/acme", "--label", "bao")
    keys("remove", file, "machine", "--yes")
    monkeypatch.setenv("BAO_ADDR", "http://127.0.0.1:1")

    found = credentials.from_file(file.path, Unlock(ask=lambda _: "the cat sat on my keyboard"))

    assert found.secrets == file.secrets
