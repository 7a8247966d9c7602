"""What a visitor does, and what the page's events tell."""

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Request

from apps.envelope.fields import Value
from apps.envelope.manifests import Manifest
from apps.envelope.records import parse_record
from apps.envelope.submissions import open_form_record
from tests.browser.sites import Site
from tests.intake.people import Person, Publisher

# Before anything of the page: what its script is told is kept for the test.
LISTEN = """
globalThis.told = [];
for (const what of ['ready', 'name', 'submit', 'queued', 'sent', 'error'])
  addEventListener(`sealform:${what}`, ({ detail }) => told.push({ what, ...detail }));
"""

LOADED = """() => performance.getEntriesByType('resource')
  .some(({ name, responseEnd }) => name.includes('sealform-sending') && responseEnd)"""
ENDED = "told.filter(({ what }) => /^(error|sent)$/.test(what)).length"
WRONG = """() => Object.fromEntries(
  [...document.querySelectorAll('[data-sealform-field][aria-invalid=true]')].map((control) => {
    const said = control.getAttribute('aria-describedby').split(' ')
      .map((id) => document.getElementById(id))
      .filter((place) => place.classList.contains('sealform-error'));
    return [control.dataset.sealformField, said.map((place) => place.textContent).join()];
  }),
)"""
ASKED = """() => [...new Set(
  [...document.querySelectorAll('[data-sealform-field]')]
    .filter((control) => control.checkVisibility())
    .map((control) => control.dataset.sealformField),
)]"""


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
        """Wait until the page's script was told of this: the event ``sealform:`` and its name."""
        find = f"() => told.find((each) => each.what === '{what}')"
        found: dict[str, Any] = self.page.wait_for_function(find).json_value()
        return found

    def forget(self) -> None:
        self.page.evaluate("() => void told.splice(0)")

    @property
    def status(self) -> str:
        return self.page.text_content("[data-sealform-status]") or ""

    def is_locked(self) -> bool:
        return self.page.is_disabled("form button:not([type=button])")

    def begin(self) -> None:
        """Touch the form, and wait until all is there that filling it in needs."""
        self.page.focus("[data-sealform-field]:not([type=hidden])")
        self.page.wait_for_function(LOADED)

    def press(self, button: str) -> None:
        """Press what sends, and wait until something came of it."""
        before = self.page.evaluate(ENDED)
        self.page.click(button)
        self.page.wait_for_function(f"{ENDED} > {before}")

    def wrong(self) -> dict[str, str]:
        """What is said beside each question that is marked as wrong, by the field's name."""
        found: dict[str, str] = self.page.evaluate(WRONG)
        return found

    def asked(self) -> list[str]:
        """The fields that are to be seen, in their order."""
        found: list[str] = self.page.evaluate(ASKED)
        return found


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


def render(
    site: Site, *, server: str, manifest: Manifest, pin: str, inner: str = "", attributes: str = ""
) -> None:
    """Let the site serve a page in which our script renders the whole form."""
    embed(site, server=server, manifest=manifest, pin=pin, inner=" ", attributes=attributes)
    form = site.page[site.page.index("<form") : site.page.index("</form>") + len("</form>")]
    host = form[: form.index(">") + 1].replace("<form", "<div") + inner + "</div>"
    site.page = site.page.replace(form, host)


def stored(owner: Person, publisher: Publisher, manifest: Manifest, id: str) -> dict[str, Value]:
    """Fetch a record as the form's owner and open it."""
    answer = owner.get(f"/api/v1/records/{id}")
    assert answer.status_code == 200, answer.content
    record = parse_record(json.loads(answer.content)["record"])
    _, inbox, _ = publisher.inboxes[record.type]
    return open_form_record(record, manifest, inbox)
