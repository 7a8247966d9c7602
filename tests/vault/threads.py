"""Many at once, each with a database connection of its own."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection

SOON = 30.0
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def is_waiting(answer: Future[Any]) -> bool:
    """Whether it comes to stand behind a lock of another's, rather than to an end."""
    deadline = time.monotonic() + SOON
    while not answer.done() and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                connection.close()
                return True
        time.sleep(0.02)
    connection.close()
    return False


@contextmanager
def threads(count: int) -> Iterator[Callable[..., Future[Any]]]:
    """Run functions in threads, each with a database connection that it gives back."""
    connection.close()

    def alone(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as executor:

        def run(function: Callable[..., Any], *arguments: Any, **named: Any) -> Future[Any]:
            return executor.submit(alone, function, *arguments, **named)

        yield run
