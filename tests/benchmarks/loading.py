"""What a page with a form of ten fields loads of our script, from opening it to the receipt."""

import gzip
import json
import re
import time
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, Page, Route

from apps.envelope.encoding import b64
from apps.envelope.keys import ClientKeys, make_card, show_fingerprint
from apps.envelope.manifests import Inbox, Manifest, sign_manifest
from apps.envelope.primitives import KemKey, random
from apps.envelope.questions import Field
from tests.browser.pages import ROOT

ORIGIN = "http://localhost:8000"  # nobody listens: every request is answered here
SCRIPTS = "static/dist/"
NAMED = ("sealform-guard.js", "sealform.js")
NO_X_WING = "delete SubtleCrypto.prototype.encapsulateBits"
FIELDS = tuple(f"field_{number}" for number in range(10))


def loaded(browser: Browser, *, native: bool) -> dict[str, tuple[int, int]]:
    """Return how many files and gzipped bytes the page names, and had when ready, and when sent.

    What sends is fetched as soon as nothing else is: it is there by the time that a form is ready.
    """
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    files: list[str] = []
    if not native:
        page.add_init_script(NO_X_WING)
    _serve(page, files)
    page.goto(ORIGIN)
    page.wait_for_selector(".sealform-send:enabled")
    ready = list(files)
    for name in FIELDS:
        page.fill(f"[data-sealform-field={name}]", f"the answer to {name}")
    page.click(".sealform-send")
    page.wait_for_selector(".sealform-receipt")
    context.close()
    named = [name for name in files if name in NAMED]
    return {"named": _sizes(named), "ready": _sizes(ready), "sent": _sizes(files)}


def _sizes(files: list[str]) -> tuple[int, int]:
    sizes = [len(gzip.compress((ROOT / SCRIPTS / name).read_bytes(), 9)) for name in files]
    return len(sizes), sum(sizes)


def _serve(page: Page, files: list[str]) -> None:
    answer, pin = _manifest()
    form = json.loads(answer["manifest"])["form"]
    html = (
        f'<!doctype html><title>ten fields</title><div data-sealform="{form}" data-pin="{pin}">'
        f'</div><script src="/{SCRIPTS}{NAMED[0]}" defer></script>'
        f'<script src="/{SCRIPTS}{NAMED[1]}" defer></script>'
        f'<script type="application/json" data-sealform-texts="en">{_texts()}</script>'
    )

    def script(route: Route) -> None:
        files.append(route.request.url.rsplit("/", 1)[1])
        route.fulfill(path=ROOT / SCRIPTS / files[-1])

    def stored(route: Route) -> None:
        sent = json.loads(route.request.post_data or "")
        ids = [record["id"] for record in sent["records"]]
        route.fulfill(status=201, json={"records": ids})

    # The last that fits is asked first.
    page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.route(re.compile(f"/{SCRIPTS}"), script)
    page.route("**/manifest", lambda route: route.fulfill(json=answer))
    challenge = {"challenge": "none", "bits": 0, "wait": 0}
    page.route("**/challenge", lambda route: route.fulfill(json=challenge))
    page.route("**/submissions", stored)


def _texts() -> str:
    """What the hosted page carries, so that the script need not ask for it."""
    return (ROOT / "static/src/form/texts/en.json").read_text(encoding="utf-8")


def _manifest() -> tuple[dict[str, Any], str]:
    keys = ClientKeys(random(32))
    card = make_card(keys=keys, id=str(uuid4()), name="acme")
    now = int(time.time())
    manifest = Manifest(
        form=str(uuid4()),
        version=1,
        owner=card.id,
        issued=now,
        expires=now + 3600,
        title="Ten fields",
        description="",
        confirmation="",
        types=(Inbox("account", 1, KemKey(random(32)).public),),
        fields=tuple(Field(name, "account", "text", name, "", False, ()) for name in FIELDS),
    )
    signed, sig = sign_manifest(manifest, keys)
    answer = {"manifest": signed.raw.decode(), "sig": b64(sig), "card": card.to_wire()}
    return answer, show_fingerprint(card.fingerprint)
