"""How often one address may send a form."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from apps.directory.addresses import client_address


class SubmissionThrottle(SimpleRateThrottle):
    """Counts per address and form, so that a busy form locks nobody out of another."""

    def get_rate(self) -> str:
        rate: str = settings.SUBMISSION_RATE
        return rate

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return f"submission:{view.kwargs['id']}:{client_address(request)}"
