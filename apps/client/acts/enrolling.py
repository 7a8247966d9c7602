"""Enrolling: keys are made here, kept first, and only then is the server told (§10)."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import uuid4

import httpx

from ...envelope.encoding import b64
from ...envelope.errors import EnvelopeError
from ...envelope.key_files import ApiKey, Secrets, Slot, seal_key_file
from ...envelope.keys import ClientKeys, client_name
from ...envelope.tokens import API_SECRET, ENROLMENT, new_token, read_token, token_digest
from .. import credentials, endpoints, files
from ..api import Api
from ..credentials import Credentials
from ..errors import ApiError, CredentialsError, UsageError, VerificationError
from ..server_address import read_address
from ..slots import Recovery
from ..unlocking import Unlock


@dataclass(frozen=True)
class Protection:
    """How a new key file will be opened: its slots, and with what it is recovered."""

    slots: Sequence[Slot]
    recovery: Recovery | None = None


class Protect(Protocol):
    """Decides how a new key file is protected."""

    def protection(self) -> Protection:
        """Return the slots of the file."""

    def kept(self, credentials: Credentials) -> None:
        """Hand out what somebody has to keep; nothing is written before it returns."""


class Enrolled(NamedTuple):
    """Credentials that work, when the API key ends ("" for never), and if it is a renewal."""

    credentials: Credentials
    expires: str
    renewed: bool


def enrol(
    *,
    token: str,
    name: str,
    path: Path,
    protect: Protect,
    unlock: Unlock,
    api_url: str = "",
    transport: httpx.BaseTransport | None = None,
) -> Enrolled:
    """Enrol under ``name`` with a one-time token and keep the keys in ``path``.

    ``protect`` decides where a new file is made, ``unlock`` opens one that is there. The file is
    written before the server hears of it: after a crash or a lost answer the same call goes on
    where it stood. For a file that is complete, a new token adds an API key to the same client.
    Raises UsageError, CredentialsError, ApiError.
    """
    check_arguments(token, name, path)
    api_url = read_address(api_url)
    with closing(Api(url=api_url, transport=transport)) as api, files.locked(path):
        before = _existing(path, name, api_url, unlock)
        begun = before or _made(path, name, api_url, protect)
        secrets = _prepared(replace(begun.secrets, api_url=api_url), token)
        if before is None:
            protect.kept(begun)
            begun = _first(begun, secrets)
        elif secrets != begun.secrets:
            begun = begun.saved(secrets=secrets)
        if secrets.pending is None:  # the same token again, after success
            return Enrolled(begun, "", renewed=False)
        return _told(begun, secrets.pending[1], token, api, renewed=_is_complete(before))


def check_arguments(token: str, name: str, path: Path) -> None:
    """Refuse what cannot work before anything is written."""
    try:
        read_token(ENROLMENT, token)
        client_name(name)
    except EnvelopeError as error:
        raise UsageError(str(error), hint="an admin of the server issues tokens") from error
    files.check_target(path)


def _existing(path: Path, name: str, api_url: str, unlock: Unlock) -> Credentials | None:
    """Return what is in the file; never another client's, nor one at another server."""
    if not path.exists():
        return None
    found = credentials.from_file(path, unlock)
    if not _is_complete(found):
        if found.name != name:
            return None  # refused under that name: nothing depends on those keys yet
        return replace(found, api_url=api_url)  # the address may have been wrong
    if found.name != name or found.api_url != api_url:
        raise CredentialsError(
            f"{path} holds the credentials of {found.name} at {found.api_url or 'this project'}",
            hint="nothing was changed: choose another file with --out",
        )
    return found


def _made(path: Path, name: str, api_url: str, protect: Protect) -> Credentials:
    """Return a new client, of which nothing is written yet."""
    protection = protect.protection()
    return credentials.new(
        id=str(uuid4()),
        keys=ClientKeys.generate(),
        name=name,
        path=path,
        api_url=api_url,
        slots=protection.slots,
        recovery=protection.recovery,
    )


def _first(made: Credentials, secrets: Secrets) -> Credentials:
    """Write a file for the first time, under serial 1."""
    file = seal_key_file(made.card, serial=1, slots=made.file.slots, secrets=secrets)
    credentials.write(made.path, file)
    return replace(made, file=file, secrets=secrets)


def _prepared(secrets: Secrets, token: str) -> Secrets:
    """Return the secrets with a pending API key for this token, if it has none yet."""
    digest = token_digest(token)
    if secrets.token == digest or (secrets.pending and secrets.pending[0] == digest):
        return secrets
    return replace(secrets, pending=(digest, ApiKey(str(uuid4()), new_token(API_SECRET))))


def _told(begun: Credentials, api_key: ApiKey, token: str, api: Api, *, renewed: bool) -> Enrolled:
    try:
        answer = api.call(
            endpoints.ENROL,
            body={
                "token": token,
                "card": begun.card.to_wire(),
                "api_key": {"id": api_key.id, "digest": b64(token_digest(api_key.secret))},
            },
        )
    except ApiError as error:
        if not renewed:
            error.hint = (
                f"{begun.path} holds the unfinished enrolment: the same command can be run "
                "again, with this token or another" + (f"; {error.hint}" if error.hint else "")
            )
        raise
    if (answer["client_id"], answer["api_key_id"]) != (begun.client_id, api_key.id):
        raise VerificationError("the server enrolled somebody else", code="mismatch")
    secrets = replace(begun.secrets, api_key=api_key, token=token_digest(token), pending=None)
    return Enrolled(begun.saved(secrets=secrets), answer["expires"], renewed)


def _is_complete(before: Credentials | None) -> bool:
    return before is not None and before.api_key is not None
