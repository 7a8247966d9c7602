"""Records over HTTP (docs/protocol.md §10)."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.directory.authentication import calling_client
from apps.envelope import encoding
from apps.vault import bodies, listings, schema, stored_records
from apps.vault.cursors import read_cursor
from apps.web.compression import page_response
from apps.web.json_pages import items_json
from apps.web.queries import page_limit, parameters
from apps.web.schema import errors, posted


class RecordsView(APIView):
    @extend_schema(
        operation_id="write_records",
        request=schema.WRITE,
        responses={200: schema.WRITTEN, **posted(401, 403, 404, 409, 410, 422)},
    )
    def post(self, request: Request) -> Response:
        """Write new records of the caller. Those that are new are stored in one transaction."""
        results = stored_records.write_records(
            caller=calling_client(request), records=bodies.RECORDS.read(request.data)["records"]
        )
        return Response({"results": [{"id": id, "status": status} for id, status in results]})

    @extend_schema(
        operation_id="update_records",
        request=schema.UPDATE,
        responses={200: schema.UPDATED, **posted(401, 403, 404, 409, 410, 422)},
    )
    def put(self, request: Request) -> Response:
        """Replace records of the caller by their next revisions, all in one transaction.

        It may bring grants of these single records with it, in the place of those that it ends.
        """
        body = bodies.UPDATES.read(request.data)
        results = stored_records.update_records(
            caller=calling_client(request),
            records=body["records"],
            grants=body.get("grants", ()),
        )
        return Response({"results": [{"id": id, "status": status} for id, status in results]})

    @extend_schema(
        operation_id="list_records",
        parameters=[
            schema.WRITER, schema.TYPE, schema.SHARD, schema.FROM, schema.AFTER, schema.LIMIT,
        ],
        responses={200: schema.RECORD_PAGE, **errors(401)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """List the records of a stream that the caller may see, lane by lane."""
        query = parameters(
            request,
            required=("writer", "type"),
            optional=("shard", "from", "after", "limit"),
        )
        page = listings.list_records(
            reader=calling_client(request),
            writer=encoding.writer(query["writer"]),
            type=encoding.name(query["type"], "type"),
            after=read_cursor(
                query.get("after"), shard=query.get("shard"), start=query.get("from")
            ),
            limit=page_limit(query.get("limit")),
        )
        return page_response(request, page)


class RecordView(APIView):
    @extend_schema(
        operation_id="get_record", responses={200: schema.STORED_RECORD, **errors(401, 404)}
    )
    def get(self, request: Request, id: UUID) -> Response:
        """Fetch one record."""
        return Response(listings.fetch(reader=calling_client(request), id=id))


class LookupView(APIView):
    @extend_schema(
        operation_id="lookup_records",
        request=schema.LOOKUP,
        responses={200: schema.FOUND, **posted(401)},
    )
    def post(self, request: Request) -> Response:
        """Fetch many records by id: those that exist and that the caller may see."""
        ids = [UUID(id) for id in bodies.RECORD_IDS.read(request.data)["ids"]]
        items = listings.lookup(reader=calling_client(request), ids=ids)
        return Response(items_json(items))


class QueryView(APIView):
    @extend_schema(
        operation_id="query_records",
        request=schema.QUERY,
        responses={200: schema.RECORD_PAGE, **posted(401)},
    )
    def post(self, request: Request) -> Response:
        """List the records of a stream that say some meta and that the caller may see.

        What is asked for is plaintext: it travels in the body, and in no address.
        """
        asked = bodies.QUERY.read(request.data)
        page = listings.query_records(
            reader=calling_client(request),
            writer=asked["writer"],
            type=asked["type"],
            meta=asked["meta"],
            after=asked["after"] or b"",
            limit=asked["limit"],
        )
        return Response(page.to_json())


class DeletionsView(APIView):
    @extend_schema(
        operation_id="delete_records",
        request=schema.DELETE,
        responses={200: schema.DELETED, **posted(401, 403, 404, 409, 410, 422)},
    )
    def post(self, request: Request) -> Response:
        """Delete records on their owner's signed request."""
        results = stored_records.delete_records(
            caller=calling_client(request),
            deletions=bodies.DELETIONS.read(request.data)["deletions"],
        )
        return Response({"results": [{"id": id, "status": status} for id, status in results]})
