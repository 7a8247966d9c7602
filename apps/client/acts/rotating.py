"""Going on under new keys, which the old ones and the recovery key sign (docs/protocol.md §4).

What is done in which order, so that a run that ended anywhere goes on where it stood:

1. the memory keeps the signed succession and what the old card still stands for;
2. the key file gets the new seed, in front of the old ones;
3. the server hears of it;
4. each own type gets a new generation, each own form new inboxes and a newly signed manifest, and
   all grants are signed anew, for the readers' cards of today;
5. the memory forgets the succession again.

Before 2 nothing has happened that anybody else knows of: a run that finds the old card in the key
file begins anew. From 2 on it is this one succession that is followed.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import httpx

from ...envelope.encoding import FORM, b64
from ...envelope.errors import EnvelopeError
from ...envelope.grants import Grant, verify_grant
from ...envelope.key_files import RECOVERY, ApiKey, Secrets, Slot, with_signer
from ...envelope.keys import Card, ClientKeys, make_card
from ...envelope.primitives import KEY, SigningKey, random
from ...envelope.successions import (
    MAX_STEPS,
    LastGeneration,
    LastVersion,
    Past,
    Succession,
    follow,
    sign_succession,
)
from ...envelope.tokens import API_SECRET, new_token, token_digest
from .. import credentials, endpoints, files
from ..api import Api
from ..credentials import Credentials, enrolled
from ..errors import ApiRefused, ClientError, CredentialsError, UsageError
from ..session import Session, Stream
from ..slots import Way
from ..state import Rotating, StateFile, state_file
from ..trust import generations, keyring, pins, rotation
from ..trust.turns import in_turn
from . import key_slots, own_forms, publishing
from .own_forms import FormLine
from .publishing import Plan
from .writing import post_grants

NOT_AUTHENTICATED = "not_authenticated"
OVERTAKEN = "past_not_last"
"""What the server says where another machine has written since: nothing was accepted then."""
ROUNDS = 3


@dataclass
class Rotated:
    """What was done: new generations by type, forms by slug, and what is left to people.

    ``dropped`` are the labels of slots that the key file has no more, ``pending`` says by slug why
    a form was not published anew, ``resumed`` that an earlier run had begun it.
    """

    credentials: Credentials
    compromised: bool
    types: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)
    resumed: bool = False


class Network(NamedTuple):
    """How servers are reached, and who is told of what is noticed."""

    transport: Callable[[str], httpx.BaseTransport | None]
    notify: Callable[[str], None]


def rotate(
    path: Path,
    typed: Sequence[str],
    *,
    network: Network,
    api_url: str | None = None,
    compromised: bool = False,
    make_way: Callable[[], Way] | None = None,
) -> Rotated:
    """Let new keys take the place of a client's, or go on with a rotation that was begun.

    ``typed`` is the recovery code, or shares. After a theft (``compromised``) the key file keeps no
    way into it but the recovery sheet and the one of ``make_way``. Raises CredentialsError,
    UsageError, VerificationError, ApiError.
    """
    with files.locked(path):
        file = credentials.read(path)
        slot, secret = key_slots.by_recovery(file, typed)
        found = key_slots.opened(path, file, slot, secret)
        found = replace(found, api_url=found.api_url if api_url is None else api_url)
        enrolled(found)
        state = state_file(found)
        with state.change() as memory:
            memory.met(file.serial)
        with state.turn():
            done = Rotated(found, compromised)
            signer = key_slots.signer(path, file, slot, secret)
            if begun := _begun(state, found.card):
                done.compromised, done.resumed = begun.succession.compromised, True
            else:
                with closing(_session(found, state, network)) as session:
                    begun = _prepared(session, found, signer, compromised=compromised)
                _begin(state, begun.rotating)
                way = make_way() if make_way and compromised else None
                done.credentials, done.dropped = _rewritten(found, slot, secret, begun, way)
            rotating = begun.rotating
            for _ in range(ROUNDS - 1):
                try:
                    _go_on(done, state, rotating, network)
                    return done
                except ApiRefused as error:
                    if error.code != OVERTAKEN:
                        raise
                rotating = _signed_again(done.credentials, signer, rotating, state, network)
            _go_on(done, state, rotating, network)
    return done


@dataclass(frozen=True)
class _Begun:
    """A succession with its past, and the new secrets where they are not in the file yet."""

    rotating: Rotating
    secrets: Secrets | None = field(default=None, repr=False)

    @property
    def succession(self) -> Succession:
        return self.rotating.succession


class _Closing(Session):
    """A session that is closed like a file."""

    def close(self) -> None:
        self.api.close()


def _session(found: Credentials, state: StateFile, network: Network) -> _Closing:
    if state.load().unconfirmed:
        raise UsageError(
            "these keys came from a copy, and nobody has confirmed that it is the newest",
            hint="`keys confirm` asks what has to be known",
        )
    return _Closing(
        keys=found.keys,
        me=found.card,
        state=state,
        api=Api(url=found.api_url, key=enrolled(found), transport=network.transport(found.api_url)),
        notify=network.notify,
        recoverable=True,
        former=found.former,
    )


def _begun(state: StateFile, card: Card) -> _Begun | None:
    """Return the rotation that was begun, if its card is in the key file."""
    rotating = state.load().rotating
    return _Begun(rotating) if rotating and rotating.succession.card == card else None


def _begin(state: StateFile, rotating: Rotating) -> None:
    with state.change() as memory:
        memory.rotating = rotating


# --- Signing --------------------------------------------------------------------------------


def _prepared(
    session: Session, found: Credentials, signer: SigningKey, *, compromised: bool
) -> _Begun:
    """Make new keys, and sign the step to them; nothing is kept or sent yet."""
    steps = pins.known_cards(session, session.me.id).successions
    if len(steps) >= MAX_STEPS:
        raise UsageError(
            f"a client's keys are rotated at most {MAX_STEPS} times",
            hint="`enroll --out` with a new file makes another client",
        )
    past = _past(session)
    secrets = found.secrets
    seed, ids = random(KEY), secrets.ids
    if compromised:
        ids = (random(KEY), *ids)
    keys = ClientKeys(seed)
    card = make_card(keys=keys, id=session.me.id, name=session.me.name, recovery=signer.public)
    succession = sign_succession(
        Succession(
            client=session.me.id,
            number=len(steps) + 1,
            fingerprint=session.me.fingerprint,
            card=card,
            compromised=compromised,
            past=past.digest,
        ),
        old=None if compromised else session.keys,
        next=keys,
        recovery=signer,
    )
    pending = None
    if compromised:
        pending = (card.fingerprint, ApiKey(str(uuid4()), new_token(API_SECRET)))
    new = replace(secrets, seeds=(seed, *secrets.seeds), ids=ids, pending=pending)
    return _Begun(Rotating(succession, past), new)


def _past(session: Session) -> Past:
    """Return all that today's card will still stand for, each of it verified."""
    forms = own_forms.own_forms(session)
    owned = {line.id for line in forms}
    mine = [
        stream
        for stream in keyring.incoming(session)
        if stream.writer == session.me.id or stream.form in owned
    ]
    streams = []
    for stream in sorted(mine):
        if known := generations.known(session, stream):
            last = known[-1]
            streams.append(LastGeneration(stream.writer, stream.type, last.gen, last.akid))
    versions = {line.id: _version(session, line) for line in forms if line.version}
    for id, memory in session.state.load().forms.items():  # those that were handed over, too
        seen = [one.version for one in memory.former if one.id == session.me.id]
        if memory.owner == session.me.id:
            seen.append(memory.version)
        versions[id] = max([versions.get(id, 0), *seen])
    versions = {id: version for id, version in versions.items() if version}
    return Past(tuple(streams), tuple(LastVersion(id, versions[id]) for id in sorted(versions)))


def _version(session: Session, line: FormLine) -> int:
    manifest = publishing.in_force(session, line)
    return manifest.version if manifest and manifest.owner == session.me.id else 0


def _rewritten(
    found: Credentials, slot: Slot, secret: bytes, begun: _Begun, way: Way | None
) -> tuple[Credentials, list[str]]:
    """Write the key file with the next card, and return what ways it lost.

    Only the sheet that was typed can be made to vouch for the next card. After a theft nothing else
    stays: a thief may have what opened the file.
    """
    card = begun.succession.card
    signer = key_slots.signer(found.path, found.file, slot, secret)
    paper = with_signer(slot, secret, card, signer.seed)
    if begun.succession.compromised:
        kept = [paper, *([way.slot] if way else [])]
    else:
        kept = [
            paper if one.id == slot.id else one
            for one in found.file.slots
            if one.kind != RECOVERY or one.id == slot.id
        ]
    ids = {one.id for one in kept}
    dropped = [one.label for one in found.file.slots if one.id not in ids]
    return found.saved(secrets=begun.secrets, slots=kept, card=card), dropped


def _signed_again(
    found: Credentials, signer: SigningKey, rotating: Rotating, state: StateFile, network: Network
) -> Rotating:
    """Sign the step to the same next card with the past as it is now; the server took none so far.

    The new seed stays: a server that lies about that must not make this client throw it away.
    """
    old, step = found.former[0], rotating.succession
    with closing(_session(found, state, network)) as session:
        session.keys, session.me, session.former = old.keys, old.card, found.former[1:]
        past = _past(session)
    signed = sign_succession(
        replace(step, past=past.digest),
        old=None if step.compromised else old.keys,
        next=found.keys,
        recovery=signer,
    )
    again = Rotating(signed, past)
    _begin(state, again)
    return again


# --- Telling --------------------------------------------------------------------------------


def _go_on(done: Rotated, state: StateFile, rotating: Rotating, network: Network) -> None:
    """Do all that comes after the key file was written; each step may have been done before."""
    done.credentials = _told(done.credentials, rotating, network)
    with closing(_session(done.credentials, state, network)) as session:
        session.renewing = follow(
            _old_card(done.credentials, rotating), [rotating.succession], [rotating.past]
        ).earlier[0]
        pins.known_cards(session, session.me.id)  # what everybody else will follow
        _renew(session, rotating.past, done)
    with state.change() as memory:
        memory.rotating = None
        memory.met(done.credentials.file.serial)


def _old_card(found: Credentials, rotating: Rotating) -> Card:
    for former in found.former:
        if former.card.fingerprint == rotating.succession.fingerprint:
            return former.card
    raise CredentialsError(
        f"{found.path} lacks the keys that were rotated", hint=credentials.RESTORE
    )


def _told(found: Credentials, rotating: Rotating, network: Network) -> Credentials:
    """Post the succession; after a theft the new API key is the one that counts from then on."""
    pending = found.secrets.pending
    new = pending[1] if pending and pending[0] == rotating.succession.card.fingerprint else None
    body = {
        "succession": rotating.succession.to_wire(),
        "past": rotating.past.to_wire(),
        "api_key": {"id": new.id, "digest": b64(token_digest(new.secret))} if new else None,
    }
    if new is None and rotating.succession.compromised:  # it was told, and the key is in its place
        return found
    try:
        _post(found, enrolled(found), body, network)
    except ApiRefused as error:
        if new is None or error.code != NOT_AUTHENTICATED:
            raise
        _post(found, new, body, network)  # the answer was lost: the old key is revoked already
    if new is None:
        return found
    return found.saved(secrets=replace(found.secrets, api_key=new, pending=None))


def _post(found: Credentials, key: ApiKey, body: object, network: Network) -> None:
    transport = network.transport(found.api_url)
    with closing(Api(url=found.api_url, key=key, transport=transport)) as api:
        api.call(endpoints.SUCCEED, body=body)


# --- Signing anew ---------------------------------------------------------------------------


def _renew(session: Session, past: Past, done: Rotated) -> None:
    """Open new generations and inboxes, and sign anew what the old card signed."""
    streams = [Stream(one.writer, one.type) for one in past.streams]
    for stream in streams:
        if not stream.form:
            in_turn(session, partial(_renew_type, session, stream))
            done.types.append(stream.type)
    by_id = {line.id: line for line in own_forms.own_forms(session)}
    for id in sorted(by_id.keys() & {one.form for one in past.forms}):
        line = by_id[id]
        types = [stream for stream in streams if stream.form == id]
        if why := in_turn(session, partial(_renew_form, session, line, types)):
            done.pending[line.slug] = why
        else:
            done.forms.append(line.slug)


def _renew_type(session: Session, stream: Stream) -> None:
    known = generations.known(session, stream)
    listed = rotation.outgoing(session, stream)
    due = _signed_anew(session, stream, known, listed)
    if not known[-1].open:
        opening = rotation.next_generation(session, stream, known, listed)
        due, known = [*due, *opening.grants], [*known, opening.generation]
    post_grants(session, due)
    with session.state.change() as state:
        generations.remember(state, stream, known[-1])
        state.stream(stream.writer, stream.type).renew.clear()


def _renew_form(session: Session, line: FormLine, streams: Iterable[Stream]) -> str:
    """Publish a form as it stands with new inboxes; return why a person has to do it, or ""."""
    _withdraw_offer(session, line)
    openings = {}
    for stream in streams:
        known = generations.known(session, stream)
        listed = rotation.outgoing(session, stream)
        post_grants(session, _signed_anew(session, stream, known, listed))
        openings[stream.type] = known, listed
    signed_last = session.state.load().signed.get(line.id)
    previous = publishing.in_force(session, line)
    if previous is None or previous.owner != session.me.id:
        return ""
    if previous.version > _listed_version(session, line):
        return ""
    if previous.expires <= session.now():
        return "it has expired"
    if previous.hash != signed_last:
        return "this client does not remember to have signed it last"
    bare = replace(previous, version=previous.version + 1, issued=session.now(), types=(), raw=b"")
    plan = Plan(line, bare, previous, signed_last=True)
    for type in previous.routes:
        known, listed = openings[type]
        stream = Stream(FORM + line.id, type)
        plan.renewed.append(stream)
        opening = rotation.next_generation(session, stream, known, listed)
        publishing.open_inbox(plan, stream, opening)
    publishing.sign(session, publishing.with_inboxes_of(plan))
    return ""


def _listed_version(session: Session, line: FormLine) -> int:
    """Return the last version that the old card stands for."""
    rotating = session.state.load().rotating
    found = [one.version for one in rotating.past.forms if one.form == line.id] if rotating else []
    return max(found, default=0)


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


def _is_of_today(session: Session, stream: Stream, grant: Grant) -> bool:
    owner = session.me.id if stream.form else None
    try:
        verify_grant(grant, session.me, owner)
        return grant.reader_fp == pins.known_card(session, grant.reader).fingerprint
    except (EnvelopeError, ClientError):
        return False
