from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle


def client_address(request: HttpRequest) -> str:
    """The visitor's address, as far as TRUSTED_PROXIES lets us believe X-Forwarded-For."""
    address: str = BaseThrottle().get_ident(request)  # type: ignore[arg-type]
    return address
