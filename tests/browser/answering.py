"""Answering questions of each kind as a person does, in each of the browsers."""

from collections.abc import Iterable, Mapping
from typing import Any

from playwright.sync_api import Page
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from apps.envelope.fields import Value
from tests.tools.browsers import BrowserPage, WebKitPage

# How a control that answers a question was found out to be asked.
SHAPE = """(selector) => {
  const one = document.querySelector(selector);
  return one && (one.localName === 'select' ? 'select' : one.type);
}"""
SET = """([selector, value]) => {
  const one = document.querySelector(selector);
  one.focus();
  one.value = value;
  for (const what of ['input', 'change']) one.dispatchEvent(new Event(what, { bubbles: true }));
}"""
FOCUSED = "(selector) => document.activeElement.matches(selector)"
LONGEST_WAY = 40  # presses of a key


def tab_to(page: BrowserPage, selector: str) -> None:
    """Press the tab key until the focus is there."""
    for _ in range(LONGEST_WAY):
        if page.evaluate(FOCUSED, selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not reach {selector}")


def asking(name: str, value: str = "") -> str:
    """Finds the controls of a question, or the one with this value."""
    return f'[data-sealform-field="{name}"]' + (f'[value="{value}"]' if value else "")


def answer(page: BrowserPage, name: str, value: Value) -> None:
    """Type, choose or tick, whatever the question asks for."""
    shape = page.evaluate(SHAPE, asking(name))
    assert shape, f"{name} is not on the page"
    if shape in {"radio", "checkbox"}:
        _tick(page, name, value)
    elif shape == "select":
        _select(page, asking(name), str(value))
    else:
        _type(page, asking(name), shape, str(value))


def answer_all(page: BrowserPage, answers: Mapping[str, Value] | Iterable[Any]) -> None:
    for name, value in dict(answers).items():
        answer(page, name, value)


def _tick(page: BrowserPage, name: str, value: Value) -> None:
    wanted = value if isinstance(value, list) else [value]
    if isinstance(value, str):
        return _click(page, asking(name, value))
    for one in page.evaluate(
        "(selector) => [...document.querySelectorAll(selector)].map((e) => [e.value, e.checked])",
        asking(name),
    ):
        text, checked = one
        if checked != (text in wanted or value is True):
            _click(page, asking(name, text) if isinstance(value, list) else asking(name))
    return None


def _click(page: BrowserPage, selector: str) -> None:
    """Click where a person would: on the label around a button that its page has hidden."""
    hidden = page.evaluate(
        "(s) => getComputedStyle(document.querySelector(s)).opacity === '0'", selector
    )
    if isinstance(page, Page) and hidden:
        page.locator(f"label:has({selector})").click()
    else:
        page.click(selector)


def _select(page: BrowserPage, selector: str, value: str) -> None:
    if isinstance(page, WebKitPage):
        Select(page.driver.find_element(By.CSS_SELECTOR, selector)).select_by_value(value)
    else:
        assert isinstance(page, Page)
        page.select_option(selector, value)


def _type(page: BrowserPage, selector: str, shape: str, value: str) -> None:
    if shape == "range" or (isinstance(page, WebKitPage) and shape in {"date", "time"}):
        page.evaluate(SET, [selector, value])  # what its own widget does
    else:
        if shape == "number" and isinstance(page, Page):
            page.fill(selector, "")  # Firefox adds to the number that stands there
        page.fill(selector, value)
