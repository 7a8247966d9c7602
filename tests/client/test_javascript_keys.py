"""Keys that are made in a tab and those that the client in Python made: each opens the other's."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.client import Client, credentials, slots
from apps.client.acts import key_slots, server_copies
from apps.client.acts.server_copies import Copy
from apps.client.credentials import from_file
from apps.client.state import state_file
from apps.client.unlocking import Unlock
from apps.directory.enrolment import issue_token
from apps.envelope.codes import FETCH, read_code
from apps.envelope.encoding import b64, unb64
from apps.envelope.key_files import RECOVERY
from apps.envelope.keys import show_fingerprint
from tests.client.parties import Party, run
from tests.client.test_javascript_client import node

pytestmark = pytest.mark.slow

CODE = re.compile(r"(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}")
Call = tuple[str, dict[str, Any]]


@pytest.fixture
def url(live_server: LiveServer) -> str:
    return live_server.url.replace("localhost", "127.0.0.1")


def in_a_tab(url: str, *calls: Call) -> list[Any]:
    """What each act told in one tab."""
    found = node("../workspace/tab.js", {"url": url, "calls": calls})
    results: list[Any] = found["results"]
    assert not [one for one in results if isinstance(one, dict) and "error" in one], results
    assert not [one for one in found["told"] if one["event"] == "warning"]
    return results


@dataclass
class Made:
    """A key file that the command made, and what stands on paper."""

    path: Path
    words: str
    recovery: str
    fetch: str

    @property
    def memory(self) -> Path:
        return self.path.with_name(f"{self.path.name}.state")

    @property
    def look(self) -> Call:
        return "look", {"file": file_bytes(self.path), "state": file_bytes(self.memory)}


@pytest.fixture
def olga(url: str, tmp_path: Path) -> Made:
    token, _ = issue_token(name="olga")
    path, words, sheet = tmp_path / "olga.json", tmp_path / "words", tmp_path / "sheet.html"
    files = ("--out", str(path), "--words-file", str(words), "--sheet", str(sheet))
    ran = run("enroll", "--token", token, "--name", "olga", "--api-url", url, *files)
    assert ran.error == ""
    rows = re.findall(CODE, sheet.read_text().partition("<pre>")[2])
    return Made(path, words.read_text().strip(), " ".join(rows[:4]), " ".join(rows[4:8]))


def file_bytes(path: Path) -> dict[str, str]:
    return {"base64url": b64(path.read_bytes())}


def made_in_a_tab(url: str, *more: Call) -> tuple[list[Any], Any]:
    """What a new client in a tab writes down, and what further acts tell."""
    token, _ = issue_token(name="olga")
    begun, _, who, *told = in_a_tab(
        url,
        ("begin", {"token": token, "name": "olga"}),
        ("prove", {"passphrase": "@0.passphrase", "recovery": "@0.sheet.recovery"}),
        ("enroll", {}),
        *more,
    )
    return told, {**begun, "who": who}


def test_python_opens_and_uses_what_a_tab_made(url: str, tmp_path: Path) -> None:
    [download], olga = made_in_a_tab(url, ("download", {}))
    path = tmp_path / download["name"]
    for name, content in ((path.name, download["file"]), (f"{path.name}.state", download["state"])):
        (tmp_path / name).write_bytes(unb64(content))
        (tmp_path / name).chmod(0o600)

    with Client.from_file(path, passphrase=olga["passphrase"]) as client:
        me = client.whoami()
        [id] = client.write_many("contact", [{"name": "Ann Canary"}])
        assert client.read(id).data == {"name": "Ann Canary"}
    slot, proved = key_slots.verify(path, ["\n".join(olga["sheet"]["recovery"])])

    assert (me.id, me.server) == (olga["who"]["id"], url)
    assert olga["who"]["expires"] == me.expires
    assert (slot.kind, proved.file.serial) == (RECOVERY, 2)
    assert proved.file.is_recoverable


@pytest.mark.nightly
def test_python_restores_what_a_tab_left_with_the_server(url: str, tmp_path: Path) -> None:
    _, olga = made_in_a_tab(url)
    code = read_code(FETCH, " ".join(olga["sheet"]["fetch"]))

    copy: Copy = server_copies.fetch(
        client_id=olga["sheet"]["id"], code=code, api_url=url, transport=None
    )
    path, way = tmp_path / "restored.json", slots.plain()
    found = key_slots.restore(copy, [" ".join(olga["sheet"]["recovery"])], path=path, way=way)

    assert copy.has_memory
    assert found.secrets.unconfirmed
    assert state_file(found).load().serial == olga["sheet"]["serial"] == found.file.serial == 1


def test_a_tab_opens_and_changes_what_python_made(url: str, marketing: Party, olga: Made) -> None:
    opens = Unlock(olga.words)
    with Client(from_file(olga.path, opens)) as client:
        client.pin(marketing.id, marketing.fingerprint)
        server_copies.upload(client.session, from_file(olga.path, opens))
    before = from_file(olga.path, opens)
    passkey: dict[str, Any] = {
        "credential": {"base64url": b64(bytes(16))},
        "output": {"base64url": b64(bytes(32))},
        "label": "laptop",
        "salt": "@2.salt",
    }

    seen, who, _, download = in_a_tab(
        url, olga.look, ("unlock", {"passphrase": olga.words}), ("who", {}), ("download", {})
    )
    fetched, restored = in_a_tab(
        url,
        ("fetch", {"client": before.client_id, "code": olga.fetch}),
        ("unlock", {"recovery": olga.recovery}),
    )
    *_, changed = in_a_tab(
        url,
        olga.look,
        ("unlock", {"recovery": olga.recovery}),
        ("addPasskeyOptions", {}),
        ("addPasskey", passkey),
        ("download", {}),
    )

    assert seen["hasMemory"]
    assert (who["id"], who["serial"], who["unconfirmed"]) == (before.client_id, 1, False)
    assert unb64(download["file"]) == before.file.raw
    assert json.loads(unb64(download["state"])) == json.loads(olga.memory.read_bytes())
    assert (fetched["fetched"], fetched["hasMemory"]) == (True, True)
    assert (restored["serial"], restored["unconfirmed"], restored["memory"]) == (1, True, True)
    olga.path.write_bytes(unb64(changed["file"]))
    olga.memory.write_bytes(unb64(changed["state"]))
    after = from_file(olga.path, opens)
    assert [slot.kind for slot in after.file.slots] == ["passphrase", "recovery", "passkey"]
    assert (after.file.serial, state_file(after).load().serial) == (2, 2)
    assert state_file(after).load().pins == state_file(before).load().pins
    assert credentials.enrolled(after) == credentials.enrolled(before)


@pytest.mark.nightly
def test_a_tab_opens_keys_that_were_rotated(url: str, olga: Made, tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.write_text(olga.recovery)
    code.chmod(0o600)
    before = from_file(olga.path, Unlock(olga.words))
    named = ("--credentials", str(olga.path), "--code-file", str(code))
    assert run("keys", "rotate", "--yes", *named).error == ""

    _, opened, who = in_a_tab(url, olga.look, ("unlock", {"passphrase": olga.words}), ("who", {}))

    assert opened["id"] == before.client_id
    assert opened["fingerprint"] != show_fingerprint(before.card.fingerprint)
    assert not opened["unconfirmed"]
    assert who == opened | {"expires": who["expires"]}
