"""After an older database was restored: back to a safe state (docs/protocol.md §7).

A server that shows less than this client remembers has lost data, or lies. What this client
itself remembers decides what is closed, opened and granted again; the server's list of readers
gives nobody a key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from ...envelope.grants import Grant
from ...envelope.manifests import Inbox, Manifest
from ...envelope.statements import Revocation, sign_revocation
from ..days import has_passed
from ..errors import ClientError, ConsentError, UsageError
from ..session import Session, Stream
from ..state import Extent, StreamMemory
from ..trust import generations, rotation, verified_manifests
from . import drafts, own_forms, publishing, sharing, writing
from .publishing import Plan
from .writing import post_grants


@dataclass(frozen=True)
class Loss:
    """How what a server shows of an own stream differs from what this client remembers.

    ``shown`` is the last generation that it lists and ``open`` the open one, 0 for none;
    ``remembered`` the highest that was seen; ``next`` the one that will be opened. ``ends`` are
    the readers who are listed and were revoked, or had less when they were seen last; ``keeps``
    those whom this client remembers; ``strangers`` are listed alone, and get nothing new.
    """

    stream: Stream
    shown: int
    open: int
    remembered: int
    next: int
    is_lost: bool
    ends: tuple[str, ...]
    keeps: dict[str, Extent]
    strangers: tuple[str, ...]


@dataclass
class Recovered:
    """What was done: which generation is open now, who reads on, and who could not be granted."""

    stream: Stream
    open: int = 0
    readers: list[str] = field(default_factory=list)
    failed: dict[str, ClientError] = field(default_factory=dict)


@dataclass(frozen=True)
class FormRecovery:
    """A manifest that brings new inboxes for what was lost, to be shown to a person first."""

    plan: Plan
    losses: list[Loss]


def find_loss(session: Session, stream: Stream) -> Loss:
    """Compare what the server shows of an own stream with the memory; nothing is sent.

    Raises VerificationError for grants that this client never signed.
    """
    memory = session.state.load().stream(stream.writer, stream.type)
    found = generations.fetch(session, stream)
    listed = [one for one in rotation.outgoing(session, stream) if one.reader != session.me.id]
    readers = dict.fromkeys(one.reader for one in listed)
    ends = tuple(one for one in readers if _ends(memory, one, listed))
    return Loss(
        stream=stream,
        shown=found[-1].gen if found else 0,
        open=found[-1].gen if found and found[-1].open else 0,
        remembered=memory.gen,
        next=generations.next_number(memory, found),
        is_lost=generations.contradicts(memory, stream, found),
        ends=ends,
        keeps=dict(memory.readers),
        strangers=tuple(one for one in readers if one not in memory.readers and one not in ends),
    )


def check_lost(losses: Iterable[Loss], stream: Stream) -> None:
    """Refuse to recover where nothing was lost."""
    if not any(one.is_lost or one.ends for one in losses):
        raise UsageError(
            f"there is nothing to recover of {stream.type}: the server shows what this client knows"
        )


def recover(session: Session, loss: Loss, *, agreed: int) -> Recovered:
    """Close what came back, open the next generation, and grant it to who is remembered.

    ``agreed`` is ``loss.next``, as a person was shown it. What is interrupted can be found and
    done again. Raises ConsentError, UsageError, ApiError.
    """
    check_lost([loss], loss.stream)
    if agreed != loss.next:
        raise ConsentError(
            f"the generation that would be opened is {loss.next}, and nobody agreed to it",
            hint=f"read what `recover {loss.stream.type}` shows, and agree there",
        )
    # A generation is closed by taking somebody's grants; nobody has this id.
    ends = loss.ends or ((str(uuid4()),) if loss.open else ())
    number, open = loss.next, loss.open
    for reader in ends:
        if not open:
            open, number = _opened(session, loss.stream, number), number + 1
        writing.close(session, loss.stream, open, reader)
        with session.state.change() as state:
            memory = state.stream(loss.stream.writer, loss.stream.type)
            memory.closed = max(memory.closed, open)
        open = 0
    _opened(session, loss.stream, number)
    return _shared_again(session, loss, number)


def prepare(session: Session, name: str, type: str, *, days: int) -> FormRecovery:
    """Draw up a manifest of an own form that has new inboxes for what was lost.

    What it asks is the draft that the server shows: a person has to read it. Raises UsageError.
    """
    line = own_forms.own_form(session, name)
    known = session.state.load().forms.get(line.id)
    served = verified_manifests.served(session, line.id, session.me.id) if line.version else None
    description = drafts.describe(session, line)
    types = drafts.types_of(description)
    wanted = sharing.own_stream(session, type, line.id)
    if type not in types:
        raise UsageError(f"the form {line.slug} collects no type {type}")
    losses = [find_loss(session, sharing.own_stream(session, one, line.id)) for one in types]
    before = max(known.version if known else 0, served.version if served else 0)
    if not (known and (served is None or served.version < known.version)):
        check_lost(losses, wanted)
    bare = Manifest(
        form=line.id,
        version=before + 1,
        owner=session.me.id,
        issued=session.now(),
        expires=session.now() + publishing.checked_days(days) * publishing.DAY,
        types=(),
        **description,
    )
    plan = Plan(line, bare, served, signed_last=False)
    inboxes = tuple(_inbox(session, plan, loss) for loss in losses)
    plan = replace(plan, manifest=replace(bare, types=inboxes))
    publishing.check_draft(plan)
    return FormRecovery(plan, losses)


def recover_form(session: Session, recovery: FormRecovery, *, agreed: str) -> list[Recovered]:
    """Publish what ``prepare`` drew up; ``agreed`` is ``plan.draft``, as a person was shown it.

    Grants are taken away where a generation is closed. Of an inbox that came back closed it is the
    new one, in a version of its own for each reader. Raises ConsentError, ApiError.
    """
    if not agreed:
        raise ConsentError(
            "nobody agreed to the draft that the server shows",
            hint="read what `recover` shows, and agree there",
        )
    with session.state.turn():
        manifest = publishing.sign(session, recovery.plan, agreed=agreed)
    late = [(one.stream, reader) for one in recovery.losses if not one.open for reader in one.ends]
    for stream, reader in late:
        line = own_forms.own_form(session, recovery.plan.form.slug)
        access = sharing.Access(stream, reader, name="", listed=True, form=line)
        publishing.revoke(session, line, access)
        manifest = publishing.in_force(session, line) or manifest
    return [
        _shared_again(session, loss, manifest.inbox(loss.stream.type).gen)
        for loss in recovery.losses
    ]


def forms_of(session: Session, owner: str) -> dict[str, int]:
    """Return the forms of another owner that this client remembers, and their versions."""
    known = session.state.load().forms.items()
    return {id: form.version for id, form in known if form.owner == owner != session.me.id}


def forget_forms(session: Session, forms: Iterable[str]) -> None:
    """Let a reader begin anew with forms whose owner began anew."""
    with session.state.change() as state:
        for id in forms:
            state.forms.pop(id, None)


def _ends(memory: StreamMemory, reader: str, listed: Sequence[Grant]) -> bool:
    """Whether a listed reader was revoked, or is listed with more than it had when seen last."""
    if reader in memory.revoked:
        return True
    if (extent := memory.readers.get(reader)) is None:
        return False
    for grant in listed:
        if grant.reader == reader and not grant.record:
            try:
                sharing.check_not_narrower(grant, extent.columns)
                sharing.check_not_shorter(grant, extent.not_after)
            except UsageError:
                return True
    return False


def _opened(session: Session, stream: Stream, number: int) -> int:
    """Open a generation for this client alone, and remember it."""
    generation = generations.create(stream, number)
    post_grants(session, [generations.grant(session, stream, generation, session.me)])
    with session.state.change() as state:
        generations.remember(state, stream, generation)
    return number


def _shared_again(session: Session, loss: Loss, open: int) -> Recovered:
    """Grant all generations to the readers who are remembered, as they are remembered."""
    done = Recovered(loss.stream, open)
    for reader, (columns, until) in loss.keeps.items():
        if has_passed(until, session.now()):
            continue
        try:
            sharing.share(session, loss.stream, reader=reader, columns=columns, not_after=until)
            done.readers.append(reader)
        except ClientError as error:
            done.failed[reader] = error
    return done


def _inbox(session: Session, plan: Plan, loss: Loss) -> Inbox:
    """Return the inbox of one type: a new one where something was lost, else the open one."""
    stream = loss.stream
    if not (loss.is_lost or loss.ends):
        known = generations.known(session, stream)
        if known and generations.may_go_on(session, stream, known[-1]):
            return publishing.kept(plan, stream, known[-1])
    generation = generations.create(stream, loss.next)
    plan.grants.append(generations.grant(session, stream, generation, session.me))
    for reader in loss.ends if loss.open else ():
        statement = Revocation(stream.writer, stream.type, loss.open, reader)
        plan.revocations.append(sign_revocation(statement, session.keys))
    return publishing.kept(plan, stream, generation)
