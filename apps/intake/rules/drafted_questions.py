"""What is wrong with a drafted question, in words for the admin who drafts it.

The rules are the envelope's (docs/protocol.md §8): its tables are gone through here, and what it
refuses is said so that people know what to mend. There is no rule here that is not there.
"""

from collections.abc import Iterator
from typing import Any

from apps.envelope.errors import EnvelopeError
from apps.envelope.questions import KINDS, LEAST_OF_SCALE, MOST_OF_SCALE, RULES, check_member

# The members that are one kind's or another's, and not all's.
OF_KINDS = sorted({member for members in KINDS.values() for member in members})

# What to write instead of a limit that a kind cannot have.
WRITTEN = {
    "number": "Write a number in digits, such as 10 or -2.5.",
    "date": "Write a day as YYYY-MM-DD.",
    "time": "Write a time as HH:MM, from 00:00 to 23:59.",
}
SCALE = {
    "min": f"A scale begins at {' or '.join(LEAST_OF_SCALE)}.",
    "max": f"A scale ends somewhere from {MOST_OF_SCALE[0]} to {MOST_OF_SCALE[-1]}.",
}
LENGTH = "A limit is at least 1; leave it empty for none."
# How to mend what breaks a rule of the envelope's.
MENDED = {
    "hidden_required": "A hidden field cannot be required: nobody could mend it.",
    "scale_least": SCALE["min"],
    "scale_most": SCALE["max"],
    "limits": "The most is below the least.",
    "step": "A step is above 0.",
    "lengths": "The most is below the least.",
    "pattern": "An example goes with a pattern: give both or none.",
    "example": "Give an answer that the whole pattern matches: visitors see it.",
    "sensitive": "Browsers fill in only what is not sensitive: untick that first.",
}

Problem = tuple[str, str]


def problems(question: Any) -> dict[str, str]:
    """Return what is wrong with a drafted question, by the member that it is wrong with."""
    found = dict(_alone(question))
    for rule in RULES:  # of several complaints about a member, the first
        if found.keys().isdisjoint(rule.members) and rule.is_broken(question):
            found[rule.members[0]] = MENDED[rule.name]
    return found


def _alone(question: Any) -> Iterator[Problem]:
    """What each member says for itself. "" and None say nothing."""
    for member in OF_KINDS:
        value = getattr(question, member)
        if value is None or value == "":
            continue
        if member not in KINDS[question.kind]:
            yield member, f"A field of kind {question.kind} has none: leave it empty."
            continue
        try:
            check_member(question.kind, member, value)
        except EnvelopeError as error:
            yield member, _in_words(member, question.kind, str(error))


def _in_words(member: str, kind: str, error: str) -> str:
    if member in {"min", "max", "step"}:
        return SCALE[member] if kind == "rating" else WRITTEN[kind]
    if member in {"min_length", "max_length"}:
        return LENGTH
    return f"This is {error}." if error.startswith("not") else f"{error[:1].upper()}{error[1:]}."
