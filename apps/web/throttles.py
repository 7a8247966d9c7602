"""Who guesses secrets is slowed down: failed attempts are counted by address.

Only what fails is refused: many share the address of one proxy, and an attacker among them
must not lock out those who have their secrets.
"""

from django.core.cache import cache
from rest_framework.request import Request

from apps.web.addresses import client_address
from apps.web.errors import Throttled

FAILURES = 60
SECONDS = 60


def count_failure(request: Request) -> None:
    """Remember that this address failed to prove who it is; raise Throttled after too many."""
    key = f"directory.failures:{client_address(request)}"
    if cache.add(key, 1, SECONDS):
        return
    try:
        failures = cache.incr(key)
    except ValueError:  # its minute ended between the two lines
        cache.add(key, 1, SECONDS)
        return
    if failures > FAILURES:
        raise Throttled("too many wrong credentials from this address", wait=SECONDS)
