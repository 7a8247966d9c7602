"""What every step of a client needs at hand."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..envelope.encoding import FORM
from ..envelope.keys import Card, ClientKeys
from .api import Api
from .state import StateFile

logger = logging.getLogger(__name__)


def _now() -> int:
    return int(time.time())


@dataclass
class Session:
    """One client at one server: keys, own card, memory, API; ``notify`` takes warnings.

    ``cards`` holds the cards of others that were verified in this run.
    """

    keys: ClientKeys = field(repr=False)
    me: Card
    state: StateFile
    api: Api
    now: Callable[[], int] = _now
    notify: Callable[[str], None] = logger.warning
    cards: dict[str, Card] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Stream:
    """All records of one (writer, type)."""

    writer: str
    type: str

    @property
    def form(self) -> str:
        """The id of the form that writes it, "" for a client's."""
        return self.writer[len(FORM) :] if self.writer.startswith(FORM) else ""

    def __str__(self) -> str:
        return f"{self.type} of {self.writer}"
