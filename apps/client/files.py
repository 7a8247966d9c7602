"""Files that are nobody else's business: mode 0600, replaced as a whole or not at all."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from .errors import UsageError

OTHERS = 0o077


def check_target(path: Path) -> None:
    """Refuse a file that could not be written, before anything is done for it."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", hint="name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"{path} cannot be written: there is no folder {path.parent}")


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a new private file that takes the place of ``path`` when the block succeeds."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


@contextmanager
def replacing_text(path: Path) -> Iterator[TextIO]:
    """Like ``replacing``, for text in UTF-8."""
    with (
        replacing(path) as file,
        open(file.fileno(), "w", encoding="utf-8", newline="", closefd=False) as text,
    ):
        yield text


def write_private(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` at once: after a crash the old or the new file is there."""
    with replacing(path) as file:
        file.write(data)


def read_private(path: Path) -> bytes | None:
    """Return the bytes of ``path``; None if other users of the machine may read or write it."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & OTHERS:
            return None
        return file.read()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that belongs to ``path`` against other processes of this machine."""
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
