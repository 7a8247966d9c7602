"""Enrolling, and asking who somebody is (docs/protocol.md §10)."""

from datetime import datetime
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.directory import bodies, schema
from apps.directory.authentication import calling_client, calling_key
from apps.directory.enrolment import enrol
from apps.directory.errors import FetchRefused, TokenRefused
from apps.directory.kept_copies import find_copy, keep_copy
from apps.directory.key_copy_throttle import KeyCopyThrottle
from apps.directory.lines import line_to_wire
from apps.directory.models import Client
from apps.envelope.encoding import b64
from apps.web.renderers import show_time
from apps.web.schema import errors, posted
from apps.web.throttles import WrongSecrets


class EnrolmentsView(APIView):
    authentication_classes = []
    permission_classes = []

    @extend_schema(
        operation_id="enrol",
        auth=[],
        request=schema.EnrolmentSerializer,
        responses={
            201: schema.EnrolledSerializer,
            200: schema.EnrolledSerializer,
            **posted(403, 409, 422),
        },
    )
    def post(self, request: Request) -> Response:
        """Enrol a card and an API key with a one-time token; the same again answers 200."""
        wire = bodies.ENROL.read(request.data)
        try:
            enrolment = enrol(
                token=wire["token"],
                card=wire["card"],
                api_key_id=wire["api_key"]["id"],
                digest=wire["api_key"]["digest"],
            )
        except TokenRefused:
            WrongSecrets().count(request)
            raise
        answer = {
            "client_id": str(enrolment.client.id),
            "api_key_id": str(enrolment.api_key.id),
            "expires": _show(enrolment.api_key.expires),
        }
        return Response(answer, status=201 if enrolment.created else 200)


class MeView(APIView):
    @extend_schema(operation_id="me", responses={200: schema.MeSerializer, **errors(401)})
    def get(self, request: Request) -> Response:
        """Say whose credentials these are."""
        api_key = calling_key(request)
        return Response(
            {
                **line_to_wire(calling_client(request)),
                "api_key": {
                    "id": str(api_key.id),
                    "created": show_time(api_key.created),
                    "expires": _show(api_key.expires),
                    "last_used": _show(api_key.last_used),
                },
            }
        )


class KeyFileView(APIView):
    throttle_classes = [KeyCopyThrottle]

    @extend_schema(
        operation_id="keep_key_file",
        request=schema.KeyCopySerializer,
        responses={201: schema.KeptSerializer, 200: schema.KeptSerializer, **posted(401, 409, 422)},
    )
    def put(self, request: Request) -> Response:
        """Keep a copy of the caller's key file, signed by its card; the same again answers 200."""
        copy = bodies.COPY.read(request.data)
        created = keep_copy(client=calling_client(request), copy=copy)
        return Response({"serial": copy.file.serial}, status=201 if created else 200)


class KeyFilesView(APIView):
    authentication_classes = []
    permission_classes = []

    @extend_schema(
        operation_id="fetch_key_file",
        auth=[],
        request=schema.FetchSerializer,
        responses={200: schema.FetchedSerializer, **posted(403)},
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Return the newest copy of a client's key file to who has its fetch code."""
        code = bodies.FETCH.read(request.data)["code"]
        try:
            copy = find_copy(client_id=id, code=code)
        except FetchRefused:
            WrongSecrets().count(request)
            raise
        memory = b64(bytes(copy.memory))
        return Response({"file": bytes(copy.file).decode(), "memory": memory, "made": copy.made})


class ClientView(APIView):
    @extend_schema(
        operation_id="get_client",
        responses={200: schema.LineSerializer, **errors(401, 404)},
    )
    def get(self, request: Request, id: UUID) -> Response:
        """Return a client's card, and how it came to be that from the one that the asker pinned."""
        return Response(line_to_wire(get_object_or_404(Client, pk=id)))


def _show(time: datetime | None) -> str | None:
    return show_time(time) if time else None
