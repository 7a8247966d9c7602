"""What holds for each key service: how one is named and found, and the bounds of all."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from apps.client import files
from apps.client.errors import ClientError, KeyServiceAway, KeyServiceError, UsageError
from apps.client.key_services import KINDS, KeyService, key_service, service, split_name
from apps.client.key_services.key_service import MAX_CONTEXT, MAX_SETTING_FILE
from apps.envelope.key_files import MAX_PARAM
from tests.client.scripts import took
from tests.tools.processes import ROOT
from tests.tools.selection import slow

SECRET, CONTEXT = bytes(range(32)), b"slot-secret of acme, slot 1"
LAZY = """
import sys
import apps.cli.program, apps.client
from apps.client.key_services import service
try:
    service("openbao", environ={})
except Exception as error:
    print(type(error).__name__)
print(sorted({"boto3", "botocore", "pkcs11", "moto"} & set(sys.modules)))
"""


class Simple(KeyService):
    """A service that keeps what it is given in its own memory."""

    kind, title, members = "simple", "the simple service", ("wrapped",)
    act: Callable[[], object] = staticmethod(lambda: None)

    def _wrap(self, key: str, secret: bytes, context: bytes) -> dict[str, str]:
        self.in_time(self.act)
        return {"wrapped": (secret + context).hex()}

    def _unwrap(self, params: dict[str, str], context: bytes) -> bytes:
        return bytes.fromhex(params["wrapped"]).removesuffix(context)


@pytest.mark.slow
def test_nothing_loads_a_library_that_is_not_asked_for() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LAZY], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split("\n")[:2] == ["KeyServiceError", "[]"]


@pytest.mark.parametrize(
    ("kind", "library"), [("pkcs11", "pkcs11"), *slow(("aws-kms", "boto3.session"))]
)
def test_a_library_that_is_missing_is_named_with_its_extra(
    kind: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, f"apps.client.key_services.{KINDS[kind].module}", False)
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(KeyServiceError, match=f"library for {kind}") as missing:
        service(kind, environ={})
    assert missing.value.hint == f'python -m pip install "sealform[{kind}]"'


def test_each_extra_is_one_of_the_package() -> None:
    named = (ROOT / "pyproject.toml").read_text()

    for kind in KINDS.values():
        assert not kind.extra or f"\n{kind.extra} = [" in named


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_has_a_kind_and_a_key(kind: str) -> None:
    named, key = split_name(KINDS[kind].example)

    assert named == kind
    assert f"{kind}:{key}" == KINDS[kind].example


@pytest.mark.parametrize("name", ["", "openbao", "openbao:", "vault:transit/acme", ":a", "/a/b"])
def test_what_names_no_key_shows_how_one_is_named(name: str) -> None:
    with pytest.raises(UsageError) as wrong:
        split_name(name)
    assert all(kind.example in wrong.value.hint for kind in KINDS.values())


@pytest.mark.parametrize("kind", ["", "plain", "os", "..errors", "choosing", "PKCS11"])
def test_no_other_module_is_loaded_for_a_kind(kind: str) -> None:
    with pytest.raises(UsageError, match="no such key service"):
        service(kind, environ={})


@pytest.mark.parametrize("kind", ["openbao", *slow("aws-kms")])
def test_a_key_that_an_operator_makes_is_not_made_here(kind: str) -> None:
    made = service(kind, environ={"BAO_ADDR": "https://bao.example.org"})

    with pytest.raises(UsageError, match="made by who runs it") as refused:
        made.make_key("transit/acme")
    assert refused.value.hint


@pytest.mark.parametrize("length", [0, MAX_CONTEXT + 1])
def test_a_context_has_a_bound(length: int) -> None:
    simple = Simple({})
    assert simple.unwrap(simple.wrap("a", SECRET, bytes(MAX_CONTEXT)), bytes(MAX_CONTEXT)) == SECRET

    with pytest.raises(UsageError, match="context"):
        simple.wrap("a", SECRET, bytes(length))
    with pytest.raises(UsageError, match="context"):
        simple.unwrap({"wrapped": "00"}, bytes(length))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_only_a_secret_of_32_bytes_is_wrapped(length: int) -> None:
    with pytest.raises(UsageError, match="32 bytes"):
        Simple({}).wrap("a", bytes(length), CONTEXT)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"wrapped": ""},
        {"wrapped": "0" * (MAX_PARAM + 1)},
        {"wrapped": None},
        {"wrapped": ["00"]},
        {"wrapped": "00", "more": "00"},
        {"more": "00"},
    ],
    ids=lambda params: str(params)[:30],
)
def test_params_are_those_of_the_kind(params: Mapping[str, object]) -> None:
    with pytest.raises(KeyServiceError) as refused:
        Simple({}).unwrap(params, CONTEXT)
    assert refused.value.hint


def test_a_param_of_16_kib_is_read() -> None:
    with pytest.raises(KeyServiceError, match="a secret of"):
        Simple({}).unwrap({"wrapped": "00" * (MAX_PARAM // 2)}, CONTEXT)


def test_a_service_has_20_seconds_and_the_documents_say_so() -> None:
    assert key_service.SECONDS == 20

    assert "within 20 seconds" in (ROOT / "docs" / "operations.md").read_text()


def test_one_that_takes_longer_is_away_and_nobody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_service, "SECONDS", 0.1)
    ended = threading.Event()
    simple = Simple({})
    simple.act = lambda: ended.wait(20)

    began = time.monotonic()
    with pytest.raises(KeyServiceAway, match=r"service is away: .* within 0\.1 seconds"):
        simple.wrap("a", SECRET, CONTEXT)
    assert took(began) < 2
    ended.set()


@pytest.mark.parametrize("error", [TimeoutError("of a socket"), KeyServiceAway("busy"), OSError()])
def test_what_goes_wrong_in_time_is_raised_as_it_is(error: Exception) -> None:
    def fails() -> object:
        raise error

    simple = Simple({})
    simple.act = fails
    with pytest.raises(type(error)) as raised:
        simple.wrap("a", SECRET, CONTEXT)
    assert raised.value is error


def test_a_file_of_a_secret_has_a_bound(tmp_path: Path) -> None:
    file = tmp_path / "pin"
    file.touch(0o600)
    simple = Simple({"PIN_FILE": str(file)})
    file.write_text("1" * MAX_SETTING_FILE)
    assert simple.secret_from_file("PIN_FILE") == "1" * MAX_SETTING_FILE

    file.write_text("1" * (MAX_SETTING_FILE + 1))
    with pytest.raises(ClientError, match="longer"):
        simple.secret_from_file("PIN_FILE")


@pytest.mark.parametrize(
    ("mode", "inside", "outside"),
    [
        (0o600, True, True),
        (0o400, True, True),
        (0o440, True, False),  # as with a mask that is the service's own user's
        (0o444, False, False),
        (0o460, False, False),
        (0o450, False, False),
    ],
)
def test_a_credential_of_systemd_is_read_in_its_folder_alone(
    mode: int, inside: bool, outside: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, read in (("inside", inside), ("outside", outside)):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "pin"
        file.write_text("1234")
        file.chmod(mode)
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "inside"))
        assert files.read_private(file, most=100) == (b"1234" if read else None)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert (files.read_private(tmp_path / "inside" / "pin", most=100) is not None) == outside


def test_a_link_in_systemds_folder_leads_to_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "pin").write_text("1234")
    (tmp_path / "pin").chmod(0o440)
    (tmp_path / "inside" / "pin").symlink_to(tmp_path / "pin")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "inside"))

    assert files.read_private(tmp_path / "inside" / "pin", most=100) is None
