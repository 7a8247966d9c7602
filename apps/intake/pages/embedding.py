"""The files that pages name by their digest, and the tags that put a form into another site."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import ImproperlyConfigured

from apps.embed.integrity import script_integrity
from apps.embed.release import FRAME_SCRIPT, SCRIPT, STYLE, Files, Served, sentences_for
from apps.embed.tags import EmbedTags, embed_tags
from apps.envelope.keys import show_fingerprint
from apps.intake.models import Form, Manifest
from apps.intake.publishing.stored_manifests import signed


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


def embed_snippets(*, form: Form, manifest: Manifest, server: str) -> EmbedTags:
    """Return the tags of a published form; ``server`` is this one's address, without a path."""
    shown = signed(manifest)
    return embed_tags(
        shown,
        fingerprint=show_fingerprint(manifest.signer.fingerprint),
        slug=form.slug,
        server=server,
        files=Files(form_script(), served(FRAME_SCRIPT), served(STYLE)),
        sentences=sentences_for(shown),
    )
