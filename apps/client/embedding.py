"""The lines that put a published form into a site of the owner's own."""

from html import escape
from pathlib import Path

from apps.envelope.integrity import script_integrity
from apps.envelope.manifests import Manifest

# The script as this checkout has it: the server's own word on its bytes is not needed.
SCRIPT = Path(__file__).resolve().parents[2] / "static" / "dist" / "sealform.js"
ADDRESS = "/static/dist/sealform.js"


def snippet(manifest: Manifest, *, fingerprint: str, server: str) -> str:
    """Return HTML with the owner's pin and the script's digest; the script does the rest."""
    return f"""\
<div data-sealform="{manifest.form}"
     data-pin="{fingerprint}"
     data-min-version="{manifest.version}"></div>
<script src="{escape(server)}{ADDRESS}"
        integrity="{script_integrity(SCRIPT.read_bytes())}"
        crossorigin="anonymous" defer></script>"""
