"""Keys that may be those of a copy: they open, and sign nothing until a person has agreed.

A copy may be older than the last change of the keys, and whoever hands it out may know that.
"""

from pathlib import Path

from ...envelope.holders import Holder
from ..errors import UsageError


class Unconfirmed:
    """A Holder that opens what was sealed to the client, and refuses to sign."""

    def __init__(self, keys: Holder, *, memory: Path) -> None:
        """Use these keys; ``memory`` is where what this client remembers should stand."""
        self._keys, self._memory = keys, memory
        self.kem_pk, self.sig_pk = keys.kem_pk, keys.sig_pk

    def sign(self, message: bytes) -> bytes:
        """Refuse; raises UsageError."""
        raise unconfirmed(self._memory)

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Open an HPKE seal; see Opener."""
        return self._keys.open(sealed, info)

    def split_id(self, source: str, target_type: str) -> str:
        """Return the id of a split record; see IdMaker."""
        return self._keys.split_id(source, target_type)

    def former_split_ids(self, source: str, target_type: str) -> list[str]:
        """Return the ids of the same under earlier keys; see IdMaker."""
        return self._keys.former_split_ids(source, target_type)


def unconfirmed(memory: Path) -> UsageError:
    """Return the error for who would sign; ``memory`` is where the state file should stand."""
    return UsageError(
        "these keys came from a copy, or without what this client remembers, and nobody has "
        "confirmed that they are the newest",
        hint=f"`keys confirm` asks what has to be known; until then they only read. If the "
        f"state file is elsewhere, put it at {memory} or name it in SEALFORM_STATE",
    )
