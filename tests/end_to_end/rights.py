"""Who may read what, as a test keeps it beside the product: shares, teams, single records."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.end_to_end.hoards import Version

Columns = tuple[str, ...]
"""Names of fields; none stands for all of them."""


@dataclass
class Team:
    """A group; times are those of the test's own clock.

    ``members`` has since when each may read, 0 for all that was there before; ``shared`` when each
    type was shared with the group; ``left`` who went out, and the owner has done nothing since.
    ``had`` has the numbers of all versions that its keys ever opened: who is taken in later, and
    not only from then on, has these keys, and opens it with the server's help.
    """

    owner: str
    members: dict[str, int] = field(default_factory=dict)
    shared: dict[str, int] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    had: set[int] = field(default_factory=set)

    def keep(self, version: Version) -> set[str]:
        """Take note of what its keys open, and return whom these let open it."""
        if version.source in self.shared:
            self.had.add(version.at)
        if version.at not in self.had:
            return set()
        return {self.owner, *(name for name, since in self.members.items() if not since)}

    def reads(self, version: Version, at: int, *, most: bool) -> Iterator[str]:
        """Yield who reads a version that was stored at a time, by this group.

        Its owner, who is served nothing of it, holds the keys all the same: that is the most.
        """
        if version.source not in self.shared:
            return
        if most:
            yield self.owner
        for name, since in self.members.items():
            if since <= at or since < self.shared[version.source]:
                yield name


@dataclass
class Rights:
    """Who may read what of an owner's: ``direct`` by type, ``teams`` and ``singles`` by id.

    ``most`` says that it is what somebody can read with everybody's help, and else what it should.
    """

    owner: str
    most: bool
    direct: dict[str, dict[str, Columns]] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    singles: dict[tuple[str, str], Columns] = field(default_factory=dict)

    def of(self, version: Version, at: int, *, last: bool = True) -> set[tuple[str, str]]:
        """Each (party, field) of a version that was stored at a time.

        Single records are given as they are: not unless the version is the ``last``.
        """
        record = version.record
        every = tuple(record.fields)
        found = {(self.owner, name) for name in every}
        for party, columns in self.direct.get(version.source, {}).items():
            found |= {(party, name) for name in columns or every}
        for team in self.teams.values():
            readers = team.reads(version, at, most=self.most)
            found |= {(party, name) for party in readers for name in every}
        for (id, party), columns in self.singles.items():
            if last and id == record.id:
                found |= {(party, name) for name in columns or every}
        return found
