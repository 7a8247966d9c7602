"""What /api/v1/schema says of forms. For readers only: the envelope's parsers decide."""

from typing import Any

from rest_framework import serializers

from apps.directory.schema import CardSerializer, LineSerializer
from apps.envelope.drafted_forms import FORM_LINE, draft_of
from apps.envelope.hand_overs import HAND_OVER
from apps.envelope.submissions import SUBMISSION
from apps.envelope.successions import PAST
from apps.intake.publishing.handing_over import OFFER
from apps.intake.publishing.publication import PUBLICATION
from apps.intake.visiting.challenges import PROOF
from apps.intake.visiting.failures import CODES
from apps.intake.visiting.receipt_lookups import RECEIPT_QUESTION
from apps.web.schema import component, extended

MANIFEST_TEXT = "The manifest's canonical JSON text (docs/protocol.md §8)."
BASE64URL = "base64url without padding"
FAILURE_CODES = "Counted by day, and nothing else:\n\n" + "\n".join(
    f"- `{code}`: {meaning}" for code, meaning in CODES.items()
)


FormSummarySerializer = component(FORM_LINE)


class FormListSerializer(serializers.Serializer[Any]):
    forms = FormSummarySerializer(many=True)


DraftSerializer = component(draft_of(()))
PublicationSerializer = component(PUBLICATION)


class PublishedSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    hash = serializers.CharField(help_text=f"H(manifest), {BASE64URL}.")


class SignedManifestSerializer(serializers.Serializer[Any]):
    manifest = serializers.CharField(help_text=MANIFEST_TEXT)
    sig = serializers.CharField(help_text=f"The owner's signature, {BASE64URL}.")
    card = CardSerializer(help_text="Of who signed it: compare its fingerprint with the pin.")


OfferSerializer = component(OFFER)
HandOverSerializer = component(HAND_OVER)


class HandOverListSerializer(serializers.Serializer[Any]):
    hand_overs = HandOverSerializer(many=True)


class OwnersSerializer(HandOverListSerializer):
    owners = LineSerializer(many=True, help_text="In the order in which they first had the form.")


class HandedSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="The last one of the giver's.")


class WithdrawnSerializer(serializers.Serializer[Any]):
    withdrawn = serializers.IntegerField(min_value=0, max_value=1)


class PastAnswerSerializer(serializers.Serializer[Any]):
    past = component(PAST)()


ProofSerializer = component(PROOF)
SubmissionSerializer = extended(
    SUBMISSION,
    "Submission",
    proof=ProofSerializer(required=False, help_text="Where the form asks for one."),
)


class SubmittedSerializer(serializers.Serializer[Any]):
    records = serializers.ListField(child=serializers.UUIDField())


class ChallengeSerializer(serializers.Serializer[Any]):
    challenge = serializers.CharField(max_length=200)
    bits = serializers.IntegerField(help_text="How much work, 0 to 24 zero bits; 0 asks for none.")
    wait = serializers.IntegerField(help_text="Seconds before it may be used, 0 to 60.")


ReceiptQuestionSerializer = extended(RECEIPT_QUESTION, "ReceiptQuestion")


class ReceiptAnswerSerializer(serializers.Serializer[Any]):
    records = serializers.ListField(child=serializers.DictField())


class FailureSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=list(CODES), help_text=FAILURE_CODES)


class EmptySerializer(serializers.Serializer[Any]):
    """An object without members."""
