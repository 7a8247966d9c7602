"""Groups over HTTP (docs/protocol.md §10)."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.directory.authentication import calling_client
from apps.directory.memberships import group_to_wire, groups_of
from apps.envelope.statements import parse_leave
from apps.vault import bodies, schema, stored_rosters
from apps.web.schema import errors, posted


class GroupsView(APIView):
    @extend_schema(operation_id="list_groups", responses={200: schema.GROUPS, **errors(401)})
    def get(self, request: Request) -> Response:
        """List the groups that the caller owns or is in."""
        return Response({"groups": groups_of(caller=calling_client(request))})


class GroupView(APIView):
    @extend_schema(
        operation_id="get_group", responses={200: schema.LATEST_ROSTER, **errors(401, 404)}
    )
    def get(self, request: Request, id: UUID) -> Response:
        """Fetch the latest roster of a group."""
        return Response(group_to_wire(caller=calling_client(request), id=id))


class RostersView(APIView):
    @extend_schema(
        operation_id="take_roster",
        request=schema.NEXT_ROSTER,
        responses={
            201: schema.ROSTER_TAKEN,
            200: schema.ROSTER_TAKEN,
            **posted(401, 404, 409, 422),
        },
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Take a group's next roster, with the grants of its epoch; the same again answers 200."""
        wire = bodies.NEXT_ROSTER.read(request.data)
        group, created = stored_rosters.take_roster(caller=calling_client(request), id=id, **wire)
        answer = {"version": group.version, "epoch": group.epoch}
        return Response(answer, status=201 if created else 200)


class StaleView(APIView):
    @extend_schema(operation_id="list_stale", responses={200: schema.STALE, **errors(401, 404)})
    def get(self, request: Request, id: UUID) -> Response:
        """List what is still written under an earlier epoch of the caller's group."""
        return Response(stored_rosters.stale(caller=calling_client(request), id=id)._asdict())


class LeaveView(APIView):
    @extend_schema(
        operation_id="leave_group",
        request=schema.LEAVE_GROUP,
        responses={200: schema.LEFT, **posted(401, 422)},
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Take the caller out of a group on its signed word."""
        left = stored_rosters.leave_group(
            member=calling_client(request), id=id, leave=parse_leave(request.data)
        )
        return Response({"left": left})
