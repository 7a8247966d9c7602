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
from ...envelope.key_files import ApiKey, Secrets, Slot
from ...envelope.keys import ClientKeys, client_name
from ...envelope.tokens import API_SECRET, ENROLMENT, new_token, read_token, token_digest
from .. import credentials, endpoints, files
from ..api import Api
from ..credentials import Credentials
from ..errors import ApiError, ApiRefused, CredentialsError, UsageError, VerificationError
from ..saving import saved
from ..server_address import read_address
from ..slots import Recovery
from ..state import state_file, state_path
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

    def agrees(self, found: Credentials) -> None:
        """Refuse to go on with a file that is there, and protected otherwise than is wanted."""

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
        if before:
            protect.agrees(before)
        begun = before or _made(path, name, api_url, protect)
        secrets = _prepared(replace(begun.secrets, api_url=api_url), token)
        if before is None:
            protect.kept(begun)
            begun = _first(begun, secrets)
        elif secrets != begun.secrets:
            begun = _saved(begun, secrets)
        if begun.api_key is None:
            _remember(begun)
        if secrets.pending is None:  # the same token again, after success
            return Enrolled(begun, "", renewed=False)
        may_be_known = before is not None and before.secrets.pending is not None
        try:
            return _told(begun, secrets.pending[1], token, api, renewed=_is_complete(before))
        except ApiRefused:
            if not may_be_known:
                _saved(begun, replace(secrets, pending=None))
            raise


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
            _give_up(found)
            return None
        return replace(found, api_url=api_url)  # the address may have been wrong
    if found.name != name or found.api_url != api_url:
        raise CredentialsError(
            f"{path} holds the credentials of {found.name} at {found.api_url or 'this project'}",
            hint="nothing was changed: choose another file with --out",
        )
    return found


def _give_up(found: Credentials) -> None:
    """Make room for a client by another name; never where a server may know this one already."""
    if found.secrets.pending:
        raise CredentialsError(
            f"{found.path} holds the keys of {found.name}, which may be enrolled: the server's "
            "answer did not come",
            hint="run the same command again, with that name; or choose another file with --out",
        )
    state_file(found).path.unlink(missing_ok=True)  # refused: nothing depends on those keys


def _made(path: Path, name: str, api_url: str, protect: Protect) -> Credentials:
    """Return a new client, of which nothing is written yet."""
    if (memory := state_path(path)).exists():
        raise UsageError(
            f"{memory} is there already, and is what another client remembers",
            hint="choose another file with --out; or move that one away, if it is of no use",
        )
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
    return made.saved(secrets=secrets, serial=made.file.serial)


def _remember(begun: Credentials) -> None:
    """Begin the memory of a client before the server knows it.

    Nothing was signed with its keys so far. Once it is enrolled, a missing memory is a lost one.
    """
    with state_file(begun).change() as known:
        known.serial = known.serial or begun.file.serial


def _saved(begun: Credentials, secrets: Secrets) -> Credentials:
    """Write the next step; the serial stays the one on the sheet until all of it is done."""
    if begun.api_key is None:
        return begun.saved(secrets=secrets, serial=begun.file.serial)
    return saved(begun, secrets=secrets)


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
    return Enrolled(_saved(begun, secrets), answer["expires"], renewed)


def _is_complete(before: Credentials | None) -> bool:
    return before is not None and before.api_key is not None
