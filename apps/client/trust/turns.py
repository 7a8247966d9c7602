"""Runs of one client at the same time: acts that open, close or hand on keys take turns."""

from collections.abc import Callable
from typing import TypeVar

from ..errors import ApiRefused
from ..session import Session

T = TypeVar("T")

ROUNDS = 3
MISMATCH = "mismatch"
"""What the server says, among others, of a grant to an epoch that has ended."""
OVERTAKEN = {
    "generation_closed",
    "generation_conflict",
    "unknown_generation",
    "grant_withdrawn",
    "manifest_not_next",
    "inbox_not_next",
    "revocation_not_in_force",
    "roster_conflict",
}
"""What the server says of a request that was made of what is no longer in force."""


def in_turn(session: Session, act: Callable[[], T]) -> T:
    """Do something about a stream's keys while no other run on this machine does.

    A run on another machine is not held up by that: where it was first, the server refuses, and
    ``act`` is done again, which has to ask it anew for what is in force. Raises what ``act`` does.
    """
    with session.state.turn():
        for _ in range(ROUNDS - 1):
            try:
                return act()
            except ApiRefused as error:
                if not _may_be_overtaken(session, error):
                    raise
        return act()


def _may_be_overtaken(session: Session, error: ApiRefused) -> bool:
    """Whether another may have been first; of a group whose roster is kept, its epoch, too."""
    if error.code == MISMATCH and session.verified.rosters:
        session.verified.rosters.clear()
        return True
    return error.code in OVERTAKEN
