"""Many at once, each with a database connection of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection

SOON = 10.0


@contextmanager
def threads(count: int) -> Iterator[Callable[..., Future[Any]]]:
    """Run functions in threads, each with a database connection that it gives back."""
    pool: Any = getattr(connection, "pool", None)  # PostgreSQL's
    before = (pool.min_size, pool.max_size) if pool else None
    if pool:
        pool.resize(1, count + 1)
    connection.close()

    def alone(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(count) as executor:

            def run(function: Callable[..., Any], *arguments: Any, **named: Any) -> Future[Any]:
                return executor.submit(alone, function, *arguments, **named)

            yield run
    finally:
        if before:
            pool.resize(*before)
