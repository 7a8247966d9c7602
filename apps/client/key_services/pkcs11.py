"""An AES-256 key on a token of PKCS#11: a smart card, a hardware security module, SoftHSM2.

The key is named by a PKCS#11 URI (RFC 7512) that may have the attributes ``token``, ``serial``,
``object`` and ``id`` and no others: a URI may also say which library is loaded and where a PIN
lies, and a key file has no say in that. The library comes from SEALFORM_PKCS11_MODULE, the
PIN from the file that SEALFORM_PKCS11_PIN_FILE names, or from whoever is asked.

The secret is encrypted with AES-GCM on the token, the context as additional data. The nonce is
drawn here, so a module that insists on drawing it itself (FIPS modes) is refused by itself.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote, unquote_to_bytes

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, TokenFlag, exceptions
from pkcs11.types import DecryptMixin, EncryptMixin, SecretKey, Session, Token

from ...envelope.encoding import b64
from ...envelope.primitives import KEY, NONCE, TAG, random
from ..errors import KeyServiceError
from .key_service import ANOTHER, KeyService, T

MODULE, PIN_FILE = "SEALFORM_PKCS11_MODULE", "SEALFORM_PKCS11_PIN_FILE"
EXAMPLE = "like pkcs11:token=sealform;object=acme"
MOST = {"token": 32, "serial": 16, "object": 64, "id": 32}
"""Bytes of each attribute that a name may have, in the order in which it is written."""
MAX_URI = 512
ELSEWHERE = {"pin-value", "pin-source", "module-path", "module-name"}
# Names and values as RFC 7512 writes them (section 2.3), a value possibly percent-encoded.
PAIR = re.compile(r"([a-z-]{1,32})=((?:[A-Za-z0-9_.~:\[\]@!$'()*+,=&-]|%[0-9A-Fa-f]{2})+)")
MAY_BOTH = "choose a key with CKA_ENCRYPT and CKA_DECRYPT"
WRAPPED = NONCE + KEY + TAG
KEY_BITS = 8 * KEY

# What a token says that is not there, or not any more.
GONE = (
    exceptions.NoSuchToken,
    exceptions.TokenNotPresent,
    exceptions.DeviceRemoved,
    exceptions.DeviceError,
    exceptions.SlotIDInvalid,
    exceptions.SessionClosed,
    exceptions.SessionHandleInvalid,
)
PIN_IS_WRONG = (
    exceptions.PinIncorrect,
    exceptions.PinInvalid,
    exceptions.PinLenRange,
    exceptions.PinExpired,
    exceptions.PinLocked,
    exceptions.UserPinNotInitialized,
)
# A process has one log-in to a token, which ends with its last session.
ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Named:
    """What a name says of a key; "" and b"" for what it leaves out."""

    token: str = ""
    serial: str = ""
    object: str = ""
    id: bytes = b""

    def __str__(self) -> str:
        """Return the PKCS#11 URI, which is the same for two names of one meaning."""
        said = {
            "token": quote(self.token, safe=""),
            "serial": quote(self.serial, safe=""),
            "object": quote(self.object, safe=""),
            "id": "".join(f"%{byte:02X}" for byte in self.id),
        }
        return "pkcs11:" + ";".join(f"{name}={value}" for name, value in said.items() if value)


def read_uri(uri: str) -> Named:
    """Return what a PKCS#11 URI names; raises KeyServiceError for one that says anything else."""
    scheme, _, path = uri.partition(":")
    if scheme != "pkcs11" or len(uri) > MAX_URI:
        raise KeyServiceError(f"this is no PKCS#11 URI of 1 to {MAX_URI} characters", hint=EXAMPLE)
    path, question, query = path.partition("?")
    found: dict[str, bytes] = {}
    for pair in [*(query.split("&") if question else []), *path.split(";")]:
        name = pair.partition("=")[0]
        if name in ELSEWHERE:
            raise KeyServiceError(
                f"a PKCS#11 URI must not say {name} here: it may come with a key file",
                hint=f"the library comes from {MODULE}, the PIN from {PIN_FILE} or a prompt",
            )
        read = PAIR.fullmatch(pair)
        if question or not read or name not in MOST or name in found:
            raise KeyServiceError(
                f"a PKCS#11 URI has {', '.join(MOST)} here, each once, and nothing else",
                hint=EXAMPLE,
            )
        found[name] = unquote_to_bytes(read[2])
        if len(found[name]) > MOST[name]:
            raise KeyServiceError(f"{name} of a PKCS#11 URI has at most {MOST[name]} bytes")
    if not found.keys() & {"token", "serial"} or not found.keys() & {"object", "id"}:
        raise KeyServiceError("a token and a key on it have to be named", hint=EXAMPLE)
    return Named(
        _text(found, "token"), _text(found, "serial"), _text(found, "object"), found.get("id", b"")
    )


def _text(found: dict[str, bytes], name: str) -> str:
    try:
        text = found.get(name, b"").decode()
    except UnicodeDecodeError as error:
        raise KeyServiceError(f"{name} of a PKCS#11 URI is not UTF-8", hint=EXAMPLE) from error
    if not text.isprintable():
        raise KeyServiceError(f"{name} of a PKCS#11 URI has characters that nobody sees")
    return text


class Pkcs11(KeyService):
    """A token of PKCS#11, its key named ``pkcs11:token=LABEL;object=LABEL``.

    Params: ``key``, the URI, and ``wrapped``, base64url of nonce(12) || ciphertext(32) || tag(16).
    """

    kind = "pkcs11"
    title = "the PKCS#11 token"
    members = ("key", "wrapped")

    def __init__(
        self, environ: Mapping[str, str], ask_pin: Callable[[str], str] | None = None
    ) -> None:
        super().__init__(environ, ask_pin)
        self._typed: dict[str, str] = {}

    def make_key(self, key: str) -> str:
        """Make an AES-256 key on the token that never leaves it; return its URI.

        ``key`` is what a name has behind ``pkcs11:``. Raises KeyServiceError where there is one
        by this name already.
        """
        named = read_uri(f"pkcs11:{key}")
        self._with_token(named, lambda session: self._make(session, named), change=True)
        return str(named)

    def _wrap(self, key: str, secret: bytes, context: bytes) -> dict[str, str]:
        named = read_uri(f"pkcs11:{key}")
        nonce = random(NONCE)

        def encrypt(session: Session) -> bytes:
            found = self._key(session, named)
            _check_stays(found)
            if not isinstance(found, EncryptMixin):
                raise self.refuses("this key may not encrypt", hint=MAY_BOTH)
            sealed = found.encrypt(
                secret,
                mechanism=Mechanism.AES_GCM,
                mechanism_param=pkcs11.GCMParams(nonce, context, 8 * TAG),
            )
            return cast(bytes, sealed)  # it is an iterator only where it was given one

        return {"key": str(named), "wrapped": b64(nonce + self._with_token(named, encrypt))}

    def _unwrap(self, params: dict[str, str], context: bytes) -> bytes:
        named = read_uri(params["key"])
        wrapped = self.wrapped(params["wrapped"], least=WRAPPED, most=WRAPPED)
        nonce, sealed = wrapped[:NONCE], wrapped[NONCE:]

        def decrypt(session: Session) -> bytes:
            key = self._key(session, named)
            if not isinstance(key, DecryptMixin):
                raise self.refuses("this key may not decrypt", hint=MAY_BOTH)
            try:
                secret = key.decrypt(
                    sealed,
                    mechanism=Mechanism.AES_GCM,
                    mechanism_param=pkcs11.GCMParams(nonce, context, 8 * TAG),
                )
                return cast(bytes, secret)
            except GONE:
                raise
            except exceptions.PKCS11Error as error:
                # Modules differ in what they say of a tag that is not right.
                raise self.refuses(f"the slot does not open ({_said(error)})") from error

        return self._with_token(named, decrypt)

    def _with_token(self, named: Named, act: Callable[[Session], T], *, change: bool = False) -> T:
        module = self.setting(MODULE, meaning="the path of the library that speaks to it")
        if not module.startswith("/"):
            raise KeyServiceError(
                f"{MODULE} is no absolute path", hint="like /usr/lib/softhsm/libsofthsm2.so"
            )
        pin = self.secret_from_file(PIN_FILE)
        if not pin:
            # Nobody types a PIN for a token that is not there, however a key file calls it.
            self.in_time(lambda: self._look(module, named))
            pin = self._typed_pin(named)  # which may take a person as long as it takes
        return self.in_time(lambda: self._act(module, named, pin, act, change=change))

    def _act(
        self, module: str, named: Named, pin: str, act: Callable[[Session], T], *, change: bool
    ) -> T:
        with ONE_AT_A_TIME, self._translated():
            token = self._token(module, named)
            with token.open(rw=change, user_pin=pin) as session:
                return act(session)

    def _look(self, module: str, named: Named) -> None:
        with ONE_AT_A_TIME, self._translated():
            self._token(module, named)

    def _token(self, module: str, named: Named) -> Token:
        asked: dict[str, str | bytes] = {}
        if named.token:
            asked["token_label"] = named.token
        if named.serial:
            asked["token_serial"] = named.serial.encode()
        token = pkcs11.lib(module).get_token(**asked)
        if token.flags & (TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED):
            raise KeyServiceError(
                "the next wrong PIN locks the token, or one has: nothing was tried",
                hint="log in once with another program, which counts anew, or ask its officer",
            )
        return token

    def _typed_pin(self, named: Named) -> str:
        """Return what a person types, who is asked once for all that is done with a token."""
        name = named.token or named.serial
        if not self._typed.get(name) and self.ask_pin:
            self._typed[name] = self.ask_pin(name)
        pin = self._typed.get(name, "")
        if not pin:
            raise KeyServiceError(
                "the token asks for a PIN, and nobody is here to type it",
                hint=f"{PIN_FILE} names a file, for yourself alone, that holds it",
            )
        return pin

    def _key(self, session: Session, named: Named) -> SecretKey:
        found = session.get_key(
            object_class=ObjectClass.SECRET_KEY,
            key_type=KeyType.AES,
            label=named.object or None,
            id=named.id or None,
        )
        if not isinstance(found, SecretKey):
            raise KeyServiceError(f"{named} is no secret key")
        return found

    def _make(self, session: Session, named: Named) -> None:
        try:
            self._key(session, named)
        except exceptions.NoSuchKey:
            pass
        except exceptions.MultipleObjectsReturned:
            raise self.refuses("keys of this name are there already") from None
        else:
            raise self.refuses(
                "a key of this name is there already", hint="use it, or choose another name"
            )
        session.generate_key(
            KeyType.AES,
            KEY_BITS,
            id=named.id or None,
            label=named.object or None,
            store=True,
            capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
            template={
                Attribute.PRIVATE: True,
                Attribute.SENSITIVE: True,
                Attribute.EXTRACTABLE: False,
            },
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except GONE as error:
            raise self.away(f"it is not there ({_said(error)}); is it plugged in?") from error
        except PIN_IS_WRONG as error:
            self._typed.clear()
            raise self.refuses(
                f"the PIN was not taken ({_said(error)})",
                hint="it was tried once: a few wrong ones lock a token",
            ) from error
        except exceptions.MultipleTokensReturned as error:
            raise self.refuses(
                "several tokens have this name", hint="name its serial, too: serial=…"
            ) from error
        except (exceptions.NoSuchKey, exceptions.MultipleObjectsReturned) as error:
            raise self.refuses(
                "no key, or more than one, has this name", hint=f"{ANOTHER}; `id` tells two apart"
            ) from error
        except exceptions.PKCS11Error as error:
            raise self.refuses(
                f"it failed ({_said(error)})",
                hint=f"does {MODULE} name its library, and can its keys do AES-GCM?",
            ) from error


def _check_stays(key: SecretKey) -> None:
    """Refuse a key that could be copied off its token."""
    if key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]:
        raise KeyServiceError(
            "this key could be copied off its token: it is extractable, or not sensitive",
            hint="make another one, which never leaves the token",
        )


def _said(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()
