"""Files that are nobody else's business: mode 0600, replaced as a whole or not at all.

While such a file is written it has no name, where the file system can do that (``O_TMPFILE``):
whatever ends the program, also at once, leaves nothing of it. Elsewhere it is a hidden file, which
the next one for the same name removes.
"""

import codecs
import errno
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import UsageError

OTHERS, GROUP_READ, OWN_WRITE = 0o077, 0o040, 0o200
UNNAMED = getattr(os, "O_TMPFILE", 0)  # Linux has it
CANNOT_BE_UNNAMED = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}
CANNOT_BE_NAMED = {errno.EXDEV, errno.ENOENT, errno.EPERM, errno.EACCES, errno.EOPNOTSUPP}
DESCRIPTORS = Path("/proc/self/fd")
PART = ".part"


def check_target(path: Path) -> None:
    """Refuse a file that could not be written, before anything is done for it."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", hint="name a file in it")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no file", hint="name a file")
    if not path.parent.is_dir():
        raise UsageError(f"{path} cannot be written: there is no folder {path.parent}")
    if path.exists() and not (path.stat().st_mode & OWN_WRITE and os.access(path, os.W_OK)):
        raise UsageError(f"{path} is read-only", hint="name another file, or make it writable")
    folder = real(path).parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{path} cannot be written: the folder {folder} is read-only")


def real(path: Path) -> Path:
    """Return where a file is, or will be, that may be named by a symbolic link."""
    return Path(os.path.realpath(path))


class NewFile:
    """A private file that is being written; only ``keep_as`` gives it a name to stay.

    ``removed`` are the names of hidden files that killed runs had left for the same name.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self.removed = _remove_left(folder, name)
        self._hidden: Path | None = None
        self.file: BinaryIO = os.fdopen(self._open(), "w+b")
        # Who looks for what killed runs have left passes by what is locked.
        with suppress(OSError):
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def keep_as(self, path: Path) -> None:
        """Let it take the place of ``path``, in the same folder, once it is on disk."""
        self.file.flush()
        os.fsync(self.file.fileno())
        if self._hidden is None:
            try:
                if self._linked(path):
                    _sync_folder(self._folder)
                    return
                self._hidden = self._hidden_name()
                self._linked(self._hidden)
            except OSError as error:
                if error.errno not in CANNOT_BE_NAMED:
                    raise
                self._hidden = self._copy()
        os.replace(self._hidden, path)
        self._hidden = None
        _sync_folder(self._folder)

    def close(self) -> None:
        """Let it go, if it was not kept."""
        if self._hidden is not None:
            self._hidden.unlink(missing_ok=True)
        with suppress(OSError):  # a full disk was told of already
            self.file.close()

    def _open(self) -> int:
        if UNNAMED and DESCRIPTORS.is_dir():
            try:
                return os.open(self._folder, UNNAMED | os.O_RDWR | os.O_CLOEXEC, 0o600)
            except OSError as error:
                if error.errno not in CANNOT_BE_UNNAMED:
                    raise
        handle, self._hidden = self._named()
        return handle

    def _named(self) -> tuple[int, Path]:
        prefix = f".{self._name}."
        handle, hidden = tempfile.mkstemp(dir=self._folder, prefix=prefix, suffix=PART)  # 0600
        return handle, Path(hidden)

    def _copy(self) -> Path:
        """Go on in a hidden file: some file systems and sandboxes name no file that had no name."""
        handle, hidden = self._named()
        self._hidden = hidden  # so that it does not stay where the disk is full
        with os.fdopen(handle, "wb") as copy:
            self.file.seek(0)
            shutil.copyfileobj(self.file, copy)
            copy.flush()
            os.fsync(copy.fileno())
        return hidden

    def _linked(self, path: Path) -> bool:
        """Give the nameless file a name; False if there is such a file already."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            # With a folder's descriptor Python calls linkat(2), which follows the link in /proc.
            os.link(DESCRIPTORS / str(self.file.fileno()), path.name, dst_dir_fd=folder)
        except FileExistsError:
            return False
        finally:
            os.close(folder)
        return True

    def _hidden_name(self) -> Path:
        return self._folder / f".{self._name}.{secrets.token_hex(4)}{PART}"


@contextmanager
def new_file(path: Path) -> Iterator[NewFile]:
    """Yield a new private file for ``path``, which stays only if the block keeps it."""
    new = NewFile(path.parent, path.name)
    try:
        yield new
    finally:
        new.close()


def _remove_left(folder: Path, name: str) -> list[str]:
    """Remove what killed runs have left; what another run is writing is locked."""
    removed = []
    for entry in os.scandir(folder):
        if entry.name.startswith(f".{name}.") and entry.name.endswith(PART):
            with suppress(OSError), open(entry.path, "rb") as left:
                fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(entry.path)
                removed.append(entry.name)
    return removed


def write_private(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` at once: after a crash the old or the new file is there."""
    path = real(path)
    with new_file(path) as new:
        new.file.write(data)
        new.keep_as(path)


def is_others_business(path: Path, mode: int) -> bool:
    """Whether other users of the machine may read or write a file of this mode.

    A credential that systemd hands over may seem to be its group's: where an access control list
    gives it to the service's user alone, the list's mask stands in place of the group's mode.
    """
    others = mode & OTHERS
    return bool(others) and not (others == GROUP_READ and _is_systemds(path))


def read_private(path: Path, *, most: int) -> bytes | None:
    """Return the bytes of ``path``, at most so many and one more.

    None if other users of the machine may read or write it.
    """
    with path.open("rb") as file:
        if is_others_business(path, os.fstat(file.fileno()).st_mode):
            return None
        return file.read(most + 1)


def _is_systemds(path: Path) -> bool:
    """Whether a file stands in the folder that systemd made for this very service."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    return bool(folder) and real(path).parent == real(Path(folder))


def read_text(path: Path) -> str:
    """Return a text that people's editors and shells write; raises OSError, UsageError."""
    return decoded(path.read_bytes(), path)


def decoded(raw: bytes, path: Path) -> str:
    """Return the text of a file in UTF-8, without the byte-order mark that some editors write."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw:
        raise UsageError(
            f"{path} is UTF-16, and not UTF-8",
            hint="save it as UTF-8; PowerShell writes it with `| Out-File -Encoding utf8 FILE`",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text in UTF-8", hint="save it as UTF-8") from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that belongs to ``path`` against other processes of this machine.

    It is the file's own, by whatever symbolic link it is named.
    """
    path = real(path)
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder itself, where its file system has such; it leaves no file behind."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
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
