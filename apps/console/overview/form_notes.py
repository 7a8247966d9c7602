"""What an admin should know about a form."""

from dataclasses import dataclass

from apps.intake.drafting.composition import differs
from apps.intake.models import Form
from apps.intake.publishing.states import State, expires_soon, state_of
from apps.intake.publishing.stored_manifests import signed
from apps.intake.rules.validators import ANY_ORIGIN

TONES = {
    State.UNPUBLISHED: "quiet",
    State.OPEN: "good",
    State.EXPIRED: "bad",
    State.CLOSED: "quiet",
}


@dataclass(frozen=True)
class Note:
    """A short text and how it is meant: good, quiet, warn or bad."""

    tone: str
    text: str


def state_shown(*, form: Form) -> Note:
    """Return the form's state in a word or three."""
    manifest = form.latest
    state = state_of(form=form, manifest=manifest)
    if manifest and state is State.OPEN and differs(form=form, manifest=signed(manifest)):
        return Note("warn", "open, draft differs")
    if manifest and state is State.OPEN and expires_soon(manifest):
        return Note("warn", "open, expires soon")
    return Note(TONES[state], state.value)


def notes_on(*, form: Form) -> list[Note]:
    """Return what wants doing."""
    manifest = form.latest
    state = state_of(form=form, manifest=manifest)
    notes = []
    if manifest is None:
        notes.append(Note("quiet", "Nobody can fill it before its owner has published it."))
    elif differs(form=form, manifest=signed(manifest)):
        notes.append(Note("warn", "The draft differs from what visitors see: publish it again."))
    if state is State.EXPIRED:
        notes.append(Note("bad", "It has expired: browsers refuse it until it is published again."))
    if manifest and expires_soon(manifest):
        notes.append(Note("warn", "It expires within 30 days: publish it again in time."))
    if ANY_ORIGIN in form.origins:
        notes.append(Note("quiet", "Any site may embed it."))
    if form.owner.disabled_at:
        notes.append(Note("warn", "Its owner is disabled and cannot publish."))
    return notes
