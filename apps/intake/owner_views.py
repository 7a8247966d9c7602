"""The API of forms (docs/protocol.md §10): what owners ask for and publish."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.directory.authentication import calling_client
from apps.directory.bodies import SUCCEED
from apps.directory.lines import NewApiKey
from apps.envelope.encoding import b64
from apps.intake import schema
from apps.intake.drafting.composition import draft_of
from apps.intake.publishing.handing_over import (
    OFFER,
    WITHDRAWAL,
    hand_over,
    open_offers,
    past_for,
    withdraw,
)
from apps.intake.publishing.publication import publish, read_publication
from apps.intake.publishing.rotated_owners import rotate
from apps.intake.publishing.stored_manifests import forms_of, own_form
from apps.vault import schema as vault_schema
from apps.web.schema import errors, posted


class FormsView(APIView):
    """The caller's forms."""

    @extend_schema(
        operation_id="list_forms", responses={200: schema.FormListSerializer, **errors(401)}
    )
    def get(self, request: Request) -> Response:
        """List the forms that the caller owns, published or not."""
        return Response({"forms": forms_of(caller=calling_client(request))})


class DraftView(APIView):
    """What an admin drafted for the caller to sign."""

    @extend_schema(
        operation_id="fetch_draft", responses={200: schema.DraftSerializer, **errors(401, 404)}
    )
    def get(self, request: Request, id: UUID) -> Response:
        """Fetch the draft of one of the caller's forms, in the words of a manifest."""
        return Response(draft_of(form=own_form(caller=calling_client(request), id=id)))


class ManifestsView(APIView):
    """Where the caller publishes."""

    @extend_schema(
        operation_id="publish_manifest",
        request=schema.PublicationSerializer,
        responses={
            201: schema.PublishedSerializer,
            200: schema.PublishedSerializer,
            **posted(401, 403, 404, 409, 422),
        },
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Publish the next version of a form with its inboxes; the same again answers 200."""
        publication = read_publication(request.data)
        form = own_form(caller=calling_client(request), id=id)
        manifest, created = publish(
            caller=calling_client(request), form=form, **publication._asdict()
        )
        answer = {"version": manifest.version, "hash": b64(bytes(manifest.hash))}
        return Response(answer, status.HTTP_201_CREATED if created else status.HTTP_200_OK)


class HandOverView(APIView):
    """Where a form gets another owner."""

    @extend_schema(
        operation_id="hand_over",
        request=schema.OfferSerializer,
        responses={
            201: schema.HandedSerializer,
            200: schema.HandedSerializer,
            **posted(401, 403, 404, 409, 422),
        },
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Offer a form to another client, or accept one; the same again answers 200."""
        signed = OFFER.read(request.data)["hand_over"]
        created = hand_over(caller=calling_client(request), id=id, signed=signed)
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response({"version": signed.version}, code)


class WithdrawalView(APIView):
    """Where an offer is taken back."""

    @extend_schema(
        operation_id="withdraw_hand_over",
        request=schema.EmptySerializer,
        responses={200: schema.WithdrawnSerializer, **posted(401, 404)},
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Withdraw the offer of a form that nobody has accepted yet."""
        WITHDRAWAL.read(request.data)
        return Response({"withdrawn": withdraw(caller=calling_client(request), id=id)})


class HandOversView(APIView):
    """What waits to be accepted."""

    @extend_schema(
        operation_id="list_hand_overs",
        responses={200: schema.HandOverListSerializer, **errors(401)},
    )
    def get(self, request: Request) -> Response:
        """List the forms that are offered to the caller and by it, the newest offer first."""
        return Response({"hand_overs": open_offers(caller=calling_client(request))})


class SuccessionsView(APIView):
    """Where the caller names its next card."""

    @extend_schema(
        operation_id="succeed",
        request=vault_schema.SUCCEED,
        responses={
            201: vault_schema.SUCCEEDED,
            200: vault_schema.SUCCEEDED,
            **posted(401, 409, 422),
        },
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


class PastView(APIView):
    """What a card that was succeeded still stands for."""

    @extend_schema(
        operation_id="fetch_past", responses={200: schema.PastAnswerSerializer, **errors(401, 404)}
    )
    def get(self, request: Request, id: UUID, number: int) -> Response:
        """Fetch the past of a client's card, by the number of the step that succeeded it."""
        past = past_for(caller=calling_client(request), client=id, number=number)
        return Response({"past": past})
