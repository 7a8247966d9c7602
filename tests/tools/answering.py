"""A live server has answered before a test's database is emptied: pages say goodbye at the end."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started

ARRIVES = 0.02  # seconds that a last request takes from a closed page to the server
PATIENCE = 5.0

_lock = threading.Lock()
_open = 0


def _count(by: int) -> None:
    global _open
    if threading.current_thread() is threading.main_thread():
        return  # Django's own client
    with _lock:
        _open += by


def _started(**_: Any) -> None:
    _count(1)


def _finished(**_: Any) -> None:
    _count(-1)


request_started.connect(_started)
request_finished.connect(_finished)


@pytest.fixture(autouse=True)
def answered(request: pytest.FixtureRequest, _django_db_marker: None) -> Iterator[None]:
    """Set up after the database, and so torn down before it."""
    yield
    if "live_server" not in request.fixturenames:
        return
    time.sleep(ARRIVES)
    deadline = time.monotonic() + PATIENCE
    while _open > 0 and time.monotonic() < deadline:
        time.sleep(0.01)
