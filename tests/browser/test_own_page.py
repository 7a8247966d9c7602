"""What docs/embedding.md tells owners to write into a page of their own"""

import re

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.envelope.receipts import read_receipt
from tests.browser.pages import held
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed
from tests.tools.processes import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DOCUMENTATION = ROOT / "docs/embedding.md"


@pytest.mark.parametrize("dialect", ["ours", "TozStore's"])
def test_a_button_that_waits_disabled_in_the_page_is_enabled_and_sends(
    dialect: str, visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    embed(site, server=live_server.url, manifest=manifest, pin=pin)
    site.page = site.page.replace(
        "<button>Send</button>",
        "<button disabled data-sealform-submit>Send</button><p data-sealform-status>Not yet.</p>",
    )
    if dialect != "ours":
        site.page = site.page.replace("data-sealform=", "data-innovault-token=")
        site.page = site.page.replace("data-sealform-field=", "data-innovault-type=")
    with held(visit.page, "**/manifest"):
        visit.page.goto(site.origin)
        visit.page.get_by_text("Checking the keys").wait_for()
        assert visit.is_locked()

    visit.page.reload()
    visit.wait_for("ready")

    assert visit.status == ""
    visit.page.locator("form input").first.fill("Ann")
    visit.page.click("button:enabled")
    assert len(visit.wait_for("sent")["records"]) == 1


def test_a_page_of_ones_own_shows_the_receipt_as_the_documentation_says(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    [example] = re.findall(r"```js\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    thanks = f'<p>Thank you. <code id="receipt"></code></p><script>{example}</script>'
    headers = {"content-type": "text/html"}
    visit.page.route("**/thanks", lambda route: route.fulfill(body=thanks, headers=headers))
    action = 'action="/thanks" method="post"'
    embed(site, server=live_server.url, manifest=manifest, pin=pin, attributes=action)
    site.page = site.page.replace("</body>", f"<script>{example}</script></body>")
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    visit.page.fill("[data-sealform-field=fullname]", "Ann")

    with visit.page.expect_request("**/thanks") as going:
        visit.page.click("button")
    visit.page.wait_for_url("**/thanks")

    receipt = visit.page.inner_text("#receipt")
    assert read_receipt(receipt)
    assert receipt not in (going.value.post_data or "")
    assert visit.page.evaluate("sessionStorage.length") == 0
