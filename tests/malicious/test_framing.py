"""A site that shows the form in a frame of its own, though its owner does not know it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from apps.intake.models import Form
from tests.malicious import tally
from tests.malicious.lying import Answer, Asked, PassOn
from tests.malicious.visitors import FULLNAME, Scene
from tests.tools.browsers import WAITS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEADERS = ("content-security-policy", "x-frame-options")
BLOCKED = "chrome-error://"


def shown_in_a_frame(scene: Scene, browser: Browser, path: str) -> bool:
    """Whether a visitor of the site can type into the form there.

    The site does not say who it is: then the server cannot tell, and only the browser refuses.
    """
    frame_tag = f'<iframe referrerpolicy="no-referrer" src="{scene.url}{path}">'
    scene.site.page = f"<!doctype html><title>Framing</title>{frame_tag}"
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(scene.site.origin)
        _, frame = page.frames
        deadline = time.monotonic() + WAITS
        while not (blocked := frame.url.startswith(BLOCKED)) and not frame.query_selector(FULLNAME):
            assert time.monotonic() < deadline, f"neither blocked nor a form: {frame.url}"
            page.wait_for_timeout(50)
        return not blocked


def without_policy(_: Asked, pass_on: PassOn) -> Answer:
    answer = pass_on()
    for name in [name for name in answer.headers if name.lower() in HEADERS]:
        del answer.headers[name]
    return answer


@pytest.mark.parametrize(
    ("path", "listed"), [("/f/signup/embed/", False), ("/f/signup/", True), ("/f/signup/", False)]
)
def test_who_is_not_listed_gets_an_empty_frame(
    path: str,
    listed: bool,
    scenes: Callable[[], Scene],
    chromium: Browser,
    record_property: Any,
) -> None:
    """Nor does anybody get the hosted page, which has its own address and is not for frames."""
    tally.shown(record_property, "attack")
    scene = scenes()
    if not listed:
        Form.objects.update(origins=["https://elsewhere.example"])

    scene.lies(without_policy)
    assert shown_in_a_frame(scene, chromium, path), "it has to work without the defence"
    tally.shown(record_property, "works")

    scene.lies(lambda asked, pass_on: None)
    assert not shown_in_a_frame(scene, chromium, path)
    tally.shown(record_property, "refused")


def test_who_is_listed_gets_the_form(scenes: Callable[[], Scene], chromium: Browser) -> None:
    """The positive control."""
    assert shown_in_a_frame(scenes(), chromium, "/f/signup/embed/")
