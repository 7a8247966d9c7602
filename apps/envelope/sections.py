"""Sections: the parts that a form is shown in (docs/protocol.md §8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from . import encoding
from .conditions import WHEN, Condition, check_conditions, dump_when
from .errors import MalformedError
from .questions import Field
from .shapes import Boolean, Items, Name, Object, Parsed
from .words import Length, Worded, Words

MAX_SECTIONS = 64
LENGTHS = {"title": Length(0, 200), "text": Length(0, 4000)}


@dataclass(frozen=True)
class Section:
    """Some fields that follow each other; ``page`` if it begins a page."""

    page: bool
    title: Words
    text: Words
    fields: tuple[str, ...]
    when: tuple[Condition, ...] = ()


def dump_section(section: Section) -> dict[str, Any]:
    """Return a section as JSON, members in the order of the specification."""
    wire = {
        "page": section.page,
        "title": section.title,
        "text": section.text,
        "fields": list(section.fields),
    }
    return wire | ({"when": dump_when(section.when)} if section.when else {})


def parse_sections(value: object, languages: tuple[str, ...]) -> tuple[Section, ...]:
    """Parse all sections of a manifest; which fields they have is ``check_sections``' question."""
    return sections_of(languages).read(value)


@lru_cache(maxsize=64)
def sections_of(languages: tuple[str, ...]) -> Items:
    """Return what the sections of a form in these languages are."""
    section = Object(
        "section",
        {
            "page": Boolean("page"),
            "title": Worded("title", LENGTHS["title"], languages),
            "text": Worded("text", LENGTHS["text"], languages),
            "fields": Items("fields", Name("field name"), encoding.MAX_FIELDS, 0),
            "when": WHEN,
        },
        optional={"when"},
        versioned=False,
    )
    parsed = Parsed(lambda value: Section(**section.read(value)), (section,))
    return Items("sections", parsed, MAX_SECTIONS)


def check_sections(sections: Sequence[Section], fields: Sequence[Field]) -> None:
    """Raise MalformedError unless they hold all fields in order and ask only what came before."""
    if not sections[0].page:
        raise MalformedError("the first section begins a page")
    if [name for section in sections for name in section.fields] != [one.name for one in fields]:
        raise MalformedError("the sections have all fields of the manifest, in their order")
    choices = {field.name: field.choices for field in fields}
    before: dict[str, tuple[str | bool, ...]] = {}
    for section in sections:
        check_conditions(section.when, before)
        before |= {name: choices[name] for name in section.fields}


def check_fields(fields: Sequence[Field]) -> None:
    """Raise MalformedError unless each field's conditions ask only what came before it."""
    before: dict[str, tuple[str | bool, ...]] = {}
    for field in fields:
        check_conditions(field.when, before)
        before[field.name] = field.choices
