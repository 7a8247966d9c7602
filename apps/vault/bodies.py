"""What requests to the vault carry: one table a body (docs/protocol.md §10)."""

from apps.envelope.errors import LimitError
from apps.envelope.grants import GRANT, parse_grant
from apps.envelope.records import META, RECORD
from apps.envelope.rosters import ROSTER, parse_roster
from apps.envelope.shapes import (
    Integer,
    Items,
    Name,
    Object,
    Octets,
    OrEmpty,
    Parsed,
    Shape,
    Uuid,
    Writer,
)
from apps.envelope.statements import DELETION, parse_deletion
from apps.web.queries import MAX_ITEMS

RECORD_ID = 16
"""Bytes of a record's id, which is where a query goes on."""


class PageLimit(Integer):
    """How many items of a list are asked for."""

    def read(self, value: object) -> int:
        limit = super().read(value)
        if limit > self.most:
            raise LimitError(f"{self.what} is at most {self.most}")
        return limit


def _batch(name: str, of: Shape) -> Object:
    return Object("the body", {name: Items(name, of, MAX_ITEMS)}, versioned=False)


RECORDS = _batch("records", RECORD)
# What an update ends, it can bring anew: grants of just these records.
UPDATES = Object(
    "the body",
    {
        "records": Items("records", RECORD, MAX_ITEMS),
        "grants": Items("grants", Parsed(parse_grant, (GRANT,)), MAX_ITEMS),
    },
    optional=("grants",),
    versioned=False,
)
RECORD_IDS = _batch("ids", Uuid("record id", "48"))
QUERY = Object(
    "the body",
    {
        "writer": Writer(),
        "type": Name("type"),
        "meta": META,
        "after": OrEmpty(Octets(RECORD_ID)),
        "limit": PageLimit("limit", most=MAX_ITEMS),
    },
    versioned=False,
)
DELETIONS = _batch("deletions", Parsed(parse_deletion, (DELETION,)))
GRANTS = _batch("grants", Parsed(parse_grant, (GRANT,)))
NEXT_ROSTER = Object(
    "next roster",
    {
        "roster": Parsed(parse_roster, (ROSTER,)),
        "grants": Items("grants", Parsed(parse_grant, (GRANT,)), MAX_ITEMS, 0),
    },
    versioned=False,
)
