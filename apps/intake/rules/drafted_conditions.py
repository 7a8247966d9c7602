"""When a question or a section is shown (docs/protocol.md §8), checked against the questions."""

from collections.abc import Sequence
from typing import Any, Protocol

from django.core.exceptions import ValidationError

from apps.envelope.conditions import MAX_CONDITIONS
from apps.envelope.questions import YES_OR_NO, Asked, choices


class Question(Asked, Protocol):
    """What conditions ask of a drafted question."""

    @property
    def name(self) -> str: ...
    @property
    def options(self) -> list[dict[str, str]]: ...


TICKED = {"yes": True, "true": True, "ticked": True, "no": False, "false": False}


def resolve(when: list[dict[str, Any]], *, earlier: Sequence[Question]) -> list[dict[str, Any]]:
    """Return conditions with the values that a manifest has.

    ``earlier`` are the questions before the one, or the section, that the conditions are of;
    raises ValidationError.
    """
    if len(when) > MAX_CONDITIONS:
        raise ValidationError(f"At most {MAX_CONDITIONS} conditions.")
    known = {question.name: question for question in earlier}
    return [
        {"field": each["field"], "in": _values(each["in"], question=_asked(each["field"], known))}
        for each in when
    ]


def _asked(name: str, known: dict[str, Question]) -> Question:
    if name not in known:
        raise ValidationError(
            "%(name)s is not a question that comes before this one.", params={"name": name}
        )
    return known[name]


def _values(given: list[Any], *, question: Question) -> list[Any]:
    """The values in the words of the question's kind."""
    possible = _possible(question)
    values = (
        [TICKED.get(str(value).lower(), value) for value in given]
        if (question.kind in YES_OR_NO)
        else list(map(str, given))
    )
    for value in values:
        if value not in possible:
            raise ValidationError(
                "%(name)s has no answer %(value)s. It has: %(possible)s.",
                params={
                    "name": question.name,
                    "value": show_value(value),
                    "possible": ", ".join(map(show_value, possible)),
                },
            )
    if len(set(values)) != len(values) or not values:
        raise ValidationError("Name each answer once.")
    if question.kind in YES_OR_NO and len(values) > 1:
        raise ValidationError("Either yes or no: with both it would always be shown.")
    return values


def _possible(question: Question) -> tuple[str | bool, ...]:
    possible = choices(question, [option["value"] for option in question.options])
    if not possible:
        raise ValidationError(
            "%(name)s cannot be asked about: only choices, boxes, consents and ratings can.",
            params={"name": question.name},
        )
    return possible


def show_value(value: Any) -> str:
    """Return a value as an admin writes it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
