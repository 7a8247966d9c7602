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

from apps.vault import cursors, listings, stored_grants, stored_records
from apps.web import queries

Shape = type[Serializer[Any]]


def _object(name: str, **fields: Field[Any, Any, Any, Any]) -> Shape:
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

RECORD = _object(
    "Record",
    v=CharField(help_text="sealform/1"),
    id=UUIDField(),
    writer=CharField(help_text="a client id, or `form:` and a form id"),
    type=CharField(),
    rev=IntegerField(min_value=1),
    akid=CharField(help_text="base64url of 32 bytes"),
    fields=_names("name to `<b64url k>.<b64url c>`"),
    hidden=_names(
        "name to base64url of 32 bytes, for readers of some columns only", required=False
    ),
    sig=CharField(required=False, help_text="of a client's record"),
    manifest=CharField(required=False, help_text="of a form's record"),
    ak=CharField(required=False, help_text="of a form's record"),
)
GRANT = _object(
    "Grant",
    v=CharField(help_text="sealform/1"),
    writer=CharField(help_text="a client id, or `form:` and a form id"),
    type=CharField(),
    gen=IntegerField(min_value=1),
    akid=CharField(help_text="base64url of 32 bytes"),
    record=CharField(allow_blank=True, help_text="a record's id, or empty"),
    fields=ListField(child=CharField()),
    not_after=IntegerField(min_value=0),
    reader=UUIDField(),
    reader_fp=CharField(help_text="base64url of 32 bytes"),
    keys=CharField(help_text="base64url"),
    sig=CharField(help_text="base64url of 64 bytes"),
)
DELETION = _object(
    "Deletion",
    v=CharField(help_text="sealform/1"),
    id=UUIDField(),
    writer=CharField(),
    type=CharField(),
    rev=IntegerField(min_value=1),
    sig=CharField(help_text="base64url of 64 bytes"),
)
REVOCATION = _object(
    "Revocation",
    v=CharField(help_text="sealform/1"),
    writer=CharField(),
    type=CharField(),
    gen=IntegerField(min_value=1),
    reader=UUIDField(),
    sig=CharField(help_text="base64url of 64 bytes"),
)

STORED_RECORD = _object("StoredRecord", stored=CharField(help_text=STORED), record=RECORD())
STORED_GRANT = _object("StoredGrant", granted=CharField(help_text=STORED), grant=GRANT())

WRITE = _some("Write", "records", RECORD())
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
LOOKUP = _some("Lookup", "ids", UUIDField())
FOUND = _object("Found", items=ListField(child=STORED_RECORD()))
RECORD_PAGE = _page("RecordPage", STORED_RECORD)
DELETE = _some("Delete", "deletions", DELETION())
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
GRANT_SOME = _some("GrantSome", "grants", GRANT())
GRANTED = _some(
    "Granted", "results", _object("GrantedOne", status=_statuses(stored_grants.Status))()
)
GRANT_PAGE = _page("GrantPage", STORED_GRANT)
REVOKED = _object("Revoked", closed=IntegerField(), removed=IntegerField())

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
ANY_WRITER = OpenApiParameter("writer", description="only grants of this writer")
ANY_TYPE = OpenApiParameter("type", description="only grants of this type")
