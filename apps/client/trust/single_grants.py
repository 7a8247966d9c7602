"""Grants of single records: who had one of a record keeps it when the record is written anew.

An update ends them, since each revision has data keys of its own (docs/protocol.md §7).
"""

from collections import defaultdict
from collections.abc import Iterable

from ...envelope.grants import Grant, seal_grant
from ...envelope.holders import Recipient
from ...envelope.records import Record, open_data_keys
from ..errors import EndedGroupError, UnpinnedError, VerificationError
from ..session import Session, Stream
from . import listed_grants, readers, rotation
from .generations import Generation

Standing = dict[str, list[Grant]]
"""Grants of single records that may be made anew, by record."""


def signed(session: Session, stream: Stream, record: str = "") -> list[Grant]:
    """Return the grants of single records of an own stream that this client signed.

    Of one ``record``, if it is named. People are told of those that its earlier keys signed, which
    are void. Raises VerificationError for what nobody signed who may.
    """
    found = listed_grants.listed(
        session, direction="outgoing", writer=stream.writer, type=stream.type, record=record
    )
    own, lapsed = rotation.by_signer(session, stream, [one for _, one in found], single=True)
    for reader in sorted({grant.reader for grant in lapsed}):
        session.tell_once(
            f"{readers.called(reader)} was granted records of {stream} by earlier keys of this "
            "client, which is void: `share --record` them again"
        )
    return own


def standing(session: Session, stream: Stream, record: str = "") -> Standing:
    """Return which grants of single records are to be made anew when their records are.

    Those that this client signed, to readers who are pinned, and has not ended, neither for the
    record nor for the reader. Of each reader's the last one. Raises VerificationError.
    """
    last: dict[tuple[str, str], Grant] = {}
    for grant in signed(session, stream, record):
        key = grant.record, grant.reader
        if may_be_made_anew(session, stream, grant) and grant.gen >= last.get(key, grant).gen:
            last[key] = grant
    found: Standing = defaultdict(list)
    for grant in last.values():
        found[grant.record].append(grant)
    return dict(found)


def may_be_made_anew(session: Session, stream: Stream, grant: Grant) -> bool:
    """Whether an own grant of one record goes on with the record's next revision."""
    if grant.reader == session.me.id or rotation.is_over(session, grant):
        return False
    if has_ended(session, stream, grant):
        return False
    if not readers.is_known(session, grant):
        session.tell_once(
            f"{readers.called(grant.reader)} reads records of {stream}, but is not known here: "
            "what is written anew it no longer reads until you `share --record` with it again"
        )
        return False
    return True


def still(session: Session, stream: Stream, standing: Standing, ids: Iterable[str]) -> Standing:
    """Return those of some records that were not ended since they were asked for."""
    memory = session.state.load().stream(stream.writer, stream.type)
    return {
        id: [one for one in standing[id] if not memory.has_ended(one.reader, id, one.gen)]
        for id in ids
        if id in standing
    }


def has_ended(session: Session, stream: Stream, grant: Grant) -> bool:
    """Whether this client revoked this reader, or took the record from it, since."""
    memory = session.state.load().stream(stream.writer, stream.type)
    return memory.has_ended(grant.reader, grant.record, grant.gen)


def made_anew(
    session: Session,
    stream: Stream,
    generation: Generation,
    record: Record,
    *,
    before: bytes,
    grants: Iterable[Grant],
) -> list[Grant]:
    """Return the grants of a record's next revision for who had those of the last one.

    ``before`` names the access key of that one; grants of any other are of long ago. Each has the
    fields that it had, as far as the record still has them, and the same end.
    """
    found: list[Grant] = []
    for old in grants:
        names = [name for name in old.fields if name in record.fields]
        if not is_of_last(old, before) or not names:
            continue
        reader = _party(session, stream, old.reader)
        if reader is not None:
            found.append(
                grant_fields(
                    session, generation.gen, record, generation.key, reader, names, old.not_after
                )
            )
    return found


def is_of_last(grant: Grant, before: bytes) -> bool:
    """Whether a grant is of the access key that the last revision was written under."""
    return grant.akid == before


def _party(session: Session, stream: Stream, reader: str) -> Recipient | None:
    """Return a reader as it is today; None, and people are told, if that is not known."""
    try:
        return readers.known(session, reader)
    except (UnpinnedError, VerificationError, EndedGroupError) as error:
        session.tell_once(
            f"{readers.called(reader)} reads records of {stream}, but its "
            f"{readers.vouched_by(reader)} cannot be followed ({error}): what is written anew it "
            "no longer reads until you `share --record` with it again"
        )
        return None


def data_keys(record: Record, access_key: bytes, names: Iterable[str]) -> dict[str, bytes]:
    """Return the data keys (32 bytes) of fields of a record that was verified, or just made."""
    return open_data_keys(record, access_key, names)


def grant_fields(
    session: Session,
    gen: int,
    record: Record,
    access_key: bytes,
    reader: Recipient,
    names: Iterable[str],
    not_after: int,
) -> Grant:
    """Grant fields of one own record, which was verified or just made, to a reader."""
    return seal_grant(
        granter=session.keys,
        reader=reader,
        writer=record.writer,
        type=record.type,
        gen=gen,
        akid=record.akid,
        keys=data_keys(record, access_key, names),
        record=record.id,
        not_after=not_after,
    )
