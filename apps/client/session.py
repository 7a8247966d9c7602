"""What every step of a client needs at hand."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from ..envelope.encoding import FORM
from ..envelope.grants import Grant
from ..envelope.holders import Holder
from ..envelope.keys import Card
from ..envelope.manifests import Manifest
from ..envelope.primitives import same
from ..envelope.rosters import OpenEpoch, Roster
from ..envelope.successions import Earlier, Succession
from .api import Api
from .credentials import Former
from .errors import ApiRefused, ClientError, VerificationError
from .state import StateFile

logger = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")

Rooms = Mapping[str, int]
"""How many bytes the JSON of each field's value has at least when it is sealed."""


def _now() -> int:
    return int(time.time())


FAILED_FOR = 60.0
"""Seconds in which what was refused is not asked for again."""

KEPT_FOR = 300.0
"""Seconds after which the cards of others, and what is written under, are asked for again.

Who has the stolen keys of a reader reads at most that much longer.
"""


class Kept(dict[K, V]):
    """What was found out by its key, at most so many: the oldest makes room for the next.

    What was refused is kept for FAILED_FOR seconds: a thousand records may name one manifest. What
    ``lapses`` is found out again after KEPT_FOR seconds.
    """

    def __init__(self, most: int, *, lapses: bool = False) -> None:
        super().__init__()
        self._most = most
        self._lapses = lapses
        self._since: dict[K, float] = {}
        self._refused: dict[K, tuple[float, ClientError]] = {}

    def find(self, key: K, fetch: Callable[[], V]) -> V:
        """Return what is kept, else keep what ``fetch`` returns.

        Raises what it raised, too, if that was VerificationError or ApiRefused a moment ago.
        """
        if (kept := self.current(key)) is not None:
            return kept
        until, error = self._refused.get(key, (0.0, None))
        if error and time.monotonic() < until:
            raise error.with_traceback(None)
        try:
            self[key] = found = fetch()
        except (VerificationError, ApiRefused) as error:
            if len(self._refused) >= self._most:
                del self._refused[next(iter(self._refused))]
            self._refused[key] = time.monotonic() + FAILED_FOR, error
            raise
        return found

    def __setitem__(self, key: K, value: V) -> None:
        if key not in self and len(self) >= self._most:
            del self[next(iter(self))]
        super().__setitem__(key, value)
        if self._lapses:
            if len(self._since) > self._most:
                self._since = {known: at for known, at in self._since.items() if known in self}
            self._since[key] = time.monotonic()

    def current(self, key: K) -> V | None:
        """Return what is kept, None for nothing or what has lapsed."""
        if self._lapses and time.monotonic() - self._since.get(key, 0.0) >= KEPT_FOR:
            return None
        return self.get(key)


class Named(NamedTuple):
    """The manifest that a record names, the rooms of its fields, and if a thief may have signed."""

    manifest: Manifest
    rooms: Rooms
    stolen: bool = False


class Cards(NamedTuple):
    """A client's card of today, its earlier ones, the oldest first, and the steps between them."""

    card: Card
    earlier: tuple[Card, ...] = ()
    successions: tuple[Succession, ...] = ()

    def has(self, fingerprint: bytes) -> bool:
        """Whether one of the cards has this fingerprint."""
        return any(same(fingerprint, one.fingerprint) for one in (self.card, *self.earlier))


class Served(NamedTuple):
    """The roster of a group as a server shows it, and the leaves beside it, as they came.

    It is parsed, and of its signature nothing is known.
    """

    roster: Roster
    leaves: tuple[object, ...]


@dataclass
class OpenGroup:
    """What a member has of a group: the verified roster, and the epochs that were opened so far.

    ``grants`` are those of its epochs that were not needed yet, the last one the latest; ``seeds``
    (32 bytes) the epochs of those that were, ``epochs`` what they lead to, by its fingerprint (32
    bytes), and ``walked`` which of them were followed to the end of the links.
    """

    roster: Roster
    owner: Cards
    grants: list[Grant]
    seeds: dict[int, bytes] = field(default_factory=dict, repr=False)
    epochs: dict[bytes, OpenEpoch] = field(default_factory=dict, repr=False)
    walked: set[int] = field(default_factory=set)


@dataclass
class Verified:
    """What was fetched and verified in this run, so that it is not asked for again.

    What stays true while the client runs: a form's manifest by (form, hash), a form's owner by its
    id; and for some minutes the cards of a pinned client, and what the earlier ones stand for (by
    client id); so long too the rosters of groups, and what a member has opened of them (by group
    id).
    Which generation is in force and what was granted can change, and are asked for anew.
    ``told`` are warnings that people had already; ``revisions`` are those of records that were read
    by their ids, or written, in this run.
    """

    cards: Kept[str, Cards] = field(default_factory=lambda: Kept(1024, lapses=True))
    earlier: Kept[str, tuple[Earlier, ...]] = field(default_factory=lambda: Kept(64, lapses=True))
    rosters: Kept[str, Served] = field(default_factory=lambda: Kept(1024, lapses=True))
    groups: Kept[str, OpenGroup] = field(default_factory=lambda: Kept(64, lapses=True))
    manifests: Kept[tuple[str, bytes], Named] = field(default_factory=lambda: Kept(64))
    owners: Kept[str, str] = field(default_factory=lambda: Kept(1024))
    told: Kept[str, bool] = field(default_factory=lambda: Kept(1024))
    revisions: Kept[str, int] = field(default_factory=lambda: Kept(100_000))


@dataclass
class Session:
    """One client at one server: keys, own card, memory, API; ``notify`` takes warnings.

    ``state`` is what it remembers between runs, ``verified`` what it knows in this one;
    ``recoverable`` says that somebody proved a recovery way of its key file. ``former`` are its
    own earlier cards with their keys, which open what was sealed to them; ``renewing`` is the one
    whose grants and manifests are signed anew, while ``keys rotate`` does that.
    """

    keys: Holder = field(repr=False)
    me: Card
    state: StateFile
    api: Api
    now: Callable[[], int] = _now
    notify: Callable[[str], None] = logger.warning
    verified: Verified = field(default_factory=Verified)
    recoverable: bool = False
    former: tuple[Former, ...] = ()
    renewing: Earlier | None = None

    def tell_once(self, warning: str) -> None:
        """Tell people of something that may be noticed many times in one run."""
        if warning not in self.verified.told:
            self.verified.told[warning] = True
            self.notify(warning)


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
