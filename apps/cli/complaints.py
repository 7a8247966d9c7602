"""What is wrong with single records or grants: some by name, the rest as a number.

A server, or a visitor with a program, can send millions of them.
"""

from collections import Counter
from collections.abc import Callable

from ..client import Opened
from ..client.errors import ClientError
from ..client.quoting import plain

NAMED = 20
"""How many of one kind are named."""


def tell_of_doubts(record: Opened, complaints: "Complaints") -> None:
    """Name values that no browser would have sent by itself, and what a thief may have signed."""
    if record.problems:
        said = ", ".join(f"{name} ({code})" for name, code in record.problems.items())
        text = f"note: record {record.id} breaks rules of its form: {said}"
        complaints.tell("breaks rules", text)
    if record.stolen:
        complaints.tell("stolen", f"note: record {record.id} is signed by a stolen key")


def kind_of(error: ClientError) -> str:
    """Return what an error about a record is called in sums: its code."""
    return str(getattr(error, "code", "")) or type(error).__name__


class Complaints:
    """Says the first ones of each kind with ``say``, and counts the others."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._counts: Counter[str] = Counter()
        self._hints: set[str] = set()

    def refused(self, error: ClientError, text: str) -> None:
        """Say one more error about a record, and once what to do about all like it."""
        kind = kind_of(error)
        self.tell(kind, text)
        hint = plain(error.hint)
        if hint and hint not in self._hints and self._counts[kind] <= NAMED:
            self._hints.add(hint)
            self._say(f"hint: {hint}")

    def tell(self, kind: str, text: str) -> None:
        """Say one more of a kind, or that no more will be said."""
        self._counts[kind] += 1
        if self._counts[kind] <= NAMED:
            self._say(text)
        elif self._counts[kind] == NAMED + 1:
            self._say(f"more of the kind `{kind}` are counted, and not named")

    def sum_up(self) -> None:
        """Say how many there were of each kind that was not named to its end."""
        for kind, count in self._counts.items():
            if count > NAMED:
                self._say(f"{count:,} of the kind `{kind}`, of which {NAMED} were named")
