"""Several statements of a reader about one state of the database."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """Show what is read inside as it was at one moment, whatever others commit meanwhile.

    Nothing can be written inside. A transaction that the caller has begun stays as it is: it
    has its own rules, which cannot be changed after its first statement.
    """
    if connection.in_atomic_block:
        yield
        return
    with ExitStack() as stack:
        if connection.vendor == "postgresql":
            stack.enter_context(transaction.atomic())
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        else:
            stack.enter_context(_without_the_write_lock())
        yield


@contextmanager
def _without_the_write_lock() -> Iterator[None]:
    """Begin a transaction on SQLite as readers do; config/settings.py has writers' for all."""
    connection.ensure_connection()  # which sets the mode
    sqlite: Any = connection
    mode, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    with ExitStack() as stack:
        try:
            stack.enter_context(transaction.atomic())
        finally:
            sqlite.transaction_mode = mode
        yield
