"""What holders of keys do, so that a key may live elsewhere: in a token, a service, a worker.

``keys.ClientKeys`` does all of it with a seed in memory, ``primitives.KemKey`` opens an inbox.
"""

from typing import Protocol


class Signer(Protocol):
    """Signs for one client."""

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature over ``message``, 64 bytes."""


class Opener(Protocol):
    """Opens what was sealed to one X-Wing key."""

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Open an HPKE seal, enc(1120) || ciphertext || tag(16); raises OpenError."""


class InboxOpener(Opener, Protocol):
    """Opens one inbox, and says which."""

    @property
    def public(self) -> bytes:
        """The inbox, an X-Wing public key of 1216 bytes."""


class IdMaker(Protocol):
    """Makes the ids of records that are split from others."""

    def split_id(self, source: str, target_type: str) -> str:
        """Return the UUID (version 8) of what ``source`` becomes in a type; the same every time."""

    def former_split_ids(self, source: str, target_type: str) -> list[str]:
        """Return the ids that the same had under keys of before a theft, the newest first."""


class Holder(Signer, Opener, IdMaker, Protocol):
    """A client's private half, which says what its public half is."""

    @property
    def kem_pk(self) -> bytes:
        """What is sealed to the client, an X-Wing public key of 1216 bytes."""

    @property
    def sig_pk(self) -> bytes:
        """What its signatures are checked with, 32 bytes."""


class Recipient(Protocol):
    """Whom keys are granted to: a client by its card, or a group by its epoch."""

    @property
    def id(self) -> str:
        """The client id, or ``group:`` and the group's id."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def kem_pk(self) -> bytes:
        """What is sealed to it, an X-Wing public key of 1216 bytes."""

    @property
    def fingerprint(self) -> bytes:
        """What a grant names besides the id, 32 bytes."""
