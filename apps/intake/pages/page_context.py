"""What the templates of visitors' pages are given."""

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from apps.envelope.encoding import dump_json
from apps.envelope.keys import show_fingerprint
from apps.envelope.words import in_language
from apps.intake.models import Form, Manifest
from apps.intake.pages.assets import logo_address, theme_address
from apps.intake.pages.languages import Choice, name_of
from apps.intake.publishing.stored_manifests import signed, to_wire

# What could end the element, or begin a comment in it; in JSON these are the same characters.
UNSAFE_IN_SCRIPT = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}
CHECKING = "check."
PAGES = ("page.", CHECKING)
SKELETON = 8


def form_page(*, form: Form, manifest: Manifest, language: Choice) -> dict[str, Any]:
    """Return what a page shows that the form is filled on."""
    page = base_page(form=form, manifest=manifest, language=language)
    return page | {
        "description": in_language(signed(manifest).description, language.language),
        "carried": script_json(to_wire(manifest)),
        "form_texts": form_texts(language),
        "remembered": ", ".join(
            in_language(field.label, language.language)
            for field in signed(manifest).fields
            if field.autocomplete
        ),
        "skeleton": range(min(len(signed(manifest).fields), SKELETON)),
    }


def base_page(*, form: Form, manifest: Manifest, language: Choice) -> dict[str, Any]:
    """Return what every page about a published form shows."""
    shown = signed(manifest)
    return {
        "form": form,
        "manifest": shown,
        "title": in_language(shown.title, language.language),
        "owner": manifest.signer,
        "fingerprint": show_fingerprint(manifest.signer.fingerprint),
        "language": language,
        "languages": [
            {"tag": tag, "name": name_of(tag), "current": tag == language.language}
            for tag in shown.languages
        ],
        "theme": theme_address(form=form),
        "logo": logo_address(form=form),
        "receipts": receipts_address(form=form),
    }


def receipts_address(*, form: Form) -> str:
    """Return where receipts of a form are checked."""
    return reverse("receipt-page", args=[form.slug])


def check_texts(language: Choice) -> SafeString:
    """Return the texts of the page that checks receipts, for its script."""
    texts = language.texts
    return script_json({key: text for key, text in texts.items() if key.startswith(CHECKING)})


def form_texts(language: Choice) -> SafeString:
    """Return the texts of a form, for its script: it need not ask for them."""
    texts = language.texts
    return script_json({key: text for key, text in texts.items() if not key.startswith(PAGES)})


def script_json(value: Any) -> SafeString:
    """Return JSON for a script element: a parser gets back exactly the strings of ``value``."""
    text = dump_json(value).decode().translate(UNSAFE_IN_SCRIPT)
    return mark_safe(text)  # noqa: S308 - nothing in it can end the element


def attribute_json(value: Any) -> str:
    """Return JSON for an attribute, which the template escapes."""
    return dump_json(value).decode()
