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
from ..errors import ConsentError, UsageError, VerificationError, verifying
from ..session import Cards, Session
from ..state import FormerOwner, FormMemory
from . import followed_cards, generations, pins

LAST = 2**53 - 1


@dataclass(frozen=True)
class NextOwner:
    """Who has a form today, as those who had it before have signed; nobody agreed to it here yet.

    ``card`` is the one that the last hand-over names; ``steps`` are those to be followed.
    """

    form: str
    card: Card
    steps: tuple[HandOver, ...]


def find(session: Session, form: str) -> NextOwner:
    """Return who has a form today; raises UsageError where nobody else has, VerificationError."""
    known = session.state.load().forms.get(form)
    if known is None:
        raise UsageError(
            f"this client knows nothing of form {form}", hint="give the form's id, not its name"
        )
    answer = session.api.call(endpoints.OWNERS, form)
    with verifying(f"the owners of form {form}"):
        steps = tuple(map(parse_hand_over, answer["hand_overs"]))
        due = steps[len(known.former) :]
        check_join(known, steps)
        cards: Card | None = None
        for step in due:
            giver = _named(session, step.giver, answer["owners"])
            cards = _named(session, step.taker, answer["owners"])
            verify_hand_over(step, form=form, giver=giver, taker=cards)
    if cards is None:
        raise UsageError(f"form {form} still belongs to client {known.owner}")
    check_not_passed(known, due)
    return NextOwner(form, cards, due)


def check_join(known: FormMemory, steps: Sequence[HandOver]) -> None:
    """Refuse hand-overs that do not begin with those that were followed."""
    first = known.former[0].id if known.former else known.owner
    before = [FormerOwner(step.giver.id, step.version) for step in steps[: len(known.former)]]
    if tuple(before) != known.former:
        raise MismatchError("they are not those that were followed before")
    if steps and steps[0].giver.id != first:
        raise MismatchError("the first is not by the owner that is known here")
    owner_of(LAST, Party(first, b""), steps)


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
        former = (*known.former, *(FormerOwner(one.giver.id, one.version) for one in found.steps))
        state.forms[found.form] = FormMemory(owner, known.version, known.hash, former)
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


def _named(session: Session, party: Party, served: Sequence[dict[str, Any]]) -> Card:
    """Return the card that a hand-over names: of a pinned client, or as a signed step names it."""
    if party.id == session.me.id or party.id in session.state.load().pins:
        cards = pins.known_cards(session, party.id)
    else:
        cards = _served(party, served)
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
