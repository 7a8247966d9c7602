"""Credentials: from a file that only its owner reads, or from the environment."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.client.credentials import ApiKey, Credentials, from_env, from_file, public_key
from apps.client.errors import CredentialsError
from apps.envelope.keys import ClientKeys
from apps.envelope.tokens import API_SECRET, SEED, new_token, show_token

ID = "f989507e-88c3-433a-a142-7c19e63314a0"
KEY_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def kept(tmp_path: Path) -> Credentials:
    made = Credentials(
        client_id=ID,
        keys=ClientKeys(bytes(32)),
        api_key=ApiKey(KEY_ID, new_token(API_SECRET)),
        api_url="https://forms.example.org",
        name="acme",
        path=tmp_path / "acme.json",
    )
    made.save()
    return made


@pytest.fixture
def variables(kept: Credentials) -> dict[str, str]:
    assert kept.api_key
    return {
        "SEALFORM_CLIENT_ID": ID,
        "SEALFORM_API_KEY_ID": KEY_ID,
        "SEALFORM_API_SECRET": kept.api_key.secret,
        "SEALFORM_PUBLIC_KEY": public_key(kept.keys),
        "SEALFORM_PRIVATE_KEY": show_token(SEED, kept.keys.seed),
        "SEALFORM_API_URL": "https://forms.example.org",
    }


def path_of(kept: Credentials) -> Path:
    assert kept.path
    return kept.path


def test_what_is_saved_is_read_again(kept: Credentials) -> None:
    found = from_file(path_of(kept))

    assert found.keys.seed == kept.keys.seed
    assert (found.client_id, found.api_key, found.api_url) == (ID, kept.api_key, kept.api_url)
    assert found.card.fingerprint == kept.card.fingerprint
    assert from_file(path_of(kept), api_url="").api_url == ""


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_file_that_others_can_read_is_refused(kept: Credentials, mode: int) -> None:
    path_of(kept).chmod(mode)

    with pytest.raises(CredentialsError, match="can be read by other users") as caught:
        from_file(path_of(kept))
    assert caught.value.hint == f"chmod 600 {kept.path}"


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="cannot be read: No such file"):
        from_file(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    "change",
    [
        {"v": "sealform/2"},
        {"extra": 1},
        {"client_id": "acme"},
        {"private_key": show_token(SEED, bytes(31) + b"\1")},
        {"private_key": show_token(API_SECRET, bytes(32))},
        {"public_key": "AAAA"},
        {"api_key": {"id": KEY_ID, "secret": "guess"}},
        {"name": "a\nb"},
        {"pending": {"token": "x"}},
    ],
)
def test_a_file_that_does_not_fit_together_is_refused(
    kept: Credentials, change: dict[str, Any]
) -> None:
    path = path_of(kept)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    with pytest.raises(CredentialsError) as caught:
        from_file(path)
    assert show_token(SEED, kept.keys.seed)[4:40] not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "what"), [("", "is empty"), ("notes", "is not what `enroll` wrote$"), ("{}", "wrote")]
)
def test_a_file_that_is_something_else_is_said(kept: Credentials, text: str, what: str) -> None:
    path_of(kept).write_text(text)

    with pytest.raises(CredentialsError, match=what) as caught:
        from_file(path_of(kept))
    assert "restore your backup" in caught.value.hint


def test_without_any_credentials_it_says_how_to_name_them() -> None:
    with pytest.raises(CredentialsError, match=r"^no credentials: pass --credentials") as caught:
        from_env({})
    assert "SEALFORM_PRIVATE_KEY" in caught.value.hint


def test_the_environment_names_the_same(kept: Credentials, variables: dict[str, str]) -> None:
    found = from_env(variables)

    assert found.card.fingerprint == kept.card.fingerprint
    assert (found.api_key, found.api_url, found.path) == (kept.api_key, kept.api_url, None)


def test_each_variable_may_name_a_file(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "seed").write_text(variables.pop("SEALFORM_PRIVATE_KEY") + "\n")
    variables["SEALFORM_PRIVATE_KEY_FILE"] = str(tmp_path / "seed")

    assert from_env(variables).client_id == ID

    (tmp_path / "seed").unlink()
    with pytest.raises(CredentialsError, match="SEALFORM_PRIVATE_KEY_FILE names cannot be read"):
        from_env(variables)


def test_a_variable_that_is_missing_is_named(variables: dict[str, str]) -> None:
    del variables["SEALFORM_API_SECRET"]

    with pytest.raises(CredentialsError, match="SEALFORM_API_SECRET is not set"):
        from_env(variables)


def test_keys_that_do_not_belong_together_are_refused(variables: dict[str, str]) -> None:
    variables["SEALFORM_PUBLIC_KEY"] = public_key(ClientKeys(bytes(31) + b"\1"))

    with pytest.raises(CredentialsError, match="does not belong to the private key"):
        from_env(variables)


def test_no_secret_is_shown_by_accident(kept: Credentials) -> None:
    assert kept.api_key
    shown = repr(kept) + repr(from_file(path_of(kept)))

    assert kept.api_key.secret not in shown
    assert show_token(SEED, kept.keys.seed) not in shown
