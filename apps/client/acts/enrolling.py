"""Enrolling: keys are made here, kept first, and only then is the server told (§10)."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import httpx

from ...envelope.encoding import b64
from ...envelope.errors import EnvelopeError
from ...envelope.keys import ClientKeys, client_name
from ...envelope.tokens import API_SECRET, ENROLMENT, new_token, read_token, token_digest
from .. import credentials, endpoints, files
from ..api import Api
from ..credentials import ApiKey, Credentials, Pending
from ..errors import ApiError, CredentialsError, UsageError, VerificationError
from ..server_address import read_address


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
    api_url: str = "",
    transport: httpx.BaseTransport | None = None,
) -> Enrolled:
    """Enrol under ``name`` with a one-time token and keep the credentials in ``path``.

    The file is written before the server hears of it: after a crash or a lost answer
    the same call goes on where it stood. For a file that is complete, a new token adds
    an API key to the same client. Raises UsageError, CredentialsError, ApiError.
    """
    check_arguments(token, name, path)
    api_url = read_address(api_url)
    with closing(Api(url=api_url, transport=transport)) as api, files.locked(path):
        before = _existing(path, name, api_url)
        prepared = _prepared(before, token, name, path, api_url)
        if prepared != before:
            prepared.save()
        if prepared.pending is None:  # the same token again, after success
            return Enrolled(prepared, "", renewed=False)
        return _told(prepared, prepared.pending, token, api, renewed=_is_complete(before))


def check_arguments(token: str, name: str, path: Path) -> None:
    """Refuse what cannot work before anything is written."""
    try:
        read_token(ENROLMENT, token)
        client_name(name)
    except EnvelopeError as error:
        raise UsageError(str(error), hint="an admin of the server issues tokens") from error
    files.check_target(path)


def _existing(path: Path, name: str, api_url: str) -> Credentials | None:
    """Return what is in the file; never another client's, nor one at another server."""
    if not path.exists():
        return None
    found = credentials.from_file(path)
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


def _prepared(
    before: Credentials | None, token: str, name: str, path: Path, api_url: str
) -> Credentials:
    """Return the credentials with a pending API key for this token, if it has none yet."""
    digest = b64(token_digest(token))
    if before is None:
        before = Credentials(
            client_id=str(uuid4()),
            keys=ClientKeys.generate(),
            api_key=None,
            api_url=api_url,
            name=name,
            path=path,
        )
    if before.token == digest or (before.pending and before.pending.token == digest):
        return before
    key = ApiKey(str(uuid4()), new_token(API_SECRET))
    return replace(before, pending=Pending(digest, key))


def _told(
    prepared: Credentials,
    pending: Pending,
    token: str,
    api: Api,
    *,
    renewed: bool,
) -> Enrolled:
    try:
        answer = api.call(
            endpoints.ENROL,
            body={
                "token": token,
                "card": prepared.card.to_wire(),
                "api_key": {
                    "id": pending.api_key.id,
                    "digest": b64(token_digest(pending.api_key.secret)),
                },
            },
        )
    except ApiError as error:
        if not renewed:
            error.hint = (
                f"{prepared.path} holds the unfinished enrolment: the same command can be run "
                "again, with this token or another" + (f"; {error.hint}" if error.hint else "")
            )
        raise
    if (answer["client_id"], answer["api_key_id"]) != (prepared.client_id, pending.api_key.id):
        raise VerificationError("the server enrolled somebody else", code="mismatch")
    done = replace(prepared, api_key=pending.api_key, token=pending.token, pending=None)
    done.save()
    return Enrolled(done, answer["expires"], renewed)


def _is_complete(before: Credentials | None) -> bool:
    return before is not None and before.api_key is not None
