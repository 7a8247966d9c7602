"""A real OpenBao keeps the key of a slot; and what may come from one that lies."""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.client.errors import KeyServiceAway, KeyServiceError
from apps.client.key_services import key_service, service
from apps.client.key_services.openbao import MOST, OpenBao
from tests.client.scripts import dripping, took
from tests.client.servers import free_port
from tests.tools.key_services import OpenBaoServer, open_bao
from tests.tools.selection import slow

SECRET = bytes(range(32))
CONTEXT = b"slot-secret of acme, slot 1"
RULES = """
path "transit/encrypt/acme" { capabilities = ["update"] }
path "transit/decrypt/acme" { capabilities = ["update"] }
path "transit/encrypt/rsa" { capabilities = ["update"] }
path "transit/encrypt/other" { capabilities = ["update"] }
path "transit/decrypt/other" { capabilities = ["update"] }
"""
WRAPPED = "vault:v1:" + base64.b64encode(bytes(60)).decode()
PARAMS = {"mount": "transit", "key": "acme", "wrapped": WRAPPED}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBaoServer]:
    with open_bao(tmp_path_factory.mktemp("openbao")) as server:
        yield server


@pytest.fixture(scope="module")
def token(server: OpenBaoServer) -> str:
    """A token that may do what docs/operations.md says, and no more."""
    server.operator("POST", "transit/keys/other", type="aes256-gcm96")
    server.operator("POST", "transit/keys/rsa", type="rsa-2048")
    return server.token("sealform", RULES)


def environment(folder: Path, url: str, token: str) -> dict[str, str]:
    file = folder / "token"
    file.touch(0o600)
    file.write_text(token + "\n")
    return {"BAO_ADDR": url, "SEALFORM_OPENBAO_TOKEN_FILE": str(file)}


@pytest.fixture
def bao(server: OpenBaoServer, token: str, tmp_path: Path) -> OpenBao:
    made = service("openbao", environ=environment(tmp_path, server.url, token))
    assert isinstance(made, OpenBao)
    return made


@pytest.mark.slow
def test_a_secret_comes_back_with_its_context_and_with_no_other(bao: OpenBao) -> None:
    params = bao.wrap("transit/acme", SECRET, CONTEXT)

    assert bao.unwrap(params, CONTEXT) == SECRET
    assert list(params) == ["mount", "key", "wrapped"]
    assert params["wrapped"].startswith("vault:v1:")
    for other in (CONTEXT[:-1] + b"2", CONTEXT + b"\0", b"slot-secret of marketing, slot 1"):
        with pytest.raises(KeyServiceError, match="OpenBao refuses: 400"):
            bao.unwrap(params, other)


@pytest.mark.slow
def test_the_slot_holds_no_address_no_token_and_no_secret(bao: OpenBao, token: str) -> None:
    shown = json.dumps(bao.wrap("transit/acme", SECRET, CONTEXT))

    for hidden in (bao.environ["BAO_ADDR"], token, base64.b64encode(SECRET).decode(), "token"):
        assert hidden not in shown


@pytest.mark.slow
@pytest.mark.parametrize("at", [9, 40, -2])
def test_altered_wrapped_bytes_are_refused(bao: OpenBao, at: int) -> None:
    params = bao.wrap("transit/acme", SECRET, CONTEXT)
    wrapped = list(params["wrapped"])
    wrapped[at] = "A" if wrapped[at] != "A" else "B"

    with pytest.raises(KeyServiceError, match="refuses"):
        bao.unwrap(params | {"wrapped": "".join(wrapped)}, CONTEXT)


@pytest.mark.slow
def test_slots_cannot_be_swapped_nor_another_key_be_named(bao: OpenBao) -> None:
    mine, theirs = (bao.wrap("transit/acme", SECRET, one) for one in (CONTEXT, b"theirs"))

    with pytest.raises(KeyServiceError, match="refuses"):
        bao.unwrap(theirs, CONTEXT)
    with pytest.raises(KeyServiceError, match="refuses"):
        bao.unwrap(mine | {"key": "other"}, CONTEXT)


@pytest.mark.slow
def test_a_key_that_binds_no_context_is_refused(bao: OpenBao) -> None:
    with pytest.raises(KeyServiceError, match="refuses"):
        bao.wrap("transit/rsa", SECRET, CONTEXT)


@pytest.mark.slow
def test_an_older_version_opens_until_openbao_says_otherwise(
    server: OpenBaoServer, tmp_path: Path
) -> None:
    """Its operator decides when an older version ends, and nobody can pass one for another."""
    server.operator("POST", "transit/keys/turned", type="aes256-gcm96")
    rules = 'path "transit/+/turned" { capabilities = ["update"] }'
    bao = OpenBao(environment(tmp_path, server.url, server.token("turned", rules)))
    old = bao.wrap("transit/turned", SECRET, CONTEXT)
    server.operator("POST", "transit/keys/turned/rotate")
    new = bao.wrap("transit/turned", SECRET, CONTEXT)
    assert new["wrapped"].startswith("vault:v2:")
    assert bao.unwrap(old, CONTEXT) == bao.unwrap(new, CONTEXT) == SECRET

    for one, other in ((old, ":v2:"), (new, ":v1:"), (new, ":v3:")):
        with pytest.raises(KeyServiceError, match="refuses"):
            bao.unwrap(one | {"wrapped": re.sub(":v.:", other, one["wrapped"])}, CONTEXT)

    server.operator("POST", "transit/keys/turned/config", min_decryption_version=2)
    with pytest.raises(KeyServiceError, match="too old") as refused:
        bao.unwrap(old, CONTEXT)
    assert "min_decryption_version" in refused.value.hint
    assert bao.unwrap(new, CONTEXT) == SECRET


@pytest.mark.slow
def test_what_a_policy_forbids_and_a_key_that_is_not_there_say_so(
    server: OpenBaoServer, bao: OpenBao, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    wrong = OpenBao(environment(tmp_path / "other", server.url, "s.nobody"))
    with pytest.raises(KeyServiceError, match="403") as refused:
        wrong.unwrap(PARAMS, CONTEXT)
    assert "`update` on transit/decrypt/acme" in refused.value.hint

    with pytest.raises(KeyServiceError, match="403"):  # which makes no new key either
        bao.wrap("transit/new", SECRET, CONTEXT)
    with pytest.raises(KeyServiceError, match="403"):
        bao.wrap("elsewhere/acme", SECRET, CONTEXT)


@pytest.mark.slow
def test_a_sealed_one_and_one_that_is_switched_off_are_away(tmp_path: Path) -> None:
    with open_bao(tmp_path) as server:
        bao = OpenBao(environment(tmp_path, server.url, server.token("sealform", RULES)))
        params = bao.wrap("transit/acme", SECRET, CONTEXT)
        before = sorted(tmp_path.iterdir())

        server.operator("PUT", "sys/seal")
        with pytest.raises(KeyServiceAway, match="503"):
            bao.unwrap(params, CONTEXT)

        server.stop()
        began = time.monotonic()
        with pytest.raises(KeyServiceAway, match="OpenBao is away") as away:
            bao.unwrap(params, CONTEXT)
        assert time.monotonic() - began < key_service.SECONDS
        assert "run this again" in away.value.hint
        assert sorted(tmp_path.iterdir()) == before


@pytest.mark.slow
def test_only_the_authority_that_is_named_is_believed(tmp_path: Path) -> None:
    with open_bao(tmp_path, tls=True) as server:
        environ = environment(tmp_path, server.url, server.token("sealform", RULES))
        with pytest.raises(KeyServiceAway, match="CERTIFICATE_VERIFY_FAILED"):
            OpenBao(environ).wrap("transit/acme", SECRET, CONTEXT)

        bao = OpenBao(environ | {"BAO_CACERT": str(server.authority)})
        assert bao.unwrap(bao.wrap("transit/acme", SECRET, CONTEXT), CONTEXT) == SECRET


def answering(tmp_path: Path, answer: Callable[[httpx.Request], httpx.Response]) -> OpenBao:
    """OpenBao as it would answer if it lied."""
    environ = environment(tmp_path, "https://bao.example.org", "s.one")
    return OpenBao(environ, transport=httpx.MockTransport(answer))


def test_only_names_reach_the_address(tmp_path: Path) -> None:
    def none(request: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing was to be sent")

    bao = answering(tmp_path, none)
    for mount, key in (
        ("..", "acme"),
        ("transit/../sys", "acme"),
        ("transit", "../../sys/seal"),
        ("transit", "acme?x=1"),
        ("transit", "acme#"),
        ("transit", "a%2f.."),
        ("transit/", "acme"),
        ("/transit", "acme"),
        ("https://elsewhere.example", "acme"),
        ("a/b/c/d/e", "acme"),
        ("transit", "a" * 65),
        ("transit", "acme\n"),
        ("transit", "ácme"),
        ("transit", "."),
    ):
        with pytest.raises(KeyServiceError, match="names no key"):
            bao.unwrap({"mount": mount, "key": key, "wrapped": WRAPPED}, CONTEXT)
    for name in ("acme", "transit", "transit/../acme", "/acme"):
        with pytest.raises(KeyServiceError, match="names no key"):
            bao.wrap(name, SECRET, CONTEXT)


@pytest.mark.parametrize("member", ["address", "BAO_ADDR", "token", "namespace", "ca"])
def test_a_slot_that_says_where_the_service_is_is_refused(member: str, tmp_path: Path) -> None:
    bao = answering(tmp_path, lambda request: httpx.Response(500))

    with pytest.raises(KeyServiceError, match="and no others"):
        bao.unwrap(PARAMS | {member: "https://elsewhere.example"}, CONTEXT)


@pytest.mark.parametrize(
    "wrapped",
    [
        "A" * 10_000_000,
        "vault:v1:" + "A" * 10_000_000,
        "vault:v1:" + "A" * 79,
        "vault:v1:" + "A" * 84,
        "vault:v0:" + "A" * 80,
        "vault:v1:" + "A" * 79 + "\n",
        "",
        7,
        None,
    ],
    ids=lambda value: f"{type(value).__name__}-{len(str(value))}",
)
def test_what_is_wrapped_has_one_length(wrapped: Any, tmp_path: Path) -> None:
    def none(request: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing was to be sent")

    with pytest.raises(KeyServiceError):
        answering(tmp_path, none).unwrap(PARAMS | {"wrapped": wrapped}, CONTEXT)


def plaintext(secret: bytes) -> httpx.Response:
    return httpx.Response(200, json={"data": {"plaintext": base64.b64encode(secret).decode()}})


def test_a_secret_of_32_bytes_is_taken(tmp_path: Path) -> None:
    assert answering(tmp_path, lambda _: plaintext(SECRET)).unwrap(PARAMS, CONTEXT) == SECRET


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_secret_of_another_length_is_not(length: int, tmp_path: Path) -> None:
    bao = answering(tmp_path, lambda _: plaintext(bytes(length)))

    with pytest.raises(KeyServiceError, match="and not of 32"):
        bao.unwrap(PARAMS, CONTEXT)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, text="<h1>Log in"), KeyServiceError),
        (httpx.Response(200, text="[" * 60_000), KeyServiceError),
        (httpx.Response(200, json=[]), KeyServiceError),
        (httpx.Response(200, json={"data": []}), KeyServiceError),
        (httpx.Response(200, json={"data": {"plaintext": 7}}), KeyServiceError),
        (httpx.Response(200, json={"data": {"plaintext": "*"}}), KeyServiceError),
        (httpx.Response(204), KeyServiceError),
        (httpx.Response(302, headers={"location": "http://169.254.1.1/"}), KeyServiceError),
        (httpx.Response(307, headers={"location": "https://elsewhere.example"}), KeyServiceError),
        (httpx.Response(400, json={"errors": ["\x1b[31m no", 7]}), KeyServiceError),
        (httpx.Response(404, text="<h1>"), KeyServiceError),
        (httpx.Response(429), KeyServiceAway),
        (httpx.Response(500, text="[" * 60_000), KeyServiceAway),
        (httpx.Response(503, json={"errors": ["Vault is sealed"]}), KeyServiceAway),
    ],
    ids=lambda value: str(getattr(value, "status_code", "")),
)
def test_answers_that_are_none(
    answer: httpx.Response, error: type[KeyServiceError], tmp_path: Path
) -> None:
    asked = []

    def once(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return answer

    with pytest.raises(error) as refused:
        answering(tmp_path, once).unwrap(PARAMS, CONTEXT)
    assert asked == ["bao.example.org"]
    assert type(refused.value) is error
    assert refused.value.hint
    assert "\x1b" not in str(refused.value)


def test_an_answer_of_64_kib_is_read_and_a_longer_one_is_not(tmp_path: Path) -> None:
    def filled(length: int) -> httpx.Response:
        body = plaintext(SECRET).content
        return httpx.Response(200, content=body + b" " * (length - len(body)))

    assert answering(tmp_path, lambda _: filled(MOST)).unwrap(PARAMS, CONTEXT) == SECRET
    with pytest.raises(KeyServiceError, match="more than"):
        answering(tmp_path, lambda _: filled(MOST + 1)).unwrap(PARAMS, CONTEXT)


def test_a_service_that_gives_back_another_secret_holds_no_slot(tmp_path: Path) -> None:
    def lies(request: httpx.Request) -> httpx.Response:
        if "encrypt" in request.url.path:
            return httpx.Response(200, json={"data": {"ciphertext": WRAPPED}})
        return plaintext(bytes(32))

    with pytest.raises(KeyServiceError, match="another secret"):
        answering(tmp_path, lies).wrap("transit/acme", SECRET, CONTEXT)


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        *slow(
            (b"HTTP/1.1 200 OK\r\nx:", b"x"), (b"HTTP/1.1 100 Continue\r\n\r\n",) * 2, (b"", b"")
        ),
    ],
)
def test_an_answer_that_does_not_end_ends_with_the_time(
    head: bytes, again: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_service, "SECONDS", 0.3)

    with dripping(head, again) as url:
        began = time.monotonic()
        with pytest.raises(KeyServiceAway):
            OpenBao(environment(tmp_path, url, "s.one")).unwrap(PARAMS, CONTEXT)
        assert took(began) < 2


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("https://bao.example.org:8200", True),
        ("http://127.0.0.1:8200", True),
        ("http://localhost:8200/", True),
        ("http://bao.example.org:8200", False),
        ("http://10.0.0.1", False),
        ("https://ada:secret@bao.example.org", False),
        ("https://bao.example.org/?a", False),
        ("unix:/run/bao.sock", False),
        ("bao.example.org", False),
        ("", False),
    ],
)
def test_the_address_is_https_or_this_machine(
    address: str, right: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALFORM_ALLOW_HTTP", "1")  # which is said of a Sealform server alone
    environ = environment(tmp_path, address, "s.one")
    if right:
        OpenBao(environ)
        return
    with pytest.raises(KeyServiceError, match="BAO_ADDR") as refused:
        OpenBao(environ)
    assert "secret@" not in str(refused.value) + refused.value.hint


def test_a_token_comes_from_a_file_of_ones_own_and_from_nowhere_else(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    for variables in ({}, {"BAO_TOKEN": "s.one"}, {"SEALFORM_OPENBAO_TOKEN": "s.one"}):
        with pytest.raises(KeyServiceError, match="SEALFORM_OPENBAO_TOKEN_FILE is not set"):
            OpenBao({"BAO_ADDR": address, **variables}).unwrap(PARAMS, CONTEXT)

    environ = environment(tmp_path, address, "s.one")
    (tmp_path / "token").chmod(0o640)
    with pytest.raises(KeyServiceError, match="read by other users"):
        OpenBao(environ).unwrap(PARAMS, CONTEXT)
    (tmp_path / "token").chmod(0o600)
    for text in ("", "two\nlines", "s.\x00", "sé", "s" * 20_000):
        (tmp_path / "token").write_text(text)
        with pytest.raises(KeyServiceError, match="SEALFORM_OPENBAO_TOKEN_FILE"):
            OpenBao(environ).unwrap(PARAMS, CONTEXT)
    (tmp_path / "token").unlink()
    with pytest.raises(KeyServiceError, match="cannot be read"):
        OpenBao(environ).unwrap(PARAMS, CONTEXT)


def test_the_authority_is_a_file_of_certificates(tmp_path: Path) -> None:
    environ = environment(tmp_path, "https://127.0.0.1:1", "s.one")
    for text in ("", "no certificate"):
        (tmp_path / "ca.pem").write_text(text)
        with pytest.raises(KeyServiceError, match="BAO_CACERT"):
            OpenBao(environ | {"BAO_CACERT": str(tmp_path / "ca.pem")}).unwrap(PARAMS, CONTEXT)


@pytest.mark.parametrize("namespace", ["../a", "a b", "a\nb", "a" * 65, "/a"])
def test_a_namespace_is_a_name(namespace: str, tmp_path: Path) -> None:
    environ = environment(tmp_path, "https://bao.example.org", "s.one")

    with pytest.raises(KeyServiceError, match="BAO_NAMESPACE"):
        OpenBao(environ | {"BAO_NAMESPACE": namespace})
