"""A key of OpenBao's transit engine, over its HTTP API.

The address, its certificate authority and the namespace come from the variables that the program
``bao`` reads itself: BAO_ADDR, BAO_CACERT, BAO_NAMESPACE. The token comes from the file that
SEALFORM_OPENBAO_TOKEN_FILE names, where `bao agent` writes it for example.

The context is the associated data, so the key must be of a kind that has such (aes256-gcm96).
A rotated key opens what its older versions wrapped until somebody raises
``min_decryption_version`` in OpenBao; the version stands in ``wrapped``, and no other one opens it.
"""

import base64
import json
import re
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from ...envelope.primitives import KEY, NONCE, TAG
from ..bounded_answers import read_answer
from ..errors import ClientError, KeyServiceError
from ..network import DEADLINE, NetworkTransport
from ..quoting import server_says
from ..server_address import is_loopback, read_address
from . import key_service
from .key_service import ANOTHER, KeyService

ADDRESS, AUTHORITY, NAMESPACE = "BAO_ADDR", "BAO_CACERT", "BAO_NAMESPACE"
TOKEN_FILE = "SEALFORM_OPENBAO_TOKEN_FILE"  # noqa: S105 - the name of a variable
EXAMPLE = "https://bao.example.org:8200"
MOST = 64 * 1024
"""Bytes of an answer; one has a few hundred."""
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
# What stands in a path: no slash, no dot in front, nothing that means something in an address.
ONE = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}"
NAME = re.compile(ONE)
MOST_OF_A_MOUNT = 4
NAMESPACES = re.compile(f"{ONE}(/{ONE}){{0,7}}/?")
# nonce, ciphertext and tag, in base64 with padding if their number of bytes asks for it
LENGTH = 4 * -(-(NONCE + KEY + TAG) // 3)
WRAPPED = re.compile(rf"vault:v[1-9][0-9]{{0,8}}:[A-Za-z0-9+/]{{{LENGTH}}}")
SEALED_OR_BUSY = {429, 472, 473}
FAULT = 500
# What a transport may raise when the other side says what no HTTP is.
BROKEN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)


class OpenBao(KeyService):
    """OpenBao's transit engine, named ``openbao:MOUNT/KEY``.

    Params: ``mount`` and ``key``, names of at most 64 characters (a mount has up to four, with /
    between), and ``wrapped``, ``vault:vN:`` and the base64 of 60 bytes.
    """

    kind = "openbao"
    title = "OpenBao"
    members = ("mount", "key", "wrapped")
    made_by = "bao write -f MOUNT/keys/KEY type=aes256-gcm96"

    def __init__(
        self,
        environ: Mapping[str, str],
        ask_pin: Callable[[str], str] | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(environ, ask_pin)
        self._address = self._read_address()
        self._namespace = self.setting(NAMESPACE, meaning="a namespace", needed=False)
        if self._namespace and not NAMESPACES.fullmatch(self._namespace):
            raise KeyServiceError(f"{NAMESPACE} is no name of a namespace")
        self._transport = transport

    def _wrap(self, key: str, secret: bytes, context: bytes) -> dict[str, str]:
        mount, _, name = key.rpartition("/")
        answer = self._ask("encrypt", mount, name, plaintext=secret, associated_data=context)
        wrapped = answer.get("ciphertext")
        if not isinstance(wrapped, str) or not WRAPPED.fullmatch(wrapped):
            raise self.refuses(
                "what it makes of a secret is not what a key of the type aes256-gcm96 makes",
                hint=f"make one: {self.made_by}",
            )
        return {"mount": mount, "key": name, "wrapped": wrapped}

    def _unwrap(self, params: dict[str, str], context: bytes) -> bytes:
        wrapped = params["wrapped"]
        if not WRAPPED.fullmatch(wrapped):
            raise KeyServiceError("what is wrapped in the slot is not OpenBao's", hint=ANOTHER)
        answer = self._ask(
            "decrypt", params["mount"], params["key"], ciphertext=wrapped, associated_data=context
        )
        try:
            return base64.b64decode(answer["plaintext"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise KeyServiceError("OpenBao answers without a secret", hint=_WHO) from error

    def _ask(self, act: str, mount: str, key: str, **body: bytes | str) -> dict[str, Any]:
        """Return ``data`` of an answer of the transit engine; bytes go out in base64."""
        parts = mount.split("/")
        if len(parts) > MOST_OF_A_MOUNT or not all(map(NAME.fullmatch, [*parts, key])):
            raise KeyServiceError(
                "this names no key of OpenBao", hint="like openbao:transit/acme: MOUNT/KEY"
            )
        token = self.secret_from_file(TOKEN_FILE)
        if not token:
            raise KeyServiceError(
                f"{TOKEN_FILE} is not set, so that OpenBao does not know who asks",
                hint="set it to a file, for yourself alone, that holds a token",
            )
        if not token.isascii():
            raise KeyServiceError(f"the file that {TOKEN_FILE} names holds no token of OpenBao")
        content = {
            name: value if isinstance(value, str) else base64.b64encode(value).decode()
            for name, value in body.items()
        }
        headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": "sealform-client",
            "x-vault-request": "true",
            "x-vault-token": token,
        }
        if self._namespace:
            headers["x-vault-namespace"] = self._namespace
        path = f"/v1/{mount}/{act}/{key}"
        return self.in_time(lambda: self._exchange(path, content, headers))

    def _exchange(self, path: str, content: object, headers: dict[str, str]) -> dict[str, Any]:
        deadline = time.monotonic() + key_service.SECONDS
        transport = self._transport or NetworkTransport(self._address, context=self._trusting())
        try:
            with httpx.Client(
                base_url=self._address, timeout=TIMEOUT, transport=transport, trust_env=False
            ) as http:
                request = http.build_request("POST", path, json=content, headers=headers)
                request.extensions[DEADLINE] = deadline
                response = http.send(request, stream=True, follow_redirects=False)
                try:
                    raw = read_answer(response, most=MOST, gzip=False, deadline=deadline)
                finally:
                    response.close()
        except BROKEN as error:
            raise self.away(str(error) or type(error).__name__) from error
        except ClientError as error:
            raise KeyServiceError(f"OpenBao: {error}", hint=_WHO) from error
        if response.is_success:
            return self._data(raw)
        raise self._refusal(response, raw)

    def _data(self, raw: bytes) -> dict[str, Any]:
        try:
            data = json.loads(raw)["data"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise KeyServiceError("what answers there is no OpenBao", hint=_WHO) from error
        if not isinstance(data, dict):
            raise KeyServiceError("what answers there is no OpenBao", hint=_WHO)
        return data

    def _refusal(self, response: httpx.Response, raw: bytes) -> KeyServiceError:
        status = response.status_code
        said = f"{status}; {_errors(raw)}".rstrip("; ")
        if status >= FAULT or status in SEALED_OR_BUSY:
            return self.away(f"it answers {said}")
        if response.is_redirect:
            return KeyServiceError(
                f"OpenBao sends this client elsewhere ({status}), where it does not go", hint=_WHO
            )
        match status:
            case 403:
                hint = "is the token still valid, and does its policy allow `update` on "
                hint += f"{response.request.url.path.removeprefix('/v1/')}?"
            case 404:
                hint = "no such mount or key is there: are both named as in OpenBao?"
            case _:
                hint = f"{ANOTHER}; a version below min_decryption_version is refused, too"
        return self.refuses(said, hint=hint)

    def _read_address(self) -> str:
        text = self.setting(ADDRESS, meaning=f"the address of OpenBao, like {EXAMPLE}")
        try:
            address = read_address(text, what=ADDRESS, allow_http=True)
        except ClientError as error:
            raise KeyServiceError(str(error), hint=f"like {EXAMPLE}") from error
        parts = urlsplit(address)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise KeyServiceError(
                f"{ADDRESS} is not https: the token and the secrets would travel in the clear",
                hint=f"like {EXAMPLE}; http is for this very machine alone",
            )
        return address

    def _trusting(self) -> ssl.SSLContext | None:
        """Return what believes the authority of BAO_CACERT alone; None for the machine's."""
        file = self.setting(AUTHORITY, meaning="a file", needed=False)
        if not file:
            return None
        try:
            return ssl.create_default_context(cafile=file)
        except OSError as error:  # which an ssl.SSLError is
            raise KeyServiceError(
                f"the file that {AUTHORITY} names holds no certificates, or cannot be read"
            ) from error


_WHO = f"does {ADDRESS} name an OpenBao? if it does, ask who runs it"


def _errors(raw: bytes) -> str:
    """Return what OpenBao says of an error, escaped and cut short, "" for nothing of it."""
    try:
        errors = json.loads(raw)["errors"]
        return server_says("; ".join(one for one in errors if isinstance(one, str)))
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
