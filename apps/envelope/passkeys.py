"""The secret of a passkey slot (docs/protocol.md §4), made of what WebAuthn's `prf` gives."""

from .errors import MalformedError
from .primitives import KEY, expand


def passkey_secret(output: bytes, *, rp: str, credential: bytes) -> bytes:
    """Return the 32 bytes that a credential's PRF output gives, of which the first 32 count.

    Raises MalformedError for a shorter one.
    """
    if len(output) < KEY:
        raise MalformedError("the PRF of a passkey gives at least 32 bytes")
    return expand(output[:KEY], "passkey", rp, credential)
