"""X-Wing and HPKE against vectors that others made.

``cryptography_vectors`` has two of X-Wing (kem_id 25722) whose KDF and AEAD are not ours; so
they are opened with their own suite on the key that ``KemKey`` grew. The drafts' vectors lie
beside the repository where it is developed.
"""

import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography_vectors import open_vector_file

from apps.envelope.errors import MalformedError, OpenError
from apps.envelope.primitives import KEM_ENC, SUITE, KemKey, hpke_seal, kem_public

KEM_ID = 0x647A
KDFS = {1: hpke.KDF.HKDF_SHA256, 17: hpke.KDF.SHAKE256}
AEADS = {2: hpke.AEAD.AES_256_GCM, 3: hpke.AEAD.CHACHA20_POLY1305}
DRAFT = Path(__file__).parents[3] / "shared" / "vectors" / "x-wing-draft.json"


def packaged() -> list[dict[str, Any]]:
    with open_vector_file("HPKE/hpke-pq-test-vectors.json", "r") as file:
        return [vector for vector in json.load(file) if vector["kem_id"] == KEM_ID]


def draft() -> list[dict[str, str]]:
    if not DRAFT.exists():
        pytest.skip(f"{DRAFT} is only there where Sealform is developed")
    vectors: list[dict[str, str]] = json.loads(DRAFT.read_text())
    return vectors


def open_with_aad(vector: dict[str, Any], encryption: dict[str, str], key: KemKey) -> bytes:
    """Open with the vector's own suite; the public Suite takes no AAD."""
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, KDFS[vector["kdf_id"]], AEADS[vector["aead_id"]])
    sealed = bytes.fromhex(vector["enc"] + encryption["ct"])
    return openssl.hpke._decrypt_with_aad(
        suite, sealed, key._private, bytes.fromhex(vector["info"]), bytes.fromhex(encryption["aad"])
    )


def test_there_are_packaged_vectors_of_both_kdfs() -> None:
    assert {vector["kdf_id"] for vector in packaged()} == {1, 17}


@pytest.mark.parametrize("vector", packaged(), ids=lambda vector: f"kdf-{vector['kdf_id']}")
class TestPackaged:
    def test_the_seed_grows_into_the_public_key(self, vector: dict[str, Any]) -> None:
        public = bytes.fromhex(vector["pkRm"])
        assert KemKey(bytes.fromhex(vector["skRm"])).public == public
        kem_public(public)

    def test_the_first_message_opens(self, vector: dict[str, Any]) -> None:
        key = KemKey(bytes.fromhex(vector["skRm"]))
        first = vector["encryptions"][0]  # the later ones have other nonces: single shot has one
        assert open_with_aad(vector, first, key) == bytes.fromhex(first["pt"])

    def test_another_aad_key_or_enc_does_not_open_it(self, vector: dict[str, Any]) -> None:
        key, first = KemKey(bytes.fromhex(vector["skRm"])), vector["encryptions"][0]
        enc = f"{int(vector['enc'][0], 16) ^ 1:x}{vector['enc'][1:]}"
        for bad, encryption, opener in (
            (vector, first | {"aad": ""}, key),
            (vector, first, KemKey(bytes(32))),
            (vector | {"enc": enc}, first, key),
        ):
            with pytest.raises(InvalidTag):
                open_with_aad(bad, encryption, opener)

    def test_its_secret_seals_in_our_own_suite(self, vector: dict[str, Any]) -> None:
        enc, secret = bytes.fromhex(vector["enc"]), bytes.fromhex(vector["shared_secret"])
        key = KemKey(bytes.fromhex(vector["skRm"]))
        assert key.open(sealed_by_hand(secret, enc, b"message", b"info"), b"info") == b"message"

    def test_our_own_suite_does_not_take_its_message(self, vector: dict[str, Any]) -> None:
        key, first = KemKey(bytes.fromhex(vector["skRm"])), vector["encryptions"][0]
        sealed = bytes.fromhex(vector["enc"] + first["ct"])
        with pytest.raises(OpenError):
            key.open(sealed, bytes.fromhex(vector["info"]))

    def test_what_is_sealed_to_its_key_opens_with_ours(self, vector: dict[str, Any]) -> None:
        sealed = hpke_seal(bytes.fromhex(vector["pkRm"]), b"message", b"info")
        assert KemKey(bytes.fromhex(vector["skRm"])).open(sealed, b"info") == b"message"


def test_the_draft_s_seeds_grow_into_its_public_keys() -> None:
    for vector in draft():
        assert vector["sk"] == vector["seed"]
        assert KemKey(bytes.fromhex(vector["seed"])).public.hex() == vector["pk"]


def sealed_by_hand(shared_secret: bytes, enc: bytes, message: bytes, info: bytes) -> bytes:
    """Seal from a known shared secret: the key schedule of RFC 9180 §5.1 with our KDF and AEAD."""
    suite = b"HPKE" + KEM_ID.to_bytes(2) + b"\x00\x01" + b"\x00\x02"

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")

    def expand(label: bytes, context: bytes, length: int) -> bytes:
        labeled = length.to_bytes(2) + b"HPKE-v1" + suite + label + context
        return hmac.digest(secret, labeled + b"\x01", "sha256")[:length]

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared_secret, b"secret", b"")
    nonce = expand(b"base_nonce", context, 12)
    return enc + AESGCM(expand(b"key", context, 32)).encrypt(nonce, message, b"")


def test_the_draft_s_ciphertexts_decapsulate_to_its_secrets() -> None:
    for vector in draft():
        enc, secret = bytes.fromhex(vector["ct"]), bytes.fromhex(vector["ss"])
        key = KemKey(bytes.fromhex(vector["seed"]))
        assert key.open(sealed_by_hand(secret, enc, b"message", b"info"), b"info") == b"message"
        with pytest.raises(OpenError):
            key.open(sealed_by_hand(bytes(32), enc, b"message", b"info"), b"info")


def test_keys_of_other_lengths_are_refused() -> None:
    for length in (0, 31, 33, 64):
        with pytest.raises(MalformedError):
            KemKey(bytes(length))


def test_nothing_is_sealed_to_a_point_of_small_order() -> None:
    public = KemKey(bytes(32)).public[:-32] + bytes(32)
    with pytest.raises(MalformedError, match="nothing can be sealed"):
        hpke_seal(public, b"message", b"info")


def test_the_suite_is_the_one_of_the_specification() -> None:
    sealed = hpke_seal(KemKey(bytes(32)).public, b"message", b"info")
    assert len(sealed) == KEM_ENC + len(b"message") + 16
    other = hpke.Suite(hpke.KEM.MLKEM768_X25519, KDFS[1], AEADS[3])
    private = KemKey(bytes(32))._private
    assert SUITE.decrypt(sealed, private, b"info") == b"message"
    with pytest.raises(InvalidTag):
        other.decrypt(sealed, private, b"info")
