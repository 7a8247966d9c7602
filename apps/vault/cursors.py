"""Where a listing of records goes on: the position reached in each lane that it covers.

``next`` of a page and ``after`` of the next request: base64url of a direction (0 from the start, 1
from the end), the first lane, the number of lanes, one byte each, and for each lane 8 bytes,
big-endian. To clients it is opaque. Nothing has to authenticate it: whoever makes one up is
shown what it may see anyway.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace

from apps.envelope.encoding import MAX_INT, b64, unb64
from apps.envelope.errors import EnvelopeError
from apps.vault.lanes import LANES
from apps.web.errors import Invalid

SHARDS = {
    f"{number}/{count}": range(LANES // count * number, LANES // count * (number + 1))
    for count in (1, 2, 4, 8, 16)
    for number in range(count)
}
"""The lanes of shard k of n, as it is written: k/n, k from 0. They are next to each other."""

ALL = "0/1"
END = "end"


@dataclass(frozen=True)
class Cursor:
    """``positions`` reached, one a lane: what is listed next is beyond, or from the end below."""

    lanes: range
    from_end: bool
    positions: tuple[int, ...]

    @property
    def by_lane(self) -> dict[int, int]:
        """The position reached in each lane."""
        return dict(zip(self.lanes, self.positions, strict=True))

    def behind(self, places: Mapping[int, int]) -> "Cursor":
        """Return the cursor after a page that reached these positions, by lane."""
        return replace(self, positions=tuple((self.by_lane | dict(places)).values()))

    def to_text(self) -> str:
        """Return what stands in ``next``."""
        return b64(
            _head(self.lanes, self.from_end) + struct.pack(_shape(self.lanes), *self.positions)
        )


def read_cursor(text: str | None, *, shard: str | None, start: str | None) -> Cursor:
    """Return where to go on in a shard; ``start`` is ``end`` for the last records first.

    Raises Invalid for another shard or start, and for the cursor of another listing.
    """
    lanes = SHARDS.get(ALL if shard is None else shard)
    if lanes is None:
        raise Invalid("shard is k/n, n one of 1, 2, 4, 8, 16 and k from 0 to n - 1")
    if start not in {None, END}:
        raise Invalid("from is end, or left out to list from the start")
    from_end = start == END
    if text is None:
        return Cursor(lanes, from_end, len(lanes) * (MAX_INT if from_end else 0,))
    head = _head(lanes, from_end)
    try:
        raw = unb64(text, len(head) + struct.calcsize(_shape(lanes)))
    except EnvelopeError as error:
        raise _foreign() from error
    positions = struct.unpack(_shape(lanes), raw[len(head) :])
    if not raw.startswith(head) or max(positions) > MAX_INT:
        raise _foreign()
    return Cursor(lanes, from_end, positions)


def _head(lanes: range, from_end: bool) -> bytes:
    return bytes([from_end, lanes.start, len(lanes)])


def _shape(lanes: range) -> str:
    return f">{len(lanes)}Q"


def _foreign() -> Invalid:
    return Invalid(
        "after is not a cursor of this listing",
        hint="hand back `next` of a page with the same shard and from",
    )
