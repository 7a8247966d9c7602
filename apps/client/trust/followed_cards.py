"""The cards of a client, one after the other: followed from a pin to today's (docs/protocol.md §4).

A server that shows fewer steps than were followed before, or another one in the place of one of
them, is believed neither.
"""

from collections.abc import Sequence
from typing import Any

from ...envelope.encoding import FORM
from ...envelope.errors import FingerprintError, MismatchError
from ...envelope.keys import Card, parse_card
from ...envelope.successions import Succession, follow, parse_succession
from ..errors import ForkError, RollbackError, VerificationError, verifying
from ..quoting import plain
from ..session import Cards, Session
from ..state import State

CHANGED = (
    "do not go on: ask that party, by another channel than this server, what its `whoami` shows"
)


def read(
    served: dict[str, Any], *, client_id: str, fingerprint: bytes, known: tuple[bytes, ...]
) -> Cards:
    """Return a client's cards as they are served, each step verified from the first one on.

    The pinned one, by its fingerprint (32 bytes), may stand anywhere among them; ``known`` are the
    steps that were followed before. Raises VerificationError.
    """
    with verifying(f"the cards of client {client_id}", hint=CHANGED):
        first, today = parse_card(served["first"]), parse_card(served["card"])
        steps = tuple(map(parse_succession, served["successions"]))
        line = follow(first, steps)
        check_whole(client_id, first, steps, today, line.card)
    check_same_line(client_id, known, tuple(step.digest for step in steps))
    cards = Cards(today, tuple(one.card for one in line.earlier), steps)
    with verifying(f"the cards of client {client_id}", hint=CHANGED):
        check_has(cards, fingerprint)
    return cards


def check_whole(
    client_id: str, first: Card, steps: Sequence[Succession], today: Card, last: Card
) -> None:
    """Refuse a line of another client, one without its beginning, or with another end."""
    if first.id != client_id:
        raise MismatchError("they are of another client")
    if not steps or steps[0].number != 1:
        raise MismatchError("the first step of the line is missing")
    if today != last:
        raise MismatchError("the line does not lead to the card that is shown as today's")


def check_has(cards: Cards, fingerprint: bytes) -> None:
    """Refuse a line that the pinned card does not stand in."""
    if not cards.has(fingerprint):
        raise FingerprintError("none of them is the one that was pinned")


def check_not_stolen(client_id: str, cards: Cards, fingerprint: bytes) -> None:
    """Refuse a way from the pinned card, by its fingerprint (32 bytes), over one that was stolen.

    Whoever has the recovery sheet alone could have signed it, and a thief of the keys the card
    before: which of the two is that client, only people can find out.
    """
    line = (*cards.earlier, cards.card)
    at = next((n for n, card in enumerate(line) if card.fingerprint == fingerprint), len(line))
    if any(step.compromised for step in cards.successions[at:]):
        raise VerificationError(
            f"{plain(cards.card.name)} ({client_id}) says that its keys were stolen, and names new "
            "ones, which nobody here has compared",
            code="compromised",
            hint="ask that party, by another channel than this server, what its `whoami` shows, "
            f"and pin that: `trust add {client_id} --fingerprint FP`",
        )


def remember(session: Session, client_id: str, cards: Cards) -> None:
    """Keep the steps that were followed, and let a pin move on to today's card; people are told.

    Own streams that the client reads are marked: their next generation is for its new keys.
    Raises ForkError, RollbackError.
    """
    steps = tuple(step.digest for step in cards.successions)
    state = session.state.load()
    check_same_line(client_id, state.lines.get(client_id, ()), steps)
    if not steps:
        return
    pin = state.pins.get(client_id, b"")
    if steps == state.lines.get(client_id, ()) and pin in {b"", cards.card.fingerprint}:
        return
    with session.state.change() as state:
        check_same_line(client_id, state.lines.get(client_id, ()), steps)
        state.lines[client_id] = steps
        moved = _move(state, client_id, cards)
        forms = sorted(
            writer.removeprefix(FORM)
            for (writer, _), memory in state.streams.items()
            if writer.startswith(FORM) and client_id in memory.renew
        )
    if moved:
        _tell(session, client_id, cards)
        for form in dict.fromkeys(forms):
            session.notify(
                f"publish form {form} again: what it collects is read by {plain(cards.card.name)}, "
                "and goes to its old keys until then"
            )


def check_same_line(client_id: str, known: tuple[bytes, ...], shown: tuple[bytes, ...]) -> None:
    """Refuse a line that does not begin with what was followed before."""
    if known[: len(shown)] != shown[: len(known)]:
        raise ForkError(f"the server shows another next card of client {client_id} than before")
    if len(shown) < len(known):
        raise RollbackError(
            f"the server shows {len(shown)} successions of client {client_id}; "
            f"{len(known)} were followed before",
            hint="the server lost data or is lying, and nothing was sent: ask who runs it",
        )


def _move(state: State, client_id: str, cards: Cards) -> bool:
    """Let the pin of a client name today's card; return whether it was another."""
    pin = state.pins.get(client_id)
    if pin is None or pin == cards.card.fingerprint:
        return False
    state.pins[client_id] = cards.card.fingerprint
    for memory in state.streams.values():
        if client_id in memory.readers:
            memory.renew.add(client_id)
    return True


def _tell(session: Session, client_id: str, cards: Cards) -> None:
    who = f"{plain(cards.card.name)} ({client_id})"
    if any(step.compromised for step in cards.successions):
        session.notify(
            f"KEYS WERE STOLEN: {who} says that somebody else may have its old keys, and goes on "
            "under new ones, which you compared; what only the old ones signed may be a thief's"
        )
    else:
        session.notify(
            f"{who} goes on under new keys, which its old ones and its recovery key sign"
        )
