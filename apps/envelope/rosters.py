"""Rosters: a team as one reader, whose members its owner signs for (docs/protocol.md §7).

A group is an inbox, of which each *epoch* is one X-Wing key pair. Who shares with the group seals
to today's epoch; the owner grants the epoch's seed to each member. The roster says which epoch that
is, who the members are, and how from an epoch's seed those before it are opened. The server
stores all of it and decides nothing: whoever grants verifies the roster first.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

from .encoding import GROUP, VERSION, WireObject, b64, ctx, dump_json
from .errors import CommitmentError, ExpiredError, LimitError, MalformedError, MismatchError
from .grants import inbox_id
from .holders import Signer
from .keys import CLIENT_NAME, Card
from .primitives import (
    KEM_PK,
    KEY,
    NONCE,
    SIG,
    TAG,
    H,
    KemKey,
    _seal,
    expand,
    kem_public,
    random,
    same,
    unseal,
    verify,
)
from .shapes import Integer, Items, Object, Octets, Parsed, Uuid

MAX_MEMBERS = 256
MAX_EPOCHS = 1024
MAX_TERM = 400 * 24 * 3600
CLOCK_SKEW = 24 * 3600
SEALED_SEED = NONCE + KEY + TAG
FIRST = bytes(KEY)


class Member(NamedTuple):
    """A client in a group, the fingerprint (32 bytes) of its card, and which version took it in."""

    id: str
    fingerprint: bytes
    since: int

    def to_wire(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {"id": self.id, "fp": b64(self.fingerprint), "since": self.since}


class Link(NamedTuple):
    """Leads from an epoch's seed to that of the one ``before``, which it seals, 60 bytes."""

    epoch: int
    before: int
    sealed: bytes

    def to_wire(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {"epoch": self.epoch, "before": self.before, "sealed": b64(self.sealed)}


MEMBER = Object(
    "member",
    {"id": Uuid("client id"), "fp": Octets(KEY), "since": Integer("since")},
    versioned=False,
)
LINK = Object(
    "link",
    {"epoch": Integer("epoch"), "before": Integer("before"), "sealed": Octets(SEALED_SEED)},
    versioned=False,
)
ROSTER = Object(
    "roster",
    {
        "group": Uuid("group id"),
        "name": CLIENT_NAME,
        "version": Integer("version"),
        "epoch": Integer("epoch"),
        "owner": Uuid("client id"),
        "kem_pk": Octets(KEM_PK),
        "prev": Octets(KEY),
        "links": Items(
            "links", Parsed(lambda value: Link(**LINK.read(value)), (LINK,)), MAX_EPOCHS - 1, 0
        ),
        "issued": Integer("issued"),
        "expires": Integer("expires"),
        "members": Items(
            "members", Parsed(lambda value: _member(value), (MEMBER,)), MAX_MEMBERS, 0
        ),
        "sig": Octets(SIG),
    },
)


@dataclass(frozen=True)
class Epoch:
    """A group as a reader: what is sealed to it goes to the members of this epoch.

    ``id`` is ``group:`` and the group's id; ``kem_pk`` has 1216 bytes.
    """

    id: str
    name: str
    owner: str
    epoch: int
    kem_pk: bytes

    @property
    def fingerprint(self) -> bytes:
        """H("epoch", group, owner, epoch, kem_pk), 32 bytes: what grants to the group name."""
        return H("epoch", self.id.removeprefix(GROUP), self.owner, self.epoch, self.kem_pk)

    @property
    def akid(self) -> bytes:
        """H("inbox", kem_pk), 32 bytes: the ``akid`` of the grants of its seed to members."""
        return inbox_id(self.kem_pk)


@dataclass(frozen=True)
class Roster(WireObject):
    """One version of who is in a group, from ``issued`` to ``expires``, in seconds since 1970.

    ``prev`` is the digest (32 bytes) of the version before, zeros for the first.
    """

    group: str
    name: str
    version: int
    epoch: int
    owner: str
    kem_pk: bytes
    prev: bytes
    issued: int
    expires: int
    members: tuple[Member, ...] = ()
    links: tuple[Link, ...] = ()
    sig: bytes = b""

    @property
    def digest(self) -> bytes:
        """H("roster", canonical JSON without sig), 32 bytes: names this version."""
        return H("roster", dump_json(self._bare()))

    @property
    def message(self) -> bytes:
        """What the owner signs."""
        return ctx("roster-sig", self.digest)

    @property
    def as_reader(self) -> Epoch:
        """What is granted to the group is sealed to this."""
        return Epoch(GROUP + self.group, self.name, self.owner, self.epoch, self.kem_pk)

    def member(self, id: str) -> Member | None:
        """Return a client's membership, None if it is not in the group."""
        return next((one for one in self.members if one.id == id), None)

    def to_wire(self) -> dict[str, Any]:
        """Return the roster as a JSON object."""
        return {**self._bare(), "sig": b64(self.sig)}

    def _bare(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "group": self.group,
            "name": self.name,
            "version": self.version,
            "epoch": self.epoch,
            "owner": self.owner,
            "kem_pk": b64(self.kem_pk),
            "prev": b64(self.prev),
            "links": [one.to_wire() for one in self.links],
            "issued": self.issued,
            "expires": self.expires,
            "members": [one.to_wire() for one in self.members],
        }


def _member(value: object) -> Member:
    wire = MEMBER.read(value)
    return Member(wire["id"], wire["fp"], wire["since"])


def parse_roster(value: object) -> Roster:
    """Parse a roster strictly; raises MalformedError, LimitError. No signature is checked."""
    wire = ROSTER.check(value)
    found = Roster(**ROSTER.read_members(wire))
    kem_public(found.kem_pk)
    if found.epoch > found.version:
        raise MalformedError("a roster has no more epochs than versions")
    if (found.version == 1) != (found.prev == FIRST):
        raise MalformedError("the first version of a roster follows none, each other one does")
    if found.expires <= found.issued:
        raise MalformedError("a roster ends after it was issued")
    if found.expires - found.issued > MAX_TERM:
        raise LimitError("a roster is in force for at most 400 days")
    _check_ascending([one.id for one in found.members], "the members of a roster")
    _check_ascending([one.epoch for one in found.links], "the links of a roster")
    if any(one.since > found.version for one in found.members):
        raise MalformedError("no later version of a roster took its members in")
    if any(not one.before < one.epoch <= found.epoch for one in found.links):
        raise MalformedError("each link of a roster leads from one of its epochs to one before")
    return found.came_as(wire, ROSTER.order(wire))


def _check_ascending(keys: list[Any], what: str) -> None:
    if any(one >= next for one, next in pairwise(keys)):
        raise MalformedError(f"{what} are ascending, each once")


def sign_roster(roster: Roster, keys: Signer) -> Roster:
    """Return the roster with its owner's signature."""
    return parse_roster(replace(roster, sig=keys.sign(roster.message)).to_wire())


def verify_roster(roster: Roster, *, group: str, owner: Card) -> None:
    """Check that a roster is this group's and signed by its owner.

    Raises MismatchError, SignatureError.
    """
    if roster.group != group:
        raise MismatchError("this is the roster of another group")
    if roster.owner != owner.id:
        raise MismatchError("this group has another owner")
    verify(owner.sig_pk, roster.sig, roster.message, "roster")


def check_in_force(roster: Roster, now: int) -> None:
    """Check that a roster counts now (seconds since 1970): else its group has no members.

    Raises ExpiredError.
    """
    if now >= roster.expires:
        raise ExpiredError("the roster has ended")
    if now < roster.issued - CLOCK_SKEW:
        raise ExpiredError("the roster is of a time to come")


class Known(NamedTuple):
    """What a client remembers of a group: the last roster that it verified."""

    owner: str
    name: str
    version: int
    digest: bytes
    epoch: int
    fingerprint: bytes

    @classmethod
    def of(cls, roster: Roster) -> "Known":
        """Return what is to be remembered of a roster that was verified."""
        return cls(
            roster.owner,
            roster.name,
            roster.version,
            roster.digest,
            roster.epoch,
            roster.as_reader.fingerprint,
        )


def check_follows(roster: Roster, known: Known) -> None:
    """Check that a verified roster is the one that is known, or one after it.

    The next version names the digest of the known one. An epoch has one key, and another key is
    another epoch, and neither owner nor name change. Raises MismatchError.
    """
    if (roster.owner, roster.name) != (known.owner, known.name):
        raise MismatchError("this group had another owner, or another name")
    if roster.version < known.version:
        raise MismatchError("a later version of this roster is known")
    if roster.version == known.version and not same(roster.digest, known.digest):
        raise MismatchError("another roster of the same version is known")
    if roster.version == known.version + 1 and not same(roster.prev, known.digest):
        raise MismatchError("the roster does not follow the version that is known")
    if roster.epoch < known.epoch:
        raise MismatchError("a later epoch of this group is known")
    as_it_was = replace(roster.as_reader, epoch=known.epoch)
    if (roster.epoch == known.epoch) != same(as_it_was.fingerprint, known.fingerprint):
        raise MismatchError("an epoch has one key, and no two epochs have the same")


def seal_link(*, group: str, epoch: int, seed: bytes, before: int, former: bytes) -> Link:
    """Seal the seed (32 bytes) of a former epoch under that of a later one."""
    return _seal_link(group, epoch, seed, before, former, random(NONCE))


def _seal_link(
    group: str, epoch: int, seed: bytes, before: int, former: bytes, nonce: bytes
) -> Link:
    aad = _link(group, epoch, before)
    return Link(epoch, before, _seal(expand(seed, "past"), former, aad, nonce))


def _link(group: str, epoch: int, before: int) -> bytes:
    return ctx("past", group, epoch, before)


@dataclass(frozen=True)
class OpenEpoch:
    """An epoch of which the seed is known; ``key`` opens what was sealed to it."""

    party: Epoch
    key: KemKey = field(repr=False)


def open_epoch(roster: Roster, *, epoch: int, seed: bytes) -> OpenEpoch:
    """Return the epoch that a seed (32 bytes) grows: its fingerprint says if it is the right one.

    Raises CommitmentError if it is the roster's own epoch, and another key.
    """
    key = KemKey(seed)
    party = Epoch(GROUP + roster.group, roster.name, roster.owner, epoch, key.public)
    if epoch == roster.epoch and not same(party.fingerprint, roster.as_reader.fingerprint):
        raise CommitmentError("the seed of an epoch is not the one that the roster names")
    return OpenEpoch(party, key)


def open_past(
    roster: Roster, *, epoch: int, seed: bytes, wanted: Collection[bytes] | None = None
) -> list[OpenEpoch]:
    """Return an epoch and those before it that a verified roster leads to, the latest first.

    ``wanted`` are fingerprints (32 bytes): once all of them were found the rest is left.
    Raises OpenError if the seed is not the one that the roster's links were made with.
    """
    links = {one.epoch: one for one in roster.links}
    found = [open_epoch(roster, epoch=epoch, seed=seed)]
    missing = None if wanted is None else set(wanted) - {found[0].party.fingerprint}
    while (link := links.get(epoch)) and missing != set():
        aad = _link(roster.group, link.epoch, link.before)
        seed = unseal(expand(seed, "past"), link.sealed, aad)
        epoch = link.before
        found.append(open_epoch(roster, epoch=epoch, seed=seed))
        if missing is not None:
            missing.discard(found[-1].party.fingerprint)
    return found
