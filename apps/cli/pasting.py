"""Codes and shares from paper, typed or pasted at a terminal, in one line or in several.

What is typed is not shown. Where a program stops reading in the middle of what was pasted, the
shell gets the rest: it would run it, and keep it in its history. So all of it is read, and what
comes behind it is thrown away, however the reading ends.
"""

import select
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from ..client.slots import SHARE_WORDS, share_words
from ..envelope.codes import CHARACTERS
from ..envelope.seen import pasted

MOST_LINES = 64
QUIET = 0.1
"""How long, in seconds, a terminal has to be silent until nothing more is being pasted."""


def has_a_code(text: str) -> bool:
    """Whether all characters of a code are there."""
    return len(pasted(text).replace("-", "")) >= CHARACTERS


def has_a_share(text: str) -> bool:
    """Whether all words of a share are there; the numbers before them do not count."""
    return len(share_words(text)) >= SHARE_WORDS


def ask_pasted(what: str, is_whole: Callable[[str], bool]) -> str:
    """Ask for something of several lines, until ``is_whole`` finds all of it, without showing it.

    Raises click.Abort where the terminal ends.
    """
    lines: list[str] = []
    with _silent(sys.stdin.fileno()):
        click.echo(f"{what} (not shown): ", nl=False, err=True)
        try:
            while len(lines) < MOST_LINES and not is_whole(" ".join(lines)):
                line = sys.stdin.readline()
                if not line:
                    raise click.Abort
                lines.append(line.strip())
        finally:
            click.echo(err=True)
    return " ".join(lines)


@contextmanager
def _silent(terminal: int) -> Iterator[None]:
    """Show nothing of what is typed in the block, and leave nothing of it to whoever reads next."""
    before = termios.tcgetattr(terminal)
    hidden = [*before]
    hidden[3] = before[3] & ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, hidden)
    try:
        yield
    finally:
        for _ in range(MOST_LINES):
            if not select.select([terminal], [], [], QUIET)[0]:
                break
            termios.tcflush(terminal, termios.TCIFLUSH)
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
