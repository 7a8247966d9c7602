"""A real SoftHSM2 keeps the key of a slot; and what may stand in a key file that lies."""

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, TokenFlag
from pkcs11.types import EncryptMixin

from apps.client.errors import KeyServiceAway, KeyServiceError
from apps.client.key_services import key_service, service
from apps.client.key_services.pkcs11 import Pkcs11, read_uri
from apps.envelope.encoding import b64, unb64
from tests.client.scripts import took
from tests.tools.key_services import PIN, SoftHsm, soft_hsm

SECRET = bytes(range(32))
CONTEXT = b"slot-secret of acme, slot 1"
URI = "pkcs11:token=sealform;object=acme"
PARAMS = {"key": URI, "wrapped": b64(bytes(60))}


@pytest.fixture(scope="module")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    """Tokens ``sealform``, with the keys ``acme`` and ``other``, and twice ``twin``."""
    hsm = soft_hsm(tmp_path_factory.mktemp("softhsm"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(hsm.configuration))
        for label in ("sealform", "twin", "twin"):
            hsm.new_token(label)
        made = Pkcs11(environment(hsm.folder, hsm))
        made.make_key("token=sealform;object=acme")
        made.make_key("token=sealform;object=other")
        yield hsm


def environment(folder: Path, hsm: SoftHsm | None, pin: str = PIN) -> dict[str, str]:
    file = folder / "pin"
    file.touch(0o600)
    file.write_text(pin + "\n")
    module = hsm.module if hsm else "/usr/lib/none.so"
    return {"SEALFORM_PKCS11_MODULE": str(module), "SEALFORM_PKCS11_PIN_FILE": str(file)}


@pytest.fixture
def token(hsm: SoftHsm, tmp_path: Path) -> Pkcs11:
    made = service("pkcs11", environ=environment(tmp_path, hsm))
    assert isinstance(made, Pkcs11)
    return made


@pytest.mark.slow
def test_a_secret_comes_back_with_its_context_and_with_no_other(token: Pkcs11) -> None:
    params = token.wrap("object=acme;token=sealform", SECRET, CONTEXT)

    assert token.unwrap(params, CONTEXT) == SECRET
    assert params["key"] == URI
    assert list(params) == ["key", "wrapped"]
    for other in (CONTEXT[:-1] + b"2", CONTEXT + b"\0", b"slot-secret of marketing, slot 1"):
        with pytest.raises(KeyServiceError, match="does not open"):
            token.unwrap(params, other)


@pytest.mark.slow
def test_the_slot_holds_no_pin_no_path_and_no_secret(token: Pkcs11, hsm: SoftHsm) -> None:
    shown = json.dumps(token.wrap("token=sealform;object=acme", SECRET, CONTEXT))

    for hidden in (PIN, str(hsm.module), str(hsm.folder), "/", b64(SECRET)):
        assert hidden not in shown


@pytest.mark.slow
@pytest.mark.parametrize("at", [0, 11, 12, 43, 44, 59])
def test_altered_wrapped_bytes_are_refused(token: Pkcs11, at: int) -> None:
    params = token.wrap("token=sealform;object=acme", SECRET, CONTEXT)
    raw = bytearray(unb64(params["wrapped"]))
    raw[at] ^= 1

    with pytest.raises(KeyServiceError, match="does not open"):
        token.unwrap(params | {"wrapped": b64(bytes(raw))}, CONTEXT)


@pytest.mark.slow
def test_slots_cannot_be_swapped_nor_another_key_be_named(token: Pkcs11) -> None:
    mine, theirs = (
        token.wrap("token=sealform;object=acme", SECRET, one) for one in (CONTEXT, b"theirs")
    )
    assert unb64(mine["wrapped"])[:12] != unb64(theirs["wrapped"])[:12]

    with pytest.raises(KeyServiceError, match="does not open"):
        token.unwrap(theirs, CONTEXT)
    with pytest.raises(KeyServiceError, match="does not open"):
        token.unwrap(mine | {"key": "pkcs11:token=sealform;object=other"}, CONTEXT)


@pytest.mark.slow
def test_a_key_is_made_once_and_never_leaves_its_token(token: Pkcs11, hsm: SoftHsm) -> None:
    uri = token.make_key("token=sealform;object=made;id=%01%ff")

    assert uri == "pkcs11:token=sealform;object=made;id=%01%FF"
    assert token.unwrap(token.wrap(uri.partition(":")[2], SECRET, CONTEXT), CONTEXT) == SECRET
    with pytest.raises(KeyServiceError, match="there already"):
        token.make_key("token=sealform;object=made;id=%01%ff")
    with (
        pkcs11.lib(str(hsm.module)).get_token(token_label="sealform").open(user_pin=PIN) as session
    ):
        key = session.get_key(label="made")
        assert isinstance(key, pkcs11.SecretKey)
        assert (key[Attribute.EXTRACTABLE], key[Attribute.SENSITIVE]) == (False, True)
        assert (key[Attribute.NEVER_EXTRACTABLE], key.key_length) == (True, 256)
        with pytest.raises(pkcs11.exceptions.PKCS11Error):
            key[Attribute.VALUE]


@pytest.mark.slow
@pytest.mark.parametrize(
    "template", [{Attribute.EXTRACTABLE: True}, {Attribute.SENSITIVE: False}], ids=str
)
def test_a_key_that_could_be_copied_wraps_nothing(
    template: dict[Attribute, bool], token: Pkcs11, hsm: SoftHsm
) -> None:
    name = f"loose-{next(iter(template)).name}"
    opened = pkcs11.lib(str(hsm.module)).get_token(token_label="sealform")
    with opened.open(user_pin=PIN, rw=True) as session:
        session.generate_key(
            KeyType.AES, 256, label=name, store=True, template=template,
            capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        )  # fmt: skip

    with pytest.raises(KeyServiceError, match="copied off"):
        token.wrap(f"token=sealform;object={name}", SECRET, CONTEXT)


@pytest.mark.slow
@pytest.mark.parametrize("may", [MechanismFlag.ENCRYPT, MechanismFlag.DECRYPT, MechanismFlag.SIGN])
def test_a_key_that_may_do_half_of_it_holds_no_slot(
    may: MechanismFlag, token: Pkcs11, hsm: SoftHsm
) -> None:
    opened = pkcs11.lib(str(hsm.module)).get_token(token_label="sealform")
    with opened.open(user_pin=PIN, rw=True) as session:
        session.generate_key(KeyType.AES, 256, label=f"half-{may}", store=True, capabilities=may)

    with pytest.raises(KeyServiceError, match="this key may not"):
        token.wrap(f"token=sealform;object=half-{may}", SECRET, CONTEXT)


@pytest.mark.slow
@pytest.mark.parametrize("length", [31, 33])
def test_a_secret_of_another_length_is_refused(length: int, token: Pkcs11, hsm: SoftHsm) -> None:
    opened = pkcs11.lib(str(hsm.module)).get_token(token_label="sealform")
    with opened.open(user_pin=PIN) as session:
        key = session.get_key(label="acme")
        assert isinstance(key, EncryptMixin)
        param = pkcs11.GCMParams(bytes(12), CONTEXT, 128)
        sealed = key.encrypt(bytes(length), mechanism=Mechanism.AES_GCM, mechanism_param=param)
        assert isinstance(sealed, bytes)

    with pytest.raises(KeyServiceError, match="bytes"):
        token.unwrap(PARAMS | {"wrapped": b64(bytes(12) + sealed)}, CONTEXT)


@pytest.mark.slow
def test_names_that_fit_nothing_or_two_say_so(token: Pkcs11) -> None:
    with pytest.raises(KeyServiceAway, match="NoSuchToken"):
        token.wrap("token=nobody;object=acme", SECRET, CONTEXT)
    with pytest.raises(KeyServiceError, match="no key, or more") as refused:
        token.wrap("token=sealform;object=nothing", SECRET, CONTEXT)
    assert not isinstance(refused.value, KeyServiceAway)
    with pytest.raises(KeyServiceError, match="several tokens") as refused:
        token.wrap("token=twin;object=acme", SECRET, CONTEXT)
    assert "serial" in refused.value.hint


@pytest.mark.slow
def test_a_serial_tells_two_tokens_of_one_name_apart(token: Pkcs11, hsm: SoftHsm) -> None:
    tokens = pkcs11.lib(str(hsm.module)).get_tokens(token_label="twin")
    for serial in [one.serial.decode() for one in tokens]:
        uri = token.make_key(f"token=twin;serial={serial};object=acme")
        params = token.wrap(uri.partition(":")[2], SECRET, CONTEXT)
        assert f";serial={serial};" in params["key"]
        assert token.unwrap(params, CONTEXT) == SECRET


@pytest.mark.slow
def test_a_wrong_pin_is_tried_once(hsm: SoftHsm, tmp_path: Path) -> None:
    with pytest.raises(KeyServiceError, match="PIN was not taken") as refused:
        Pkcs11(environment(tmp_path, hsm, "9999")).unwrap(PARAMS, CONTEXT)
    assert "9999" not in str(refused.value) + refused.value.hint


@pytest.mark.slow
def test_a_token_that_the_next_wrong_pin_would_lock_is_left_alone(
    token: Pkcs11, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SoftHSM2 never locks a token, so its flags are changed on the way here."""
    params = token.wrap("token=sealform;object=acme", SECRET, CONTEXT)
    found = pkcs11.lib

    class Last:
        flags = TokenFlag.USER_PIN_FINAL_TRY

        def get_token(self, **_: Any) -> "Last":
            return self

    monkeypatch.setattr(pkcs11, "lib", lambda module: Last())
    with pytest.raises(KeyServiceError, match="nothing was tried"):
        token.unwrap(params, CONTEXT)
    monkeypatch.setattr(pkcs11, "lib", found)
    assert token.unwrap(params, CONTEXT) == SECRET


@pytest.mark.slow
def test_the_pin_may_be_typed(hsm: SoftHsm, tmp_path: Path) -> None:
    asked: list[str] = []

    def person(name: str) -> str:
        asked.append(name)
        return PIN

    environ = {"SEALFORM_PKCS11_MODULE": str(hsm.module)}
    token = service("pkcs11", environ=environ, ask_pin=person)
    params = token.wrap("token=sealform;object=acme", SECRET, CONTEXT)

    assert token.unwrap(params, CONTEXT) == SECRET
    assert asked == ["sealform"]
    with pytest.raises(KeyServiceAway):
        token.wrap("token=type%20your%20password;object=acme", SECRET, CONTEXT)
    assert asked == ["sealform"]
    with pytest.raises(KeyServiceError, match="nobody is here to type it"):
        service("pkcs11", environ=environ).unwrap(params, CONTEXT)


@pytest.mark.slow
def test_a_pin_that_was_typed_wrongly_is_asked_for_again(hsm: SoftHsm) -> None:
    typed = iter(["9999", PIN])
    environ = {"SEALFORM_PKCS11_MODULE": str(hsm.module)}
    token = service("pkcs11", environ=environ, ask_pin=lambda name: next(typed))

    with pytest.raises(KeyServiceError, match="PIN was not taken"):
        token.wrap("token=sealform;object=acme", SECRET, CONTEXT)
    assert token.wrap("token=sealform;object=acme", SECRET, CONTEXT)


@pytest.mark.slow
def test_a_token_that_was_taken_out_is_away(
    token: Pkcs11, hsm: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = token.wrap("token=sealform;object=acme", SECRET, CONTEXT)
    library = pkcs11.lib(str(hsm.module))
    kept = shutil.copytree(hsm.folder / "tokens", tmp_path / "kept")
    before = sorted(tmp_path.iterdir())
    shutil.rmtree(hsm.folder / "tokens")
    (hsm.folder / "tokens").mkdir()
    library.reinitialize()
    try:
        began = time.monotonic()
        with pytest.raises(KeyServiceAway, match="is it plugged in") as away:
            token.unwrap(params, CONTEXT)
        assert took(began) < key_service.SECONDS
        assert "run this again" in away.value.hint
        assert sorted(tmp_path.iterdir()) == before
    finally:
        shutil.copytree(kept, hsm.folder / "tokens", dirs_exist_ok=True)
        library.reinitialize()
    assert token.unwrap(params, CONTEXT) == SECRET


def test_a_library_that_never_answers_ends_with_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()
    monkeypatch.setattr(key_service, "SECONDS", 0.2)
    monkeypatch.setattr(pkcs11, "lib", lambda module: ended.wait(10))

    began = time.monotonic()
    with pytest.raises(KeyServiceAway, match=r"0\.2 seconds"):
        Pkcs11(environment(tmp_path, None)).unwrap(PARAMS, CONTEXT)
    assert took(began) < 2
    ended.set()


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        (f"{URI}?pin-value=1234", "pin-value"),
        (f"{URI}?pin-source=file:/etc/passwd", "pin-source"),
        (f"{URI}?module-path=/tmp/evil.so", "module-path"),
        (f"{URI}?module-name=evil", "module-name"),
        (f"{URI}&module-path=/tmp/evil.so", "and nothing else"),
        (f"{URI};module-path=%2ftmp%2fevil.so", "module-path"),
        (f"{URI};pin-value=1234", "pin-value"),
        (f"{URI};slot-id=0", "and nothing else"),
        (f"{URI};library-manufacturer=x", "and nothing else"),
        (f"{URI}?", "and nothing else"),
        ("pkcs11:token=sealform?object=acme", "and nothing else"),
        (f"{URI}#x", "and nothing else"),
        (f"{URI};", "and nothing else"),
        (f"{URI};token=other", "each once"),
        (f"{URI};%6dodule-path=x", "and nothing else"),
        (f"{URI}\n", "and nothing else"),
        (f"{URI} ", "and nothing else"),
        (f"{URI}/x", "and nothing else"),
        ("pkcs11:token=sealform;object=%0a", "nobody sees"),
        ("pkcs11:token=sealform;object=%ff", "not UTF-8"),
        ("pkcs11:token=sealform;object=%e2%80%ae", "nobody sees"),
        ("pkcs11:token=sealform;object=%zz", "and nothing else"),
        ("pkcs11:token=sealform;object=", "and nothing else"),
        ("pkcs11:token=sealform", "have to be named"),
        ("pkcs11:object=acme", "have to be named"),
        (f"pkcs11:object=acme;token={'t' * 33}", "at most 32"),
        (f"pkcs11:token=sealform;object={'o' * 65}", "at most 64"),
        (f"pkcs11:token=sealform;object={'o' * 10_000_000}", "no PKCS#11 URI"),
        ("https://elsewhere.example", "no PKCS#11 URI"),
        ("/usr/lib/evil.so", "no PKCS#11 URI"),
        ("", "1 to 4,096"),
    ],
    ids=lambda value: value[-40:],
)
def test_a_uri_names_a_token_and_a_key_and_nothing_else(
    uri: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(module: str) -> None:
        raise AssertionError("no library was to be loaded")

    monkeypatch.setattr(pkcs11, "lib", none)
    with pytest.raises(KeyServiceError, match="4,096" if len(uri) > 20_000 else why):
        Pkcs11(environment(tmp_path, None)).unwrap(PARAMS | {"key": uri}, CONTEXT)


@pytest.mark.parametrize(
    "uri",
    [
        URI,
        "pkcs11:token=sealform;serial=0123456789abcdef;object=acme;id=%00%FF",
        f"pkcs11:token={'t' * 32};object={'o' * 64}",
        "pkcs11:serial=1;id=%01",
        "pkcs11:token=My%20token%20%28%C3%A9%29;object=a%3Bb%3Fc",
    ],
)
def test_a_uri_is_written_as_it_was_read(uri: str) -> None:
    assert str(read_uri(uri)) == uri


def test_one_key_has_one_uri() -> None:
    assert str(read_uri("pkcs11:object=%61cme;token=sealform")) == URI


@pytest.mark.parametrize("member", ["module", "module-path", "pin", "pin-file", "token"])
def test_a_slot_that_names_a_library_or_a_pin_is_refused(member: str, tmp_path: Path) -> None:
    with pytest.raises(KeyServiceError, match="and no others"):
        Pkcs11(environment(tmp_path, None)).unwrap(PARAMS | {member: "evil.so"}, CONTEXT)


@pytest.mark.parametrize("length", [0, 59, 61, 7_500_000])
def test_what_is_wrapped_has_one_length(
    length: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pkcs11, "lib", None)  # nothing is loaded for it
    with pytest.raises(KeyServiceError):
        Pkcs11(environment(tmp_path, None)).unwrap(
            PARAMS | {"wrapped": b64(bytes(length))}, CONTEXT
        )


def test_what_this_machine_does_not_say_is_asked_for(tmp_path: Path) -> None:
    environ = environment(tmp_path, None)
    with pytest.raises(KeyServiceError, match="SEALFORM_PKCS11_MODULE is not set"):
        Pkcs11({}).unwrap(PARAMS, CONTEXT)
    with pytest.raises(KeyServiceError, match="no absolute path"):
        Pkcs11(environ | {"SEALFORM_PKCS11_MODULE": "evil.so"}).unwrap(PARAMS, CONTEXT)
    with pytest.raises(KeyServiceError, match="cannot open shared object") as refused:
        Pkcs11(environ).unwrap(PARAMS, CONTEXT)
    assert "SEALFORM_PKCS11_MODULE" in refused.value.hint
    os.chmod(tmp_path / "pin", 0o640)
    with pytest.raises(KeyServiceError, match="read by other users"):
        Pkcs11(environ).unwrap(PARAMS, CONTEXT)
