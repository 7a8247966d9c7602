"""How the demonstration speaks on a terminal."""

import io
import shlex
import shutil
from collections.abc import Sequence

from django.core.management import call_command
from django.core.management.base import CommandError, OutputWrapper

# As wide as the terminal is, within reason.
WIDTH = min(shutil.get_terminal_size((100, 0)).columns, 100) - 2


class Heard(io.TextIOBase):
    """Output that is passed on to ``out``, and kept."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out, self.text = out, ""

    def write(self, text: str) -> int:
        """Pass it on."""
        self.text += text
        self.out.write(text, ending="")
        return len(text)

    def isatty(self) -> bool:
        """Whether somebody looks at it."""
        return self.out.isatty()


class Teller:
    """Prints the steps of a story to ``out``, and runs its commands as they are shown."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out

    def say(self, text: str) -> None:
        """Print a line."""
        self.out.write(text)

    def heading(self, text: str) -> None:
        """Begin a step."""
        self.say(f"\n{self.bold(f'── {text}')}\n")

    def reuse(self, text: str) -> None:
        """Say what an earlier run made."""
        self.say(f"Reused: {text}")

    def run(self, *words: str, hide: str = "", ends_with: int = 0) -> str:
        """Print a command as it is typed, without the secret ``hide``, then run it.

        Returns what it printed, which is printed here, too. Raises CommandError for another exit
        code than 0 and ``ends_with``.
        """
        shown = ["TOKEN" if word == hide else word for word in words]
        self.say(self.bold(typed(shown)))
        heard = Heard(self.out)
        try:
            call_command(words[0], *words[1:], stdout=heard, stderr=self.out)
        except CommandError as error:
            if error.returncode != ends_with:
                raise
            self.say(f"{error}\n(exit code {ends_with})")
        return heard.text

    def bold(self, text: str) -> str:
        """Make a text stand out on a terminal."""
        return f"\x1b[1m{text}\x1b[0m" if self.out.isatty() else text


def typed(words: Sequence[str]) -> str:
    """Return a command as it is typed, its options broken over lines where it gets long."""
    parts: list[str] = []
    for word, before in zip(map(shlex.quote, words), ("", *words), strict=False):
        if before.startswith("--"):
            parts[-1] += f" {word}"  # an option stays with its value
        else:
            parts.append(word)
    lines = ["$ manage.py"]
    for part in parts:
        if len(lines[-1]) + len(part) > WIDTH:
            lines.append("   ")
        lines[-1] += f" {part}"
    return " \\\n".join(lines)
