"""Who this client is: its id, API key and private key, from a file or the environment."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..envelope import encoding
from ..envelope.encoding import VERSION, b64, unb64
from ..envelope.errors import EnvelopeError
from ..envelope.keys import Card, ClientKeys, client_name, make_card
from ..envelope.primitives import KEM_PK, SIG_PK
from ..envelope.tokens import API_SECRET, SEED, read_token, show_token, without_tokens
from . import files
from .errors import CredentialsError, UsageError
from .server_address import read_address

PREFIX = "SEALFORM_"
NEEDED = ("CLIENT_ID", "API_KEY_ID", "API_SECRET", "PUBLIC_KEY", "PRIVATE_KEY")
MAX_FILE = 256 * 1024
RESTORE = "restore your backup; `enroll --out` with a new file makes another client"


@dataclass(frozen=True)
class ApiKey:
    """What the server knows the client by: an id, and a secret it keeps only a digest of."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Pending:
    """An enrolment whose answer has not arrived; ``token`` is the token's digest."""

    token: str = field(repr=False)
    api_key: ApiKey


@dataclass(frozen=True)
class Credentials:
    """A client's credentials; ``api_url`` is "" for the server in this very process.

    ``token`` is the digest of the enrolment token used last, "" for none.
    """

    client_id: str
    keys: ClientKeys = field(repr=False)
    api_key: ApiKey | None
    api_url: str = ""
    name: str = ""
    path: Path | None = None
    token: str = field(default="", repr=False)
    pending: Pending | None = None

    @cached_property
    def card(self) -> Card:
        """The client's own card, made from its keys and not asked of anybody."""
        return make_card(keys=self.keys, id=self.client_id, name=self.name or self.client_id)

    def save(self) -> None:
        """Write the file, readable by its owner only, in one step."""
        if self.path is None:
            raise CredentialsError("these credentials come from no file")
        text = json.dumps(_to_wire(self), indent=2, ensure_ascii=False) + "\n"
        try:
            files.write_private(self.path, text.encode())
        except OSError as error:
            raise CredentialsError(f"{self.path} cannot be written: {error.strerror}") from error


def public_key(keys: ClientKeys) -> str:
    """Return base64url of the KEM public key (1216 bytes) and the signing key (32 bytes)."""
    return b64(keys.kem.public + keys.sig.public)


def enrolled(credentials: Credentials) -> ApiKey:
    """Return the API key; raises CredentialsError while the enrolment is not complete."""
    if credentials.api_key is None:
        raise CredentialsError(
            "the enrolment of this client was not completed",
            hint="run the same `enroll` command again",
        )
    return credentials.api_key


def from_file(path: str | Path, *, api_url: str | None = None) -> Credentials:
    """Read a credentials file that `enroll` wrote; raises CredentialsError."""
    path = Path(path)
    check_is_a_name(str(path))
    try:
        raw = files.read_private(path)
    except OSError as error:
        raise CredentialsError(
            f"{path} cannot be read: {error.strerror}",
            hint="`enroll --out FILE` makes a credentials file",
        ) from error
    if raw is None:
        raise CredentialsError(
            f"{path} can be read by other users of this machine", hint=f"chmod 600 {path}"
        )
    if not raw.strip():
        raise CredentialsError(f"{path} is empty", hint=RESTORE)
    try:
        found = _from_wire(_json(raw), path)
    except ValueError as error:
        raise CredentialsError(f"{path} is not what `enroll` wrote", hint=RESTORE) from error
    except EnvelopeError as error:
        raise CredentialsError(
            f"{path} is not what `enroll` wrote: {error}", hint=RESTORE
        ) from error
    return _at(found, api_url, f"{path}: ")


def _at(found: Credentials, api_url: str | None, where: str) -> Credentials:
    """Return credentials for ``api_url``, else for the server that they name, which is checked."""
    if api_url is not None:
        return replace(found, api_url=read_address(api_url))
    try:
        return replace(found, api_url=read_address(found.api_url))
    except UsageError as error:
        raise CredentialsError(f"{where}{error}", hint=error.hint) from error


def _json(raw: bytes) -> Any:
    """Parse what people may have copied and indented anew; raises ValueError."""
    if len(raw) > MAX_FILE:
        raise ValueError("too long")
    return json.loads(raw, object_pairs_hook=_once)


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(members)) != len(members):
        raise ValueError("a member stands there twice")
    return dict(members)


def check_is_a_name(path: str) -> None:
    """Refuse what is no name of a file but what stands in one, without showing it."""
    if "\n" in path or path.lstrip().startswith("{") or without_tokens(path) != path:
        raise CredentialsError(
            "what should name the credentials file looks like what stands in one",
            hint="give the file's name; keys from variables are SEALFORM_PRIVATE_KEY and others",
        )


def from_env(
    environ: Mapping[str, str] | None = None, *, api_url: str | None = None
) -> Credentials:
    """Read SEALFORM_CLIENT_ID, _API_KEY_ID, _API_SECRET, _PUBLIC_KEY, _PRIVATE_KEY, _API_URL.

    Each may stand in a file that a variable with _FILE behind its name names.
    Raises CredentialsError.
    """
    values = os.environ if environ is None else environ
    if not any(_optional(values, name) for name in NEEDED):
        names = ", ".join(f"{PREFIX}{name}" for name in NEEDED)
        raise CredentialsError(
            "no credentials: pass --credentials FILE or set SEALFORM_CREDENTIALS",
            hint=f"or set {names}, and {PREFIX}API_URL",
        )
    try:
        keys = _read_keys(_variable(values, "PRIVATE_KEY"), _variable(values, "PUBLIC_KEY"))
        found = Credentials(
            client_id=encoding.uuid(_variable(values, "CLIENT_ID"), "SEALFORM_CLIENT_ID"),
            keys=keys,
            api_key=_read_api_key(
                {"id": _variable(values, "API_KEY_ID"), "secret": _variable(values, "API_SECRET")}
            ),
            api_url=_optional(values, "API_URL"),
        )
    except EnvelopeError as error:
        raise CredentialsError(f"the SEALFORM_ variables cannot be used: {error}") from error
    return _at(found, api_url, f"{PREFIX}API_URL: ")


def _variable(values: Mapping[str, str], name: str) -> str:
    found = _optional(values, name)
    if not found:
        raise CredentialsError(
            f"{PREFIX}{name} is not set",
            hint="set it too, or name a file with --credentials or SEALFORM_CREDENTIALS",
        )
    return found


def _optional(values: Mapping[str, str], name: str) -> str:
    file = values.get(f"{PREFIX}{name}_FILE")
    if not file:
        return values.get(f"{PREFIX}{name}", "").strip()
    try:
        return files.read_text(Path(file)).strip()
    except OSError as error:
        raise CredentialsError(f"the file that {PREFIX}{name}_FILE names cannot be read") from error


def _read_keys(private: object, public: object) -> ClientKeys:
    keys = ClientKeys(read_token(SEED, private))
    if unb64(public, KEM_PK + SIG_PK) != keys.kem.public + keys.sig.public:
        raise CredentialsError("the public key does not belong to the private key")
    return keys


def _read_api_key(value: object) -> ApiKey:
    wire = encoding.members(value, ("id", "secret"), "api_key")
    read_token(API_SECRET, wire["secret"])
    return ApiKey(encoding.uuid(wire["id"], "API key id"), wire["secret"])


def _to_wire(credentials: Credentials) -> dict[str, Any]:
    pending = credentials.pending
    return {
        "v": VERSION,
        "client_id": credentials.client_id,
        "name": credentials.name,
        "api_url": credentials.api_url,
        "api_key": credentials.api_key and vars(credentials.api_key),
        "public_key": public_key(credentials.keys),
        "private_key": show_token(SEED, credentials.keys.seed),
        "token": credentials.token,
        "pending": pending and {"token": pending.token, "api_key": vars(pending.api_key)},
    }


def _from_wire(value: object, path: Path) -> Credentials:
    names = ("client_id", "name", "api_url", "api_key", "public_key", "private_key", "token")
    wire = encoding.versioned(value, (*names, "pending"), "the file")
    return Credentials(
        client_id=encoding.uuid(wire["client_id"], "client_id"),
        keys=_read_keys(wire["private_key"], wire["public_key"]),
        api_key=None if wire["api_key"] is None else _read_api_key(wire["api_key"]),
        api_url=encoding.text(wire["api_url"], "api_url", 2000),
        name=client_name(wire["name"]),
        path=path,
        token=encoding.text(wire["token"], "token", 64),
        pending=None if wire["pending"] is None else _read_pending(wire["pending"]),
    )


def _read_pending(value: object) -> Pending:
    wire = encoding.members(value, ("token", "api_key"), "pending")
    return Pending(encoding.text(wire["token"], "token", 64), _read_api_key(wire["api_key"]))
