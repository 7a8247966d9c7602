"""What a visitor does, and what the page's events tell."""

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Request

from apps.envelope.fields import Value
from apps.envelope.forms import Manifest, open_form_record
from apps.envelope.records import parse_record
from tests.browser.sites import Site
from tests.intake.people import Person, Publisher

# Before anything of the page: what its script is told is kept for the test.
LISTEN = """
globalThis.told = [];
for (const what of ['ready', 'sent', 'error'])
  addEventListener(`sealform:${what}`, ({ detail }) => told.push({ what, ...detail }));
"""


@dataclass
class Visit:
    """A page with a form, the submissions that it posted and what it complained about."""

    page: Page
    submissions: list[bytes] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(15_000)
        self.page.add_init_script(LISTEN)
        self.page.on("request", self._keep)
        self.page.on("console", lambda message: self.console.append(message.text))

    def _keep(self, request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/submissions"):
            self.submissions.append(request.post_data_buffer or b"")

    def wait_for(self, what: str) -> dict[str, Any]:
        """Wait until the page's script was told ``ready``, ``sent`` or ``error``."""
        find = f"() => told.find((each) => each.what === '{what}')"
        found: dict[str, Any] = self.page.wait_for_function(find).json_value()
        return found

    def forget(self) -> None:
        self.page.evaluate("() => void told.splice(0)")

    @property
    def status(self) -> str:
        return self.page.text_content("[role=status]") or ""

    def is_locked(self) -> bool:
        return self.page.is_disabled("button")


def embed(
    site: Site,
    *,
    server: str,
    manifest: Manifest,
    pin: str,
    inner: str = "",
    attributes: str = "",
) -> None:
    """Let the site serve a page with the form; one text input a field unless said otherwise."""
    inputs = "".join(
        f'<label>{field.name} <input data-sealform-field="{field.name}"></label>'
        for field in manifest.fields
    )
    site.page = f"""<!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Embedded</title>
        <script src="{server}/static/dist/sealform.js"></script></head>
        <body><form data-sealform="{manifest.form}" data-pin="{pin}" {attributes}>
        {inner or inputs}
        <button>Send</button></form></body></html>"""


def stored(owner: Person, publisher: Publisher, manifest: Manifest, id: str) -> dict[str, Value]:
    """Fetch a record as the form's owner and open it."""
    answer = owner.get(f"/api/v1/records/{id}")
    assert answer.status_code == 200, answer.content
    record = parse_record(json.loads(answer.content)["record"])
    _, inbox, _ = publisher.inboxes[record.type]
    return open_form_record(record, manifest, inbox)
