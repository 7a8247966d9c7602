"""Drafts: what a server hands to an owner to sign (docs/protocol.md §8, §10).

Nobody has signed them: a server may put anything into one.
"""

import re
from functools import lru_cache

from . import manifests
from .errors import MalformedError
from .shapes import Integer, Object, Shape, Text, Uuid

SLUG = re.compile("[-a-zA-Z0-9_]{1,64}")


class Slug(Shape):
    """The part of an address that names a form, which is printed: letters, digits, - and _."""

    def read(self, value: object) -> str:
        return check_slug(value)


def check_slug(value: object) -> str:
    """Return a slug; raises MalformedError."""
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        raise MalformedError("a slug has letters, digits, - and _ only")
    return value


# A line of the list of forms; version and expires are 0 before the first publication.
FORM_LINE = Object(
    "form summary",
    {
        "id": Uuid("form id"),
        "slug": Slug(),
        "title": Text("title", manifests.LENGTHS["title"].most),
        "version": Integer("version", 0),
        "expires": Integer("expires", 0),
    },
    versioned=False,
)


@lru_cache(maxsize=64)
def draft_of(languages: tuple[str, ...]) -> Object:
    """Return what a draft in these languages is: it may have no fields yet."""
    members = {
        "form": Uuid("form id"),
        "slug": Slug(),
        **manifests.words_of(languages),
        **manifests.parts_of(languages, least_fields=0),
    }
    return Object("draft", members, optional=manifests.OPTIONAL, versioned=False)
