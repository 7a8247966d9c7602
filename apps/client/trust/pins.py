"""Whom this client knows: fingerprints that came from outside the server, and their cards."""

from dataclasses import dataclass
from typing import Any

from ...envelope import encoding
from ...envelope.encoding import GROUP
from ...envelope.errors import FingerprintError, MalformedError
from ...envelope.keys import (
    FINGERPRINT_CHARACTERS,
    Card,
    parse_card,
    pinned,
    read_fingerprint,
    show_fingerprint,
)
from ...envelope.primitives import same
from ...envelope.seen import alike, pasted
from ...envelope.successions import Earlier, Past, follow, parse_past
from .. import endpoints
from ..errors import (
    ApiRefused,
    ClientError,
    UnpinnedError,
    UsageError,
    VerificationError,
    verifying,
)
from ..near_names import meant
from ..session import Cards, Session, Stream
from . import followed_cards
from .followed_cards import CHANGED

IDS = "`shares` lists client ids; a party that is not there yet finds its own with `whoami`"
NOT_FOUND = 404
BASE32 = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def pin(session: Session, client_id: str, shown: str) -> Card:
    """Pin a client's fingerprint as people exchange it, and return its verified card.

    Raises MalformedError for what is no fingerprint, VerificationError if another
    one is pinned already or the server's card does not have it.
    """
    client_id = encoding.uuid(client_id, "client id")
    fingerprint = read_shown(shown)
    known = _pins(session).get(client_id)
    try:
        cards = _fetch(session, client_id, known or fingerprint)
    except VerificationError as error:
        if error.code != FingerprintError.code:
            raise
        check_same_pin(known or fingerprint, fingerprint, client_id)
        if known:
            raise
        raise VerificationError(
            "the fingerprint that you gave does not fit the card that the server shows for "
            f"client {client_id}: compare it with them again",
            code=error.code,
            hint=error.hint,
        ) from error
    if known and not cards.has(fingerprint):  # an earlier card of theirs leads to today's
        check_same_pin(cards.card.fingerprint, fingerprint, client_id)
    today = cards.card.fingerprint
    if not same(fingerprint, today):  # else a person has compared just that
        followed_cards.check_not_stolen(client_id, cards, known or fingerprint)
    followed_cards.remember(session, client_id, cards)
    with session.state.change() as state:
        check_same_pin(state.pins.setdefault(client_id, today), today, client_id)
        state.names[client_id] = cards.card.name
        state.since.setdefault(client_id, session.now())
    if known is None and not same(fingerprint, today):
        session.notify(
            f"the fingerprint that you gave is of earlier keys of {cards.card.name}: today's is "
            f"{show_fingerprint(today)}"
        )
    session.verified.cards[client_id] = cards
    return cards.card


@dataclass(frozen=True)
class Pin:
    """A client that is pinned; ``since`` is in seconds since 1970, 0 if that is not known.

    ``reads`` are the own streams that it was granted, as far as this client remembers.
    """

    id: str
    name: str
    fingerprint: bytes
    since: int
    reads: tuple[Stream, ...]


def listed(session: Session) -> list[Pin]:
    """Return who is pinned, by name; nobody is asked."""
    state = session.state.load()
    return sorted(
        (
            Pin(
                id,
                state.names.get(id, ""),
                fingerprint,
                state.since.get(id, 0),
                tuple(Stream(*key) for key, one in state.streams.items() if id in one.readers),
            )
            for id, fingerprint in state.pins.items()
        ),
        key=lambda one: (one.name, one.id),
    )


def forget(session: Session, client_id: str) -> None:
    """Pin a client no longer; raises UsageError for one that is not, or that reads something.

    Who reads a stream is granted its next generation, too, and whom this client does not know
    would silently be left out.
    """
    for one in listed(session):
        if one.id == client_id and one.reads:
            shared = ", ".join(stream.type for stream in one.reads)
            raise UsageError(
                f"{one.name or client_id} reads {shared} of this client",
                hint="end that first, with `revoke`; `shares` shows what there is",
            )
    owned = _groups_of(session, client_id)
    with session.state.change() as state:
        if client_id not in state.pins:
            raise UsageError(
                f"client {client_id} is not pinned here", hint="`trust list` shows who"
            )
        for known in (state.pins, state.names, state.since):
            known.pop(client_id, None)
        for group in owned:
            state.groups.pop(group, None)
    session.verified.cards.pop(client_id, None)


def _groups_of(session: Session, client_id: str) -> list[str]:
    """Return the groups of an owner, who is to be forgotten; raises UsageError if one reads."""
    state = session.state.load()
    owned = {id: one.known.name for id, one in state.groups.items() if one.known.owner == client_id}
    for id, name in sorted(owned.items()):
        shared = [type for (_, type), one in state.streams.items() if GROUP + id in one.readers]
        if shared:
            raise UsageError(
                f"the group {name} of client {client_id} reads {', '.join(sorted(shared))} of this "
                "client",
                hint="end that first, with `revoke`; `shares` shows what there is",
            )
    return sorted(owned)


def known_card(session: Session, client_id: str, fingerprint: str = "") -> Card:
    """Return the card of a client that is pinned, or is pinned by this call.

    Raises UnpinnedError, and VerificationError where the server has another card.
    """
    if client_id == session.me.id:
        return session.me
    if fingerprint:
        return pin(session, client_id, fingerprint)
    return known_cards(session, client_id).card


def known_cards(session: Session, client_id: str) -> Cards:
    """Return the cards of a client that is pinned, or of this one itself: today's and earlier ones.

    Raises UnpinnedError, VerificationError; ForkError, RollbackError where they are not those that
    were followed before.
    """

    def fetch() -> Cards:
        fingerprint = pinned_fingerprint(session, client_id)
        cards = _fetch(session, client_id, fingerprint)
        return _remembered(session, client_id, cards, fingerprint)

    return session.verified.cards.find(client_id, fetch)


def own_card(session: Session, served: dict[str, Any]) -> Card:
    """Return this client's card, served with what led to it; raises as ``known_cards``."""
    me = session.me
    cards = _read(session, served, me.id, me.fingerprint)
    return _remembered(session, me.id, cards, me.fingerprint).card


def _remembered(session: Session, client_id: str, cards: Cards, fingerprint: bytes) -> Cards:
    if client_id == session.me.id and cards.card != session.me:
        raise VerificationError(
            "these keys were succeeded by others, of this very client",
            code=FingerprintError.code,
            hint="use the newest key file of this client; if nobody rotated its keys, somebody "
            "else has its recovery secret",
        )
    followed_cards.check_not_stolen(client_id, cards, fingerprint)
    if client_id == session.me.id:
        _spend_earlier(session, cards)
    followed_cards.remember(session, client_id, cards)
    return cards


def _spend_earlier(session: Session, cards: Cards) -> None:
    """Take note of what own earlier cards opened, as far as this memory has not followed them.

    They were rotated on another machine, or the memory was lost. Raises VerificationError.
    """
    state = session.state.load()
    rotating = state.rotating
    for step in cards.successions[len(state.lines.get(session.me.id, ())) :]:
        if rotating and rotating.succession.digest == step.digest:
            continue  # what it opened was noted when that was begun
        past = _past(session, session.me.id, step.number)
        if past is None or not same(past.digest, step.past):
            raise VerificationError(
                "the server does not tell what earlier keys of this client still stand for",
                code="mismatch",
                hint="nothing was written: ask who runs the server",
            )
        with session.state.change() as state:
            for one in past.streams:
                state.spend(one.writer, one.type, one.gen)


def earlier_cards(session: Session, client_id: str) -> tuple[Earlier, ...]:
    """Return the earlier cards of a client with what they still stand for, the oldest first.

    They stand for nothing where the server does not tell their past. Raises as ``known_cards``.
    """

    def fetch() -> tuple[Earlier, ...]:
        return with_pasts(session, client_id, known_cards(session, client_id))

    return session.verified.earlier.find(client_id, fetch)


def with_pasts(session: Session, client_id: str, cards: Cards) -> tuple[Earlier, ...]:
    """Return the earlier ones of a client's verified cards with what they still stand for."""
    found = [_past(session, client_id, step.number) for step in cards.successions]
    pasts = [past for past in found if past is not None]
    with verifying(f"what earlier cards of client {client_id} stand for"):
        return follow((*cards.earlier, cards.card)[0], cards.successions, pasts).earlier


def _past(session: Session, client_id: str, number: int) -> Past | None:
    try:
        answer = session.api.call(endpoints.PAST, client_id, str(number))
    except ApiRefused as error:
        if error.status != NOT_FOUND:
            raise
        return None
    with verifying(f"what an earlier card of client {client_id} stands for"):
        return parse_past(answer["past"])


def read_shown(shown: str) -> bytes:
    """Return a fingerprint (32 bytes) as people exchange it; raises UsageError, which says why not.

    256 bits fill 51 characters of five bits and one bit of the last: only that one can be checked.
    """
    text = pasted(shown)
    try:
        return read_fingerprint(text)
    except MalformedError as error:
        characters = text.replace("-", "").upper()
        strange = sorted(set(characters) - BASE32)
        if strange:
            why = f"a fingerprint has A-Z and 2-7 only, and no {' '.join(strange)}"
        elif len(characters) != FINGERPRINT_CHARACTERS:
            why = (
                f"a fingerprint has {FINGERPRINT_CHARACTERS} characters, and not {len(characters)}"
            )
        else:
            why = f"nobody has a fingerprint that ends with {characters[-1]}: one was mistyped"
        raise UsageError(why, hint="copy it again from what that party's `whoami` shows") from error


def find(session: Session, named: str) -> str:
    """Return the id of the client that was named: by its id, or by the name of one that is pinned.

    Raises UsageError for a name that nobody has who is pinned here, or several.
    """
    try:
        return encoding.uuid(pasted(named).lower(), "client id")
    except MalformedError as error:
        named = alike(named)
        state = session.state.load()
        names = {id: name for id, name in state.names.items() if id in state.pins}
        found = sorted(id for id, name in names.items() if alike(name) == named)
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f"{len(found)} clients are pinned here under the name {named}",
                hint=f"name one by its id: {', '.join(found)}",
            ) from error
        near = meant([named], names.values())
        raise UsageError(
            f"{named!r} is no client id, and no client is pinned here under that name",
            hint="; ".join(filter(None, [near, IDS])),
        ) from error


def name_of(session: Session, client_id: str) -> str:
    """Return the name on a pinned client's card, "" if there is none that can be trusted.

    It is remembered since the card was verified: names on cards do not change.
    """
    if remembered := session.state.load().names.get(client_id):
        return remembered
    try:
        return known_card(session, client_id).name
    except ClientError:
        return ""


def pinned_fingerprint(session: Session, client_id: str) -> bytes:
    """Return what is pinned for a client (32 bytes), oneself included; raises UnpinnedError."""
    if client_id == session.me.id:
        return session.me.fingerprint
    fingerprint = _pins(session).get(client_id)
    if fingerprint is None:
        raise UnpinnedError(
            f"the fingerprint of client {client_id} is not known here",
            hint="ask that party for it, by another channel than this server (its `whoami` shows "
            f"it), and pass it once: --fingerprint FP with the client id {client_id}",
        )
    return fingerprint


def is_pinned(session: Session, client_id: str, fingerprint: bytes) -> bool:
    """Whether this fingerprint is pinned for a client, oneself included, or leads to what is."""
    if client_id == session.me.id:
        own = (session.me, *(one.card for one in session.former))
        return any(same(fingerprint, card.fingerprint) for card in own)
    state = session.state.load()
    if client_id not in state.pins:
        return False
    if same(state.pins[client_id], fingerprint):
        return True
    return client_id in state.lines and known_cards(session, client_id).has(fingerprint)


def check_card(value: object, *, client_id: str, fingerprint: bytes) -> Card:
    """Parse a served card and refuse any but the pinned client's (docs/protocol.md §11, 1)."""
    with verifying(f"the card of client {client_id}", hint=CHANGED):
        card = pinned(parse_card(value), fingerprint)
    if card.id != client_id:
        raise VerificationError(f"the card is not that of client {client_id}", code="mismatch")
    return card


def check_same_pin(known: bytes, given: bytes, client_id: str) -> None:
    """Refuse to pin another fingerprint than the one that is pinned."""
    if not same(known, given):
        raise VerificationError(
            f"another fingerprint is pinned for client {client_id}: {show_fingerprint(known)}",
            code="fingerprint",
            hint=CHANGED,
        )


def _fetch(session: Session, client_id: str, fingerprint: bytes) -> Cards:
    try:
        served = session.api.call(endpoints.CLIENT, client_id)
    except ApiRefused as error:
        if error.status != NOT_FOUND:
            raise
        raise ApiRefused(
            f"no client has the id {client_id}", code=error.code, status=error.status, hint=IDS
        ) from error
    return _read(session, served, client_id, fingerprint)


def _read(session: Session, served: dict[str, Any], client_id: str, fingerprint: bytes) -> Cards:
    known = session.state.load().lines.get(client_id, ())
    if served["successions"] or served["first"] is not None:
        return followed_cards.read(
            served, client_id=client_id, fingerprint=fingerprint, known=known
        )
    followed_cards.check_same_line(client_id, known, ())
    return Cards(check_card(served["card"], client_id=client_id, fingerprint=fingerprint))


def _pins(session: Session) -> dict[str, bytes]:
    return session.state.load().pins
