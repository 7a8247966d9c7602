"""The only place that imports a cryptographic library (docs/protocol.md §3).

One suite, no negotiation: HPKE base mode with X-Wing (MLKEM768-X25519, 0x647a),
HKDF-SHA256 and AES-256-GCM (RFC 9180, draft-ietf-hpke-pq,
draft-connolly-cfrg-xwing-kem); Ed25519 (RFC 8032); SHA-256, HMAC and HKDF
(RFC 5869); Argon2id (RFC 9106) for passphrases. Randomness comes from the platform.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from .encoding import Part, ctx
from .errors import MalformedError, OpenError, SignatureError

KEY = 32
NONCE = 12
TAG = 16
MLKEM_PK = 1184
KEM_PK = 1216
KEM_ENC = 1120
SIG_PK = 32
SIG = 64

SHA256 = hashes.SHA256()
SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def random(length: int) -> bytes:
    """Return ``length`` random bytes from the operating system."""
    return os.urandom(length)


def H(label: str, *parts: Part) -> bytes:  # noqa: N802 - the specification's own name
    """Return SHA-256 over the context, 32 bytes."""
    return hashlib.sha256(ctx(label, *parts)).digest()


def mac(key: bytes, message: bytes) -> bytes:
    """Return HMAC-SHA256, 32 bytes (RFC 2104)."""
    return hmac.digest(key, message, "sha256")


class Keyed:
    """HMAC-SHA256 under one key, for many messages: what depends on the key is done once."""

    def __init__(self, key: bytes) -> None:
        self._begun = HMAC(key, SHA256)

    def mac(self, message: bytes) -> bytes:
        """Return what ``mac`` would, 32 bytes."""
        one = self._begun.copy()
        one.update(message)
        return one.finalize()


def same(left: bytes, right: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left, right)


def expand(key: bytes, label: str, *parts: Part) -> bytes:
    """Return HKDF-Expand-SHA256(key, context, 32): its first block, T(1) (RFC 5869 §2.3)."""
    return mac(key, expansion(label, *parts))


def expansion(label: str, *parts: Part) -> bytes:
    """Return what ``expand`` hashes under its key: the context and the block's number."""
    return ctx(label, *parts) + b"\x01"


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Return nonce(12) || AES-256-GCM ciphertext || tag(16) under a fresh random nonce."""
    return _seal(key, plaintext, aad, random(NONCE))


def _seal(key: bytes, plaintext: bytes, aad: bytes, nonce: bytes) -> bytes:
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Open what ``seal`` made; raises OpenError."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], aad)
    except (InvalidTag, ValueError) as error:
        raise OpenError("the seal does not open: wrong key, place or altered bytes") from error


def argon2id(passphrase: bytes, salt: bytes, memory: int, passes: int) -> bytes:
    """Return 32 bytes of Argon2id 0x13 with one lane; ``memory`` is in KiB."""
    kdf = Argon2id(salt=salt, length=KEY, iterations=passes, lanes=1, memory_cost=memory)
    return kdf.derive(passphrase)


class KemKey:
    """An X-Wing key pair grown from a 32-byte seed; SHAKE256(seed, 96) = 64 ML-KEM || 32 X25519."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY:
            raise MalformedError("an X-Wing seed has 32 bytes")
        grown = hashlib.shake_256(seed).digest(96)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(grown[:64])
        x25519 = X25519PrivateKey.from_private_bytes(grown[64:])
        self._private = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public: bytes = (
            mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Open an HPKE seal, enc(1120) || ciphertext || tag(16); raises OpenError."""
        try:
            return SUITE.decrypt(sealed, self._private, info)
        except (InvalidTag, ValueError) as error:
            raise OpenError("the HPKE seal does not open under this key and context") from error


def hpke_seal(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Return enc(1120) || ciphertext || tag(16), sealed to a 1216-byte X-Wing public key.

    Raises MalformedError for no such key, or an X25519 point of small order (RFC 7748 §6.1).
    """
    try:
        return SUITE.encrypt(plaintext, kem_public(public), info)
    except ValueError as error:
        raise MalformedError("nothing can be sealed to this X-Wing public key") from error


def kem_public(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    """Check and load a 1216-byte X-Wing public key, ML-KEM(1184) || X25519(32)."""
    if len(public) != KEM_PK:
        raise MalformedError("an X-Wing public key has 1216 bytes")
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PK])
        x25519 = X25519PublicKey.from_public_bytes(public[MLKEM_PK:])
    except ValueError as error:
        raise MalformedError("not an X-Wing public key") from error
    return hpke.MLKEM768X25519PublicKey(mlkem, x25519)


class SigningKey:
    """An Ed25519 key pair from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public: bytes = self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature over ``message``."""
        return self._private.sign(message)


def verify(public: bytes, signature: bytes, message: bytes, what: str) -> None:
    """Check a 64-byte Ed25519 signature; raises SignatureError naming ``what``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError(f"the signature of the {what} is not by the expected key") from error
