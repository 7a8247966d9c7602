"""What an admin may draft is what a manifest can say: no more, and no less"""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from apps.envelope.conditions import check_conditions, parse_when
from apps.envelope.errors import EnvelopeError
from apps.envelope.questions import AUTOCOMPLETE, KINDS, OPTIONAL, RULES, parse_field
from apps.envelope.seen import alike
from apps.intake.models import FormField
from apps.intake.rules import drafted_conditions
from apps.intake.rules.drafted_questions import MENDED, OF_KINDS, problems
from apps.intake.rules.kind_labels import AUTOCOMPLETE_LABELS, KIND_LABELS
from tests.tools.drawing import examples

PLAIN: dict[str, Any] = {
    "name": "a", "type": "account", "label": "A", "help": "", "required": False, "options": [],
    "placeholder": "", "text": "", "min": "", "max": "", "step": "", "min_length": None,
    "max_length": None, "pattern": "", "example": "", "low": "", "high": "", "autocomplete": "",
    "sensitive": True,
}  # fmt: skip
AY, BEE = {"value": "a", "label": "Ay"}, {"value": "b", "label": "Bee"}
# A question of each kind that can be signed, with all that it may say.
FULL: dict[str, dict[str, Any]] = {
    "text": {"placeholder": "x", "min_length": 1, "max_length": 9, "pattern": "a+", "example": "a",
             "autocomplete": "name", "sensitive": False},
    "textarea": {"placeholder": "x", "min_length": 1, "max_length": 9},
    "email": {"placeholder": "x", "max_length": 9, "autocomplete": "email", "sensitive": False},
    "tel": {"placeholder": "x", "pattern": "\\d+", "example": "1"},
    "number": {"placeholder": "x", "min": "-1", "max": "10", "step": "0.5"},
    "date": {"min": "2020-01-01", "max": "2020-12-31"},
    "time": {"min": "08:00", "max": "17:30"},
    "select": {"options": [AY, BEE]},
    "radio": {"options": [AY, BEE]},
    "checkboxes": {"options": [AY, BEE]},
    "checkbox": {"required": True},
    "rating": {"min": "1", "max": "5", "low": "poor", "high": "good"},
    "consent": {"text": "I agree."},
    "hidden": {"max_length": 9},
}  # fmt: skip

TEXTS = ["", "x", *("x" * length for length in (100, 101, 200, 201, 500, 501, 2000, 2001, 4000)),
         "x" * 4001, "\U0001f600" * 100, "a\0", "\ud800", " x "]  # fmt: skip
LIMITS = ["", "0", "1", "2", "5", "10", "11", "-1", "1.5", "01", "1e3", "2020-06-01", "2021-02-29",
          "2020-6-1", "09:30", "24:00", "9:30", "1" * 40, "1" * 41, "one"]  # fmt: skip
LENGTHS = [None, 0, 1, 5, 2**31 - 1]
OPTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "value": st.sampled_from(["a", "b", "c", "", " a", "a\u200b", "x" * 200, "x" * 201]),
            "label": st.sampled_from(["A", "", "x" * 500, "x" * 501, "a\u200b"]),
        }
    ),
    max_size=4,
)
POOLS: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["a", "a_1", "A", "1a", "_a", "", "a" * 64, "a" * 65]),
    "type": st.sampled_from(["account", "Account", ""]),
    "required": st.booleans(),
    "options": OPTIONS,
    "min": st.sampled_from(LIMITS),
    "max": st.sampled_from(LIMITS),
    "step": st.sampled_from(LIMITS),
    "min_length": st.sampled_from(LENGTHS),
    "max_length": st.sampled_from(LENGTHS),
    "pattern": st.sampled_from(["", "a+", "\\d+", "a(", "\\w", "a" * 256, "a" * 257]),
    "example": st.sampled_from(["", "a", "1", "x" * 201]),
    "autocomplete": st.sampled_from(["", "name", "cc-number"]),
    "sensitive": st.booleans(),
    **dict.fromkeys(
        ("label", "help", "placeholder", "text", "low", "high"), st.sampled_from(TEXTS)
    ),
}


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """A question that can be signed, and up to three changes to it."""
    kind = draw(st.sampled_from(list(KINDS)))
    question = PLAIN | {"kind": kind} | FULL[kind]
    for member in draw(st.lists(st.sampled_from(list(POOLS)), max_size=3)):
        question[member] = draw(POOLS[member])
    return question


def admin_takes(question: dict[str, Any]) -> bool:
    row = FormField(**question)
    try:
        row.clean_fields(exclude=["form"])
        row.clean()
    except ValidationError:
        return False
    return True


def envelope_takes(question: dict[str, Any]) -> bool:
    """As a manifest would say it: what says nothing is left out."""
    wire = {name: value for name, value in question.items() if name not in OPTIONAL}
    for name in set(OPTIONAL) - {"when"}:
        says = question[name] is False if name == "sensitive" else question[name] not in ("", None)
        if says:
            wire[name] = question[name]
    try:
        parse_field(wire, ())
    except EnvelopeError:
        return False
    return True


@pytest.mark.slow
@examples(400)
@given(questions())
def test_a_question_that_the_admin_takes_is_one_that_the_envelope_takes(
    question: dict[str, Any],
) -> None:
    assert admin_takes(question) == (envelope_takes(question) and can_be_told_apart(question))


def can_be_told_apart(question: dict[str, Any]) -> bool:
    """Whether no two choices read alike: a manifest may say so, and no admin would mean it."""
    labels = [alike(option["label"]) for option in question["options"]]
    return len(set(labels)) == len(labels)


def test_choices_that_read_alike_are_refused() -> None:
    question = PLAIN | {"kind": "radio", "options": [AY, BEE | {"label": "Ay"}]}
    assert envelope_takes(question)
    assert not admin_takes(question)


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_a_kind_may_say_can_be_drafted(kind: str) -> None:
    assert admin_takes(PLAIN | {"kind": kind} | FULL[kind])


EARLIER = [
    FormField(name="radio", kind="radio", options=[AY, BEE]),
    FormField(name="consent", kind="consent"),
    FormField(name="rating", kind="rating", min="0", max="3"),
    FormField(name="text", kind="text"),
]
CHOICES: dict[str, tuple[str | bool, ...]] = {
    "radio": ("a", "b"),
    "consent": (False, True),
    "rating": ("0", "1", "2", "3"),
}
WHEN = st.lists(
    st.fixed_dictionaries(
        {
            "field": st.sampled_from([*(each.name for each in EARLIER), "later"]),
            "in": st.lists(
                st.sampled_from(["a", "b", "c", True, False, "0", "3", "4"]), max_size=3
            ),
        }
    ),
    min_size=1,
    max_size=9,
)


@pytest.mark.slow
@examples(200)
@given(WHEN | st.lists(st.just({"field": "radio", "in": ["a"]}), min_size=7, max_size=9))
def test_a_condition_that_the_admin_takes_is_one_that_the_envelope_takes(when: list[Any]) -> None:
    try:
        drafted: Any = drafted_conditions.resolve(when, earlier=EARLIER)
    except ValidationError:
        drafted = None
    try:
        check_conditions(parse_when(when), CHOICES)
    except EnvelopeError:
        assert drafted is None
    else:
        assert drafted == when


def test_there_are_words_for_every_rule_member_and_kind() -> None:
    assert MENDED.keys() == {rule.name for rule in RULES}
    assert set(OF_KINDS) == set(OPTIONAL) - {"sensitive", "when"}
    assert KIND_LABELS.keys() == KINDS.keys() == FULL.keys()
    assert AUTOCOMPLETE_LABELS.keys() == AUTOCOMPLETE


def test_of_two_problems_with_one_member_the_first_is_told() -> None:
    question = FormField(**PLAIN | {"kind": "number", "min": "x", "max": "1", "step": "-1"})

    assert problems(question) == {
        "min": "Write a number in digits, such as 10 or -2.5.",
        "step": "A step is above 0.",
    }
