"""Pages that embed acme's form: one of today, one as TozStore's easy SDK had them."""

import re
from pathlib import Path

from apps.embed.integrity import script_integrity
from tests.tools.processes import ROOT

FOLDER = Path(__file__).parent
SCRIPT = ROOT / "static/dist/sealform.js"
BACKGROUND = ROOT.parent / "shared/background/tozstore-split-and-share-walkthrough.txt"


def embedded(*, server: str, form: str, pin: str, attributes: str = "") -> str:
    """A site's page with our attributes; ``attributes`` are more of the form's."""
    page = (FOLDER / "embedded.html").read_text()
    values = {
        "FORM": form,
        "PIN": pin,
        "ATTRIBUTES": attributes,
        "SERVER": server,
        "INTEGRITY": script_integrity(SCRIPT.read_bytes()),
    }
    return re.sub("|".join(values), lambda found: values[found[0]], page)


def old_page() -> str:
    """A page in the manner of the walkthrough, its quirks included, in our own words."""
    return (FOLDER / "old.html").read_text()


def walkthrough_page() -> str | None:
    """The walkthrough's own page, None where this checkout does not stand beside it."""
    if not BACKGROUND.exists():
        return None
    found = re.search(r"<html>.*?</html>", BACKGROUND.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[0]


def adopted(page: str, *, server: str, form: str, pin: str) -> str:
    """Change three things in an old page: the script, with its digest; the token; a pin."""
    integrity = script_integrity(SCRIPT.read_bytes())
    page = re.sub(r'src="[^"]*"', f'src="{server}/static/dist/sealform.js"', page, count=1)
    page = re.sub(r'integrity="[^"]*"', f'integrity="{integrity}"', page, count=1)
    token = 'data-innovault-token="{}"'
    assert token.format("...") in page
    return page.replace(token.format("..."), f'{token.format(form)} data-pin="{pin}"')
