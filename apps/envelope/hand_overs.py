"""The signed word for a form's next owner: both sign, for one form and nothing else (§8)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .encoding import VERSION, WireObject, b64, ctx
from .errors import FingerprintError, LimitError, MalformedError, MismatchError
from .holders import Signer
from .keys import Card
from .primitives import KEY, SIG, same, verify
from .shapes import Integer, Object, Octets, OrEmpty, Uuid

MAX_STEPS = 16

HAND_OVER = Object(
    "hand-over",
    {
        "form": Uuid("form id"),
        "from": Uuid("client id"),
        "from_fp": Octets(KEY),
        "to": Uuid("client id"),
        "to_fp": Octets(KEY),
        "version": Integer("version"),
        "sig": Octets(SIG),
        "accepted": OrEmpty(Octets(SIG)),
    },
)


class Party(NamedTuple):
    """A client by its id and the fingerprint (32 bytes) of its card."""

    id: str
    fingerprint: bytes

    @classmethod
    def of(cls, card: Card) -> "Party":
        """Return the party that has this card."""
        return cls(card.id, card.fingerprint)


@dataclass(frozen=True)
class HandOver(WireObject):
    """``giver`` hands a form to ``taker``: manifests up to ``version`` are the giver's.

    ``sig`` is the giver's signature, ``accepted`` the taker's, b"" until it has agreed.
    """

    form: str
    giver: Party
    taker: Party
    version: int
    sig: bytes = b""
    accepted: bytes = b""

    @property
    def message(self) -> bytes:
        """What both sign."""
        return ctx("hand-over", self.form, *self.giver, *self.taker, self.version)

    def to_wire(self) -> dict[str, Any]:
        """Return the hand-over as a JSON object."""
        return {
            "v": VERSION,
            "form": self.form,
            "from": self.giver.id,
            "from_fp": b64(self.giver.fingerprint),
            "to": self.taker.id,
            "to_fp": b64(self.taker.fingerprint),
            "version": self.version,
            "sig": b64(self.sig),
            "accepted": b64(self.accepted),
        }


def parse_hand_over(value: object) -> HandOver:
    """Parse a hand-over strictly; raises MalformedError."""
    wire = HAND_OVER.read(value)
    found = HandOver(
        wire["form"],
        Party(wire["from"], wire["from_fp"]),
        Party(wire["to"], wire["to_fp"]),
        wire["version"],
        wire["sig"],
        wire["accepted"] or b"",
    )
    if found.giver.id == found.taker.id:
        raise MalformedError("a form is handed to another client")
    return found


def offer_hand_over(*, form: str, version: int, giver: Card, taker: Card, keys: Signer) -> HandOver:
    """Return what the owner of a form signs; ``version`` is its last manifest of the giver's."""
    bare = HandOver(form, Party.of(giver), Party.of(taker), version)
    return parse_hand_over(replace(bare, sig=keys.sign(bare.message)).to_wire())


def accept_hand_over(hand_over: HandOver, *, keys: Signer) -> HandOver:
    """Return the hand-over with the taker's signature."""
    return parse_hand_over(replace(hand_over, accepted=keys.sign(hand_over.message)).to_wire())


def verify_offer(hand_over: HandOver, *, form: str, giver: Card, taker: Card) -> None:
    """Check what the giver signed: for this form, from this card to that.

    Raises MismatchError, FingerprintError, SignatureError.
    """
    if hand_over.form != form:
        raise MismatchError("this is the hand-over of another form")
    for party, card in ((hand_over.giver, giver), (hand_over.taker, taker)):
        if party.id != card.id:
            raise MismatchError("this hand-over is between other clients")
        if not same(party.fingerprint, card.fingerprint):
            raise FingerprintError("this hand-over names another card of the client")
    verify(giver.sig_pk, hand_over.sig, hand_over.message, "hand-over by who gives")


def verify_hand_over(hand_over: HandOver, *, form: str, giver: Card, taker: Card) -> None:
    """Check a whole hand-over, which both have signed; raises as ``verify_offer`` does."""
    verify_offer(hand_over, form=form, giver=giver, taker=taker)
    if not hand_over.accepted:
        raise MismatchError("nobody has accepted this hand-over")
    verify(taker.sig_pk, hand_over.accepted, hand_over.message, "hand-over by who takes")


def owner_of(version: int, first: Party, hand_overs: Iterable[HandOver]) -> Party:
    """Return who signs this version of a form's manifest, after hand-overs that were verified.

    They stand in their order, and each begins with who had the form; a form may come back.
    Raises MismatchError where they do not join or versions do not grow, LimitError for more
    than 16.
    """
    steps = list(hand_overs)
    if len(steps) > MAX_STEPS:
        raise LimitError(f"a form is handed over at most {MAX_STEPS} times")
    owner, holds, last = first, first, 0
    for step in steps:
        if step.giver.id != holds.id:  # whose card may have been succeeded since
            raise MismatchError("who hands the form over is not who has it")
        if step.version <= last:
            raise MismatchError("a hand-over is not later than the one before")
        holds, last = step.taker, step.version
        if version > step.version:
            owner = holds
    return owner
