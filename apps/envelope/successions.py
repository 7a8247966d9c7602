"""The signed word for a client's next card, and what its earlier ones still stand for (§4).

A succession revokes the card before it. Nobody makes one without the recovery key that stands on
that card, whose secret is on paper: who steals a seed cannot name the next card.

Anybody may see a succession. What the old card still stands for is its *past*, a document of its
own for clients, of which the succession says no more than the digest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .encoding import FORM, VERSION, WireObject, b64, ctx, dump_json
from .errors import FingerprintError, LimitError, MalformedError, MismatchError
from .holders import Signer
from .keys import CARD, NO_RECOVERY, Card, parse_card
from .primitives import KEY, SIG, H, same, verify
from .shapes import Boolean, Integer, Items, Name, Object, Octets, OrEmpty, Parsed, Uuid, Writer

MAX_STREAMS = 2048
MAX_FORMS = 1000
MAX_STEPS = 16
NO_SIGNATURE = b""


class LastGeneration(NamedTuple):
    """The last generation of an own stream under the old card, and its akid (32 bytes)."""

    writer: str
    type: str
    gen: int
    akid: bytes

    def to_wire(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "writer": self.writer,
            "type": self.type,
            "gen": self.gen,
            "akid": b64(self.akid),
        }


class LastVersion(NamedTuple):
    """The last version of an own form's manifest under the old card."""

    form: str
    version: int

    def to_wire(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {"form": self.form, "version": self.version}


LAST_GENERATION = Object(
    "last generation",
    {
        "writer": Writer(),
        "type": Name("type"),
        "gen": Integer("gen"),
        "akid": Octets(KEY),
    },
    versioned=False,
)
LAST_VERSION = Object(
    "last version", {"form": Uuid("form id"), "version": Integer("version")}, versioned=False
)
PAST = Object(
    "past",
    {
        "streams": Items(
            "streams",
            Parsed(lambda value: LastGeneration(**LAST_GENERATION.read(value)), ()),
            MAX_STREAMS,
            0,
        ),
        "forms": Items(
            "forms",
            Parsed(lambda value: LastVersion(**LAST_VERSION.read(value)), ()),
            MAX_FORMS,
            0,
        ),
    },
    versioned=False,
)
SUCCESSION = Object(
    "succession",
    {
        "client": Uuid("client id"),
        "number": Integer("number"),
        "fingerprint": Octets(KEY),
        "card": Parsed(parse_card, (CARD,)),
        "compromised": Boolean("compromised"),
        "past": Octets(KEY),
        "by_old": OrEmpty(Octets(SIG)),
        "by_next": Octets(SIG),
        "by_recovery": Octets(SIG),
    },
)


@dataclass(frozen=True)
class Past(WireObject):
    """All that a card which was succeeded still stands for: nobody but clients is shown it."""

    streams: tuple[LastGeneration, ...] = ()
    forms: tuple[LastVersion, ...] = ()

    @property
    def digest(self) -> bytes:
        """H("past", its canonical JSON), 32 bytes: what the succession says of it."""
        return H("past", dump_json(self.to_wire()))

    def to_wire(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "streams": [one.to_wire() for one in self.streams],
            "forms": [one.to_wire() for one in self.forms],
        }


NO_PAST = Past()


def parse_past(value: object) -> Past:
    """Parse a past strictly; raises MalformedError, LimitError.

    Whose it is and of which step, the digest in a succession tells.
    """
    found = Past(**PAST.read(value))
    _ascending([(one.writer, one.type) for one in found.streams], "streams")
    _ascending([one.form for one in found.forms], "forms")
    return found


@dataclass(frozen=True)
class Succession(WireObject):
    """One step from a card to the next one of the same client.

    ``number`` counts the client's steps from 1; ``fingerprint`` (32 bytes) is that of the old card;
    ``past`` (32 bytes) the digest of what it still stands for. ``by_old`` is b"" where the old key
    may be in other hands (``compromised``).
    """

    client: str
    number: int
    fingerprint: bytes
    card: Card
    compromised: bool
    past: bytes
    by_old: bytes = NO_SIGNATURE
    by_next: bytes = NO_SIGNATURE
    by_recovery: bytes = NO_SIGNATURE

    @property
    def message(self) -> bytes:
        """What is signed by all: the object without the signatures."""
        return ctx("succession", dump_json(self._told()))

    @property
    def digest(self) -> bytes:
        """H("step", what is signed), 32 bytes: what a client remembers of a step it followed."""
        return H("step", self.message)

    def to_wire(self) -> dict[str, Any]:
        """Return the succession as a JSON object."""
        return {
            **self._told(),
            "by_old": b64(self.by_old),
            "by_next": b64(self.by_next),
            "by_recovery": b64(self.by_recovery),
        }

    def _told(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "client": self.client,
            "number": self.number,
            "fingerprint": b64(self.fingerprint),
            "card": self.card.to_wire(),
            "compromised": self.compromised,
            "past": b64(self.past),
        }


def parse_succession(value: object) -> Succession:
    """Parse a succession strictly; raises MalformedError, LimitError, SignatureError.

    The card in it has signed itself; who signed the succession is ``verify_succession``'s question.
    """
    wire = SUCCESSION.read(value)
    wire["by_old"] = wire["by_old"] or NO_SIGNATURE
    found = Succession(**wire)
    if bool(found.by_old) == found.compromised:
        raise MalformedError("the old key signs a succession, but one after it was stolen")
    return found


def _ascending(names: Sequence[Any], what: str) -> None:
    if list(names) != sorted(set(names)):
        raise MalformedError(f"{what} stand in ascending order, each once")


def sign_succession(
    succession: Succession, *, old: Signer | None, next: Signer, recovery: Signer
) -> Succession:
    """Return the succession with its signatures; ``old`` is None after the seed was stolen."""
    message = succession.message
    signed = replace(
        succession,
        by_old=old.sign(message) if old else NO_SIGNATURE,
        by_next=next.sign(message),
        by_recovery=recovery.sign(message),
    )
    return parse_succession(signed.to_wire())


def verify_succession(succession: Succession, card: Card) -> Card:
    """Check that this step leads on from ``card``, and return the next one.

    Raises MismatchError for another client or name, a card without recovery key, or keys that the
    old card has; FingerprintError for another old card; SignatureError.
    """
    if succession.client != card.id or succession.card.id != card.id:
        raise MismatchError("this is the succession of another client")
    if not same(succession.fingerprint, card.fingerprint):
        raise FingerprintError("this succession leads on from another card")
    if NO_RECOVERY in (card.recovery, succession.card.recovery):
        raise MismatchError("a card without recovery key has no successor, and is none")
    if succession.card.name != card.name:
        raise MismatchError("a client keeps its name")
    if _keys_of(card) & _keys_of(succession.card):
        raise MismatchError("the next card has keys of the old one")
    message = succession.message
    if not succession.compromised:
        verify(card.sig_pk, succession.by_old, message, "succession by the old key")
    verify(succession.card.sig_pk, succession.by_next, message, "succession by the next key")
    verify(card.recovery, succession.by_recovery, message, "succession by the recovery key")
    return succession.card


def _keys_of(card: Card) -> set[bytes]:
    return {card.kem_pk, card.sig_pk}


@dataclass(frozen=True)
class Earlier:
    """A card that was succeeded, and the little that it still stands for.

    ``compromised`` says that somebody else may have its seed.

    Never a grant, a statement, or anything that is to be filled or written under.
    """

    card: Card
    compromised: bool
    _streams: dict[tuple[str, str], LastGeneration] = field(repr=False)
    _forms: dict[str, int] = field(repr=False)

    def stands_for_record(self, *, writer: str, type: str, gen: int, akid: bytes) -> bool:
        """Whether a record of this generation, whose akid (32 bytes) it names, may be the card's.

        After ``compromised`` it may be a thief's as well.
        """
        last = self._streams.get((writer, type))
        if last is None or gen > last.gen:
            return False
        return gen < last.gen or same(akid, last.akid)

    def stands_for_manifest(self, *, form: str, version: int) -> bool:
        """Whether this version of a form's manifest may be the card's, to open records with."""
        return version <= self._forms.get(form, 0)


class Line(NamedTuple):
    """A client's card of today, and its earlier ones, the oldest first."""

    card: Card
    earlier: tuple[Earlier, ...]


def follow(card: Card, successions: Iterable[Succession], pasts: Iterable[Past] = ()) -> Line:
    """Follow a client's cards from one that is pinned to today's.

    ``successions`` are those that begin with it, in their order; a card whose past is not among
    ``pasts`` stands for nothing. Raises what ``verify_succession`` does, MismatchError for a step
    that is missing, keys that come again, or a past that is of no step, and LimitError for more
    than 16 steps.

    A key file keeps the seeds before its newest: what was stolen with one card are the cards before
    it, too.
    """
    successions = tuple(successions)
    stolen = max((at for at, step in enumerate(successions) if step.compromised), default=-1)
    told = {past.digest: past for past in pasts}
    used: set[bytes] = set()
    seen, number = _keys_of(card), 0
    earlier: list[Earlier] = []
    for step in successions:
        if len(earlier) >= MAX_STEPS:
            raise LimitError(f"a client's cards are followed for at most {MAX_STEPS} steps")
        if number and step.number != number + 1:
            raise MismatchError("a step of the succession is missing, or comes twice")
        number = step.number
        following = verify_succession(step, card)
        if seen & _keys_of(following):
            raise MismatchError("keys that were succeeded come again")
        seen |= _keys_of(following)
        past = told.get(step.past, NO_PAST)
        used.add(step.past)
        _check_own(past, step.client)
        earlier.append(
            Earlier(
                card,
                len(earlier) <= stolen,
                {(one.writer, one.type): one for one in past.streams},
                {one.form: one.version for one in past.forms},
            )
        )
        card = following
    if told.keys() - used:
        raise MismatchError("this is the past of another card")
    return Line(card, tuple(earlier))


def _check_own(past: Past, client: str) -> None:
    if any(one.writer != client and FORM not in one.writer for one in past.streams):
        raise MismatchError("the streams of a past are the client's own, and its forms'")
