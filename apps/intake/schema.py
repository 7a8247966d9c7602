"""What /api/v1/schema says of forms. For readers only: the envelope's parsers decide."""

from typing import Any

from rest_framework import serializers

from apps.directory.schema import CardSerializer
from apps.envelope.submissions import SUBMISSION
from apps.intake.visiting.challenges import PROOF
from apps.intake.visiting.failures import CODES
from apps.intake.visiting.receipt_lookups import RECEIPT_QUESTION
from apps.web.schema import component, extended

MANIFEST_TEXT = "The manifest's canonical JSON text (docs/protocol.md §8)."
BASE64URL = "base64url without padding"
WORDS = "A text, or an object with one text for each of the form's languages."
ONLY = "Only for kinds that have it (docs/protocol.md §8)."
FAILURE_CODES = "Counted by day, and nothing else:\n\n" + "\n".join(
    f"- `{code}`: {meaning}" for code, meaning in CODES.items()
)


class FormSummarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    version = serializers.IntegerField(help_text="Of the latest manifest, 0 before publication.")
    expires = serializers.IntegerField(help_text="Seconds since 1970, 0 before publication.")


class FormListSerializer(serializers.Serializer[Any]):
    forms = FormSummarySerializer(many=True)


class OptionSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField(help_text=WORDS)  # type: ignore[assignment]


class ConditionFields(serializers.Serializer[Any]):
    field = serializers.CharField()


# "in" is a keyword of Python's.
ConditionSerializer = type(
    "ConditionSerializer",
    (ConditionFields,),
    {"in": serializers.ListField(help_text="Values of the field: strings, true or false.")},
)


class FieldSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.CharField()
    kind = serializers.CharField()
    label = serializers.CharField(help_text=WORDS)  # type: ignore[assignment]
    help = serializers.CharField(help_text=WORDS)
    required = serializers.BooleanField()  # type: ignore[assignment]
    options = OptionSerializer(many=True)
    placeholder = serializers.CharField(required=False, help_text=f"{WORDS} {ONLY}")
    text = serializers.CharField(required=False, help_text=f"{WORDS} {ONLY}")
    min = serializers.CharField(required=False, help_text=ONLY)
    max = serializers.CharField(required=False, help_text=ONLY)
    step = serializers.CharField(required=False, help_text=ONLY)
    min_length = serializers.IntegerField(required=False, help_text=ONLY)
    max_length = serializers.IntegerField(required=False, help_text=ONLY)
    pattern = serializers.CharField(required=False, help_text=ONLY)
    example = serializers.CharField(required=False, help_text=ONLY)
    low = serializers.CharField(required=False, help_text=f"{WORDS} {ONLY}")
    high = serializers.CharField(required=False, help_text=f"{WORDS} {ONLY}")
    autocomplete = serializers.CharField(required=False, help_text=ONLY)
    sensitive = serializers.BooleanField(required=False, help_text="Only ever false.")
    when = ConditionSerializer(many=True, required=False)


class SectionSerializer(serializers.Serializer[Any]):
    page = serializers.BooleanField(help_text="Whether it begins a page.")
    title = serializers.CharField(help_text=WORDS)
    text = serializers.CharField(help_text=WORDS)
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    when = ConditionSerializer(many=True, required=False)


class DraftSerializer(serializers.Serializer[Any]):
    form = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField(help_text=WORDS)
    description = serializers.CharField(help_text=WORDS)
    confirmation = serializers.CharField(help_text=WORDS)
    fields = FieldSerializer(many=True)  # type: ignore[assignment]
    languages = serializers.ListField(child=serializers.CharField(), required=False)
    sections = SectionSerializer(many=True, required=False)


class PublicationSerializer(serializers.Serializer[Any]):
    manifest = serializers.CharField(help_text=MANIFEST_TEXT)
    sig = serializers.CharField(help_text=f"The owner's signature, {BASE64URL}.")
    grants = serializers.ListField(child=serializers.DictField())
    revocations = serializers.ListField(child=serializers.DictField())


class PublishedSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    hash = serializers.CharField(help_text=f"H(manifest), {BASE64URL}.")


class SignedManifestSerializer(serializers.Serializer[Any]):
    manifest = serializers.CharField(help_text=MANIFEST_TEXT)
    sig = serializers.CharField(help_text=f"The owner's signature, {BASE64URL}.")
    card = CardSerializer(help_text="The owner's: compare its fingerprint with the pin.")


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
