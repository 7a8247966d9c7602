"""Whose a form is: followed from the owner that is remembered to today's (docs/protocol.md §8).

Nobody is followed unasked: whoever takes a form gets what visitors write from then on. What the
owner who is known here has signed names the next one, and a person who heard of it elsewhere
agrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...envelope.errors import MismatchError
from ...envelope.hand_overs import HandOver, Party, owner_of, parse_hand_over, verify_hand_over
from ...envelope.keys import Card, parse_card, show_fingerprint
from ...envelope.primitives import same
from .. import endpoints
from ..errors import ConsentError, UnpinnedError, UsageError, VerificationError, verifying
from ..quoting import plain
from ..session import Cards, Session
from ..state import FormerOwner, FormMemory
from . import followed_cards, generations, pins

LAST = 2**53 - 1


@dataclass(frozen=True)
class NextOwner:
    """Who has a form today, as those who had it before have signed; nobody agreed to it here yet.

    ``card`` is the one that the last hand-over names; ``former`` are all owners before, the first
    one first, as far as they are known here.
    """

    form: str
    card: Card
    former: tuple[FormerOwner, ...]


def find(session: Session, form: str) -> NextOwner:
    """Return who has a form today; raises UsageError where nothing is new, VerificationError.

    That is either an owner after the one that is known here, or owners before the first one.
    """
    known = session.state.load().forms.get(form)
    if known is None:
        raise UsageError(
            f"this client knows nothing of form {form}", hint="give the form's id, not its name"
        )
    answer = session.api.call(endpoints.OWNERS, form)
    with verifying(f"the owners of form {form}"):
        steps = tuple(map(parse_hand_over, answer["hand_overs"]))
        check_join(known, steps)
        place = _place(known, steps) or 0
        before, due = steps[:place], steps[place:]
        card: Card | None = None
        for step in due:
            giver = _cards(session, step.giver, answer["owners"], first=step is due[0])
            card = _named(_cards(session, step.taker, answer["owners"]), step.taker)
            verify_hand_over(step, form=form, giver=_named(giver, step.giver), taker=card)
            check_giver(session, step, giver, before)
            before = (*before, step)
    check_not_passed(known, due)
    unknown = steps[: max(0, place - len(known.former))]
    former = (*_owners_before(session, form, unknown, answer["owners"]), *known.former)
    if card is None and former != known.former:
        card = pins.known_card(session, known.owner)
    if card is None:
        raise UsageError(f"form {form} still belongs to client {known.owner}")
    return NextOwner(form, card, (*former, *map(_former, due)))


def _former(step: HandOver) -> FormerOwner:
    return FormerOwner(step.giver.id, step.version)


def check_join(known: FormMemory, steps: Sequence[HandOver]) -> None:
    """Refuse hand-overs that do not join, or do not lead over what was followed."""
    if steps:
        owner_of(LAST, steps[0].giver, steps)
    if _place(known, steps) is None:
        raise MismatchError("they do not lead over the owners that are known here")


def _place(known: FormMemory, steps: Sequence[HandOver]) -> int | None:
    """Return how many hand-overs come before the owner that is known here; None if it has no part.

    This client may have met the form after the first ones. A form that came back has the owner
    in several places: then it is the last one that can have signed the version that was seen.
    """
    for place in range(len(steps), len(known.former) - 1, -1):
        since = steps[place - 1] if place else None
        owner = since.taker.id if since else steps[0].giver.id if steps else known.owner
        followed = tuple(map(_former, steps[place - len(known.former) : place]))
        met = known.former or since is None or known.version > since.version
        if owner == known.owner and followed == known.former and met:
            return place
    return None


def _owners_before(
    session: Session, form: str, steps: Sequence[HandOver], served: Sequence[dict[str, Any]]
) -> list[FormerOwner]:
    """Return who had a form before the first owner that is known here, as far back as is certain.

    Each has accepted it from the one before, who has to be pinned: what it signed can then be read.
    """
    found: list[FormerOwner] = []
    for step in reversed(steps):
        if _is_strange(session, step.giver):
            session.notify(
                f"client {step.giver.id} had form {form} before, up to version {step.version}: to "
                "read what came then, `trust add` its fingerprint, and follow the form again"
            )
            break
        try:
            _check_before(session, form, step, served)
        except (VerificationError, UnpinnedError) as error:
            session.notify(
                f"what client {step.giver.id} had of form {form} cannot be read: {error}"
            )
            break
        found.insert(0, _former(step))
    return found


def _check_before(
    session: Session, form: str, step: HandOver, served: Sequence[dict[str, Any]]
) -> None:
    """Check a hand-over from before; who took the form vouches for who gave it."""
    with verifying(f"the owners of form {form}"):
        giver = _named(pins.known_cards(session, step.giver.id), step.giver)
        takers = _cards(session, step.taker, served)
        taker = _named(takers, step.taker)
        verify_hand_over(step, form=form, giver=giver, taker=taker)
        check_not_stolen(step, takers, (*takers.earlier, takers.card).index(taker))


def check_not_passed(known: FormMemory, steps: Sequence[HandOver]) -> None:
    """Refuse a hand-over at a version that its giver went beyond afterwards, as was seen here."""
    if steps and known.version > steps[0].version:
        raise VerificationError(
            f"version {known.version} of form {steps[0].form} was seen from its owner, who is said "
            f"to have handed it over at version {steps[0].version}",
            code="mismatch",
        )


def agree(session: Session, found: NextOwner, *, fingerprint: str = "") -> str:
    """Follow hand-overs to the owner that a person knows by its fingerprint; return its id.

    Raises ConsentError where it is pinned neither here nor by this call, VerificationError.
    """
    owner = found.card.id
    check_known(session, found, fingerprint)
    cards = _known(session, owner, fingerprint)
    if not cards.has(found.card.fingerprint):
        raise VerificationError(
            f"form {found.form} was handed to another card of client {owner} than is known here",
            code="fingerprint",
            hint=followed_cards.CHANGED,
        )
    with session.state.change() as state:
        known = state.forms[found.form]
        state.forms[found.form] = FormMemory(owner, known.version, known.hash, found.former)
    session.verified.owners.pop(found.form, None)
    if owner == session.me.id:  # on another machine; which inboxes are from then, nobody tells
        generations.spend_granted(session, found.form)
    return owner


def check_known(session: Session, found: NextOwner, fingerprint: str) -> None:
    """Refuse an owner whose fingerprint nobody has told this client; raises ConsentError."""
    owner = found.card.id
    if not (fingerprint or owner in session.state.load().pins or owner == session.me.id):
        raise ConsentError(
            f"{found.card.name} ({owner}) is to own form {found.form}, and is not known here",
            hint="ask that party for its fingerprint, and pass --fingerprint; the one that was "
            f"signed is {show_fingerprint(found.card.fingerprint)}",
        )


def _known(session: Session, client_id: str, fingerprint: str) -> Cards:
    if fingerprint:
        pins.pin(session, client_id, fingerprint)
    return pins.known_cards(session, client_id)


def check_giver(session: Session, step: HandOver, cards: Cards, before: Sequence[HandOver]) -> None:
    """Refuse what a card signed that may not give the form (any more), though its client may.

    It is no earlier one than the client took the form with, nobody stole it, and if it was
    succeeded since, its past says that the form's version was its own. ``before`` are the
    hand-overs up to this one. Raises MismatchError, VerificationError.
    """
    line = (*cards.earlier, cards.card)
    at = line.index(_named(cards, step.giver))
    since = line.index(_named(cards, before[-1].taker)) if before else 0
    if at < since:
        raise MismatchError("it is signed by an earlier card than the form was taken with")
    check_not_stolen(step, cards, since if _is_strange(session, step.giver) else at)
    if at == len(line) - 1:
        return
    old = pins.with_pasts(session, step.giver.id, cards)[at]
    if not old.stands_for_manifest(form=step.form, version=step.version):
        raise MismatchError("it is signed by keys that were succeeded before")


def check_not_stolen(step: HandOver, cards: Cards, at: int) -> None:
    """Refuse what may be a thief's: a key file keeps the seeds before the one that was stolen."""
    if any(one.compromised for one in cards.successions[at:]):
        raise VerificationError(
            f"the hand-over of form {step.form} is signed by keys of {plain(cards.card.name)} "
            f"({cards.card.id}) that were stolen, as it says: a thief may have done so",
            code="compromised",
            hint="ask that party, by another channel than this server, whether it gave the form "
            f"away; if it did, `recover TYPE --writer {cards.card.id}` begins anew with its forms",
        )


def _is_strange(session: Session, party: Party) -> bool:
    """Whether nobody has compared the card of a client, so that the hand-overs alone name it."""
    return party.id != session.me.id and party.id not in session.state.load().pins


def _cards(
    session: Session, party: Party, served: Sequence[dict[str, Any]], *, first: bool = False
) -> Cards:
    """Return the cards of a client: of one that is pinned, or as a signed step names it.

    The first who gives is the owner that is known here, whom nothing but a pin can name.
    """
    if first or not _is_strange(session, party):
        return pins.known_cards(session, party.id)
    return _served(party, served)


def _named(cards: Cards, party: Party) -> Card:
    """Return the card that a hand-over names."""
    for card in (cards.card, *cards.earlier):
        if same(card.fingerprint, party.fingerprint):
            return card
    raise MismatchError("a hand-over names a card that its client never had")


def _served(party: Party, served: Sequence[dict[str, Any]]) -> Cards:
    for line in served:
        card = parse_card(line["card"])
        if card.id != party.id:
            continue
        if not line["successions"]:
            return Cards(card)
        return followed_cards.read(
            line, client_id=party.id, fingerprint=party.fingerprint, known=()
        )
    raise MismatchError("an owner's card is missing")
