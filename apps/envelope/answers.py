"""What a form asks of its answers (docs/protocol.md §8, "Checking answers").

A browser keeps these rules before it seals, a reader checks them after it opened: whoever
submits with a program of his own is bound by none of them.
"""

from collections.abc import Iterable, Mapping

from .conditions import Condition
from .fields import Value
from .formats import FORMATS, bound, exact
from .manifests import Manifest
from .patterns import matches
from .questions import CHOICES, YES_OR_NO, Field, comparable, comparable_bound
from .seen import is_blank, visible_length

NO_TEXT = YES_OR_NO | {"checkboxes"}

Answers = Mapping[str, Value]
# True, False, or None where the reader cannot tell.
Known = bool | None


def problems(manifest: Manifest, answers: Answers) -> dict[str, str]:
    """Return the one problem of each field that has one, in the manifest's order.

    Fields that ``answers`` lacks are those that this reader does not see.
    """
    visible = _visibility(manifest, answers)
    found: dict[str, str] = {}
    for field in manifest.fields:
        name = field.name
        if name in answers and (problem := _problem(field, answers[name], visible[name])):
            found[name] = problem
    return found


def shown(manifest: Manifest, answers: Answers) -> set[str]:
    """Return the names of the fields that are known to be shown, given these answers."""
    return {name for name, known in _visibility(manifest, answers).items() if known}


def empty_value(field: Field) -> str | bool | list[str]:
    """Return what is sealed where nothing was answered."""
    if field.kind == "checkboxes":
        return []
    return False if field.kind in YES_OR_NO else ""


def _visibility(manifest: Manifest, answers: Answers) -> Mapping[str, Known]:
    if not manifest.has_conditions:
        return manifest.all_shown
    fields = {field.name: field for field in manifest.fields}
    visible: dict[str, Known] = {}

    def holds(condition: Condition) -> Known:
        name = condition.field
        if visible[name] is False or (
            name in answers and not _has(fields[name], answers[name], condition)
        ):
            return False
        return visible[name] if name in answers else None

    for section in manifest.all_sections:
        around = _all(map(holds, section.when))
        for name in section.fields:
            visible[name] = _all((around, *map(holds, fields[name].when)))
    return visible


def _all(known: Iterable[Known]) -> Known:
    """Return the conjunction: one that is false decides, else one that is unknown."""
    found = set(known)
    if False in found:
        return False
    return None if None in found else True


def _has(field: Field, value: Value, condition: Condition) -> bool:
    if not _fits(field, value):
        return False
    chosen = value if isinstance(value, list) else [value]
    return any(item in condition.values for item in chosen)


def _fits(field: Field, value: Value) -> bool:
    """Whether the value is of the JSON type of the field's kind."""
    if isinstance(value, str):
        return field.kind not in NO_TEXT
    if field.kind == "checkboxes":
        return isinstance(value, list)
    return isinstance(value, bool) and field.kind in YES_OR_NO


def _problem(field: Field, value: Value, visible: Known) -> str:
    if not _fits(field, value):
        return "shape"
    empty = not value  # "", [] or false: as ``empty_value``
    if visible is False:
        return "" if empty else "unexpected"
    if visible and field.required and (empty or (isinstance(value, str) and is_blank(value))):
        return "required"
    if empty or value is True:
        return ""
    if isinstance(value, list):
        return _choice_problem(field, value)
    return _text_problem(field, str(value))


def _choice_problem(field: Field, chosen: list[str]) -> str:
    distinct = len(set(chosen)) == len(chosen)
    return "" if distinct and set(chosen) <= set(field.choices) else "option"


def _text_problem(field: Field, value: str) -> str:
    kind = field.kind
    if kind in FORMATS and not FORMATS[kind](value):
        return kind
    if kind in CHOICES or kind == "rating":
        return _choice_problem(field, [value])
    return _range_problem(field, value) or _length_problem(field, value)


def _range_problem(field: Field, value: str) -> str:
    if field.min and comparable(field, value) < comparable_bound(field, field.min):
        return "min"
    if field.max and comparable(field, value) > comparable_bound(field, field.max):
        return "max"
    if field.step:
        steps = (exact(value) - bound(field.min or "0")) / bound(field.step)
        return "" if steps.denominator == 1 else "step"
    return ""


def _length_problem(field: Field, value: str) -> str:
    if field.min_length and visible_length(value) < field.min_length:
        return "too_short"
    if field.max_length and len(value) > field.max_length:
        return "too_long"
    return "pattern" if field.pattern and not matches(field.pattern, value) else ""
