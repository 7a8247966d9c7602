"""What the OpenAPI schema says of the directory."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from apps.directory.bodies import ENROL, FETCH
from apps.envelope.key_copies import KEY_COPY
from apps.envelope.keys import CARD
from apps.envelope.successions import SUCCESSION
from apps.web.schema import component


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """HTTP Basic with an API key's id and secret."""

    target_class = "apps.directory.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "basic", "description": "An API key's id and secret."}


CardSerializer = component(CARD)
EnrolmentSerializer = component(ENROL)
KeyCopySerializer = component(KEY_COPY)
FetchSerializer = component(FETCH)
SuccessionSerializer = component(SUCCESSION)


class LineSerializer(serializers.Serializer[Any]):
    """What leads from the card that somebody pinned to today's."""

    card = CardSerializer(help_text="Today's.")
    first = CardSerializer(allow_null=True, help_text="The one enrolled first; null if today's.")
    successions = SuccessionSerializer(many=True, help_text="Oldest first.")


class EnrolledSerializer(serializers.Serializer[Any]):
    client_id = serializers.UUIDField()
    api_key_id = serializers.UUIDField()
    expires = serializers.DateTimeField(allow_null=True)


class ApiKeySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    created = serializers.DateTimeField()
    expires = serializers.DateTimeField(allow_null=True)
    last_used = serializers.DateTimeField(allow_null=True)


class MeSerializer(LineSerializer):
    api_key = ApiKeySerializer()


class KeptSerializer(serializers.Serializer[Any]):
    serial = serializers.IntegerField(min_value=1)


class FetchedSerializer(serializers.Serializer[Any]):
    file = serializers.CharField()
    memory = serializers.CharField(allow_blank=True)
    made = serializers.IntegerField(min_value=1)
