"""Clients on machines of their own: no database, no secret of the server, keys in one place."""

import stat

import pytest

from apps.envelope.encoding import b64
from tests.end_to_end.house import House
from tests.end_to_end.machines import MANAGE

pytestmark = pytest.mark.browser  # not for one, but these tests share a house with those


def test_the_machine_really_has_no_database(house: House) -> None:
    """The positive control: a command that calls the server in this process finds none."""
    words = ("whoami", "--credentials", str(house.acme.credentials), "--api-url", "")

    assert house.acme.try_to(*words).code != 0
    assert house.acme.try_to(*words, program=MANAGE).code != 0
    assert "unable to open database file" in house.acme.try_to("migrate", program=MANAGE).err


def test_nothing_but_the_credentials_and_their_state_is_kept(house: House) -> None:
    house.mallory.run("whoami")
    folder = house.mallory.folder

    names = {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}

    assert names <= {"mallory.json", "mallory.json.state"}
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_address_can_be_named(house: House) -> None:
    credentials = ("--credentials", str(house.acme.credentials))

    there = house.acme.try_to("whoami", *credentials, "--api-url", house.server.url)
    nowhere = house.acme.try_to("whoami", *credentials, "--api-url", "http://127.0.0.1:1")

    assert there.code == 0, there.err
    assert nowhere.code == 5
    assert "does not answer" in nowhere.err


def test_a_private_key_is_never_shown_and_never_sent(house: House) -> None:
    """Not in what a command prints, not in the database or the log of the server."""
    keys = house.acme.opened
    seed, secret = b64(house.acme.keys.seed), str(keys.file.slots[0].params["secret"])
    shown = [house.acme.run("whoami"), house.acme.run("shares")]

    places = house.server.database.contents() | {"log": house.server.log.read_bytes()}

    assert secret in house.acme.credentials.read_text()
    for hidden in (seed, secret):
        assert all(hidden not in ran.out + ran.err for ran in shown)
        assert hidden.encode() not in b"".join(places.values())
    assert house.acme.keys.seed not in b"".join(places.values())
