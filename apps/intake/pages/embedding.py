"""The files that pages name by their digest, and the tags that put a form into another site."""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import render_to_string
from django.urls import reverse

from apps.embed.integrity import script_integrity
from apps.envelope.manifests import Manifest as SignedManifest
from apps.envelope.questions import Field
from apps.envelope.words import Words, in_language
from apps.intake.models import Form, Manifest
from apps.intake.pages.languages import choose
from apps.intake.publishing.stored_manifests import signed

SCRIPT = "dist/sealform.js"
FRAME_SCRIPT = "dist/sealform-frame.js"
STYLE = "css/sealform.css"


class Served(NamedTuple):
    """Where a file is, and which bytes alone a browser may take for it.

    Where static files are collected the address has their hash and always gives these
    bytes, after later releases too.
    """

    url: str
    integrity: str


class Snippets(NamedTuple):
    """HTML for an owner's own site: three ways, of which one is enough (docs/embedding.md)."""

    own: str
    rendered: str
    framed: str


class Part(NamedTuple):
    """A section of a form of the owner's own."""

    title: Words
    text: Words
    fields: list[Field]


def form_script() -> Served:
    """Return the script that renders and seals forms, as this server serves it now."""
    return served(SCRIPT)


def served(name: str) -> Served:
    """Return a static file as this server serves it now; raises ImproperlyConfigured."""
    path = _served_file(name)
    return Served(staticfiles_storage.url(name), _integrity(path, path.stat().st_mtime_ns))


def _served_file(name: str) -> Path:
    """The collected file, or the source where static files are served uncollected."""
    if getattr(settings, "WHITENOISE_USE_FINDERS", settings.DEBUG):
        found = finders.find(name)
        path = Path(found) if isinstance(found, str) else None
    else:
        path = _collected_file(name)
    if path is None or not path.is_file():
        raise ImproperlyConfigured(f"{name} is missing: run `manage.py collectstatic`")
    return path


def _collected_file(name: str) -> Path | None:
    """The one whose name has its hash: collecting may change what a stylesheet says."""
    storage: Any = staticfiles_storage
    try:
        return Path(storage.path(storage.stored_name(name)))
    except ValueError:  # nothing of that name has been collected
        return None


@lru_cache(maxsize=16)
def _integrity(path: Path, changed: int) -> str:
    return script_integrity(path.read_bytes())


def embed_snippets(*, form: Form, manifest: Manifest, server: str) -> Snippets:
    """Return the tags of a published form; ``server`` is this one's address, without a path.

    Pin and digests stand in a page that this server cannot change: it can then neither take
    another key's place nor serve another script. An iframe has no such protection.
    """
    shown = signed(manifest)
    language = choose([], shown.languages)
    context = {
        "manifest": shown,
        "parts": _parts(shown),
        "language": language,
        "title": in_language(shown.title, language.language),
        "fingerprint": form.owner.shown_fingerprint,
        "server": server,
        "receipts": reverse("receipt-page", args=[form.slug]),
        "page": reverse("embedded-form", args=[form.slug]),
        "script": form_script(),
        "style": served(STYLE),
        "frame_script": served(FRAME_SCRIPT),
    }
    own, rendered, framed = (
        render_to_string(f"intake/embed_{way}.html", context) for way in Snippets._fields
    )
    return Snippets(own, rendered, framed)


def _parts(manifest: SignedManifest) -> list[Part]:
    """The sections with their fields; conditions are the script's business."""
    fields = {field.name: field for field in manifest.fields}
    return [
        Part(section.title, section.text, [fields[name] for name in section.fields])
        for section in manifest.all_sections
    ]
