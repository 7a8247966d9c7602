"""Where a request comes from, for whatever counts attempts by address."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

IPV6_NETWORK = 64
"""What one household or machine is given: counting single addresses would count nothing."""


def client_address(request: HttpRequest | Request) -> str:
    """Return the visitor's address, of IPv6 the network's.

    X-Forwarded-For is believed as far as TRUSTED_PROXIES says; what stands there and is no
    address counts as the proxy's own.
    """
    said = BaseThrottle().get_ident(request)  # type: ignore[arg-type]
    own: str = request.META.get("REMOTE_ADDR", "")  # none where gunicorn listens at a socket
    return _normal(said or "") or _normal(own) or own


def _normal(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), IPV6_NETWORK), strict=False).network_address)
