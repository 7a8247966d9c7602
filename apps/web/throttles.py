"""Who asks too often is slowed down: what an address does is counted, for a while.

A view that names a throttle counts every request. Who guesses secrets is counted by what fails
alone: many share the address of one proxy, and an attacker among them must not lock out those
who have their secrets.
"""

import time
from typing import Any, ClassVar

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from apps.web.addresses import client_address
from apps.web.errors import Throttled


class AddressThrottle(SimpleRateThrottle):
    """Counts what one address does with one thing, so that a busy form locks nobody out of another.

    A subclass says how often that may be: ``setting`` names the setting with the rate, a number
    per ``second``, ``minute``, ``hour`` or ``day``. The time begins with the first request, and
    each is counted, however many come at once: the cache adds up.
    """

    setting: ClassVar[str]
    num_requests: int
    duration: int
    _until = 0.0

    def get_rate(self) -> str:
        rate: str = getattr(settings, self.setting)
        return rate

    def whom(self, request: Any) -> str:
        """Return who is counted: the address that asks."""
        return client_address(request)

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count a request to a view; the thing is what its path names."""
        return self.allows(request, **view.kwargs)

    def allows(self, request: HttpRequest | Request, **thing: object) -> bool:
        """Count, and return whether it was not too often."""
        said = ",".join(f"{name}={thing[name]}" for name in sorted(thing))
        name = f"{self.setting}:{said}:{self.whom(request)}"
        now = time.time()
        # A key of its own for each time: not every cache lets a number that grows run out.
        self._until = cache.get_or_set(name, now + self.duration, self.duration) or now
        name_now = f"{name}:{self._until}"
        cache.add(name_now, 0, self.duration)
        try:
            return cache.incr(name_now) <= self.num_requests
        except ValueError:  # it ran out between the two lines
            return True

    def wait(self) -> float:
        """Return for how many seconds more it is too often."""
        return max(self._until - time.time(), 0)


class LogIns(AddressThrottle):
    """Attempts to log in to the admin: each costs a slow hash, so each is counted."""

    setting = "LOGIN_RATE"


class WrongSecrets(AddressThrottle):
    """Attempts to prove who one is that failed."""

    setting = "WRONG_SECRETS_RATE"

    def count(self, request: Request) -> None:
        """Remember that this address failed; raise Throttled after too many."""
        if not self.allows(request):
            raise Throttled("too many wrong credentials from this address", wait=self.wait())
