"""Subresource integrity: how a page names the one script that it will run (W3C SRI §3).

No part of the wire; here because no other room computes a digest.
"""

from base64 import b64encode
from hashlib import sha384


def script_integrity(content: bytes) -> str:
    """Return the ``integrity`` attribute for these bytes: ``sha384-`` and base64 of 48 bytes."""
    return f"sha384-{b64encode(sha384(content).digest()).decode()}"


def short_digest(content: bytes) -> str:
    """Return 16 hexadecimal digits that name these bytes, for an address that may be cached."""
    return sha384(content).hexdigest()[:16]
