"""What each kind of question may say besides its label (docs/protocol.md §8).

Told so that the admin who drafts it knows what to mend; whether the whole can be signed
is for the envelope to say.
"""

from collections.abc import Callable, Iterator
from typing import Any

from apps.envelope.errors import EnvelopeError
from apps.envelope.formats import exact, is_date, is_decimal, is_time
from apps.envelope.patterns import check_pattern, matches
from apps.envelope.questions import KINDS, LEAST_OF_SCALE, MOST_OF_SCALE

# The members that are one kind's or another's, and not all's.
OF_KINDS = sorted({member for members in KINDS.values() for member in members})

# How the limits of a kind are written.
WRITTEN: dict[str, tuple[Callable[[str], bool], str]] = {
    "number": (is_decimal, "Write a number in digits, such as 10 or -2.5."),
    "date": (is_date, "Write a day as YYYY-MM-DD."),
    "time": (is_time, "Write a time as HH:MM, from 00:00 to 23:59."),
}

Problem = tuple[str, str]


def problems(question: Any) -> dict[str, str]:
    """Return what is wrong with a drafted question, by the member that it is wrong with."""
    checks = (_unknown, _hidden, _limits, _scale, _lengths, _pattern, _filled)
    found = [problem for check in checks for problem in check(question)]
    return dict(reversed(found))  # of several, the first


def _unknown(question: Any) -> Iterator[Problem]:
    for member in OF_KINDS:
        if getattr(question, member) and member not in KINDS[question.kind]:
            yield member, f"A field of kind {question.kind} has none: leave it empty."


def _hidden(question: Any) -> Iterator[Problem]:
    if question.kind == "hidden" and question.required:
        yield "required", "A hidden field cannot be required: nobody could mend it."


def _limits(question: Any) -> Iterator[Problem]:
    if question.kind not in WRITTEN:
        return
    fits, message = WRITTEN[question.kind]
    limits = {member: getattr(question, member) for member in ("min", "max", "step")}
    wrong = [member for member, limit in limits.items() if limit and not fits(limit)]
    yield from ((member, message) for member in wrong)
    if wrong:
        return
    if question.min and question.max and _above(question.min, question.max, question.kind):
        yield "max", "The most is below the least."
    if question.kind == "number" and question.step and exact(question.step) <= 0:
        yield "step", "A step is above 0."


def _above(one: str, other: str, kind: str) -> bool:
    """Days and times are in the order of their characters."""
    return exact(one) > exact(other) if kind == "number" else one > other


def _scale(question: Any) -> Iterator[Problem]:
    if question.kind == "rating":
        if question.min not in LEAST_OF_SCALE:
            yield "min", "A scale begins at 0 or 1."
        if question.max not in MOST_OF_SCALE:
            yield "max", "A scale ends somewhere from 2 to 10."


def _lengths(question: Any) -> Iterator[Problem]:
    least, most = question.min_length, question.max_length
    for member in ("min_length", "max_length"):
        if getattr(question, member) == 0:
            yield member, "A limit is at least 1; leave it empty for none."
    if least and most and least > most:
        yield "max_length", "The most is below the least."


def _pattern(question: Any) -> Iterator[Problem]:
    pattern, example = question.pattern, question.example
    if example and not pattern:
        yield "pattern", "An example goes with a pattern: give both or none."
    if not pattern:
        return
    try:
        check_pattern(pattern)
    except EnvelopeError as error:
        yield "pattern", f"This is {error}." if str(error).startswith("not") else f"{error}."
    else:
        if not example or not matches(pattern, example):
            yield "example", "Give an answer that the whole pattern matches: visitors see it."


def _filled(question: Any) -> Iterator[Problem]:
    if question.autocomplete and question.sensitive:
        yield "autocomplete", "Browsers fill in only what is not sensitive: untick that first."
