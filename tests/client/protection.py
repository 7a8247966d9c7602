"""Key files of tests: a plain slot opens them, and a recovery sheet was seen to work."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from apps.client import slots
from apps.client.acts.enrolling import Enrolled, Protection, enrol
from apps.client.credentials import Credentials, from_file
from apps.client.slots import Recovery
from apps.client.unlocking import Unlock

NOBODY = Unlock()
"""Opens what needs nobody."""

WITHOUT_ASKING = ("--plain", "--without-recovery")
"""What `enroll` is told where nobody is."""


@dataclass
class Trusted:
    """Protects a new key file; ``sheet`` is the last recovery slot, with its code."""

    sheet: Recovery | None = field(default=None, repr=False)

    def protection(self) -> Protection:
        made = slots.recovery()
        self.sheet = replace(made, way=replace(made.way, slot=replace(made.way.slot, proved=1)))
        return Protection([slots.plain().slot], self.sheet)

    def agrees(self, found: Credentials) -> None:
        """Nobody wants it otherwise."""

    def kept(self, credentials: Credentials) -> None:
        """Nobody has to be shown anything."""


def enrol_trusted(protect: Trusted | None = None, **more: Any) -> Enrolled:
    """Enrol without asking anybody; see ``enrol``."""
    return enrol(protect=protect or Trusted(), unlock=NOBODY, **more)


def opened(path: Path) -> Credentials:
    """Return what is in a key file that nobody has to open."""
    return from_file(path, NOBODY)
