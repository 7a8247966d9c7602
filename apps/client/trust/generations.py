"""Which key of an own stream is in force (docs/protocol.md §7, "Generations").

The server lists generations; a client believes only what its own signed grants
and its memory say of them.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from ...envelope.errors import EnvelopeError
from ...envelope.grants import INBOX, TYPE, Grant, inbox_id, seal_grant, verify_grant
from ...envelope.holders import Recipient
from ...envelope.keys import Card, akid
from ...envelope.primitives import KEY, KemKey, random
from .. import endpoints
from ..errors import RollbackError, UnpinnedError, VerificationError
from ..session import Session, Stream
from ..state import State, StreamMemory
from . import keyring, pins
from .keyring import Keyring


@dataclass(frozen=True)
class Generation:
    """An own generation; ``key`` is its access key, for a form's stream its inbox seed.

    It is b"" for an inbox of who owned the form before and did not hand on its answers. ``is_own``
    says that this client's own grant to itself has it, and not only a former owner's.
    """

    gen: int
    akid: bytes
    open: bool
    key: bytes = field(repr=False)
    is_own: bool = True

    @property
    def key_pair(self) -> KemKey:
        """The inbox that the seed grows into."""
        return KemKey(self.key)


@dataclass(frozen=True)
class _Listed:
    gen: int
    akid: bytes
    open: bool


def known(
    session: Session, stream: Stream, grants: Sequence[Grant] | None = None
) -> list[Generation]:
    """Return all generations of an own stream, ascending, each with its verified key.

    ``grants`` are those that the server listed in the stream, where it was asked a moment ago;
    if another run has opened a generation since, it is asked again.
    Raises RollbackError where the server contradicts what this client remembers.
    """
    found = _consistent(session, stream)
    if not found:
        return []
    own = [grant for grant in grants or () if grant.reader == session.me.id]
    before = former_owners(session, stream)
    memory = session.state.load().stream(stream.writer, stream.type)
    wanted = {one.akid for one in found} | ({memory.akid} if memory.gen else set())
    if not wanted <= {grant.akid for grant in own}:
        incoming = keyring.incoming(session, writer=stream.writer, type=stream.type)
        own = [one for one in incoming.get(stream, []) if one.reader == session.me.id]
    ring = Keyring(session, stream, own, session.me, *before.cards)
    granted = {grant.akid for grant in own}
    mine = granted
    if before.ids:
        mine = {grant.akid for grant in own if _is_of_this_client(session, grant)}

    def key_of(one: _Listed) -> bytes:
        if before.ids and one.akid not in granted:
            return b""
        try:
            return ring.own_key(one.gen, one.akid)
        except VerificationError:
            if before.are_known:
                raise
            return b""

    generations = [
        Generation(one.gen, one.akid, one.open, key_of(one), one.akid in mine) for one in found
    ]
    if generations[-1].key:
        with session.state.change() as state:
            remember(state, stream, generations[-1])
    return generations


def _is_of_this_client(session: Session, grant: Grant) -> bool:
    for card in (session.me, *keyring.may_have_granted(session, grant)):
        with suppress(EnvelopeError):
            verify_grant(grant, card, session.me.id)
            return not grant.record
    return False


def spend_granted(session: Session, form: str) -> None:
    """Take note that the inboxes of a form that this client was granted so far are others', too."""
    found = keyring.incoming(session)
    with session.state.change() as state:
        for stream, grants in found.items():
            if stream.form == form:
                state.spend(stream.writer, stream.type, max(grant.gen for grant in grants))


class FormerOwners(NamedTuple):
    """Who owned a form before, and all their cards; not ``are_known`` where one is missing."""

    ids: tuple[str, ...]
    cards: tuple[Card, ...]
    are_known: bool


def former_owners(session: Session, stream: Stream) -> FormerOwners:
    """Return who owned a form before, nobody for a client's own type.

    With their earlier cards, too: they granted inboxes, to which a manifest commits, and cannot do
    so anew. One that cannot be followed, after a theft there, is done without, and people are told:
    whose form it was must not keep its owner of today from anything.
    """
    known = session.state.load().forms.get(stream.form)
    ids = dict.fromkeys(one.id for one in known.former if one.id != session.me.id) if known else {}
    cards: list[Card] = []
    are_known = True
    for id in ids:
        try:
            line = pins.known_cards(session, id)
        except (VerificationError, UnpinnedError) as error:
            are_known = False
            session.tell_once(f"what {id} granted when it had form {stream.form} is left: {error}")
            continue
        cards += [line.card, *line.earlier]
    return FormerOwners(tuple(ids), tuple(cards), are_known)


def may_go_on(session: Session, stream: Stream, last: Generation) -> bool:
    """Whether more may be written under the last generation of an own stream.

    Not if it is closed, nor if others may have its key, whatever the server says of it: who had
    this client's earlier keys, or the form before.
    """
    if session.former:  # they may have been rotated on another machine
        pins.known_cards(session, session.me.id)
    spent = session.state.load().stream(stream.writer, stream.type).spent
    return last.open and last.is_own and bool(last.key) and last.gen > spent


def remember(state: State, stream: Stream, last: Generation) -> None:
    """Keep the highest generation and what it is closed up to."""
    memory = state.stream(stream.writer, stream.type)
    if last.gen >= memory.gen:
        memory.gen, memory.akid = last.gen, last.akid
    memory.closed = max(memory.closed, last.gen if not last.open else last.gen - 1)


def check_not_rolled_back(memory: StreamMemory, stream: Stream, found: list[_Listed]) -> None:
    """Refuse a list that ends before the highest known generation, or names another key for it."""
    last = found[-1].gen if found else 0
    if last < memory.gen:
        raise RollbackError(
            f"the server shows generation {last} of {stream} as the last; "
            f"generation {memory.gen} was seen before"
        )
    akids = {one.akid for one in found if one.gen == memory.gen}
    if memory.gen and akids != {memory.akid}:
        raise RollbackError(
            f"the server shows another key for generation {memory.gen} of {stream} than before"
        )


def check_not_reopened(memory: StreamMemory, stream: Stream, found: list[_Listed]) -> None:
    """Refuse a generation that was closed by a revocation and is shown as open."""
    if any(one.open and one.gen <= memory.closed for one in found):
        raise RollbackError(
            f"the server shows a generation of {stream} as open that was closed before"
        )


def contradicts(memory: StreamMemory, stream: Stream, found: list[_Listed]) -> bool:
    """Whether a list shows less, or more open, than this client remembers."""
    try:
        check_not_rolled_back(memory, stream, found)
        check_not_reopened(memory, stream, found)
    except RollbackError:
        return True
    return False


def check_order(stream: Stream, found: list[_Listed]) -> None:
    """Generations ascend, and only the last can be open."""
    numbers = [one.gen for one in found]
    if numbers != sorted(set(numbers)) or any(one.open for one in found[:-1]):
        raise VerificationError(f"the generations of {stream} are out of order", code="mismatch")


def next_number(memory: StreamMemory, found: Sequence[_Listed | Generation]) -> int:
    """Return the number after the highest that is remembered or listed."""
    return max(memory.gen, memory.spent, found[-1].gen if found else 0) + 1


def create(stream: Stream, gen: int) -> Generation:
    """Return a new generation under a fresh random key."""
    key = random(KEY)
    name = inbox_id(KemKey(key).public) if stream.form else akid(key)
    return Generation(gen, name, True, key)


def grant(
    session: Session, stream: Stream, generation: Generation, reader: Recipient, not_after: int = 0
) -> Grant:
    """Grant a whole generation, access key or inbox, to a reader who is known."""
    return seal_grant(
        granter=session.keys,
        reader=reader,
        writer=stream.writer,
        type=stream.type,
        gen=generation.gen,
        akid=generation.akid,
        keys={INBOX if stream.form else TYPE: generation.key},
        not_after=not_after,
    )


def _consistent(session: Session, stream: Stream) -> list[_Listed]:
    for again in (True, False):
        found = fetch(session, stream)
        try:
            memory = session.state.load().stream(stream.writer, stream.type)
            check_not_rolled_back(memory, stream, found)
            check_not_reopened(memory, stream, found)
            return found
        except RollbackError:
            if not again:  # the first time another run may have rotated in between
                raise
    raise AssertionError("the loop returns or raises")


def fetch(session: Session, stream: Stream) -> list[_Listed]:
    """Return what the server lists, in order, and compared with no memory yet."""
    answer = session.api.call(endpoints.LIST_GENERATIONS, writer=stream.writer, type=stream.type)
    found = [_Listed(**one) for one in answer["generations"]]
    check_order(stream, found)
    return found
