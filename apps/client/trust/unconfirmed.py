"""Keys that open, and sign nothing so far: they came back from a copy, or are being changed.

A copy may be older than the last change of the keys, and whoever hands it out may know that. What
is signed in the middle of a rotation would be neither the old keys' nor the new ones'.
"""

from ...envelope.holders import Holder
from ..errors import UsageError


class Unconfirmed:
    """A Holder that opens what was sealed to the client, and refuses to sign."""

    why = "these keys came from a copy, and nobody has confirmed that it is the newest"
    hint = "`keys confirm` asks what has to be known; until then they only read"

    def __init__(self, keys: Holder) -> None:
        self._keys = keys
        self.kem_pk, self.sig_pk = keys.kem_pk, keys.sig_pk

    def sign(self, message: bytes) -> bytes:
        """Refuse; raises UsageError."""
        raise UsageError(self.why, hint=self.hint)

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Open an HPKE seal; see Opener."""
        return self._keys.open(sealed, info)

    def split_id(self, source: str, target_type: str) -> str:
        """Return the id of a split record; see IdMaker."""
        return self._keys.split_id(source, target_type)

    def former_split_ids(self, source: str, target_type: str) -> list[str]:
        """Return the ids of the same under earlier keys; see IdMaker."""
        return self._keys.former_split_ids(source, target_type)


class HalfRotated(Unconfirmed):
    """The same while a rotation of these keys is not done."""

    why = "a rotation of these keys was begun, and is not done"
    hint = "run `keys rotate` again, which goes on where it stood"
