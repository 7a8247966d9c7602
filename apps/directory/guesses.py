"""Who guesses secrets is slowed down: failed attempts are counted by address."""

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.directory.errors import Throttled

FAILURES = 60
SECONDS = 60


def refuse_guessers(request: Request) -> None:
    """Raise Throttled for an address with too many failures in the last minute."""
    if cache.get(_key(request), 0) >= FAILURES:
        raise Throttled("too many wrong credentials from this address", wait=SECONDS)


def count_failure(request: Request) -> None:
    """Remember that this address failed to prove who it is."""
    key = _key(request)
    if cache.add(key, 1, SECONDS):
        return
    try:
        cache.incr(key)
    except ValueError:  # its minute ended between the two lines
        cache.add(key, 1, SECONDS)


def _key(request: Request) -> str:
    return f"directory.failures:{BaseThrottle().get_ident(request)}"
