"""The API's own description, and what it answers where it has no path."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.web.errors import NotFound
from apps.web.queries import parameters


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema, as YAML or JSON; made once in each process, since it never changes."""

    schema = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer in the format that Accept or ?format= asks for."""
        parameters(request, required=(), optional=("format",))
        renderer: Any = type(request.accepted_renderer)
        return HttpResponse(described(renderer), content_type=renderer.media_type)


@cache
def described(renderer: Any) -> bytes:
    """Return the schema as one of drf-spectacular's renderers writes it."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    rendered: bytes = renderer().render(schema, renderer_context={})
    return rendered


class NothingView(APIView):
    """Answers for all paths that the API does not have."""

    authentication_classes = []
    permission_classes = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("the API has no such path", hint="see its schema at /api/v1/schema")
