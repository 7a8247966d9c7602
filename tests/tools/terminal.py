"""A person at a terminal: what a program shows there, and what is typed when it asks."""

import os
import pty
import re
import select
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ANSWERS_WITHIN = 60.0
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """Runs a program on a terminal of its own; ``seen`` is all that it has shown so far."""

    def __init__(self, words: list[str], *, folder: Path, environment: dict[str, str]) -> None:
        self.seen = ""
        self._read = 0
        self.process, self._screen = pty.fork()
        if not self.process:
            os.chdir(folder)
            # Who starts the tests in the background has them ignore SIGINT.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execvpe(words[0], words, environment)  # noqa: S606 - its words are ours

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self._screen)

    def wait_for(self, text: str) -> str:
        """Return what is shown until this text comes, that included."""
        deadline = time.monotonic() + ANSWERS_WITHIN
        while (at := self.seen.find(text, self._read)) < 0:
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} does not come:\n{self.seen}"
            assert self._more(left), f"it ended without {text!r}:\n{self.seen}"
        shown = self.seen[self._read : at + len(text)]
        self._read = at + len(text)
        return shown

    def type(self, line: str) -> None:
        """Type a line, as somebody does who has read what is asked."""
        time.sleep(0.05)  # whoever hides what is typed forgets what was typed before
        os.write(self._screen, line.encode() + b"\r")

    def ended(self) -> int:
        """Wait for its end, and return its exit code."""
        deadline = time.monotonic() + ANSWERS_WITHIN
        while self._more(deadline - time.monotonic()):
            pass
        code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        self.process = 0
        return code

    def _more(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._screen], [], [], max(seconds, 0))
        if not ready:
            return False
        try:
            chunk = os.read(self._screen, 65536)
        except OSError:  # how Linux says that nobody writes to a terminal any more
            return False
        text = chunk.decode(errors="replace").replace("\r\n", "\n")
        self.seen += ESCAPES.sub("", text)
        return bool(chunk)
