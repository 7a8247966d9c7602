"""What the server of a test is still answering, when the browser that asked has gone.

SQLite's database in memory tells who writes meanwhile that a table is locked, and does not wait.
So readers lock none there, and tests end when the last request is answered.
"""

import threading
import time
from typing import Any

from django.core.signals import request_finished, request_started
from django.db.backends.signals import connection_created

ENDS_WITHIN = 10.0

_answering = 0
_lock = threading.Lock()


def _is_ours() -> bool:
    """Whether the test itself asks, which waits for the answer anyway."""
    return threading.current_thread() is threading.main_thread()


def _begun(**_: Any) -> None:
    _count(1)


def _ended(**_: Any) -> None:
    _count(-1)


def _count(change: int) -> None:
    global _answering
    if not _is_ours():
        with _lock:
            _answering = max(0, _answering + change)


def _lock_nothing_to_read(connection: Any, **_: Any) -> None:
    """Let a test write while a page is read; in files it changes nothing."""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA read_uncommitted = 1")


connection_created.connect(_lock_nothing_to_read)
request_started.connect(_begun)
request_finished.connect(_ended)


def wait_for_the_last_answer() -> None:
    """Wait until no request is answered any more."""
    deadline = time.monotonic() + ENDS_WITHIN
    while _answering and time.monotonic() < deadline:
        time.sleep(0.01)
