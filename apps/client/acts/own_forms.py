"""The forms that this client owns, by the names that people give them."""

import re
from typing import NamedTuple

from ...envelope import encoding
from ...envelope.encoding import FORM, members
from ...envelope.errors import MalformedError
from ...envelope.manifests import LENGTHS
from ..api import listed
from ..errors import UsageError, verifying
from ..session import Session

SLUG = re.compile(r"[-a-zA-Z0-9_]{1,64}")


class FormLine(NamedTuple):
    """One own form; version 0 and expires 0 before its first publication."""

    id: str
    slug: str
    title: str
    version: int
    expires: int


def own_forms(session: Session) -> list[FormLine]:
    """Return the forms that the server says this client owns; manifests have the proof."""
    answer = session.api.get("/forms", ("forms",))
    with verifying("the list of forms"):
        return [_line(one) for one in listed(answer["forms"], "/forms")]


def own_form(session: Session, name: str) -> FormLine:
    """Return an own form by slug or id; raises UsageError."""
    lines = own_forms(session)
    for line in lines:
        if name.removeprefix(FORM) in {line.slug, line.id}:
            return line
    slugs = ", ".join(line.slug for line in lines)
    raise UsageError(
        f"this client owns no form {name}",
        hint=f"it owns: {slugs}" if slugs else "an admin drafts forms and says who owns them",
    )


def form_id(session: Session, name: str) -> str:
    """Return a form's id, for own forms by slug too."""
    bare = name.removeprefix(FORM)
    return bare if encoding.UUID.fullmatch(bare) else own_form(session, name).id


def check_slug(value: object) -> str:
    """Return a slug, which is printed and becomes part of an address: letters, digits, - and _."""
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        raise MalformedError("a slug has letters, digits, - and _ only")
    return value


def _line(value: object) -> FormLine:
    wire = members(value, FormLine._fields, "a form")
    return FormLine(
        id=encoding.uuid(wire["id"], "form id"),
        slug=check_slug(wire["slug"]),
        title=encoding.text(wire["title"], "title", LENGTHS["title"].most),
        version=encoding.integer(wire["version"], "version", 0),
        expires=encoding.integer(wire["expires"], "expires", 0),
    )
