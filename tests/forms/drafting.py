"""From a draft's wire to the rows that an admin would have made of it."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from apps.directory.models import Client
from apps.intake.models import Form, FormField, FormSection, FormTranslation
from tests.forms.asking import Wire, Words

STEP = 10
TEXTS = ("title", "description", "confirmation")
WORDED = ("label", "help", "placeholder", "text", "low", "high")


@transaction.atomic
def create_form(*, owner: Client, slug: str, draft: Wire) -> Form:
    """Draft a form, ready for its owner to publish."""
    languages = draft.get("languages", [])
    own = languages[0] if languages else ""
    texts = {text: said(draft[text], own) for text in TEXTS}
    form = Form.objects.create(slug=slug, owner=owner, language=own, **texts)
    for order, wire in _ordered(draft["fields"]):
        FormField.objects.create(form=form, order=order, **_field(wire, own))
    orders = {wire["name"]: order for order, wire in _ordered(draft["fields"])}
    for wire in draft.get("sections", []):
        FormSection.objects.create(form=form, **_section(wire, orders, own))
    for language in languages[1:]:
        words = _words(draft, orders)
        texts = {key: each[language] for key, each in words if isinstance(each, dict)}
        FormTranslation.objects.create(form=form, language=language, texts=texts)
    return form


def said(words: Words, language: str) -> str:
    """The text in one language; what is the same in all of them is in every one."""
    return words if isinstance(words, str) else words[language]


def _ordered(wires: list[Wire]) -> Iterator[tuple[int, Wire]]:
    return ((STEP * place, wire) for place, wire in enumerate(wires, start=1))


def _field(wire: Wire, language: str) -> dict[str, Any]:
    worded = {member: said(wire[member], language) for member in WORDED if member in wire}
    options = [one | {"label": said(one["label"], language)} for one in wire["options"]]
    return wire | worded | {"options": options}


def _section(wire: Wire, orders: dict[str, int], language: str) -> dict[str, Any]:
    """A section stands before its first question."""
    return {
        "order": orders[wire["fields"][0]],
        "page": wire["page"],
        "title": said(wire["title"], language),
        "text": said(wire["text"], language),
        "when": wire.get("when", []),
    }


def _words(draft: Wire, orders: dict[str, int]) -> Iterator[tuple[str, Words]]:
    """All that was translated, by the keys of apps/intake/drafting/texts.py."""
    for text in TEXTS:
        yield text, draft[text]
    for wire in draft["fields"]:
        key = f"field.{wire['name']}"
        for member in WORDED:
            yield f"{key}.{member}", wire.get(member, "")
        for option in wire["options"]:
            yield f"{key}.option.{option['value']}", option["label"]
    for wire in draft.get("sections", []):
        key = f"section.{orders[wire['fields'][0]]}"
        for member in ("title", "text"):
            yield f"{key}.{member}", wire[member]
