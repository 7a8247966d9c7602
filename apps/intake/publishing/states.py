"""Where a form stands, for its visitors and for the admin."""

from enum import Enum

from apps.intake.models import Form, Manifest
from apps.intake.publishing.stored_manifests import now

SOON = 30 * 24 * 60 * 60


class State(Enum):
    """One of these at any time."""

    UNPUBLISHED = "unpublished"
    OPEN = "open"
    EXPIRED = "expired"
    CLOSED = "closed"


def state_of(*, form: Form, manifest: Manifest | None) -> State:
    """Return the form's state, ``manifest`` being its latest."""
    if manifest is None:
        return State.UNPUBLISHED
    if form.closed:
        return State.CLOSED
    return State.EXPIRED if manifest.expires <= now() else State.OPEN


def expires_soon(manifest: Manifest) -> bool:
    """Whether the owner should publish again within the month."""
    return now() < manifest.expires <= now() + SOON
