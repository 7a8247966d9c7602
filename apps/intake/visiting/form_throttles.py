"""How often one address may send a form, check receipts, or report that a page failed.

Each counts per address and form, so that a busy form locks nobody out of another.
"""

from types import SimpleNamespace
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from apps.intake.models import Form
from apps.web.addresses import client_address


class _PerForm(SimpleRateThrottle):
    """Counts in the cache under a name of its own."""

    setting: ClassVar[str]

    def get_rate(self) -> str:
        rate: str = getattr(settings, self.setting)
        return rate

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"{self.setting}:{view.kwargs['id']}:{client_address(request)}"


class SubmissionThrottle(_PerForm):
    """Of POST /submissions."""

    setting = "SUBMISSION_RATE"


class ReceiptThrottle(_PerForm):
    """Of POST /receipts."""

    setting = "RECEIPT_RATE"


class FailureThrottle(_PerForm):
    """Of everything that counts failures."""

    setting = "FAILURE_RATE"

    @classmethod
    def allows(cls, request: HttpRequest, *, form: Form) -> bool:
        """Whether a page that this server renders may count, too."""
        view: Any = SimpleNamespace(kwargs={"id": form.id})
        return bool(cls().allow_request(request, view))  # type: ignore[arg-type]
