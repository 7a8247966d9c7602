"""``generics.CreateAPIView`` with a ModelSerializer; open to all, JSON in and JSON out."""

import json
from typing import Any

from rest_framework import generics, serializers
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.views import exception_handler

from tests.benchmarks.plain.models import BytesAnswer, JSONAnswer


class JSONAnswerSerializer(serializers.ModelSerializer[JSONAnswer]):
    class Meta:
        model = JSONAnswer
        fields = ("id", "form", "body")


class BytesAnswerSerializer(serializers.ModelSerializer[BytesAnswer]):
    body = serializers.JSONField(write_only=True)

    class Meta:
        model = BytesAnswer
        fields = ("id", "form", "body")

    def create(self, validated_data: dict[str, Any]) -> BytesAnswer:
        body = json.dumps(validated_data["body"], separators=(",", ":")).encode()
        return super().create(validated_data | {"body": body})


class PlainView(generics.CreateAPIView[Any]):
    """As Django REST framework comes, and not as this project's settings make it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    def get_exception_handler(self) -> Any:
        return exception_handler


class JSONView(PlainView):
    queryset = JSONAnswer.objects.all()
    serializer_class = JSONAnswerSerializer


class BytesView(PlainView):
    queryset = BytesAnswer.objects.all()
    serializer_class = BytesAnswerSerializer
