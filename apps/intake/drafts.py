"""What an admin drafted, in the words that a manifest uses (docs/protocol.md §8, §10)."""

from typing import Any

from apps.envelope.forms import Manifest as SignedManifest
from apps.intake.models import Form

TEXTS = ("title", "description", "confirmation")


def draft_of(*, form: Form) -> dict[str, Any]:
    """Return what the owner's client signs once it has shown it to its operator."""
    return {
        "form": str(form.id),
        "slug": form.slug,
        **{text: _lines(getattr(form, text)) for text in TEXTS},
        "fields": [
            {
                "name": field.name,
                "type": field.type,
                "kind": field.kind,
                "label": field.label,
                "help": _lines(field.help),
                "required": field.required,
                "options": [
                    {"value": option["value"], "label": option["label"]} for option in field.options
                ],
            }
            for field in form.fields.all()
        ],
    }


def differs(*, form: Form, manifest: SignedManifest) -> bool:
    """Whether the draft says something else than what visitors see."""
    draft = draft_of(form=form)
    texts = any(draft[text] != getattr(manifest, text) for text in TEXTS)
    return texts or draft["fields"] != [_wire(field) for field in manifest.fields]


def _wire(field: Any) -> dict[str, Any]:
    names = ("name", "type", "kind", "label", "help", "required")
    options = [{"value": option.value, "label": option.label} for option in field.options]
    return {name: getattr(field, name) for name in names} | {"options": options}


def _lines(text: str) -> str:
    """Text as it was typed, with the line ends that browsers post made plain."""
    return text.replace("\r\n", "\n")
