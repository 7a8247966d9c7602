"""The tamper matrix: whatever is altered, moved, cut, reordered or doubled must be rejected.

A family yields cases of a kind; a case is a call that must raise an EnvelopeError. Everything
is made when the family runs, so that a test can switch a defence off and see acceptances.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from apps.envelope.errors import EnvelopeError
from tests.tools.scenarios.world import flipped

Case = tuple[str, Callable[[], Any]]
Family = Callable[[], Iterator[Case]]
Opener = Callable[[bytes], Any]

BLOCK = 16


@dataclass
class Tally:
    """How many cases of each kind were rejected, by which error, and which were accepted."""

    rejected: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)

    def run(self, *families: Family, each_bit: bool = True) -> "Tally":
        """Run all cases; anything but an EnvelopeError is a defect and ends the test.

        Without ``each_bit`` only one bit of each byte is flipped, another one in the next.
        """
        bits = Counter[str]()
        for family in families:
            for kind, attempt in family():
                if kind.endswith("bit flipped"):
                    byte, bit = divmod(bits[kind], 8)
                    bits[kind] += 1
                    if not each_bit and bit != byte % 8:
                        continue
                try:
                    attempt()
                except EnvelopeError as refused:
                    self.rejected[kind] += 1
                    self.codes[refused.code] += 1
                else:
                    self.accepted.append(kind)
        return self

    def report(self) -> str:
        """Return the counts: a line a blob or object, one for each way to alter it, the total."""
        objects, ways = Counter[str](), Counter[str]()
        for kind, count in self.rejected.items():
            what, _, way = kind.partition(": ")
            objects[what if way else f"{kind.split()[0]}, moved"] += count
            ways[way or "moved"] += count
        lines = [f"  {count:7,}  {what}" for what, count in sorted(objects.items())]
        for counts in (ways, self.codes):
            lines.append("  " + ", ".join(f"{what} {n:,}" for what, n in sorted(counts.items())))
        total = f"tamper: {self.rejected.total():,} rejected, {len(self.accepted)} accepted"
        return "\n".join(["", *lines, total])


def damaged(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Every bit flipped, every prefix and suffix, longer, reordered and doubled."""
    for bit in range(8 * len(data)):
        yield "bit flipped", flipped(data, bit)
    for length in range(len(data)):
        yield "truncated", data[:length]
        yield "beginning lost", data[length + 1 :]
    yield "extended", data + b"\0"
    yield "extended", b"\0" + data
    for cut in range(BLOCK, len(data), BLOCK):
        yield "reordered", data[cut:] + data[:cut]
        yield (
            "reordered",
            data[: cut - BLOCK]
            + data[cut : cut + BLOCK]
            + data[cut - BLOCK : cut]
            + data[cut + BLOCK :],
        )
        yield "duplicated", data[:cut] + data[cut - BLOCK :]
    yield "duplicated", data + data


def blob(what: str, data: bytes, use: Opener) -> Iterator[Case]:
    """Cases of one blob; ``use`` must take the blob as it was made."""
    use(data)
    for how, changed in damaged(data):
        if changed != data:
            yield f"{what}: {how}", lambda changed=changed: use(changed)  # type: ignore[misc]


def text(what: str, data: bytes, use: Opener) -> Iterator[Case]:
    """Cases of a whole object as canonical JSON: bits, prefixes, and each member twice."""
    use(data)
    for bit in range(8 * len(data)):
        yield f"{what} as JSON: bit flipped", lambda bit=bit: use(flipped(data, bit))  # type: ignore[misc]
    for length in range(len(data)):
        yield f"{what} as JSON: truncated", lambda length=length: use(data[:length])  # type: ignore[misc]
    inner = data[1:-1]
    yield f"{what} as JSON: duplicated", lambda: use(b"{" + inner + b"," + inner + b"}")


def members(what: str, wire: dict[str, Any], use: Callable[[Any], Any]) -> Iterator[Case]:
    """Each member removed, null, of another type, and one too many."""
    use(wire)
    for name, value in wire.items():
        less = {other: wire[other] for other in wire if other != name}
        yield f"{what}: member removed", lambda less=less: use(less)  # type: ignore[misc]
        for other in (None, [value], {"": value}, 0, "", True):
            if other != value:
                changed = wire | {name: other}
                yield f"{what}: member replaced", lambda changed=changed: use(changed)  # type: ignore[misc]
    yield f"{what}: member added", lambda: use(wire | {"extra": ""})
