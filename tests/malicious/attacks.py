"""What an attack on a client is, and what it takes to see it work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from apps.client.acts import opening
from apps.envelope import grants
from apps.envelope.fields import Place
from tests.malicious.parties import World


class Swap(NamedTuple):
    """A name as its owner, a module or a class, looks it up, and what it finds there instead."""

    owner: object
    name: str
    instead: Any


Off = tuple[Swap, ...]
"""A defence, switched off wherever it is called."""


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


def off(owner: object, name: str, instead: Any = nothing) -> Off:
    """A defence that is not there; AttributeError, at once, if it would not be there anyway."""
    getattr(owner, name)
    return (Swap(owner, name, instead),)


VERIFY_GRANT = off(grants, "verify_grant")
VERIFY_RECORD = off(opening, "verify_record")
PLACE = off(Place, "key_aad", lambda self, field: b"") + off(
    Place, "value_aad", lambda self, field: b""
)
