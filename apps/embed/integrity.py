"""How a page names the one script that it will run: subresource integrity (W3C SRI §3).

No part of the wire; here because no other room computes a digest.
"""

from base64 import b64encode
from hashlib import md5, sha384


def script_integrity(content: bytes) -> str:
    """Return the ``integrity`` attribute for these bytes: ``sha384-`` and base64 of 48 bytes."""
    return f"sha384-{b64encode(sha384(content).digest()).decode()}"


def lasting_name(name: str, content: bytes) -> str:
    """Return what servers call these bytes for good: ``sealform.0123456789ab.js``.

    The 12 hexadecimal digits of MD5 are those of Django's ManifestStaticFilesStorage. They tell
    releases apart, and vouch for nothing: that is what ``script_integrity`` is for.
    """
    stem, _, end = name.rpartition(".")
    return f"{stem}.{md5(content, usedforsecurity=False).hexdigest()[:12]}.{end}"


def short_digest(content: bytes) -> str:
    """Return 16 hexadecimal digits that name these bytes, for an address that may be cached."""
    return sha384(content).hexdigest()[:16]
