"""The draft of a form, as an admin left it: what a manifest will say, once it can be said."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...envelope.encoding import name
from ...envelope.errors import EnvelopeError
from ...envelope.questions import parse_field
from ...envelope.sections import parse_sections
from ...envelope.words import language_tag
from .. import endpoints
from ..errors import UsageError, VerificationError
from ..session import Session
from .own_forms import FormLine

TEXTS = ("title", "description", "confirmation")


def describe(session: Session, line: FormLine) -> dict[str, Any]:
    """Return the members of a Manifest that come from the draft.

    Raises UsageError if there are no fields, or if no manifest could say them.
    """
    draft = _fetch(session, line)
    if not draft["fields"]:
        raise UsageError("the draft has no fields", hint="an admin adds them")
    with sayable(line.slug):
        languages = tuple(map(language_tag, draft.get("languages", ())))
        sections = draft.get("sections")
        return {
            **{text: draft[text] for text in TEXTS},
            "fields": tuple(parse_field(one, languages) for one in draft["fields"]),
            "languages": languages,
            "sections": () if sections is None else parse_sections(list(sections), languages),
        }


def types_of(description: dict[str, Any]) -> list[str]:
    """Return the record types that the fields go to, in the order in which they come."""
    return list(dict.fromkeys(name(field.type, "type") for field in description["fields"]))


@contextmanager
def sayable(slug: str) -> Iterator[None]:
    """Turn the envelope's errors about a draft into one that says who can mend it."""
    try:
        yield
    except EnvelopeError as error:
        raise UsageError(
            f"the draft of {slug} cannot be published: {error}",
            hint="an admin has to correct the draft",
        ) from error


def _fetch(session: Session, line: FormLine) -> dict[str, Any]:
    draft = session.api.call(endpoints.FETCH_DRAFT, line.id)
    if draft["form"] != line.id:
        raise VerificationError("the server sent the draft of another form", code="mismatch")
    return draft
