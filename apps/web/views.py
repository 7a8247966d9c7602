"""What the API answers where it has no path."""

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from apps.web.errors import NotFound


class NothingView(APIView):
    """Answers for all paths that the API does not have."""

    authentication_classes = []
    permission_classes = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("the API has no such path", hint="see its schema at /api/v1/schema")
