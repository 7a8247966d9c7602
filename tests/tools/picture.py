"""Makes docs/images/form.png: ``python -m tests.tools.picture``.

A real server, a real visitor's page, and what the server then really has of it.
"""

import base64
import json
import tempfile
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from apps.demo.samples import VISITORS
from tests.browser.sites import Site
from tests.end_to_end.canaries import FIELDS
from tests.end_to_end.house import House, built
from tests.end_to_end.servers import serving
from tests.tools.browsers import chromium
from tests.tools.processes import ROOT

PICTURE = ROOT / "docs/images/form.png"
MOST = 200_000  # bytes
SHOWN = 6  # fields for which the picture has room
STYLE = """
  * { box-sizing: border-box; margin: 0 }
  body { width: 1180px; padding: 28px; display: grid; grid-template-columns: 560px 1fr; gap: 28px;
    background: #eef2f1; font: 15px/1.45 system-ui, sans-serif; color: #16211f }
  h2 { font-size: 17px; margin-bottom: 10px; font-weight: 600 }
  figure { height: 734px; overflow: hidden; border: 1px solid #cdd8d5; border-radius: 10px;
    background: #fff }
  img { display: block }
  dl { padding: 18px 20px; height: 100%; background: #17302d; color: #bcd0cb;
    font: 13.5px/1.45 ui-monospace, monospace }
  dt { color: #fff; font-weight: 700 }
  dd { word-break: break-all; margin-bottom: 17px }
"""


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="sealform-picture-") as name,
        sync_playwright() as driver,
    ):
        folder = Path(name)
        (folder / "server").mkdir()
        with serving(folder / "server") as server, chromium(driver) as browser:
            house = built(server, Site("http://localhost:1"), folder)
            form, record = visit(browser, house)
            compose(browser, form, record)
    size = PICTURE.stat().st_size
    if size > MOST:
        raise SystemExit(f"{PICTURE} has {size} bytes, more than {MOST}")
    print(f"{PICTURE}: {size} bytes")


def visit(browser: Browser, house: House) -> tuple[bytes, dict[str, Any]]:
    """Fill the hosted form; returns the page as it was, and the record as the server has it."""
    page = browser.new_page(viewport={"width": 640, "height": 840}, device_scale_factor=0.875)
    page.goto(house.hosted)
    page.wait_for_function("() => document.querySelector('button')?.disabled === false")
    for field, answer in zip(FIELDS, VISITORS[0], strict=True):
        page.fill(f"[data-sealform-field={field}]", answer)
    page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    form = page.screenshot()
    with page.expect_response("**/submissions") as posted:
        page.click("button")
    [id] = posted.value.json()["records"]
    record: dict[str, Any] = json.loads(house.acme.get(f"/records/{id}").content)["record"]
    return form, record


def compose(browser: Browser, form: bytes, record: dict[str, Any]) -> None:
    """Put both side by side, as one picture."""
    sealed = "".join(
        f"<dt>{field}</dt><dd>{escape(record['fields'][field])}</dd>" for field in FIELDS[:SHOWN]
    )
    image = base64.b64encode(form).decode()
    page = browser.new_page(viewport={"width": 1180, "height": 100})
    page.set_content(f"""<!doctype html><style>{STYLE}</style>
      <section><h2>What the visitor types</h2>
        <figure><img src="data:image/png;base64,{image}"></figure></section>
      <section><h2>What the server gets of it</h2><figure><dl>{sealed}</dl></figure></section>""")
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURE, full_page=True)


if __name__ == "__main__":
    main()
