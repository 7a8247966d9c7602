"""What every visitor's browser asks for and sends (docs/protocol.md §10).

No credentials, no cookies, no session: nothing here knows who is calling. The one POST
needs no CSRF token because it acts for nobody.
"""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.directory.schema import errors
from apps.intake import schema
from apps.intake.manifests import any_form, latest_manifest, manifest_by_hash, to_wire
from apps.intake.submissions import accept_submission
from apps.intake.throttling import SubmissionThrottle

ALWAYS_ASK = "no-cache"
NEVER_CHANGES = "public, max-age=31536000, immutable"

SIGNED_MANIFEST = {200: schema.SignedManifestSerializer, **errors(404)}


class PublicView(APIView):
    """Knows nobody."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class LatestManifestView(PublicView):
    """The manifest in force."""

    @extend_schema(operation_id="fetch_manifest", auth=[], responses=SIGNED_MANIFEST)
    def get(self, request: Request, id: UUID) -> Response:
        """Fetch the latest manifest with its signature and its owner's card."""
        form = any_form(id=id)
        answer = to_wire(latest_manifest(form=form), owner=form.owner)
        return Response(answer, headers={"Cache-Control": ALWAYS_ASK})


class ManifestByHashView(PublicView):
    """One manifest for good."""

    @extend_schema(operation_id="fetch_manifest_by_hash", auth=[], responses=SIGNED_MANIFEST)
    def get(self, request: Request, id: UUID, hash: str) -> Response:
        """Fetch the manifest that a record names by its hash, in base64url."""
        form = any_form(id=id)
        answer = to_wire(manifest_by_hash(form=form, hash=hash), owner=form.owner)
        return Response(answer, headers={"Cache-Control": NEVER_CHANGES})


class SubmissionsView(PublicView):
    """Where sealed answers arrive."""

    throttle_classes = (SubmissionThrottle,)

    @extend_schema(
        operation_id="submit",
        request=schema.SubmissionSerializer,
        auth=[],
        responses={
            201: schema.SubmittedSerializer,
            200: schema.SubmittedSerializer,
            **errors(404, 409, 410, 413),
        },
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Store one sealed record for each type of the form; the same again answers 200."""
        ids, created = accept_submission(form=any_form(id=id), body=request.data)
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response({"records": ids}, code)
