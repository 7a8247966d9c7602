"""When the database, or the disk below it, cannot serve now: told apart from faults of ours.

What passes by itself, or by an operator's hand, is answered 503 and asked again. What does not,
as a table that is missing, stays an error of ours.
"""

import errno
import sqlite3
from collections.abc import Iterator

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError

# Which of SQLite's errors pass; it reports a missing table by the same class.
SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_NOTADB,
}
PRIMARY = 0xFF  # the low byte of what SQLite says more exactly

# PostgreSQL's, beyond all of OperationalError: a standby takes no writes, a transaction ended.
STATES = {"25006", "25P03"}

# Of the file system: a file of the cache, or of a request, cannot be written.
FILES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}


def is_outage(error: BaseException) -> bool:
    """Whether the same request can succeed later without a change of code or request."""
    return any(_is_outage(one) for one in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & PRIMARY in SQLITE
    if isinstance(error, OSError):
        return error.errno in FILES
    if isinstance(error.__cause__, sqlite3.Error):
        return False  # its turn comes
    if isinstance(error, OperationalError | InterfaceError):
        return True
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, DatabaseError) and state in STATES
