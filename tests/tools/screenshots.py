"""Makes docs/images/screens/: ``python -m tests.tools.screenshots``, to be looked at in a review.

The hosted forms of a real server as visitors see them: wide and on a phone, light and dark, as
they open and with errors shown. Fonts are this machine's own; run it where the committed
pictures were made, so that what differs is what was changed.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.answering import answer, answer_all
from tests.browser.sites import Site
from tests.end_to_end.house import House, built
from tests.end_to_end.servers import Server, serving
from tests.forms.medical_intake import SLUG
from tests.forms.medical_visitors import LEILA
from tests.tools.browsers import chromium
from tests.tools.processes import ROOT

FOLDER = ROOT / "docs/images/screens"
MOST = 150_000  # bytes
WIDTHS = {"wide": 1280, "phone": 390}
HEIGHT = 900
ALL = (("wide", "light"), ("wide", "dark"), ("phone", "light"), ("phone", "dark"))
SOME = (("wide", "light"), ("phone", "dark"))
OWNER = "acme"

DRAFT = f"""
from apps.directory.models import Client
from tests.forms.drafting import create_form
from tests.forms.medical_intake import MEDICAL_INTAKE
owner = Client.objects.get(name="{OWNER}")
create_form(owner=owner, slug="{SLUG}", draft=MEDICAL_INTAKE)
"""


def plain(page: Page) -> None:
    """As it opens."""


def wrong(page: Page) -> None:
    """Sent too early: nothing but an age that cannot be read."""
    answer(page, "age", "thirty")
    page.click(".sealform-send")


def sent(page: Page) -> None:
    answer_all(page, {"fullname": "Ada Okafor", "city": "Portland"})
    page.click(".sealform-send")
    page.locator(".sealform-receipt code").wait_for()
    # A receipt is random: it must not make every picture new.
    page.evaluate(
        "(text) => { document.querySelector('.sealform-receipt code').textContent = text; }",
        "R-" + "-".join(["ABCD"] * 13),
    )


def second_step(page: Page) -> None:
    answer_all(page, LEILA.pages[0])
    page.click(".sealform-next")
    answer_all(page, {"height": "165", "pain": "7", "diagnoses": ["diabetes"], "allergic": "yes"})


class Shot(NamedTuple):
    """One state of one form, on each of these kinds of device."""

    name: str
    path: str
    do: Callable[[Page], None]
    devices: tuple[tuple[str, Any], ...]


SHOTS = (
    Shot("sign-up", "signup/?lang=en", plain, ALL),
    Shot("sign-up-errors", "signup/?lang=en", wrong, ALL),
    Shot("sign-up-sent", "signup/?lang=en", sent, SOME),
    Shot("steps", f"{SLUG}/?lang=en", second_step, SOME),
    Shot("steps-arabic", f"{SLUG}/?lang=ar", second_step, SOME),
)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="sealform-screens-") as name,
        sync_playwright() as driver,
    ):
        folder = Path(name)
        (folder / "server").mkdir()
        with serving(folder / "server") as server, chromium(driver) as browser:
            prepared(server, folder)
            for path, size in taken(browser, server):
                print(f"{path.relative_to(ROOT)}: {size} bytes")
                if size > MOST:
                    raise SystemExit(f"{path} has more than {MOST} bytes")


def prepared(server: Server, folder: Path) -> House:
    """Both forms, published."""
    house = built(server, Site("http://localhost:1"), folder)
    server.manage("shell", "-v0", "-c", DRAFT)
    house.acme.publish(SLUG)
    return house


def taken(browser: Browser, server: Server) -> Iterator[tuple[Path, int]]:
    for shot, (width, scheme) in [(one, device) for one in SHOTS for device in one.devices]:
        path = FOLDER / f"{shot.name}-{width}-{scheme}.png"
        with browser.new_context(
            viewport={"width": WIDTHS[width], "height": HEIGHT},
            color_scheme=scheme,
            reduced_motion="reduce",
        ) as context:
            page = context.new_page()
            page.goto(f"{server.url}/f/{shot.path}")
            page.locator(".sealform-nav button:visible:enabled").first.wait_for()
            shot.do(page)
            page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
            page.screenshot(path=path, full_page=True, animations="disabled", caret="hide")
        yield path, path.stat().st_size


if __name__ == "__main__":
    main()
