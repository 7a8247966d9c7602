"""Who this client is, and who shares what with whom."""

from collections import defaultdict
from dataclasses import dataclass

from ...envelope import encoding
from ...envelope.errors import EnvelopeError
from ...envelope.grants import Grant, verify_grant
from .. import endpoints
from ..errors import ClientError
from ..session import Session, Stream
from ..trust import keyring, pins, verified_manifests

Single = tuple[tuple[str, ...], int] | tuple[()]
"""What is granted of single records, fields and end; nothing for what is granted of a stream."""

OUTGOING = "outgoing"
INCOMING = "incoming"


@dataclass(frozen=True)
class Share:
    """One reader's access to one stream, or to single ``records`` of it, whose ids these are.

    Those of which the same is shared for as long are one share.

    ``verified`` says that every grant is signed by who may grant, and that the other
    party is pinned, ``ended`` that its last day has passed; ``name`` is the other
    party's, "" if it is not pinned.
    """

    direction: str
    stream: Stream
    other: str
    name: str
    columns: tuple[str, ...]
    records: tuple[str, ...]
    generations: int
    not_after: int
    since: str
    verified: bool
    ended: bool


@dataclass(frozen=True)
class Me:
    """This client as the server knows it; times are RFC 3339, "" for never."""

    id: str
    name: str
    fingerprint: bytes
    server: str
    expires: str
    last_used: str


def shares(session: Session) -> list[Share]:
    """Return all shares of own streams, then all that others share with this client."""
    own = {session.me.id}
    found: list[Share] = []
    for direction in (OUTGOING, INCOMING):
        groups: dict[tuple[Stream, str, Single], list[tuple[str, Grant]]] = defaultdict(list)
        for since, grant in keyring.listed(session, direction=direction):
            stream = Stream(grant.writer, grant.type)
            single = (grant.fields, grant.not_after) if grant.record else ()
            groups[stream, grant.reader, single].append((since, grant))
        for (stream, reader, _), grants in sorted(groups.items()):
            granter = granter_of(session, stream)
            other = reader if direction == OUTGOING else granter
            if other not in own:
                found.append(_share(session, direction, stream, granter, other, grants))
    return found


def whoami(session: Session) -> Me:
    """Ask the server who is calling, and check that it knows this very client."""
    answer = session.api.call(endpoints.ME)
    card = pins.own_card(session, answer)
    return Me(
        id=card.id,
        name=card.name,
        fingerprint=card.fingerprint,
        server=session.api.url,
        expires=answer["api_key"]["expires"],
        last_used=answer["api_key"]["last_used"],
    )


def _share(
    session: Session,
    direction: str,
    stream: Stream,
    granter: str,
    other: str,
    grants: list[tuple[str, Grant]],
) -> Share:
    last = max((grant for _, grant in grants), key=lambda grant: grant.gen)
    return Share(
        direction=direction,
        stream=stream,
        other=other,
        name=pins.name_of(session, other) if other else "",
        columns=last.fields,
        records=tuple(sorted({grant.record for _, grant in grants if grant.record})),
        generations=len({grant.gen for _, grant in grants}),
        not_after=last.not_after,
        since=min(since for since, _ in grants),
        verified=all(is_genuine(session, grant, granter) for _, grant in grants),
        ended=0 < last.not_after < session.now(),
    )


def is_genuine(session: Session, grant: Grant, granter: str) -> bool:
    """Whether a pinned party that may grant signed it, to a reader who is pinned."""
    if not pins.is_pinned(session, grant.reader, grant.reader_fp):
        return False
    try:
        card = pins.known_card(session, granter)
        verify_grant(grant, card, card.id if grant.writer.startswith(encoding.FORM) else None)
    except (EnvelopeError, ClientError):
        return False
    return True


def granter_of(session: Session, stream: Stream) -> str:
    """Return who may grant in a stream; "" for a form whose owner is not pinned."""
    if not stream.form:
        return stream.writer
    try:
        return verified_manifests.owner_of(session, stream.form)
    except ClientError:
        return ""


def written(session: Session) -> dict[str, set[str]]:
    """Return the fields of each own type, as far as this client remembers to have written it."""
    return {
        type: memory.columns
        for (writer, type), memory in session.state.load().streams.items()
        if writer == session.me.id and memory.columns
    }


def readable_types(session: Session, writer: str = "") -> list[str]:
    """Return the types of which something is granted to this client, by one writer or by any."""
    return sorted(
        {
            one.type
            for one in keyring.incoming(session)
            if not writer or writer in {one.writer, granter_of(session, one)}
        }
    )


def is_shared_by(session: Session, writer: str, type: str) -> bool:
    """Whether a writer (a client, its forms included, or one form) grants a type to this client."""
    return any(
        writer in {one.writer, granter_of(session, one)}
        for one in keyring.incoming(session, type=type)
        if one.type == type
    )
