"""What the OpenAPI schema says of the vault; requests are parsed by the envelope, not by these."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DictField,
    Field,
    IntegerField,
    ListField,
    Serializer,
    UUIDField,
)

from apps.directory.bodies import SUCCEED as SUCCEED_BODY
from apps.envelope.grants import GRANT
from apps.envelope.records import RECORD
from apps.envelope.rosters import ROSTER
from apps.envelope.statements import LEAVE, REVOCATION
from apps.vault import bodies, cursors, listings, stored_grants, stored_records
from apps.web import queries
from apps.web.schema import component, extended, field_of

Shape = type[Serializer[Any]]


def _object(name: str, /, **fields: Field[Any, Any, Any, Any]) -> Shape:
    """Return a serializer class; as a class body, `fields` would hide the serializer's own."""
    return type(name, (Serializer,), fields)


def _names(what: str, required: bool = True) -> DictField:
    return DictField(child=CharField(), help_text=what, required=required)


def _some(name: str, of: str, item: Field[Any, Any, Any, Any]) -> Shape:
    items = ListField(child=item, min_length=1, max_length=queries.MAX_ITEMS)
    return _object(name, **{of: items})


def _statuses(
    kind: type[stored_records.Status] | type[stored_grants.Status], *of: str
) -> ChoiceField:
    return ChoiceField(choices=[str(status) for status in kind if not of or status in of])


def _page(name: str, item: Shape) -> Shape:
    return _object(
        name,
        items=ListField(child=item()),
        next=CharField(help_text="opaque: hand it back as `after`"),
        more=BooleanField(help_text="whether there is more to be had at once"),
    )


STORED = "UTC: RFC 3339 for the owner, the date alone for other readers"

STORED_RECORD = _object("StoredRecord", stored=CharField(help_text=STORED), record=field_of(RECORD))
STORED_GRANT = _object("StoredGrant", granted=CharField(help_text=STORED), grant=component(GRANT)())

WRITE = extended(bodies.RECORDS, "Write")
UPDATE = extended(bodies.UPDATES, "Update")
WRITTEN = _some(
    "Written",
    "results",
    _object(
        "WrittenRecord",
        id=UUIDField(),
        status=_statuses(stored_records.Status, "created", "existing", "conflict", "deleted"),
    )(),
)
UPDATED = _some(
    "Updated",
    "results",
    _object(
        "UpdatedRecord",
        id=UUIDField(),
        status=_statuses(stored_records.Status, "updated", "existing"),
    )(),
)
LOOKUP = extended(bodies.RECORD_IDS, "Lookup")
FOUND = _object("Found", items=ListField(child=STORED_RECORD()))
RECORD_PAGE = _page("RecordPage", STORED_RECORD)
QUERY = extended(bodies.QUERY, "Query")
DELETE = extended(bodies.DELETIONS, "Delete")
DELETED = _some(
    "Deleted",
    "results",
    _object(
        "DeletedRecord",
        id=UUIDField(),
        status=_statuses(stored_records.Status, "deleted", "missing"),
    )(),
)

GENERATIONS = _object(
    "Generations",
    generations=ListField(
        child=_object("Generation", gen=IntegerField(), akid=CharField(), open=BooleanField())()
    ),
)
GRANT_SOME = extended(bodies.GRANTS, "GrantSome")
SUCCEED = component(SUCCEED_BODY)
SUCCEEDED = _object("Succeeded", number=IntegerField(min_value=1))
REVOKE = component(REVOCATION)
GRANTED = _some(
    "Granted", "results", _object("GrantedOne", status=_statuses(stored_grants.Status))()
)
GRANT_PAGE = _page("GrantPage", STORED_GRANT)
REVOKED = _object("Revoked", closed=IntegerField(), removed=IntegerField())

NEXT_ROSTER = component(bodies.NEXT_ROSTER)
ROSTER_TAKEN = _object(
    "RosterTaken", version=IntegerField(min_value=1), epoch=IntegerField(min_value=1)
)
GROUPS = _object(
    "Groups",
    groups=ListField(
        child=_object(
            "Group",
            id=UUIDField(),
            name=CharField(),
            owner=UUIDField(),
            version=IntegerField(min_value=1),
            epoch=IntegerField(min_value=1),
            expires=IntegerField(help_text="seconds since 1970"),
            member=BooleanField(help_text="whether the caller is in it"),
        )()
    ),
)
LATEST_ROSTER = _object(
    "LatestRoster",
    roster=component(ROSTER)(),
    leaves=ListField(
        child=component(LEAVE)(),
        help_text="to the owner alone: of members that the roster still has",
    ),
)
STALE = _object(
    "Stale",
    streams=ListField(
        child=_object(
            "StaleStream",
            writer=CharField(),
            type=CharField(),
            gen=IntegerField(),
            epoch=IntegerField(help_text="the latest to which it was granted"),
        )()
    ),
    more=BooleanField(help_text="whether there are more"),
)
LEAVE_GROUP = component(LEAVE)
LEFT = _object(
    "Left",
    left=BooleanField(help_text="false if the caller is not in it, or there is no such group"),
)

WRITER = OpenApiParameter("writer", required=True, description="a client id, or form: and an id")
TYPE = OpenApiParameter("type", required=True)
SHARD = OpenApiParameter(
    "shard", enum=list(cursors.SHARDS), description="k/n: only the lanes of shard k of n, k from 0"
)
FROM = OpenApiParameter(
    "from", enum=[cursors.END], description="the last records of each lane first"
)
AFTER = OpenApiParameter("after", description="the `next` of an earlier answer")
LIMIT = OpenApiParameter("limit", int, description="1 to 500, 200 if absent")
DIRECTION = OpenApiParameter(
    "direction", required=True, enum=[str(direction) for direction in listings.Direction]
)
GRANTED_WRITER = OpenApiParameter(
    "writer", required=True, description="a client id, or form: or group: and an id"
)
ANY_WRITER = OpenApiParameter("writer", description="only grants of this writer, or of this group:")
ANY_RECORD = OpenApiParameter("record", description="only grants of this one record")
ANY_TYPE = OpenApiParameter("type", description="only grants of this type")
