"""What /api/v1/schema says of forms. For readers only: the envelope's parsers decide."""

from typing import Any

from rest_framework import serializers

from apps.directory.schema import CardSerializer

MANIFEST_TEXT = "The manifest's canonical JSON text (docs/protocol.md §8)."
BASE64URL = "base64url without padding"


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
    label = serializers.CharField()  # type: ignore[assignment]


class FieldSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.CharField()
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    options = OptionSerializer(many=True)


class DraftSerializer(serializers.Serializer[Any]):
    form = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    confirmation = serializers.CharField()
    fields = FieldSerializer(many=True)  # type: ignore[assignment]


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


class SubmissionSerializer(serializers.Serializer[Any]):
    v = serializers.CharField()
    records = serializers.ListField(child=serializers.DictField())


class SubmittedSerializer(serializers.Serializer[Any]):
    records = serializers.ListField(child=serializers.UUIDField())
