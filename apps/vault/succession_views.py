"""A client goes on under a next card (docs/protocol.md §4, §10)."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.directory.authentication import calling_client
from apps.directory.bodies import SUCCEED
from apps.directory.lines import NewApiKey
from apps.vault import schema
from apps.vault.rotations import rotate
from apps.web.schema import posted


class SuccessionsView(APIView):
    @extend_schema(
        operation_id="succeed",
        request=schema.SUCCEED,
        responses={201: schema.SUCCEEDED, 200: schema.SUCCEEDED, **posted(401, 409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Go on under a next card, signed by the recovery key; the same again answers 200."""
        body = SUCCEED.read(request.data)
        succession, api_key = body["succession"], body["api_key"]
        created = rotate(
            client=calling_client(request),
            succession=succession,
            past=body["past"],
            api_key=NewApiKey(**api_key) if api_key else None,
        )
        return Response({"number": succession.number}, status=201 if created else 200)
