"""What can go wrong, one class per failing step (docs/protocol.md, "Errors").

Messages are lower-case and never hold a plaintext, a key or a token. ``code``
is stable: vectors, the API and both languages use it.
"""


class EnvelopeError(Exception):
    """Root of everything this package raises on bad input."""

    code = "envelope"


class MalformedError(EnvelopeError):
    """The bytes are not the strict encoding that the protocol allows."""

    code = "malformed"


class LimitError(MalformedError):
    """Well-formed, but larger or more numerous than the protocol allows."""

    code = "limit"


class MismatchError(EnvelopeError):
    """A valid object, but about something else than what was expected."""

    code = "mismatch"


class FingerprintError(EnvelopeError):
    """A card does not have the fingerprint that was pinned."""

    code = "fingerprint"


class SignatureError(EnvelopeError):
    """A signature is not by the key that had to sign."""

    code = "signature"


class ExpiredError(EnvelopeError):
    """A manifest or grant is outside the time it was signed for."""

    code = "expired"


class OpenError(EnvelopeError):
    """An AEAD or HPKE seal does not open under this key and context."""

    code = "open"


class CommitmentError(EnvelopeError):
    """A key opened, but it is not the key that its id commits to."""

    code = "commitment"


class PaddingError(EnvelopeError):
    """A value opened, but its padding is not the one the protocol prescribes."""

    code = "padding"
