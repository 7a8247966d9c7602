"""What an owner posts, from JSON to the values that domain functions take."""

from typing import Any, NamedTuple

from apps.envelope import encoding
from apps.envelope.errors import LimitError, MalformedError
from apps.envelope.grants import Grant, parse_grant
from apps.envelope.manifests import read_signature
from apps.envelope.statements import Revocation, parse_revocation

MAX_GRANTS = 500


class Publication(NamedTuple):
    """The body of POST /forms/ID/manifests."""

    manifest_text: str
    sig: bytes
    grants: tuple[Grant, ...]
    revocations: tuple[Revocation, ...]


def read_publication(body: Any) -> Publication:
    """Parse strictly; raises MalformedError, LimitError."""
    wire = encoding.members(body, ("manifest", "sig", "grants", "revocations"), "a publication")
    if not isinstance(wire["manifest"], str):
        raise MalformedError("manifest must be the manifest's JSON text, in a string")
    return Publication(
        manifest_text=wire["manifest"],
        sig=read_signature(wire["sig"]),
        grants=tuple(map(parse_grant, _list(wire["grants"], "grants"))),
        revocations=tuple(map(parse_revocation, _list(wire["revocations"], "revocations"))),
    )


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedError(f"{what} must be a list")
    if len(value) > MAX_GRANTS:
        raise LimitError(f"a publication has at most {MAX_GRANTS} {what}")
    return value
