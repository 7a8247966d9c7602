"""How often one client may leave a copy of its key file, from whatever addresses."""

from typing import Any

from apps.directory.authentication import calling_client
from apps.web.throttles import AddressThrottle


class KeyCopyThrottle(AddressThrottle):
    """Of PUT /me/keyfile: whoever has a client's keys may write what it remembers only so often."""

    setting = "KEY_COPY_RATE"

    def whom(self, request: Any) -> str:
        """Return who is counted: the client that asks."""
        return str(calling_client(request).id)
