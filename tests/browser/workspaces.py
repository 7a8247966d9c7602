"""The workspace's page in a browser, with a key worker that stands in for the real one.

``answering_worker.js`` answers by the contract of static/src/workspace/kit/contract.js: these
tests are about the pages alone, and it takes no seconds to open what is not sealed.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from apps.workspace.application import KEY_WORKER, File, application
from tests.tools.browsers import BrowserPage

STAND_IN = Path(__file__).with_name("answering_worker.js")
PASSPHRASE = "mule lantern orbit fabric cedar tulip"
CODE = "\n".join(["ABCD-EFGH-IJKL-MNOP"] * 4)
KEY_FILE = "{}"
SECRETS = (PASSPHRASE, "ABCDEFGHIJKLMNOP", "ABCD-EFGH-IJKL-MNOP")

LISTEN = """() => {
  globalThis.breaches = [];
  addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
    breaches.push(`${effectiveDirective} ${blockedURI}`));
  addEventListener('unhandledrejection', ({ reason }) => breaches.push(String(reason)));
  addEventListener('error', ({ message }) => breaches.push(message));
}"""
TAKE_FILE = """([name, text]) => {
  const input = document.querySelector('input[type=file]');
  const files = new DataTransfer();
  files.items.add(new File([text], name));
  input.files = files.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}"""
KEPT = """async () => [
  localStorage.length, sessionStorage.length, document.cookie,
  (await indexedDB.databases()).length, (await caches.keys()).length,
]"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def with_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process serve the stand-in under the key worker's own headers."""
    real = application()
    stand_in = File(STAND_IN.read_bytes(), {**real[KEY_WORKER].headers, "ETag": '"stand-in"'})
    served: Mapping[str, File] = {**real, KEY_WORKER: stand_in}
    monkeypatch.setattr("config.workspace.application", lambda: served)


def wait_for(page: BrowserPage, selector: str) -> None:
    page.wait_for_function(f"() => document.querySelector({json.dumps(selector)})")


def opened(page: BrowserPage, address: str) -> None:
    """The first screen; what breaks the policy from then on is kept in the page."""
    page.goto(address)
    page.evaluate(LISTEN)
    wait_for(page, "input[type=file]")


def take_file(page: BrowserPage, text: str = KEY_FILE) -> None:
    page.evaluate(TAKE_FILE, ["harbour.json", text])
    wait_for(page, ".others, [role=alert]")


def unlock(page: BrowserPage, passphrase: str = PASSPHRASE) -> None:
    page.fill("input[type=password]", passphrase)
    page.click("form button.first")


def home(page: BrowserPage, address: str) -> None:
    opened(page, address)
    take_file(page)
    unlock(page)
    wait_for(page, ".ways")
