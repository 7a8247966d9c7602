"""acme owns, marketing and clinic read, mallory must be refused; each has a folder."""

from pathlib import Path

import pytest

from tests.client.parties import Party, Signup, enrolled
from tests.tools.remembered import once


@pytest.fixture(autouse=True)
def _no_credentials_of_this_machine(monkeypatch: pytest.MonkeyPatch, in_process: None) -> None:
    for name in ("CREDENTIALS", "STATE", "PASSPHRASE_FILE", "ALLOW_HTTP"):
        monkeypatch.delenv(f"SEALFORM_{name}", raising=False)
    monkeypatch.setenv("COLUMNS", "100")


def _party(name: str, folder: Path) -> Party:
    (folder / name).mkdir()
    once(f"{name}'s machine", lambda: bool(enrolled(name, folder / name)), folder=folder / name)
    return Party(name, folder / name / f"{name}.json")


@pytest.fixture
def acme(db: None, tmp_path: Path) -> Party:
    return _party("acme", tmp_path)


@pytest.fixture
def marketing(db: None, tmp_path: Path) -> Party:
    return _party("marketing", tmp_path)


@pytest.fixture
def clinic(db: None, tmp_path: Path) -> Party:
    return _party("clinic", tmp_path)


@pytest.fixture
def mallory(db: None, tmp_path: Path) -> Party:
    return _party("mallory", tmp_path)


@pytest.fixture
def signup(acme: Party) -> Signup:
    """acme's sign-up form, published."""
    form = once("signup", lambda: Signup.published(acme).form, folder=acme.path.parent)
    return Signup(acme, form)
