"""Where `extract` writes: a stream, or a file that is replaced as a whole and never by less."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from ..client import Opened, files
from ..client.errors import UsageError
from ..client.files import NewFile
from ..client.quoting import plain
from .commanding import Refused, note
from .exit_codes import ExitCode
from .record_files import Before, before, stamp

STDOUT = "-"
# Whatever is named there is a door to something else, never a file to be replaced.
DOORS = ("/dev/", "/proc/")
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
MOST_BESIDE = 9
SECRET, BEGINNING = b'"slots":[{"id":"', 65536
CHUNK = 1 << 20


def is_stream(out: str) -> bool:
    """Whether ``out`` is written to as it stands: stdout, a pipe, a device."""
    if out in {"", STDOUT} or os.path.abspath(out).startswith(DOORS):
        return True
    try:
        mode = Path(out).stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def check_out(out: str, *own: Path) -> None:
    """Refuse what cannot be written, and what holds keys; ``own`` are files of the client."""
    if is_stream(out):
        return
    path = Path(out)
    files.check_target(path)
    if files.real(path) in map(files.real, own) or _holds_keys(path):
        raise UsageError(
            f"{plain(out)} holds keys or the memory of a client: records do not go there",
            hint="name another file with --out",
        )


def _holds_keys(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return SECRET in file.read(BEGINNING)


@dataclass
class Destination:
    """Where records go: ``file`` while they come, and ``path`` in the end, None for a stream.

    ``kept`` says why a file that was there before was kept, and ``path`` stands beside it; "" if
    there was none, or if it held no more than what came.
    """

    file: TextIO
    path: Path | None = None
    before: Before | None = None
    kept: str = ""

    def watched(self, records: Iterator[Opened]) -> Iterator[Opened]:
        """Yield records as they come, compared with what was in the file before."""
        return self.before.watched(records) if self.before else records


@contextmanager
def destination(out: str, *, format: str, replace: bool) -> Iterator[Destination]:
    """Yield where to write; what was written takes its place when the block has succeeded.

    A file that holds more than that stays as it is, unless ``replace`` says otherwise; what came
    then stands beside it. Raises OSError, Refused.
    """
    if is_stream(out):
        with _stream(out) as stream:
            yield Destination(stream)
        return
    path = files.real(Path(out))
    had = Before(path, stamp(path)) if replace else before(path, format)
    try:
        with files.new_file(path) as new:
            for name in new.removed:
                note(f"note: removed {plain(name)}, which an interrupted run had left")
            with open(new.file.fileno(), "w", encoding="utf-8", newline="", closefd=False) as text:
                found = Destination(text, path, had)
                yield found
            with files.locked_folder(path.parent):
                found.kept = "" if replace else had.why_not()
                if found.kept:
                    found.path = _beside(path, new)
                else:
                    new.keep_as(path)
    except OSError as error:
        if error.errno not in FULL or error.filename is not None:
            raise
        raise OSError(error.errno, f"{error.strerror}; nothing was changed", str(path)) from error


@contextmanager
def _stream(out: str) -> Iterator[TextIO]:
    if out in {"", STDOUT}:
        yield sys.stdout
        return
    with open(out, "w", encoding="utf-8", newline="") as file:
        yield file


def _beside(path: Path, new: NewFile) -> Path:
    """Keep it under a name of its own: accounts.new.csv, accounts.new-2.csv, …"""
    for number in range(1, MOST_BESIDE + 1):
        name = f"{path.stem}.new{f'-{number}' if number > 1 else ''}{path.suffix}"
        found = path.with_name(name)
        if os.path.lexists(found):
            if _is_same(found, new.file):
                return found
            continue
        new.keep_as(found)
        return found
    raise Refused(
        f"{path} was kept, and what came now was not: {MOST_BESIDE} files like {found.name} stand "
        "beside it\nhint: look at them, remove them, and run again with --replace if it is right",
        code=ExitCode.KEPT,
    )


def _is_same(path: Path, file: BinaryIO) -> bool:
    if not path.is_file() or path.stat().st_size != os.fstat(file.fileno()).st_size:
        return False
    file.seek(0)
    with path.open("rb") as other:
        while chunk := other.read(CHUNK):
            if chunk != file.read(len(chunk)):
                return False
    return True
