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

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import httpx

from ...envelope.encoding import b64
from ...envelope.errors import EnvelopeError
from ...envelope.key_files import RECOVERY, ApiKey, Secrets, Slot, with_signer
from ...envelope.keys import Card, ClientKeys, make_card
from ...envelope.primitives import KEY, SigningKey, random
from ...envelope.successions import (
    MAX_FORMS,
    MAX_STEPS,
    MAX_STREAMS,
    LastGeneration,
    LastVersion,
    Past,
    Succession,
    follow,
    parse_past,
    sign_succession,
)
from ...envelope.tokens import API_SECRET, new_token, token_digest
from .. import credentials, endpoints, files
from ..api import Api
from ..credentials import Credentials, enrolled
from ..errors import ApiRefused, CredentialsError, UsageError
from ..saving import saved
from ..session import Session
from ..slots import Way
from ..state import Rotating, StateFile, state_file
from ..trust import generations, keyring, pins
from ..trust.unconfirmed import unconfirmed
from . import key_slots, own_forms, publishing
from .own_forms import FormLine
from .renewing import Renewed, renew

NOT_AUTHENTICATED = "not_authenticated"
OVERTAKEN = "past_not_last"
"""What the server says where another machine has written since: nothing was accepted then."""
ROUNDS = 3


@dataclass
class Rotated:
    """What was done; ``dropped`` are the labels of slots that the key file has no more.

    ``resumed`` says that an earlier run had begun it.
    """

    credentials: Credentials
    compromised: bool
    renewed: Renewed = field(default_factory=Renewed)
    dropped: list[str] = field(default_factory=list)
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
                way = make_way() if make_way and compromised else None
                with closing(_session(found, state, network)) as session:
                    begun = _prepared(session, found, signer, compromised=compromised)
                _begin(state, begun.rotating)
                done.credentials, done.dropped = _rewritten(
                    found,
                    slot,
                    with_signer(slot, secret, begun.succession.card, signer.seed),
                    begun,
                    way,
                )
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
    if found.secrets.unconfirmed or not state.load().vouches:
        raise unconfirmed(state.path)
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
    """Keep what was signed, and that nothing more is written under keys of the old card.

    Which those are does not depend on what the server says later, nor on a form being published
    again before this rotation is done.
    """
    with state.change() as memory:
        memory.rotating = rotating
        for one in rotating.past.streams:
            memory.spend(one.writer, one.type, one.gen)


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
    """Return all that today's card will still stand for, each of it verified.

    Raises UsageError where that is more than a past may name: nobody could read it, this client's
    own memory included.
    """
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
            newest = known[-1]
            streams.append(LastGeneration(stream.writer, stream.type, newest.gen, newest.akid))
    versions = {line.id: _version(session, line) for line in forms if line.version}
    for id, memory in session.state.load().forms.items():  # those that were handed over, too
        seen = [one.version for one in memory.former if one.id == session.me.id]
        if memory.owner == session.me.id:
            seen.append(memory.version)
            if id not in owned:
                session.notify(
                    f"form {id} is not this client's any more: it was handed over, and if not by "
                    "you, then by whoever has these keys"
                )
        versions[id] = max([versions.get(id, 0), *seen])
    versions = {id: version for id, version in versions.items() if version}
    last = [LastVersion(id, versions[id]) for id in sorted(versions)]
    try:
        return parse_past(Past(tuple(streams), tuple(last)).to_wire())
    except EnvelopeError as error:
        raise UsageError(
            f"these keys cannot be rotated: {error} (they have {len(streams)} types and inboxes "
            f"and {len(last)} forms, of at most {MAX_STREAMS:,} and {MAX_FORMS:,})",
            hint="nothing was changed; forms that were handed over count, too: `enroll --out` with "
            "a new file makes another client",
        ) from error


def _version(session: Session, line: FormLine) -> int:
    manifest = publishing.in_force(session, line)
    return manifest.version if manifest and manifest.owner == session.me.id else 0


def _rewritten(
    found: Credentials, slot: Slot, paper: Slot, begun: _Begun, way: Way | None
) -> tuple[Credentials, list[str]]:
    """Write the key file with the next card, and return what ways it lost.

    Only the sheet that was typed, ``slot``, can be made to vouch for the next card, as ``paper``.
    After a theft nothing else stays: a thief may have what opened the file.
    """
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
    return saved(found, secrets=begun.secrets, slots=kept, card=begun.succession.card), dropped


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
        done.renewed = renew(session, rotating.past)
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
    return saved(found, secrets=replace(found.secrets, api_key=new, pending=None))


def _post(found: Credentials, key: ApiKey, body: object, network: Network) -> None:
    transport = network.transport(found.api_url)
    with closing(Api(url=found.api_url, key=key, transport=transport)) as api:
        api.call(endpoints.SUCCEED, body=body)
