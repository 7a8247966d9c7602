"""Groups with real keys: an owner signs rosters, grants epochs, and takes people in and out.

A ``Team`` is the owner's side of one group. ``team.card`` is its epoch in force, so that whatever
is granted to people can be granted to it: ``contact.share(team)``.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_bytes
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from apps.envelope.encoding import GROUP
from apps.envelope.grants import EPOCH, INBOX, Grant, inbox_id, seal_grant
from apps.envelope.primitives import KemKey
from apps.envelope.rosters import (
    FIRST,
    Epoch,
    Link,
    Member,
    Roster,
    open_epoch,
    seal_link,
    sign_roster,
)
from apps.envelope.statements import Leave, sign_leave
from tests.people import Person, accepted, wires

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

MONTH = 30 * 24 * 3600


class Past(NamedTuple):
    """An epoch before today's, as a reader."""

    card: Epoch


class Team:
    """A group; each change makes and posts the next version, which must be taken.

    ``seeds`` has the seed of each epoch by its number; ``roster`` is the latest version.
    """

    def __init__(self, owner: Person, name: str = "clinic staff", *, id: str = "") -> None:
        self.owner, self.name, self.id = owner, name, id or str(uuid4())
        self.seeds: dict[int, bytes] = {}
        self.roster: Roster | None = None
        self.members: dict[str, tuple[Person, int]] = {}

    @property
    def reader(self) -> str:
        """What grants to it name as their reader, and grants of its epochs as their writer."""
        return GROUP + self.id

    @property
    def epoch(self) -> int:
        return self.roster.epoch if self.roster else 0

    @property
    def version(self) -> int:
        return self.roster.version if self.roster else 0

    @property
    def in_force(self) -> Roster:
        """The latest version; there must be one."""
        assert self.roster
        return self.roster

    @property
    def card(self) -> Epoch:
        """The epoch in force, as a reader."""
        return self.in_force.as_reader

    def at(self, epoch: int) -> "Past":
        """An epoch that has ended, to be granted to as ``contact.grant(team.at(1))``."""
        return Past(open_epoch(self.in_force, epoch=epoch, seed=self.seeds[epoch]).party)

    def next_roster(
        self,
        people: Iterable[Person] | None = None,
        *,
        new_epoch: bool = False,
        linked: bool = True,
        **changes: Any,
    ) -> Roster:
        """Return a signed next version with these members, those of today if none are given.

        A new epoch has a new seed, which ``seeds`` keeps. ``changes`` are of the bare roster.
        """
        version, epoch = self.version + 1, max(self.epoch, 1)
        links: tuple[Link, ...] = self.roster.links if self.roster else ()
        if new_epoch and self.roster:
            epoch += 1
        if epoch not in self.seeds:
            self.seeds[epoch] = token_bytes(32)
            if linked and epoch > 1:
                former = self.seeds[epoch - 1]
                links += (
                    seal_link(
                        group=self.id, epoch=epoch, seed=self.seeds[epoch],
                        before=epoch - 1, former=former,
                    ),
                )  # fmt: skip
        if people is None:
            people = [person for person, _ in self.members.values()]
        since = {id: since for id, (_, since) in self.members.items()}
        members = sorted(
            Member(one.id, one.card.fingerprint, since.get(one.id, version)) for one in people
        )
        now = int(time())
        bare = Roster(
            self.id, self.name, version, epoch, self.owner.id, KemKey(self.seeds[epoch]).public,
            self.roster.digest if self.roster else FIRST, now, now + MONTH, tuple(members), links,
        )  # fmt: skip
        return sign_roster(replace(bare, **changes), self.owner.keys)

    def grant(
        self, reader: Person, *, roster: Roster | None = None, gen: int = 0, **changes: Any
    ) -> Grant:
        """Return a signed grant of an epoch, of the one in force if none is named."""
        gen = gen or (roster.epoch if roster else self.epoch)
        seed = self.seeds[gen]
        wanted: dict[str, Any] = {
            "granter": self.owner.keys,
            "reader": reader.card,
            "writer": self.reader,
            "type": EPOCH,
            "gen": gen,
            "akid": inbox_id(KemKey(seed).public),
            "keys": {INBOX: seed},
        }
        return seal_grant(**wanted | changes)

    def grants(self, roster: Roster, people: Iterable[Person]) -> list[Grant]:
        """Return the grants of a roster's epoch to these and to the owner, one each."""
        readers = {one.id: one for one in (self.owner, *people)}
        return [self.grant(one, roster=roster) for one in readers.values()]

    def body(self, roster: Roster, grants: Iterable[Grant]) -> dict[str, Any]:
        """Return what is posted."""
        return {"roster": roster.to_wire(), "grants": wires(list(grants))}

    def post(
        self, roster: Roster, grants: Iterable[Grant], *, by: Person | None = None
    ) -> "Answer":
        """Post a roster, by its owner unless somebody else tries to."""
        body = self.body(roster, grants)
        return (by or self.owner).post(f"/groups/{self.id}/rosters", body)

    def change(self, *people: Person, new_epoch: bool = False, **what: Any) -> Roster:
        """Bring a next version with just these members into force, which must succeed."""
        begins = new_epoch or not self.roster
        roster = self.next_roster(people, new_epoch=new_epoch, **what)
        newcomers = [one for one in people if one.id not in self.members]
        grants = self.grants(roster, people) if begins else [
            self.grant(one, roster=roster) for one in newcomers
        ]  # fmt: skip
        accepted(self.post(roster, grants))
        since = {member.id: member.since for member in roster.members}
        self.roster = roster
        self.members = {one.id: (one, since[one.id]) for one in people}
        return roster

    def add(self, *people: Person) -> Roster:
        """Take people in, who see what was shared so far."""
        return self.change(*(one for one, _ in self.members.values()), *people)

    def remove(self, *people: Person) -> Roster:
        """Put people out: a new epoch begins."""
        gone = {one.id for one in people}
        stay = [one for id, (one, _) in self.members.items() if id not in gone]
        return self.change(*stay, new_epoch=True)

    def renew(self) -> Roster:
        """Sign the same again, for longer."""
        return self.change(*(one for one, _ in self.members.values()))

    def leave(self, person: Person, **changes: Any) -> Leave:
        """Return a member's signed word that it goes out."""
        since = self.members[person.id][1] if person.id in self.members else 1
        wish = Leave(self.id, person.id, since)
        return sign_leave(replace(wish, **changes), person.keys)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Try something that is refused, and be as before."""
        seeds = dict(self.seeds)
        yield
        self.seeds = seeds


def team(owner: Person, *people: Person, **named: Any) -> Team:
    """Return a new group of the owner's with these members."""
    made = Team(owner, **named)
    made.change(*people)
    return made
