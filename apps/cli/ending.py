"""How a run ends that somebody or something ends: cleanly, with 128 and the signal's number."""

import errno
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

import click

from .exit_codes import ExitCode

AGAIN = 0.05
"""Seconds until an end is asked for once more: by then a finalizer is over."""

SIGNALS = {signal.SIGTERM: ExitCode.TERMINATED, signal.SIGHUP: ExitCode.HUNG_UP}


class EndedBySignal(BaseException):
    """Somebody ended the program; not an Exception, so that nothing takes it for a fault."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number
        self.code = SIGNALS[signal.Signals(number)]


def no_core_dump() -> None:
    """Let the system write no image of this process, which holds keys, when it crashes."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextmanager
def ended_cleanly() -> Iterator[None]:
    """Raise EndedBySignal in the block where SIGTERM or SIGHUP would end it without a word.

    What was ignored, as `nohup` asks, stays ignored; a second signal waits for the first one's end.
    Where Python drops the exception, since the signal came while it ran a finalizer or a callback,
    it is raised once more a moment later.
    """
    caught = [one for one in SIGNALS if signal.getsignal(one) is signal.SIG_DFL]
    told = sys.unraisablehook

    def end(number: int, frame: FrameType | None) -> None:
        for one in caught:
            signal.signal(one, signal.SIG_IGN)
        raise EndedBySignal(number)

    def dropped(what: "sys.UnraisableHookArgs") -> None:
        error = what.exc_value
        if isinstance(error, EndedBySignal):
            number = error.number
            signal.signal(signal.SIGALRM, lambda _, frame: end(number, frame))
            signal.setitimer(signal.ITIMER_REAL, AGAIN)
        else:
            told(what)

    for one in caught:
        signal.signal(one, end)
    if caught:
        sys.unraisablehook = dropped
    try:
        yield
    finally:
        if caught:
            signal.setitimer(signal.ITIMER_REAL, 0)
            sys.unraisablehook = told
        for one in caught:
            signal.signal(one, signal.SIG_DFL)


def speak_utf8() -> None:
    """Let files and pipes be UTF-8 whatever the locale; a terminal shows what it can."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue  # a test's
        if stream.isatty():
            reconfigure(errors="replace" if stream is sys.stdin else "backslashreplace")
        elif stream is sys.stdin:
            reconfigure(encoding="utf-8-sig", errors="replace")
        else:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def flushed(stream: TextIO) -> None:
    """Write what waits; raises ClickException if it cannot be written, nothing if nobody reads."""
    try:
        stream.flush()
    except OSError as error:
        given_up(stream)
        if error.errno != errno.EPIPE:
            raise click.ClickException(f"the output: {error.strerror}") from error


def given_up(stream: TextIO) -> None:
    """Forget what waits to be written: Python would try again, and complain, when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
