"""Looks for barriers with axe, in a page as it stands: every rule that axe has."""

from functools import cache
from typing import Any

from tests.tools.browsers import Document
from tests.tools.processes import ROOT

SCRIPT = ROOT / "node_modules/axe-core/axe.min.js"

# Rules that axe leaves out unless asked: WCAG 2.2's size of targets among them.
RULES = {"target-size": {"enabled": True}}
RUN = """(rules) => axe.run(document, { rules, resultTypes: ['violations'] }).then(
  ({ violations }) => violations.flatMap(({ id, help, nodes }) => nodes.map(
    ({ html, any, all, none }) => [
      id, help, html.slice(0, 200), ...[...any, ...all, ...none].map(({ message }) => message),
    ].join(' | '),
  )),
)"""


@cache
def _script() -> str:
    return SCRIPT.read_text()


def violations(page: Document, rules: dict[str, Any] | None = None) -> list[str]:
    """What axe finds in the page, or the frame: one line for each element; [] is what we want."""
    if not page.evaluate("() => 'axe' in globalThis"):
        page.evaluate(f"() => {{ {_script()} }}")
    found: list[str] = page.evaluate(RUN, RULES | (rules or {}))
    return found
