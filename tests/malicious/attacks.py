"""What an attack on a client is, and what it takes to see it work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.malicious.parties import World

Off = Mapping[str, Any]
"""A defence, switched off: where it is looked up, and what stands there instead."""


class Deed(NamedTuple):
    """What the honest party does, and whether what comes of it means that the attack worked.

    ``won`` is told what ``act`` returned, None where it raised.
    """

    act: Callable[[], Any]
    won: Callable[[Any], bool]


@dataclass(frozen=True)
class Attack:
    """``arrange`` prepares the world; ``defences`` are what has to fall for it to work.

    ``refusal`` is the code of the VerificationError, the name of another error, or "" where
    the honest party goes on unharmed; ``warning`` is part of what it is told then.
    """

    arrange: Callable[[World], Deed]
    defences: tuple[Off, ...]
    refusal: str
    warning: str = ""


def nothing(*_: Any, **__: Any) -> None:
    """A check that checks nothing."""


def without(*targets: str) -> Off:
    """A check that is not made, wherever it is called."""
    return dict.fromkeys(targets, nothing)


VERIFY_GRANT = without("apps.envelope.grants.verify_grant")
VERIFY_RECORD = without("apps.client.acts.opening.verify_record")
PLACE: Off = {
    "apps.envelope.fields.Place.key_aad": lambda self, field: b"",
    "apps.envelope.fields.Place.value_aad": lambda self, field: b"",
}
