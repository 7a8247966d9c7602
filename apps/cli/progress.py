"""Progress on stderr, where a person is watching; nothing where nobody is."""

import os
import stat
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

EVERY = 20


def goes_to_a_file(fileno: Callable[[], int]) -> bool:
    """Whether output goes to a file: in a terminal, or a pager, progress would get between."""
    try:
        return stat.S_ISREG(os.fstat(fileno()).st_mode)
    except (AttributeError, OSError):  # in tests it is no file at all
        return False


class Steps:
    """Shows one line for each step, with a bar where the total is known."""

    def __init__(self, *, enabled: bool = True) -> None:
        console = Console(file=sys.stderr)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            console=console,
            transient=True,
            disable=not (enabled and console.is_terminal),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def at(self, step: str, done: int, total: int) -> None:
        """Say how far a step is; a total of 0 is unknown."""
        if self._progress.disable or (done % EVERY and done != total):
            return
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=None)
        self._progress.update(self._tasks[step], completed=done, total=total or None)
