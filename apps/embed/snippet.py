"""The lines that put a published form into a site of the owner's own."""

import json
from html import escape
from pathlib import Path

from ..envelope.manifests import Manifest
from .integrity import lasting_name, script_integrity

STATIC = Path(__file__).resolve().parents[2] / "static"
# The script as this checkout has it: the server's own word on its bytes is not needed.
SCRIPT = STATIC / "dist" / "sealform.js"
FOLDER = "/static/dist/"
TEXTS = STATIC / "src" / "form" / "texts" / "pages"


def snippet(manifest: Manifest, *, fingerprint: str, server: str) -> str:
    """Return HTML with the owner's pin and the script's digest; the script does the rest.

    What stands inside is what visitors read where the script does not run. The address is the
    one that keeps these bytes: the address of the newest ones would not fit the digest any more
    once the server was upgraded.
    """
    script = SCRIPT.read_bytes()
    return f"""\
<div data-sealform="{manifest.form}"
     data-pin="{fingerprint}"
     data-min-version="{manifest.version}">
  <p data-sealform-status>{escape(_not_loaded(manifest.languages), quote=False)}</p>
</div>
<script src="{escape(server)}{FOLDER}{lasting_name(SCRIPT.name, script)}"
        integrity="{script_integrity(script)}"
        crossorigin="anonymous" defer></script>"""


def _not_loaded(languages: tuple[str, ...]) -> str:
    """In the form's first language, or in English."""
    language, *_ = [*languages, "en"]
    path = TEXTS / f"{language.partition('-')[0]}.json"
    catalogue = path if path.is_file() else TEXTS / "en.json"
    return str(json.loads(catalogue.read_text(encoding="utf-8"))["page.notloaded.elsewhere"])
