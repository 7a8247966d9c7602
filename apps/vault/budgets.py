"""How much strangers may have stored: by form and by server, a day and in all.

The bytes of a day are counted by the statement that counts arrivals; how large the database is, the
database knows. Neither is asked for each submission: each process remembers what it last saw of
a form, adds what it stored since, and looks again after ten seconds or 32 MiB. So each process
may go beyond a budget by as much. What is full is answered ``storage_full``.
"""

import logging
import shutil
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from apps.vault.errors import StorageFull
from apps.vault.models import Arrivals

logger = logging.getLogger(__name__)

LOOK_EVERY = 10.0
"""Seconds after which a process looks again how much is stored."""

LOOK_AFTER = 32 * 1024 * 1024
"""Bytes that a process stores for one form before it looks again."""

ALARM = 0.8
"""From which part of a budget on operators and admins are told."""

MOST_FORMS = 10_000


@dataclass(frozen=True)
class Level:
    """How much of one budget is used; both in bytes."""

    what: str
    used: int
    budget: int

    @property
    def is_full(self) -> bool:
        """Whether nothing more is taken."""
        return bool(self.budget) and self.used >= self.budget

    @property
    def is_high(self) -> bool:
        """Whether somebody should know."""
        return bool(self.budget) and self.used >= ALARM * self.budget


@dataclass
class Seen:
    """What this process last saw, and stored since, for one form."""

    at: float = field(default_factory=time.monotonic)
    day: date = field(default_factory=lambda: timezone.now().date())
    levels: tuple[Level, ...] = ()
    since: int = 0

    @property
    def is_old(self) -> bool:
        """Whether to look again."""
        return time.monotonic() - self.at > LOOK_EVERY or self.since >= LOOK_AFTER


class Budgets:
    """What one process knows of all forms."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    def check(self, *, writer: str) -> None:
        """Raise StorageFull if a budget of this form, or of the server, is used up."""
        seen = self._of(writer)
        if not any(level.is_full for level in seen.levels):
            return
        if seen.is_old or seen.day != timezone.now().date():
            seen = self._look(writer)
        for level in seen.levels:
            if level.is_full:
                raise StorageFull(f"{level.what} holds as much as its operator allows")

    def count(self, *, writer: str, octets: int) -> None:
        """Remember what was stored for a form, and look again when that was much or long ago."""
        seen = self._of(writer)
        seen.since += octets
        if seen.is_old:
            self._look(writer)

    def forget(self) -> None:
        """Know nothing, as a new process does."""
        self._seen.clear()

    def _of(self, writer: str) -> Seen:
        while len(self._seen) > MOST_FORMS:
            self._seen.popitem(last=False)
        return self._seen.setdefault(writer, Seen())

    def _look(self, writer: str) -> Seen:
        before = self._seen.get(writer)
        known = {level.what for level in before.levels if level.is_high} if before else set()
        seen = self._seen[writer] = Seen(levels=(of_today(writer), *of_the_server()))
        for level in seen.levels:
            if level.is_high and level.what not in known:
                logger.warning(
                    "storage: %s uses %d of %d bytes; see docs/operations.md, Disk",
                    level.what,
                    level.used,
                    level.budget,
                )
        return seen


BUDGETS = Budgets()


def of_today(writer: str = "") -> Level:
    """Return what came in today (UTC) for one form, or for all writers together."""
    arrivals = Arrivals.objects.filter(day=timezone.now().date())
    what, budget = "this server's day", settings.SERVER_BYTES_PER_DAY
    if writer:
        arrivals = arrivals.filter(stream__writer=writer)
        what, budget = "this form's day", settings.FORM_BYTES_PER_DAY
    return Level(what, arrivals.aggregate(sum=Sum("octets"))["sum"] or 0, budget)


def of_the_server() -> tuple[Level, ...]:
    """Return what came in today, how large the database is, and how much room its disk has."""
    size = database_bytes()
    return (
        of_today(),
        Level("this server's database", size, settings.DATABASE_BYTES),
        *_of_the_disk(size),
    )


def database_bytes() -> int:
    """Return how many bytes the database uses, as it counts them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT (page_count - freelist_count) * page_size "
            "FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        )
        return int(cursor.fetchone()[0])


def _of_the_disk(size: int) -> tuple[Level, ...]:
    """Of SQLite's, which is this machine's; nothing where the file is in memory."""
    file = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor != "sqlite" or not settings.LEAST_FREE_BYTES or not file.is_file():
        return ()
    room = shutil.disk_usage(file.parent).free - settings.LEAST_FREE_BYTES
    return (Level("this server's disk", size, max(size + room, 1)),)
