"""Who this client is, and who shares what with whom."""

from collections import defaultdict
from dataclasses import dataclass

from ...envelope import encoding
from ...envelope.errors import EnvelopeError
from ...envelope.grants import Grant, verify_grant
from .. import endpoints
from ..errors import ClientError
from ..session import Session, Stream
from ..trust import groups, keyring, listed_grants, pins, readers, rotation, verified_manifests

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
    party's, "" if it is not pinned. ``group`` is the id of the group that this client reads it as
    a member of, "" for what it was granted itself; a group that it shares with is the other party.
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
    group: str = ""


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
        each: dict[tuple[Stream, str, Single], list[tuple[str, Grant]]] = defaultdict(list)
        for since, grant in listed_grants.listed(session, direction=direction):
            if groups.is_group(grant.writer):
                continue  # of a group's epochs: `groups show` has them
            stream = Stream(grant.writer, grant.type)
            single = (grant.fields, grant.not_after) if grant.record else ()
            each[stream, grant.reader, single].append((since, grant))
        for (stream, reader, _), grants in sorted(each.items()):
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
        name=readers.name_of(session, other) if other else "",
        columns=last.fields,
        records=tuple(sorted({grant.record for _, grant in grants if grant.record})),
        generations=len({grant.gen for _, grant in grants}),
        not_after=last.not_after,
        since=min(since for since, _ in grants),
        verified=all(is_genuine(session, grant, granter) for _, grant in grants),
        ended=rotation.is_over(session, last),
        group=_member_of(direction, last),
    )


def _member_of(direction: str, grant: Grant) -> str:
    is_through = direction == INCOMING and groups.is_group(grant.reader)
    return groups.group_id(grant.reader) if is_through else ""


def is_genuine(session: Session, grant: Grant, granter: str) -> bool:
    """Whether a pinned party that may grant signed it, to a reader who is known.

    What others grant to a group that this client is in, it opens with the epochs of that group.
    """
    is_through = groups.is_group(grant.reader) and granter != session.me.id
    if not (is_through or readers.is_known(session, grant)):
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
