"""A few words in which a form for the tests is written down; what comes out is a draft's wire.

The shapes are those of docs/protocol.md §8, so that one fixture serves whoever drafts, signs,
renders or checks a form.
"""

from collections.abc import Iterable
from typing import Any

Words = str | dict[str, str]
Wire = dict[str, Any]


def words(english: str, arabic: str) -> Words:
    """One text in both languages of the form."""
    return {"en": english, "ar": arabic}


def option(value: str, label: Words) -> Wire:
    return {"value": value, "label": label}


def condition(field: str, *values: str | bool) -> Wire:
    """Holds if the field has one of the values."""
    return {"field": field, "in": list(values)}


def field(
    name: str,
    type: str,
    kind: str,
    label: Words,
    *,
    help: Words = "",
    required: bool = False,
    options: Iterable[Wire] = (),
    **more: Any,
) -> Wire:
    """One question; ``more`` are the optional members of its kind."""
    return {
        "name": name,
        "type": type,
        "kind": kind,
        "label": label,
        "help": help,
        "required": required,
        "options": list(options),
        **more,
    }


def section(
    title: Words, *fields: Wire, page: bool = False, text: Words = "", when: Iterable[Wire] = ()
) -> Wire:
    """Questions under a heading; ``fields`` are whole, and named once the draft is put together."""
    conditions = list(when)
    wire: Wire = {"page": page, "title": title, "text": text, "fields": list(fields)}
    return wire | ({"when": conditions} if conditions else {})


def draft(**members: Any) -> Wire:
    """Put a draft together: its fields in one list, and in each section their names."""
    sections = members.pop("sections")
    fields = [field for section in sections for field in section["fields"]]
    named = [one | {"fields": [each["name"] for each in one["fields"]]} for one in sections]
    return members | {"fields": fields, "sections": named}
