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

from apps.intake import schema
from apps.intake.errors import FormNotFound
from apps.intake.models import Form
from apps.intake.publishing.handing_over import owners_of
from apps.intake.publishing.stored_manifests import (
    any_form,
    form_in_force,
    latest_manifest,
    manifest_by_hash,
    to_wire,
)
from apps.intake.visiting import receipt_lookups
from apps.intake.visiting.challenges import challenge_for
from apps.intake.visiting.cors import count_refused, remember_origins
from apps.intake.visiting.failures import count_failure, read_code
from apps.intake.visiting.form_throttles import FailureThrottle, ReceiptThrottle, SubmissionThrottle
from apps.intake.visiting.posted_submissions import accept_submission, read_submission
from apps.intake.visiting.terms import terms_for
from apps.web.errors import Throttled
from apps.web.schema import errors, posted
from apps.web.throttles import AddressThrottle

ALWAYS_ASK = "no-cache"
NEVER_CHANGES = "public, max-age=31536000, immutable"

SIGNED_MANIFEST = {200: schema.SignedManifestSerializer, **errors(404)}


class PublicView(APIView):
    """Knows nobody."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def form(self, id: UUID) -> Form:
        """Return the form; its list of sites is not asked for again for the answer's headers."""
        form = any_form(id=id)
        remember_origins(self.request, form.origins)
        return form

    def count(self, throttle: AddressThrottle) -> None:
        """Count what was asked of this form; raises Throttled.

        To be called once the body has been parsed: what is malformed costs a visitor nothing of
        what the address that many may share is allowed.
        """
        if not throttle.allow_request(self.request, self):
            raise Throttled(wait=throttle.wait())


class LatestManifestView(PublicView):
    """The manifest in force."""

    @extend_schema(operation_id="fetch_manifest", auth=[], responses=SIGNED_MANIFEST)
    def get(self, request: Request, id: UUID) -> Response:
        """Fetch the latest manifest with its signature and its owner's card."""
        form = form_in_force(id=id)
        if form is None:
            raise FormNotFound
        remember_origins(request, form.origins)
        count_refused(request._request, form=form)
        answer = to_wire(latest_manifest(form=form))
        return Response(answer, headers={"Cache-Control": ALWAYS_ASK})


class ManifestByHashView(PublicView):
    """One manifest for good."""

    @extend_schema(operation_id="fetch_manifest_by_hash", auth=[], responses=SIGNED_MANIFEST)
    def get(self, request: Request, id: UUID, hash: str) -> Response:
        """Fetch the manifest that a record names by its hash, in base64url."""
        form = self.form(id)
        answer = to_wire(manifest_by_hash(form=form, hash=hash))
        return Response(answer, headers={"Cache-Control": NEVER_CHANGES})


class OwnersView(PublicView):
    """Whose the form is and was."""

    @extend_schema(
        operation_id="list_owners", auth=[], responses={200: schema.OwnersSerializer, **errors(404)}
    )
    def get(self, request: Request, id: UUID) -> Response:
        """Fetch how today's owner, and its card of today, came from those that somebody pinned."""
        return Response(
            owners_of(form=self.form(id))._asdict(), headers={"Cache-Control": ALWAYS_ASK}
        )


class SubmissionsView(PublicView):
    """Where sealed answers arrive."""

    @extend_schema(
        operation_id="submit",
        request=schema.SubmissionSerializer,
        auth=[],
        responses={
            201: schema.SubmittedSerializer,
            200: schema.SubmittedSerializer,
            **posted(403, 404, 409, 410, 422, 507),
        },
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Store one sealed record for each type of the form; the same again answers 200."""
        submission = read_submission(request.data)
        self.count(SubmissionThrottle())
        terms = terms_for(form=id, manifest=submission.records[0].manifest)
        remember_origins(request, terms.origins)
        ids, created = accept_submission(terms=terms, **submission._asdict())
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response({"records": ids}, code)


class ChallengeView(PublicView):
    """What the form asks of who submits."""

    @extend_schema(
        operation_id="fetch_challenge",
        auth=[],
        responses={200: schema.ChallengeSerializer, **errors(404)},
    )
    def get(self, request: Request, id: UUID) -> Response:
        """Fetch a challenge for the proof of a submission; it serves for a day."""
        return Response(challenge_for(form=self.form(id)))


class ReceiptsView(PublicView):
    """What a visitor's receipt proves."""

    @extend_schema(
        operation_id="find_by_receipt",
        request=schema.ReceiptQuestionSerializer,
        auth=[],
        responses={200: schema.ReceiptAnswerSerializer, **posted(404)},
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Fetch this form's records of these ids, closed and expired forms' too."""
        ids = receipt_lookups.read_ids(request.data)
        self.count(ReceiptThrottle())
        found = receipt_lookups.stored(writer=self.form(id).writer, ids=ids)
        return Response(receipt_lookups.to_wire(found.values()))


class FailuresView(PublicView):
    """Where pages report that they refused to work."""

    @extend_schema(
        operation_id="count_failure",
        request=schema.FailureSerializer,
        auth=[],
        responses={202: schema.EmptySerializer, **posted(404)},
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Count one failure by its code, for today; nothing else is kept."""
        code = read_code(request.data)
        self.count(FailureThrottle())
        count_failure(form=self.form(id), code=code)
        return Response({}, status.HTTP_202_ACCEPTED)
