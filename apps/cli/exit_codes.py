"""How commands end: a number for each thing that a script has to tell apart.

docs/scripts.md shows the same table to people, and a test compares the two.
"""

from enum import IntEnum
from typing import Self

from ..client.errors import ApiUnavailable, ClientError, KeyServiceAway, RollbackError


class ExitCode(IntEnum):
    """An exit code; ``meaning`` is what --help says of it."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        """Keep the meaning beside the number."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    DONE = 0, "all of it was done"
    FAILED = 1, "it was refused or failed; stderr says why, and what to do"
    MISUSED = 2, "the words of the command cannot be understood"
    KEPT = 3, "less or older came than was there before: that was kept; a person should look"
    UNREAD = 4, "some records failed verification and were left out; the others were done"
    AWAY = 5, "a server or key service is away or busy: nothing is wrong here, run it again later"
    PENDING = 6, "done here; others have yet to do their part, which is listed"
    HUNG_UP = 129, "its terminal was closed (SIGHUP); running it again is safe"
    INTERRUPTED = 130, "interrupted (SIGINT); running it again is safe"
    TERMINATED = 143, "ended by SIGTERM; running it again is safe"


def of_error(error: ClientError) -> ExitCode:
    """Return how a command ends that an error of the client stopped."""
    if isinstance(error, ApiUnavailable | KeyServiceAway):
        return ExitCode.AWAY
    # Less, or older, than this client remembers: nothing was done with it.
    return ExitCode.KEPT if isinstance(error, RollbackError) else ExitCode.FAILED
