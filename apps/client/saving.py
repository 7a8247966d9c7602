"""How a key file is changed: never so that an older one passes for the newest."""

from collections.abc import Iterable
from dataclasses import replace

from ..envelope.key_files import Secrets, Slot
from ..envelope.keys import Card
from .credentials import Credentials
from .state import State, state_file


def saved(
    found: Credentials,
    *,
    secrets: Secrets | None = None,
    slots: Iterable[Slot] | None = None,
    card: Card | None = None,
) -> Credentials:
    """Write other secrets, other slots, or the next card, and remember the serial, in one go.

    The serial grows where the file is known to be the newest. Of a file that came from a copy, is
    older than what is remembered here, or of which nothing is remembered, the serial stays: people
    compare it with the one on their newest sheet. What makes it a copy is sealed into it, where
    the state does not have to be at hand. Who calls it holds the lock of the file.
    """
    with state_file(found).change() as known:
        known.met(found.file.serial)
        marked = found.secrets.unconfirmed or known.unconfirmed
        changed = found.saved(
            secrets=replace(secrets or found.secrets, unconfirmed=marked),
            slots=slots,
            serial=_next(found, known),
            card=card,
        )
        known.met(changed.file.serial)
    return changed


def next_serial(found: Credentials) -> int:
    """Return the serial that ``saved`` will give the file."""
    known = state_file(found).load()
    known.met(found.file.serial)
    return _next(found, known)


def _next(found: Credentials, known: State) -> int:
    is_newest = known.vouches and not found.secrets.unconfirmed
    return found.file.serial + is_newest
