"""On pages of ours no script runs whose bytes the page does not name (docs/embedding.md)"""

import pytest
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from tests.intake.people import Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STRANGER = '<script src="/static/dist/stranger.js"></script>'
RAN = "document.documentElement.dataset.stranger === 'ran'"
PATHS = ("/f/signup/", "/f/signup/embed/", "/f/signup/receipt/")
HEADER = "integrity-policy"


def visit(page: Page, url: str, *, without: str = "") -> None:
    """Open a page that somebody has put a script of their own into."""

    def altered(route: Route) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name != without}
        body = answer.text().replace("</head>", f"{STRANGER}</head>")
        route.fulfill(status=answer.status, headers=headers, body=body)

    def stranger(route: Route) -> None:
        script = "document.documentElement.dataset.stranger = 'ran';"
        route.fulfill(body=script, headers={"content-type": "text/javascript"})

    page.route(url, altered)
    page.route("**/stranger.js", stranger)
    page.goto(url, wait_until="load")


@pytest.mark.parametrize("path", PATHS)
def test_a_script_without_a_digest_does_not_run(
    path: str, chromium_page: Page, live_server: LiveServer, manifest: Manifest
) -> None:
    visit(chromium_page, live_server.url + path)

    assert not chromium_page.evaluate(RAN)


@pytest.mark.parametrize("path", PATHS)
def test_the_policy_is_what_keeps_it_from_running(
    path: str, chromium_page: Page, live_server: LiveServer, manifest: Manifest
) -> None:
    visit(chromium_page, live_server.url + path, without=HEADER)

    assert chromium_page.evaluate(RAN)


@pytest.mark.parametrize("path", PATHS)
def test_our_own_scripts_and_their_parts_run(
    path: str, chromium_page: Page, live_server: LiveServer, publisher: Publisher
) -> None:
    publisher.form.sections.create(order=5, title="More")  # two pages: a part of its own
    publisher.publish()
    said: list[str] = []
    chromium_page.on("console", lambda message: said.append(message.text))

    answer = chromium_page.goto(live_server.url + path)

    assert answer
    assert answer.headers[HEADER] == "blocked-destinations=(script)"
    if path != PATHS[-1]:
        chromium_page.fill("[data-sealform-field=fullname]", "Ada")
        chromium_page.click("button.sealform-next")
        chromium_page.locator("[data-sealform-field=state]").wait_for()
        chromium_page.wait_for_load_state("networkidle")
    assert said == []
