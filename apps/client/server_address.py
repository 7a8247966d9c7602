"""Addresses of servers: what one may look like, wherever it comes from.

Nothing of an address that is refused is shown: it may hold a password.
"""

import ipaddress
import os
from urllib.parse import urlsplit

import httpx

from .errors import UsageError

ROOT = "/api/v1"
EXAMPLE = "https://forms.example.org"
# What stands for @ in some font, and becomes one or an error that shows it.
AT = "@\uff20\ufe6b"


def read_address(text: str, *, allow_http: bool = False, what: str = "the API URL") -> str:
    """Return a server's address as it is kept, without ``/`` and ``/api/v1`` behind it.

    "" stays "". Plain http is for loopback only, unless $SEALFORM_ALLOW_HTTP is set or
    ``allow_http`` is true. Raises UsageError, which calls it ``what`` and does not show it.
    """
    url = text.strip().rstrip("/").removesuffix(ROOT).rstrip("/")
    if not url:
        return ""
    if any(sign in url for sign in AT):
        raise UsageError(
            f"{what} must not hold a user name or a password",
            hint="the API key comes from the credentials; leave out what stands before the @",
        )
    try:
        address = httpx.URL(url)
        host = address.host  # which is decoded only now
        urlsplit(url)  # which is stricter about brackets
    except (httpx.InvalidURL, ValueError) as error:
        raise UsageError(f"{what} cannot be read", hint=f"like {EXAMPLE}") from error
    if address.scheme not in {"http", "https"} or not host:
        raise UsageError(f"{what} must begin with https://", hint=f"like {EXAMPLE}")
    if address.query or address.fragment or "?" in url or "#" in url:
        raise UsageError(f"{what} must not hold a ? or a #", hint=f"like {EXAMPLE}")
    allowed = allow_http or bool(os.environ.get("SEALFORM_ALLOW_HTTP"))
    if address.scheme == "http" and not (allowed or is_loopback(host)):
        raise UsageError(
            f"{what} is not https: the API key would travel in the clear",
            hint="use https://, or set SEALFORM_ALLOW_HTTP=1 in a network that you trust",
        )
    return url


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
