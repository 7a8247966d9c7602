"""Lanes: the sixteen parts of a stream, so that as many writers do not wait for each other.

A record's lane is the first hex digit of its id, which nobody has to remember and which does not
change. Ids are random, so the lanes of a stream grow alike.
"""

from typing import Any
from uuid import UUID

from django.db.models import Func, SmallIntegerField

LANES = 16
"""How many lanes a stream has, numbered from 0."""


def lane_of(id: UUID) -> int:
    """Return the lane of a record: the first four of its id's 128 bits."""
    return id.int >> 124


class LaneOf(Func):
    """The lane of an id in SQL, as each database keeps a UUID: 16 bytes, or 32 hex digits."""

    output_field = SmallIntegerField()
    arity = 1

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "(get_byte(uuid_send(%(expressions)s), 0) >> 4)"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "(instr('0123456789abcdef', substr(%(expressions)s, 1, 1)) - 1)"
        return self.as_sql(compiler, connection, template=template, **extra)
