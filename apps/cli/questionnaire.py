"""A form as its owner reads it before signing: every question, with all that it will say."""

from collections.abc import Iterator

from ..envelope.conditions import Condition
from ..envelope.manifests import Manifest
from ..envelope.questions import Field, Option
from ..envelope.sections import Section
from ..envelope.words import Words

HEADINGS = ("field", "goes to", "kind", "label", "required", "options and rules")
SAID = {
    "min": "from",
    "max": "to",
    "step": "in steps of",
    "min_length": "characters from",
    "max_length": "characters to",
    "pattern": "like",
    "example": "such as",
    "low": "low end:",
    "high": "high end:",
    "placeholder": "placeholder:",
    "text": "text:",
    "autocomplete": "browsers complete",
}


def said(words: Words) -> str:
    """Return words in all their languages, in one line."""
    if isinstance(words, str):
        return words
    return " / ".join(f"{language}: {text}" for language, text in words.items() if text)


def cells(field: Field) -> list[str]:
    """Return what a table says of a field, below ``HEADINGS``."""
    help = said(field.help)
    label = f"{said(field.label)} ({help})" if help else said(field.label)
    about = "; ".join([*filter(None, [", ".join(map(_choice, field.options))]), *_rules(field)])
    return [field.name, field.type, field.kind, label, "yes" if field.required else "", about]


def outline(manifest: Manifest) -> Iterator[str]:
    """Yield a line for each section: its page, texts, fields and conditions."""
    page = 0
    for section in manifest.sections:
        page += section.page
        yield f"page {page}: {_section(section)}"


def _choice(option: Option) -> str:
    """What visitors read, and what is sealed where that is something else."""
    label = said(option.label)
    return label if label == option.value else f"{label} = {option.value}"


def _rules(field: Field) -> Iterator[str]:
    for member, words in SAID.items():
        value = getattr(field, member)
        if value:
            yield f"{words} {said(value) if not isinstance(value, int) else value}"
    if not field.sensitive:
        yield "not sensitive"
    yield from map(_condition, field.when)


def _condition(condition: Condition) -> str:
    values = (("yes" if one else "no") if type(one) is bool else one for one in condition.values)
    return f"if {condition.field} is {' or '.join(map(str, values))}"


def _section(section: Section) -> str:
    texts = filter(None, (said(section.title), said(section.text)))
    parts = [" - ".join(texts) or "without a title", ", ".join(section.fields) or "no fields"]
    return "; ".join([*parts, *map(_condition, section.when)])
