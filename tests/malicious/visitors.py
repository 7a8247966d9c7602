"""The browser's half: a site that embeds acme's form, a visitor, and a server that lies to her."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, Page

from apps.embed.integrity import script_integrity
from apps.envelope.encoding import b64
from apps.envelope.errors import EnvelopeError
from apps.envelope.keys import show_fingerprint
from apps.envelope.manifests import Manifest, parse_manifest, sign_manifest
from apps.envelope.primitives import KemKey, random
from apps.envelope.submissions import open_form_record, parse_submission
from tests.browser.outboxes import entries
from tests.browser.sites import Site
from tests.intake.people import Person, Publisher
from tests.malicious.bundles import Dist, released
from tests.malicious.lying import Answer, Asked, LyingServer, PassOn, answering

DIST = "/static/dist/"
MAIN = "sealform.js"
SCRIPT = DIST + MAIN
RELEASED = released()
FULLNAME = "[data-sealform-field=fullname]"
LISTEN = """
globalThis.told = [];
for (const what of ['ready', 'queued', 'sent', 'error'])
  addEventListener(`sealform:${what}`, ({ detail }) => told.push({ what, ...detail }));
"""
Told = dict[str, Any]
Served = dict[str, Any]


@dataclass
class Scene:
    """acme's form on acme's site; the form has fields for the types account and health."""

    server: LyingServer
    url: str
    site: Site
    acme: Person
    clinic: Person
    mallory: Person
    publisher: Publisher
    manifest: Manifest
    kem: KemKey = field(default_factory=lambda: KemKey(random(32)))
    """mallory's inbox."""
    dist: Dist = field(default_factory=lambda: RELEASED)
    """What the server has where the script and its parts are."""
    tag: str = ""
    inputs: str = ""
    """What asks; by default an input for each field."""
    attributes: str = ""
    rendered: bool = False
    """Whether our script makes the form, from the manifest."""
    carried: Served | None = None
    """The manifest that the page carries along, as the server gave it."""
    engine: str = ""
    """A script that changes the visitor's browser."""

    def __post_init__(self) -> None:
        self.server.lie = self.lie

    def show(self) -> None:
        """Let the site serve its page: the form's place, and its owner's fingerprint."""
        inputs = self.inputs or "".join(map(asking, (f.name for f in self.manifest.fields)))
        pin = show_fingerprint(self.acme.card.fingerprint)
        about = f'data-sealform="{self.manifest.form}" data-pin="{pin}" {self.attributes}'
        form = f"<form {about}>{inputs}<button>Send</button></form>"
        self.site.page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
            <title>Embedded</title></head><body>
            {f"<div {about}></div>" if self.rendered else form}{self._carried()}
            {self.tag or f'<script src="{self.url}{SCRIPT}"></script>'}</body></html>"""

    def _carried(self) -> str:
        if not self.carried:
            return ""
        mark = f'type="application/json" data-sealform-manifest="{self.manifest.form}"'
        return f"<script {mark}>{json.dumps(self.carried)}</script>"

    def lie(self, asked: Asked, pass_on: PassOn) -> Answer:
        """The lie of an attack that only needs the script served; others add theirs."""
        file = asked.path.removeprefix(DIST)
        if asked.path.startswith(DIST) and file in self.dist:
            kind = "application/json" if file.endswith(".json") else "text/javascript"
            return answering(self.dist[file], Content_Type=kind)
        return pass_on()

    def lies(self, about: Callable[[Asked, PassOn], Answer | None]) -> None:
        """Answer as ``about`` does; honestly where it gives nothing."""
        self.server.lie = lambda asked, pass_on: about(asked, pass_on) or self.lie(asked, pass_on)

    def serves(self, answer: object) -> None:
        """Serve this instead of the manifest, and say of all submissions that they arrived."""

        def lie(asked: Asked, _: PassOn) -> Answer | None:
            if asked.is_about("GET", start="/forms/", end="/manifest"):
                return answering(answer)
            return received(asked)

        self.lies(lie)

    def signed(self, signer: Person, **changes: Any) -> dict[str, Any]:
        """The answer with this manifest, changed and signed by ``signer``."""
        manifest, sig = sign_manifest(replace(self.manifest, **changes), signer.keys)
        return {
            "manifest": manifest.raw.decode(), "sig": b64(sig), "card": signer.card.to_wire(),
        }  # fmt: skip

    def opened(self, kem: KemKey, served: Manifest, canary: str) -> bool:
        """Whether who holds ``kem`` finds the canary in what was submitted."""
        values: list[Any] = []
        for asked in self.server.asked:
            if asked.is_about("POST", end="/submissions"):
                for record in parse_submission(asked.json):
                    try:
                        values += open_form_record(record, served, kem).values()
                    except EnvelopeError:
                        continue
        return canary in values


def asking(name: str) -> str:
    return f'<label>{name} <input data-sealform-field="{name}"></label>'


def received(asked: Asked) -> Answer | None:
    """The answer of a server that keeps a submission to itself."""
    if asked.is_about("POST", end="/submissions"):
        ids = [record["id"] for record in asked.json["records"]]
        return answering({"records": ids}, status="201 Created")
    if asked.is_about("OPTIONS"):
        return answering(b"", status="204 No Content")
    return None


def manifest_of(answer: dict[str, Any]) -> Manifest:
    return parse_manifest(answer["manifest"].encode())


def script_tag(url: str, integrity: bool) -> str:
    """The embed tag, with or without the digest of the true script."""
    digest = f'integrity="{script_integrity(RELEASED[MAIN])}"' if integrity else ""
    return f'<script src="{url}{SCRIPT}" {digest} crossorigin="anonymous"></script>'


@dataclass
class Visit:
    """One visitor, who types a canary and presses the button, whatever the page says."""

    canary: str = field(default_factory=lambda: f"canary {uuid4().hex}")
    last: Told = field(default_factory=dict)
    console: list[str] = field(default_factory=list)
    asked: str = ""
    """The page before the button is pressed, and after it in ``text``."""
    text: str = ""
    address: str = ""
    kept: str = ""
    """What waits on the device."""

    def go(self, scene: Scene, browser: Browser, *, mute: bool = False) -> "Visit":
        """``mute``: the page is expected to tell nothing, there being no script of ours."""
        scene.show()
        scene.server.asked.clear()
        scene.site.requests.clear()
        with browser.new_context() as context:
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.add_init_script(LISTEN + scene.engine)
            page.on("console", lambda message: self.console.append(message.text))
            page.goto(scene.site.origin)
            ready = mute or self._wait(page)["what"] == "ready"
            self._fill(page)
            if ready and not mute:
                page.evaluate("() => void told.splice(0)")
                page.click("button:not([type=button])")
                self._wait(page)
            else:
                self._insist(page)
            self.text, self.address = page.inner_text("body"), page.url
            self.kept = str(entries(page))
        return self

    def _fill(self, page: Page) -> None:
        """Read the page, and type where there is something to type into."""
        self.asked = page.inner_text("body")
        if page.locator(FULLNAME).count():
            page.fill(FULLNAME, self.canary)

    def _wait(self, page: Page) -> Told:
        find = "() => told.find((each) => each.what)"
        self.last = page.wait_for_function(find).json_value()
        return self.last

    def _insist(self, page: Page) -> None:
        """Try to send all the same."""
        if page.locator(FULLNAME).count():
            page.press(FULLNAME, "Enter")
            page.wait_for_timeout(50)
        if page.locator("form").count():
            page.evaluate("document.forms[0].requestSubmit()")
            page.wait_for_timeout(50)

    def leaked(self, scene: Scene) -> bool:
        """Whether what was typed left the page, or is shown where it was not typed."""
        places = [scene.server.sent().decode(errors="replace"), self.text, self.address]
        places += [*self.console, *map(str, scene.site.requests), str(self.last), self.kept]
        dressed = {self.canary, self.canary.replace(" ", "+"), self.canary.replace(" ", "%20")}
        return any(each in place for each in dressed for place in places)
