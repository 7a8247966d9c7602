"""The one script of a form, and the tag that puts the form into another site."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import render_to_string

from apps.envelope.integrity import script_integrity
from apps.intake.manifests import signed
from apps.intake.models import Form, Manifest

SCRIPT = "dist/sealform.js"


@dataclass(frozen=True)
class Script:
    """Where the script is, and which bytes alone a browser may run under its name."""

    url: str
    integrity: str


def form_script() -> Script:
    """Return the script that this server serves now."""
    path = _served_file()
    return Script(staticfiles_storage.url(SCRIPT), _integrity(path, path.stat().st_mtime_ns))


def _served_file() -> Path:
    """The collected file, or the source where static files are served uncollected."""
    if getattr(settings, "WHITENOISE_USE_FINDERS", settings.DEBUG):
        found = finders.find(SCRIPT)
        path = Path(found) if isinstance(found, str) else None
    else:
        path = Path(staticfiles_storage.path(SCRIPT))
    if path is None or not path.is_file():
        raise ImproperlyConfigured(f"{SCRIPT} is missing: run `manage.py collectstatic`")
    return path


@lru_cache(maxsize=4)
def _integrity(path: Path, changed: int) -> str:
    return script_integrity(path.read_bytes())


def embed_snippet(*, form: Form, manifest: Manifest, server: str) -> str:
    """Return HTML for the owner's own site; ``server`` is this one's address, without a path.

    The pin and the script's digest stand in a page that this server cannot change: it
    can then neither take another key's place nor serve another script.
    """
    context = {
        "manifest": signed(manifest),
        "fingerprint": form.owner.shown_fingerprint,
        "script": form_script(),
        "server": server,
    }
    return render_to_string("intake/embed.html", context)
