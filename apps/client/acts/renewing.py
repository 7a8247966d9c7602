"""Signing anew what an old card signed: new generations, new inboxes, all grants (§4)."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from ...envelope.encoding import FORM
from ...envelope.errors import EnvelopeError
from ...envelope.grants import Grant, verify_grant
from ...envelope.statements import Revocation, sign_revocation
from ...envelope.successions import Past
from .. import endpoints
from ..errors import ApiRefused, ClientError, UnpinnedError, UsageError, VerificationError
from ..session import Session, Stream
from ..trust import generations, readers, rotation
from ..trust.turns import in_turn
from . import grouping, own_forms, publishing, sharing
from .own_forms import FormLine
from .publishing import Plan
from .writing import MAX_ITEMS, NOBODY, close, post_grants

LeftOut = dict[str, list[str]]
"""Readers, by type, who hold nothing but grants of old cards, and are granted nothing anew."""

OF_THIS_FORM = {404, 409, 422}
"""With which status the server refuses what is published; with others it refuses the client."""


@dataclass
class Renewed:
    """New generations by type, new inboxes by slug; ``pending`` says why a form has none.

    ``groups`` are the names of those whose rosters were signed anew.
    """

    groups: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)


def renew(session: Session, past: Past) -> Renewed:
    """Open new generations and inboxes, and sign anew what the old card signed.

    ``session.renewing`` is that card. What was done before is left as it is. A form that cannot be
    published does not hold up the others. Nor does one whose grants cannot be signed anew, but then
    this is not done: the first such error is raised at the end.
    """
    done, failed = Renewed(), list[ClientError]()
    done.groups = grouping.renew_all(session)  # first: types are granted to their new epochs
    streams = [Stream(one.writer, one.type) for one in past.streams]
    for stream in streams:
        if not stream.form:
            in_turn(session, partial(_renew_type, session, stream))
            done.types.append(stream.type)
    last = {one.form: one.version for one in past.forms}
    by_id = {line.id: line for line in own_forms.own_forms(session)}
    for id in sorted(by_id.keys() & last.keys()):
        line = by_id[id]
        types = [stream for stream in streams if stream.form == id]
        try:
            left_out = in_turn(session, partial(_renew_grants, session, line, types))
        except (VerificationError, UnpinnedError) as error:
            failed.append(error)
            continue
        if why := _why_unpublished(session, line, last[id], left_out):
            done.pending[line.slug] = why
        else:
            done.forms.append(line.slug)
    if failed:
        raise failed[0]
    return done


def _renew_type(session: Session, stream: Stream) -> None:
    known = generations.known(session, stream)
    grants = rotation.in_stream(session, stream)
    _tell_of_single(session, stream, grants)
    listed, lapsed = rotation.by_signer(session, stream, grants)
    due = _signed_anew(session, stream, known, listed)
    if not generations.may_go_on(session, stream, known[-1]):
        left_out = list(_left_out(session, stream, [*listed, *lapsed], due))
        for reader in left_out:
            sharing.remember_revoked(session, stream, reader, gen=known[-1].gen)
            close(session, stream, known[-1].gen, reader)
        if known[-1].open and not left_out:  # so the server says, which was told of the new card
            close(session, stream, known[-1].gen, NOBODY)
        opening = rotation.next_generation(session, stream, known, listed)
        due, known = [*due, *opening.grants], [*known, opening.generation]
    post_grants(session, due)
    with session.state.change() as state:
        generations.remember(state, stream, known[-1])
        state.stream(stream.writer, stream.type).lapse(session.now())


def _tell_of_single(session: Session, stream: Stream, grants: Sequence[Grant]) -> None:
    """Say who was granted single records: their grants are void with the card that signed them."""
    had: dict[str, set[str]] = {}
    for grant in grants:
        with suppress(VerificationError):  # nothing comes of it
            if grant.record and not rotation.is_over(session, grant):
                rotation.check_own(session, stream, grant)
                had.setdefault(grant.reader, set()).add(grant.record)
    for reader, records in sorted(had.items()):
        session.tell_once(
            f"{readers.called(reader)} was granted {len(records)} records of {stream} one by one, "
            "which is void with the old keys: `share --record` them again"
        )


def _renew_grants(session: Session, line: FormLine, streams: Iterable[Stream]) -> LeftOut:
    """Sign anew what the old card granted of a form's inboxes; return whom that leaves out."""
    _withdraw_offer(session, line)
    left_out = {}
    for stream in streams:
        known = generations.known(session, stream)
        grants = rotation.in_stream(session, stream)
        _tell_of_single(session, stream, grants)
        listed, lapsed = rotation.by_signer(session, stream, grants)
        due = _signed_anew(session, stream, known, listed)
        post_grants(session, due)
        left_out[stream.type] = _left_out(session, stream, [*listed, *lapsed], due)
    return left_out


def _why_unpublished(session: Session, line: FormLine, last: int, left_out: LeftOut) -> str:
    """Publish a form as ``_renew_form`` does; return why a person has to do it, or ""."""
    try:
        return in_turn(session, partial(_renew_form, session, line, last, left_out))
    except (VerificationError, UnpinnedError, UsageError) as error:
        return str(error)
    except ApiRefused as error:
        if error.status not in OF_THIS_FORM:
            raise
        return str(error)


def _renew_form(session: Session, line: FormLine, last: int, left_out: LeftOut) -> str:
    """Publish a form as it stands with new inboxes; return why a person has to do it, or "".

    ``last`` is the last version that the old card stands for.
    """
    signed_last = session.state.load().signed.get(line.id, ())
    previous = publishing.in_force(session, line)
    if previous is None or previous.owner != session.me.id:
        return ""
    if previous.version > last:
        return ""
    if previous.expires <= session.now():
        return "it has expired"
    if previous.hash not in signed_last:
        return "this client does not remember to have signed it last"
    bare = replace(previous, version=previous.version + 1, issued=session.now(), types=(), raw=b"")
    plan = Plan(line, bare, previous, signed_last=True)
    for type in previous.routes:
        stream = Stream(FORM + line.id, type)
        plan.renewed.append(stream)
        known = generations.known(session, stream)
        opening = rotation.next_generation(session, stream, known)
        publishing.open_inbox(plan, stream, opening)
        for reader in left_out.get(type, ()) if known[-1].open else ():
            statement = Revocation(stream.writer, type, known[-1].gen, reader)
            sharing.remember_revoked(session, stream, reader, gen=known[-1].gen)
            plan.revocations.append(sign_revocation(statement, session.keys))
    del plan.revocations[MAX_ITEMS:]  # what is left of them is void all the same
    publishing.sign(session, publishing.with_inboxes_of(plan))
    return ""


def _withdraw_offer(session: Session, line: FormLine) -> None:
    """Take back an offer that the old card signed: it is void, and would hold up the form."""
    session.api.call(endpoints.WITHDRAW, line.id, body={})


def _signed_anew(
    session: Session,
    stream: Stream,
    known: Sequence[generations.Generation],
    listed: Sequence[Grant],
) -> list[Grant]:
    """Return in the place of each grant that the old card signed, or is for it, one of today's."""
    by_number = {one.gen: one for one in known if one.key}
    due = []
    for grant in listed:
        if grant.gen not in by_number or _is_of_today(session, stream, grant):
            continue
        if grant.reader == session.me.id:
            due.append(generations.grant(session, stream, by_number[grant.gen], session.me))
        elif rotation.may_be_regranted(session, stream, grant, grant.gen):
            due.append(rotation.regrant(session, stream, by_number[grant.gen], grant))
    return due


def _left_out(
    session: Session, stream: Stream, before: Iterable[Grant], due: Iterable[Grant]
) -> list[str]:
    """Return who holds nothing but grants of old cards, and is granted nothing anew.

    What they hold is void: it is taken away, so that nobody stumbles over it.
    """
    before = list(before)
    stay = {grant.reader for grant in before if _is_of_today(session, stream, grant)}
    stay |= {session.me.id, *(grant.reader for grant in due)}
    return sorted({grant.reader for grant in before} - stay)


def _is_of_today(session: Session, stream: Stream, grant: Grant) -> bool:
    owner = session.me.id if stream.form else None
    try:
        verify_grant(grant, session.me, owner)
        return readers.is_served_by(grant, readers.known(session, grant.reader))
    except (EnvelopeError, ClientError):
        return False
