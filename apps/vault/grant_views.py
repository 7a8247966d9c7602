"""Grants, generations and revocations over HTTP (docs/protocol.md §10)."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.directory.authentication import calling_client
from apps.envelope import encoding
from apps.envelope.statements import parse_revocation
from apps.vault import bodies, listings, schema, stored_grants, streams
from apps.vault.listings import Direction
from apps.web.compression import page_response
from apps.web.errors import Invalid
from apps.web.queries import cursor, page_limit, parameters
from apps.web.schema import errors, posted


class GenerationsView(APIView):
    @extend_schema(
        operation_id="list_generations",
        parameters=[schema.GRANTED_WRITER, schema.TYPE],
        responses={200: schema.GENERATIONS, **errors(401)},
    )
    def get(self, request: Request) -> Response:
        """List the generations of a stream that the caller owns."""
        query = parameters(request, required=("writer", "type"), optional=())
        generations = streams.list_generations(
            caller=calling_client(request),
            writer=encoding.grant_writer(query["writer"]),
            type=encoding.name(query["type"], "type"),
        )
        return Response({"generations": [generation.to_wire() for generation in generations]})


class GrantsView(APIView):
    @extend_schema(
        operation_id="store_grants",
        request=schema.GRANT_SOME,
        responses={200: schema.GRANTED, **posted(401, 403, 404, 409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Store grants that the caller signed; its own of the next generation opens that."""
        statuses = stored_grants.store_grants(
            caller=calling_client(request), grants=bodies.GRANTS.read(request.data)["grants"]
        )
        return Response({"results": [{"status": status} for status in statuses]})

    @extend_schema(
        operation_id="list_grants",
        parameters=[
            schema.DIRECTION, schema.ANY_WRITER, schema.ANY_TYPE, schema.ANY_RECORD, schema.AFTER,
            schema.LIMIT,
        ],
        responses={200: schema.GRANT_PAGE, **errors(401)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """List the grants that the caller or its groups hold, or that were made in its streams."""
        query = parameters(
            request,
            required=("direction",),
            optional=("writer", "type", "record", "after", "limit"),
        )
        page = listings.list_grants(
            caller=calling_client(request),
            direction=_direction(query["direction"]),
            writer=encoding.grant_writer(query["writer"]) if "writer" in query else None,
            type=encoding.name(query["type"], "type") if "type" in query else None,
            record=_record(query["record"]) if "record" in query else None,
            after=cursor(query.get("after")),
            limit=page_limit(query.get("limit")),
        )
        return page_response(request, page)


class RevocationsView(APIView):
    @extend_schema(
        operation_id="revoke",
        request=schema.REVOKE,
        responses={200: schema.REVOKED, **posted(401, 403, 404, 409, 410, 422)},
    )
    def post(self, request: Request) -> Response:
        """Take away all that a reader holds of a type, and close the type's generation."""
        revoked = stored_grants.revoke(
            caller=calling_client(request), revocation=parse_revocation(request.data)
        )
        return Response({"closed": revoked.closed, "removed": revoked.removed})


def _record(value: str) -> UUID:
    return UUID(encoding.uuid(value, "record id", "48"))


def _direction(value: str) -> Direction:
    try:
        return Direction(value)
    except ValueError as error:
        raise Invalid("direction is incoming or outgoing") from error
