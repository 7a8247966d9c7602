"""What an admin drafted, in the words that a manifest uses (docs/protocol.md §8, §10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.envelope.encoding import load_json
from apps.envelope.manifests import Manifest as SignedManifest
from apps.envelope.questions import OPTIONAL
from apps.intake.drafting.texts import Words
from apps.intake.models import Form, FormField, FormSection, FormTranslation

TEXTS = ("title", "description", "confirmation")
SIGNED = (*TEXTS, "fields", "languages", "sections")

WORDED = {"placeholder", "text", "low", "high"}


@dataclass
class Draft:
    """A form with all that belongs to its draft, stored or about to be."""

    form: Form
    fields: Sequence[FormField] = field(default_factory=list)
    sections: Sequence[FormSection] = field(default_factory=list)
    translations: Sequence[FormTranslation] = field(default_factory=list)


def stored(*, form: Form) -> Draft:
    """Return the draft as it is in the database."""
    return Draft(
        form, list(form.fields.all()), list(form.sections.all()), list(form.translations.all())
    )


def draft_of(*, form: Form) -> dict[str, Any]:
    """Return what the owner's client signs once it has shown it to its operator."""
    return to_wire(stored(form=form))


def to_wire(draft: Draft) -> dict[str, Any]:
    """Return a draft as docs/protocol.md §10 has it."""
    return _compose(draft, _words(draft))


def texts_of(draft: Draft) -> dict[str, str]:
    """Return all texts that a visitor may read, by the keys that translations use."""
    words = _words(draft)
    _compose(draft, words)
    return words.used


def differs(*, form: Form, manifest: SignedManifest) -> bool:
    """Whether the draft says something else than what visitors see."""
    draft, seen = draft_of(form=form), load_json(manifest.raw)
    return any(draft.get(member) != seen.get(member) for member in SIGNED)


def _words(draft: Draft) -> Words:
    translations = {each.language: each.texts for each in draft.translations}
    return Words(language=draft.form.language, translations=translations)


def _compose(draft: Draft, words: Words) -> dict[str, Any]:
    form = draft.form
    wire: dict[str, Any] = {
        "form": str(form.id),
        "slug": form.slug,
        **{text: words.say(text, getattr(form, text)) for text in TEXTS},
        "fields": [_field(each, words) for each in draft.fields],
    }
    if words.languages:
        wire["languages"] = words.languages
    if draft.sections:
        wire["sections"] = [
            _section(section, fields, words, first=place == 0)
            for place, (section, fields) in enumerate(_divided(draft))
        ]
    return wire


def _field(question: FormField, words: Words) -> dict[str, Any]:
    key = f"field.{question.name}"
    return {
        "name": question.name,
        "type": question.type,
        "kind": question.kind,
        "label": words.say(f"{key}.label", question.label),
        "help": words.say(f"{key}.help", question.help),
        "required": question.required,
        "options": [
            {
                "value": option["value"],
                "label": words.say(f"{key}.option.{option['value']}", option["label"]),
            }
            for option in question.options
        ],
        **dict(_optional(question, words)),
    }


def _optional(question: FormField, words: Words) -> Iterator[tuple[str, Any]]:
    """The members that say something."""
    for member in OPTIONAL:
        value = getattr(question, member)
        if member in WORDED and value:
            yield member, words.say(f"field.{question.name}.{member}", value)
        elif value is False if member == "sensitive" else value:
            yield member, value


def _divided(draft: Draft) -> Iterator[tuple[FormSection, list[FormField]]]:
    """Each section with its fields: those of its order and above, up to the next one's."""
    sections = sorted(draft.sections, key=lambda section: section.order)
    fields = sorted(draft.fields, key=lambda field: field.order)  # as the database does: stable
    if fields and fields[0].order < sections[0].order:
        sections = [FormSection(page=True), *sections]
    ends = [*(section.order for section in sections[1:]), None]
    start = 0
    for section, end in zip(sections, ends, strict=True):
        inside = [field for field in fields[start:] if end is None or field.order < end]
        yield section, inside
        start += len(inside)


def _section(
    section: FormSection, fields: list[FormField], words: Words, *, first: bool
) -> dict[str, Any]:
    key = f"section.{section.order}"
    wire = {
        "page": section.page or first,
        "title": words.say(f"{key}.title", section.title),
        "text": words.say(f"{key}.text", section.text),
        "fields": [each.name for each in fields],
    }
    return wire | ({"when": section.when} if section.when else {})
