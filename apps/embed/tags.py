"""The tags that put a published form into a site of the owner's own (docs/embedding.md).

The one writer of them: the admin shows what it writes, and ``publish`` prints it. Pin and
digests stand in a page that the Sealform server cannot change: it can then neither take another
key's place nor serve another script. An iframe has no such protection.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple

from ..envelope.manifests import Manifest
from ..envelope.questions import Field
from ..envelope.words import Words, in_language
from .release import Files, Sentences, Served

SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-modals"

# Attributes that stand on one line; None is one without a value.
Row = Mapping[str, str | None]


class EmbedTags(NamedTuple):
    """HTML for an owner's own site: three ways, of which one is enough."""

    own: str
    rendered: str
    framed: str


def embed_tags(
    manifest: Manifest,
    *,
    fingerprint: str,
    slug: str,
    server: str,
    files: Files,
    sentences: Sentences,
) -> EmbedTags:
    """Return the tags of a form that its owner published, none ending in a line end.

    ``fingerprint`` is the owner's as people compare it, ``server`` the Sealform server's origin,
    ``https://forms.example.org``. Nothing in the arguments is taken for markup.
    """
    language, *_ = [*manifest.languages, ""]
    named: list[Row] = [
        {"data-sealform": manifest.form},
        {"data-pin": fingerprint},
        {"data-min-version": str(manifest.version)},
        {"data-sealform-receipts": server + receipt_path(slug)},
    ]
    not_loaded = f"  {_element('p', sentences.not_loaded, {'data-sealform-status': None})}"
    script = _script(server, files.script)
    own = [
        _tag("form", *named),
        *_questions(manifest, language),
        f"  {_element('button', sentences.send, {'disabled': None, 'data-sealform-submit': None})}",
        not_loaded,
        "</form>",
        script,
    ]
    rendered = [
        _tag(
            "link",
            {"rel": "stylesheet", "href": server + files.style.url},
            {"integrity": files.style.integrity},
            {"crossorigin": "anonymous"},
        ),
        _tag("div", *named),
        not_loaded,
        "</div>",
        script,
    ]
    title = in_language(manifest.title, language)
    framed = [_frame(server + frame_path(slug), title), _script(server, files.frame_script)]
    return EmbedTags("\n".join(own), "\n".join(rendered), "\n".join(framed))


def receipt_path(slug: str) -> str:
    """Return where receipts of a form are checked."""
    return f"/f/{slug}/receipt/"


def frame_path(slug: str) -> str:
    """Return the page of a form that an iframe shows."""
    return f"/f/{slug}/embed/"


def _script(server: str, script: Served) -> str:
    tag = _tag(
        "script",
        {"src": server + script.url},
        {"integrity": script.integrity},
        {"crossorigin": "anonymous", "defer": None},
    )
    return f"{tag}</script>"


def _frame(page: str, title: str) -> str:
    tag = _tag(
        "iframe",
        {"src": page, "title": title},
        {"data-sealform-frame": None},
        {"sandbox": SANDBOX},
        {"allow": "clipboard-write", "referrerpolicy": "origin"},
        # an attribute, and no style: what a page's policy says of styles does not reach it
        {"width": "100%", "height": "640", "frameborder": "0"},
    )
    return f"{tag}</iframe>"


def _questions(manifest: Manifest, language: str) -> Iterator[str]:
    """A form of the owner's own, by sections; conditions are the script's business."""
    fields = {field.name: field for field in manifest.fields}
    for section in manifest.all_sections:
        title, text = in_language(section.title, language), in_language(section.text, language)
        if title:
            yield from ("  <fieldset>", f"  {_element('legend', title)}")
        if text:
            yield f"  {_element('p', text)}"
        for name in section.fields:
            yield from (f"  {line}" for line in _question(fields[name], language))
        if title:
            yield "  </fieldset>"


def _question(field: Field, language: str) -> Iterator[str]:
    """One question; what is ``data-sealform-field`` and has no name is never sent unsealed."""
    label = in_language(field.label, language)
    mark: Row = {"data-sealform-field": field.name}
    asked: Row = {**mark, "required": None} if field.required else mark
    if field.kind in CHOSEN:
        yield from ("<fieldset>", f"  {_element('legend', label)}")
        for value, text in CHOSEN[field.kind](field, language):
            kind = "checkbox" if field.kind == "checkboxes" else "radio"
            tag = _tag("input", {"type": kind, "value": value, **mark})
            yield f"  <label>{tag} {_text(text)}</label>"
        yield "</fieldset>"
    elif field.kind in {"checkbox", "consent"}:
        if text := in_language(field.text, language):
            yield _element("p", text)
        yield f"<label>{_tag('input', {'type': 'checkbox', **asked})} {_text(label)}</label>"
    elif field.kind == "hidden":
        yield _tag("input", {"type": "hidden", **mark})
    elif field.kind == "select":
        yield from (f"<label>{_text(label)}", f"  {_tag('select', asked)}")
        yield '    <option value=""></option>'
        for value, text in _options(field, language):
            yield f"    {_element('option', text, {'value': value})}"
        yield from ("  </select>", "</label>")
    elif field.kind == "textarea":
        yield f"<label>{_text(label)} {_element('textarea', '', asked)}</label>"
    else:
        yield f"<label>{_text(label)} {_tag('input', {**_typed(field), **asked})}</label>"


def _typed(field: Field) -> Row:
    """What an input says of its kind.

    Decimals are typed: a number input knows its own only, and a phone's digits have no minus.
    """
    if field.kind == "text":
        return {}
    if field.kind == "number":
        return {"inputmode": "decimal"} if field.min and float(field.min) >= 0 else {}
    limits = {"min": field.min, "max": field.max} if field.kind in {"date", "time"} else {}
    return {"type": field.kind, **{name: limit for name, limit in limits.items() if limit}}


def _options(field: Field, language: str) -> Iterator[tuple[str, str]]:
    return ((option.value, in_language(option.label, language)) for option in field.options)


def _scale(field: Field, language: str) -> Iterator[tuple[str, str]]:
    """From low to high, the ends with what they mean."""
    ends: dict[str, Words] = {field.min: field.low, field.max: field.high}
    for value in map(str, field.choices):
        meaning = in_language(ends.get(value, ""), language)
        yield value, f"{value} – {meaning}" if meaning else value  # noqa: RUF001 - a dash for people


# The kinds of which each answer has an input of its own, and what these answers are.
CHOSEN = {"radio": _options, "checkboxes": _options, "rating": _scale}


def _element(name: str, text: str, attributes: Row | None = None) -> str:
    return f"{_tag(name, attributes or {})}{_text(text)}</{name}>"


def _text(text: str) -> str:
    return escape(text, quote=False)  # quotes mean nothing between tags


def _tag(name: str, *rows: Row) -> str:
    """Return a start tag, each row of attributes on a line of its own."""
    indent = "\n" + " " * (len(name) + 2)
    lines = [" ".join(_attribute(*each) for each in row.items()) for row in rows if row]
    return f"<{' '.join([name, indent.join(lines)]).rstrip()}>"


def _attribute(name: str, value: str | None) -> str:
    return name if value is None else f'{name}="{escape(value)}"'
