"""Groups in a program: teams that this client owns, or is in, in as few words as the rest."""

from collections.abc import Sequence

from ..envelope.encoding import GROUP
from .acts import grouping
from .acts.grouping import DAYS, Changed, Left, Line, Shown
from .session import Session


class Groups:
    """The groups of one client.

    A group is named by its id, with or without ``group:``, or its name. Each change signs its
    roster anew, for ``days``; then own types that it reads go on under new keys where that is due.
    Every method raises ClientError.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, name: str, *, days: int = DAYS) -> str:
        """Make a group, and return it as ``share`` takes it: ``group:`` and its id."""
        return grouping.create(self._session, name, days=days).reader

    def add(
        self,
        group: str,
        *members: str,
        fingerprint: str = "",
        from_now: bool = False,
        days: int = DAYS,
    ) -> Changed:
        """Take clients in, by their ids; see ``grouping.add``."""
        return grouping.add(
            self._session,
            self.find(group),
            members,
            fingerprint=fingerprint,
            from_now=from_now,
            days=days,
        )

    def remove(self, group: str, *members: str, days: int = DAYS) -> Changed:
        """Take clients out; what they have read already cannot be taken back."""
        return grouping.remove(self._session, self.find(group), members, days=days)

    def renew(self, group: str, *, days: int = DAYS, restored: bool = False) -> Changed:
        """Sign the roster anew, with its members' cards of today and without those who left."""
        return grouping.renew(self._session, self.find(group), days=days, restored=restored)

    def own(self) -> Sequence[str]:
        """Return the ids of the groups that this client owns."""
        return grouping.own(self._session)

    def own_types(self, group: str) -> Sequence[str]:
        """Return the own types that this client shares with a group, without what forms collect."""
        return grouping.own_types(self._session, self.find(group))

    def lines(self) -> list[Line]:
        """Return the groups that this client owns or is in, as the server says."""
        return grouping.lines(self._session)

    def show(self, group: str) -> Shown:
        """Return who is in a group, and what of it is still under keys of before."""
        return grouping.show(self._session, self.find(group))

    def leave(self, group: str) -> Left:
        """Go out of a group of somebody else's."""
        return grouping.leave(self._session, self.find(group))

    def find(self, named: str) -> str:
        """Return the id of a group, by its id or its name; raises UsageError."""
        return grouping.find(self._session, named).removeprefix(GROUP)
