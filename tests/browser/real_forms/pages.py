"""A site's page before and after: the script tag, and a data attribute for each sensitive name."""

import re
from pathlib import Path
from typing import Any

from apps.embed.integrity import script_integrity
from apps.intake.models import Form
from tests.tools.processes import ROOT

Asked = dict[str, Any]

FOLDER = Path(__file__).parent
SCRIPT = "static/dist/sealform.js"

# What is nobody's secret goes on to the site's own server, under its name.
BUTTONS = {"hidden", "submit", "image", "reset", "button"}
PLAIN = {"company_url", "reference", "q"}

# What the last form of a page asks, as its own browser understands it: one question a name.
ASKED = """(plain) => {
  const form = [...document.forms].at(-1);
  const groups = Map.groupBy(
    [...form.elements].filter((one) => one.matches('input, select, textarea')),
    (one) => one.name,
  );
  const kinds = {
    email: 'email', tel: 'tel', number: 'number', range: 'number', date: 'date', time: 'time',
    radio: 'radio', checkbox: 'checkbox', textarea: 'textarea', 'select-one': 'select',
  };
  const offered = (one) => one.options ? [...one.options].map(({ value }) => value) : [one.value];
  const questions = [...groups].map(([name, controls]) => {
    const [{ type }] = controls;
    const kind = type === 'checkbox' && controls.length > 1 ? 'checkboxes' : kinds[type] ?? 'text';
    const choice = ['radio', 'checkboxes', 'select'].includes(kind);
    const options = choice ? controls.flatMap(offered).filter(Boolean) : [];
    return {
      name, type, kind, required: controls.some((one) => one.required),
      options: options.map((value) => ({ value, label: value })),
    };
  });
  return questions
    .filter(({ name, type }) => !plain.includes(name) && !plain.includes(type))
    .map(({ type, ...asked }) => asked);
}"""
CONTROL = re.compile(r"<(?:input|select|textarea)\b[^>]*>")
NAME = re.compile(r'\sname="([^"]+)"')


def sealed_name(name: str) -> str:
    """``firstName`` and ``user[first-name]`` as names of a manifest."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def page(name: str) -> str:
    """The page as its site has it."""
    return (FOLDER / f"{name}.html").read_text()


def sealed(html: str, *, form: str, pin: str, server: str, last: bool, named: bool = False) -> str:
    """The page with the tag, at the end or in the head, and with the attributes.

    ``named`` leaves the names of sealed inputs in place, which is a mistake.
    """
    html = CONTROL.sub(lambda found: _marked(found[0], named), html)
    before, after = html.rsplit("<form", 1)
    html = f'{before}<form data-sealform="{form}" data-pin="{pin}"{after}'
    integrity = script_integrity((ROOT / SCRIPT).read_bytes())
    tag = f'<script src="{server}/{SCRIPT}" integrity="{integrity}" crossorigin="anonymous"'
    if last:
        return html.replace("</body>", f"{tag} defer></script>\n</body>")
    return html.replace("</head>", f"{tag}></script>\n</head>")


def _marked(tag: str, named: bool) -> str:
    found = NAME.search(tag)
    if not found or not _is_sensitive(tag, found[1]):
        return tag
    mark = f' data-sealform-field="{sealed_name(found[1])}"'
    return tag.replace(found[0], (found[0] if named else "") + mark)


def _is_sensitive(tag: str, name: str) -> bool:
    type = re.search(r'\stype="(\w+)"', tag)
    return name not in PLAIN and not (type and type[1] in BUTTONS)


def draft(form: Form, asked: list[Asked]) -> None:
    """Draft what a page asks, and nothing else, as fields of the form."""
    form.fields.all().delete()
    for order, one in enumerate(asked):
        name = sealed_name(one["name"])
        form.fields.create(order=order, label=name.replace("_", " "), **one | {"name": name})
