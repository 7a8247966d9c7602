"""Where a request comes from, for whatever counts attempts by address."""

import logging
from functools import cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

logger = logging.getLogger(__name__)

IPV6_NETWORK = 64
"""What one household or machine is given: counting single addresses would count nothing."""


def client_address(request: HttpRequest | Request) -> str:
    """Return the visitor's address, of IPv6 the network's.

    X-Forwarded-For is believed as far as TRUSTED_PROXIES says; what stands there and is no
    address counts as the proxy's own. Where that is believed too little, the log says so once.
    """
    if is_of_many(request):
        _warn_of_an_unknown_proxy()
    said = BaseThrottle().get_ident(request)  # type: ignore[arg-type]
    own: str = request.META.get("REMOTE_ADDR", "")
    return _normal(said or "") or _normal(own) or own


def is_of_many(request: HttpRequest | Request) -> bool:
    """Whether ``client_address`` names a proxy of which we were not told, and so all its visitors.

    Behind a socket of the file system there is always a proxy, and no address but what it says.
    """
    if settings.REST_FRAMEWORK["NUM_PROXIES"]:
        return False
    return "HTTP_X_FORWARDED_FOR" in request.META or not _normal(
        request.META.get("REMOTE_ADDR", "")
    )


@cache
def _warn_of_an_unknown_proxy() -> None:
    logger.warning(
        "a proxy stands before this server and TRUSTED_PROXIES is 0: all its visitors count as "
        "one, and throttle each other; set TRUSTED_PROXIES (docs/operations.md)"
    )


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
