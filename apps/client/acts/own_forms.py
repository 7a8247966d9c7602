"""The forms that this client owns, by the names that people give them."""

from typing import NamedTuple

from ...envelope import encoding
from ...envelope.encoding import FORM
from ...envelope.seen import pasted
from .. import endpoints
from ..errors import UsageError
from ..session import Session

MOST_NAMED = 20


class FormLine(NamedTuple):
    """One own form; version 0 and expires 0 before its first publication."""

    id: str
    slug: str
    title: str
    version: int
    expires: int


def own_forms(session: Session) -> list[FormLine]:
    """Return the forms that the server says this client owns; manifests have the proof."""
    return [FormLine(**one) for one in session.api.call(endpoints.LIST_FORMS)["forms"]]


def own_form(session: Session, name: str) -> FormLine:
    """Return an own form by slug or id; raises UsageError."""
    lines, meant = own_forms(session), pasted(name).removeprefix(FORM)
    for line in lines:
        if meant in {line.slug, line.id}:
            return line
    slugs = ", ".join(line.slug for line in lines[:MOST_NAMED])
    if len(lines) > MOST_NAMED:
        slugs += f" and {len(lines) - MOST_NAMED} more"
    raise UsageError(
        f"this client owns no form {name}",
        hint=f"it owns: {slugs}" if slugs else "an admin drafts forms and says who owns them",
    )


def form_id(session: Session, name: str) -> str:
    """Return a form's id, for own forms by slug too."""
    bare = pasted(name).removeprefix(FORM)
    return bare if encoding.UUID.fullmatch(bare) else own_form(session, name).id
