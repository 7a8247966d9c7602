"""Answers made of stored bytes: canonical JSON is spliced in, not parsed and written again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.web.renderers import show_day, show_time


@dataclass(frozen=True)
class Page:
    """A part of a list, each item as canonical JSON; who goes on does so ``after`` ``next``."""

    items: Sequence[bytes]
    next: str
    more: bool

    def to_json(self) -> bytes:
        """Return the page as canonical JSON; the cursor has digits, ASCII letters, - and _."""
        items = b",".join(self.items)
        more = b"true" if self.more else b"false"
        return b'{"items":[%s],"next":"%s","more":%s}' % (items, self.next.encode(), more)


def items_json(items: Iterable[bytes]) -> bytes:
    """Return a whole list as canonical JSON."""
    return b'{"items":[%s]}' % b",".join(items)


def item(*, time_name: bytes, time: datetime, name: bytes, body: bytes, is_owner: bool) -> bytes:
    """Return one item: a stored object and when it came, to other readers by the day."""
    shown = show_time(time) if is_owner else show_day(time)
    return b'{"%s":"%s","%s":%s}' % (time_name, shown.encode(), name, body)
