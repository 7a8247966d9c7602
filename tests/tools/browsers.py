"""Real browsers: Chromium, Firefox and WebKit.

Debian's builds where they are installed, else Playwright's own. Pages of Chromium and
Firefox are Playwright's; WebKitPage offers the part of Playwright's Page that our tests
use, so that one test runs in all three.
"""

import contextlib
import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Browser, Playwright
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM = Path("/usr/bin/chromium")
# Chromium's engine without its windows, menus and services: a third less of the processor's time.
# `make test` takes it where it is installed, `make nightly` what people have (.ci/pytest).
SHELL = Path("/usr/bin/chromium-headless-shell")
WHOLE = "SEALFORM_TESTS_WHOLE_CHROMIUM"
FIREFOX = Path("/usr/bin/firefox-esr")
WEBKIT_DRIVER = Path("/usr/bin/WebKitWebDriver")

# The menu of the address bar is a page of Chromium's, and takes longer to load than any of ours.
NOT_OF_THE_PAGE = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"]
# What Playwright switches off: Chromium takes the last list that it is given, and this is it.
PLAYWRIGHTS_OWN = [
    "AimEnabled",
    "AutoDeElevate",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "BlockOriginHeaderModificationOnRedirect",
    "DestroyProfileOnBrowserClose",
    "DialMediaRouteProvider",
    "GlobalMediaControls",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "Translate",
]

# No sandbox: root has none. The rest keeps Chromium from calling its maker.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(NOT_OF_THE_PAGE + PLAYWRIGHTS_OWN)}",
]

WAITS = 15.0

# WebKit's driver has no keys for characters beyond this one.
LAST_TYPED = "\uffff"
PUT = """
const [one, value] = arguments;
one.focus();
one.value = value;
for (const what of ['input', 'change']) one.dispatchEvent(new Event(what, { bubbles: true }));
"""
# Longer than messages wait that must not move away what is being pressed.
STAY = """async (selector) => {
    const one = document.querySelector(selector);
    const place = () => Object.values(one.getBoundingClientRect().toJSON()).join();
    one.scrollIntoView({ block: 'center', behavior: 'instant' });
    for (let before = ''; before !== place();) {
        before = place();
        await new Promise((resolve) => setTimeout(resolve, 300));
    }
}"""


class Keyboard(Protocol):
    """What a test may press; keys are named as in Playwright."""

    def press(self, key: str) -> Any: ...
    def type(self, text: str) -> Any: ...


class Document(Protocol):
    """What a test may do in a page or a frame of any of the three; named as in Playwright."""

    def evaluate(self, expression: str, arg: Any = None) -> Any: ...
    def wait_for_function(self, expression: str) -> Any: ...
    def fill(self, selector: str, value: str) -> Any: ...
    def click(self, selector: str) -> Any: ...
    def text_content(self, selector: str) -> str | None: ...
    def content(self) -> str: ...
    def title(self) -> str: ...


class BrowserPage(Document, Protocol):
    """What it may do in a page alone."""

    @property
    def keyboard(self) -> Keyboard: ...

    def goto(self, url: str) -> Any: ...


@contextmanager
def chromium(
    playwright: Playwright, *more: str, whole: bool = False, **options: Any
) -> Iterator[Browser]:
    """Chromium with ``more`` arguments; ``whole`` for what its engine alone does otherwise."""
    whole = whole or bool(os.environ.get(WHOLE)) or not SHELL.exists()
    path = CHROMIUM if whole else SHELL
    browser = playwright.chromium.launch(
        executable_path=path if path.exists() else None,
        args=[*CHROMIUM_ARGUMENTS, *more],
        **options,
    )
    with contextlib.closing(browser):
        yield browser


@contextmanager
def firefox(playwright: Playwright) -> Iterator[Browser]:
    if FIREFOX.exists():
        # Debian's Firefox lacks Playwright's patches and is driven by WebDriver BiDi.
        browser = playwright.firefox.launch(channel="moz-firefox", executable_path=str(FIREFOX))
    else:
        browser = playwright.firefox.launch()
    with contextlib.closing(browser):
        yield browser


@contextmanager
def webkit_page(playwright: Playwright) -> Iterator[BrowserPage]:
    minibrowser = webkit_minibrowser()
    if not (WEBKIT_DRIVER.exists() and minibrowser):
        with contextlib.closing(playwright.webkit.launch()) as browser:
            yield browser.new_page()
        return
    with _display() as display:
        options = webdriver.WebKitGTKOptions()
        options.binary_location = str(minibrowser)
        options.add_argument("--automation")
        service = webdriver.WebKitGTKService(
            str(WEBKIT_DRIVER), env={**os.environ, "DISPLAY": display}
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of selenium about itself
            driver = webdriver.WebKitGTK(options=options, service=service)
        try:
            yield WebKitPage(driver)
        finally:
            driver.quit()


def webkit_minibrowser() -> Path | None:
    """WebKitGTK's own small browser, whose folder names the architecture and the version."""
    return max(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), default=None)


class WebKitKeyboard:
    """A Keyboard over WebDriver."""

    def __init__(self, driver: webdriver.WebKitGTK) -> None:
        self.driver = driver

    def press(self, key: str) -> None:
        self.type(getattr(Keys, key.upper()))

    def type(self, text: str) -> None:
        ActionChains(self.driver).send_keys(text).perform()


class WebKitPage:
    """A BrowserPage over WebDriver."""

    def __init__(self, driver: webdriver.WebKitGTK) -> None:
        self.driver = driver
        self.keyboard = WebKitKeyboard(driver)
        driver.set_script_timeout(60)

    def goto(self, url: str) -> None:
        self.driver.get(url)

    def evaluate(self, expression: str, arg: Any = None) -> Any:
        """What the expression, or the function it is, returns or resolves to."""
        script = f"""
            const done = arguments[arguments.length - 1], arg = arguments[0];
            (async () => {{
                const value = ({expression});
                return typeof value === 'function' ? await value(arg) : await value;
            }})().then((value) => done({{value}}), (error) => done({{error: String(error)}}));
        """
        answer = self.driver.execute_async_script(script, arg)
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer.get("value")

    def wait_for_function(self, expression: str) -> None:
        WebDriverWait(self.driver, WAITS).until(lambda _: self.evaluate(expression))

    def fill(self, selector: str, value: str) -> None:
        element = self._element(selector)
        element.clear()
        if max(value, default="") > LAST_TYPED:
            self.driver.execute_script(PUT, element, value)
        elif value:  # it knows no text without a character, and a line's end as a key alone
            element.send_keys(value.replace("\n", Keys.ENTER))

    def click(self, selector: str) -> None:
        """Click once nothing moves any more, as Playwright does: WebDriver clicks at a place."""
        element = self._element(selector)
        self.evaluate(STAY, selector)
        element.click()

    def text_content(self, selector: str) -> str | None:
        text: str | None = self._element(selector).get_property("textContent")
        return text

    def content(self) -> str:
        return self.driver.page_source

    def title(self) -> str:
        return self.driver.title

    @contextmanager
    def inside(self, selector: str) -> Iterator[None]:
        """All that is asked within the block is asked of that frame."""
        self.driver.switch_to.frame(self._element(selector))
        try:
            yield
        finally:
            self.driver.switch_to.default_content()

    def _element(self, selector: str) -> Any:
        return WebDriverWait(self.driver, WAITS).until(
            lambda driver: driver.find_element(By.CSS_SELECTOR, selector)
        )


@contextmanager
def _display() -> Iterator[str]:
    """An X display that nobody sees, on a number that Xvfb picks."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24"]
    command += ["-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()
