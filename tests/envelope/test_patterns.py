"""Patterns: what is written for RE2 means what Python's own engine means by the pattern."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.envelope.errors import MalformedError
from apps.envelope.patterns import MAX_PATTERN, check_pattern, matches
from tests.tools.drawing import examples

SPECIALS = "\\^$.*+?()[]{}|/"
CHARACTERS = st.sampled_from(["a", "b", "é", "😀", "-", " ", "\\d", *(f"\\{c}" for c in SPECIALS)])
MEMBERS = st.sampled_from(["a-c", "b", "\\d", "\\-", "\\]", "\\^", "é-ü", "😀-😂", " ", "\\\\"])
CLASSES = st.builds(
    lambda mark, members: f"[{mark}{''.join(members)}]",
    st.sampled_from(["", "^"]),
    st.lists(MEMBERS, min_size=1, max_size=3),
)
COUNTS = st.sampled_from(["", "", "?", "*", "+", "{2}", "{0,2}", "{1,}", "{0,}"])
ITEMS = st.builds(str.__add__, CHARACTERS | CLASSES, COUNTS)
PATTERNS = st.recursive(
    st.lists(ITEMS, min_size=1, max_size=3).map("".join),
    lambda inner: st.builds(
        lambda one, other, mark, tail: f"({one}|{other}){mark}{tail}",
        inner, inner, st.sampled_from(["", "?"]), ITEMS,
    ),
    max_leaves=4,
).filter(lambda pattern: len(pattern) <= MAX_PATTERN)  # fmt: skip
VALUES = st.text(st.sampled_from("abcé😀😁-]^\\ 0579\n.(/"), max_size=6)


@pytest.mark.slow
@examples(300)
@given(PATTERNS, VALUES)
def test_a_pattern_matches_what_python_s_engine_matches(pattern: str, value: str) -> None:
    expected = re.compile(pattern, re.ASCII).fullmatch(value) is not None
    assert matches(pattern, value) == expected


@pytest.mark.slow
@examples(300)
@given(st.text(st.sampled_from("ab01,-^?*+()[]{}|\\d./$"), min_size=1, max_size=8))
def test_what_is_no_pattern_is_refused_and_the_rest_compiles(text: str) -> None:
    try:
        check_pattern(text)
    except MalformedError:
        return
    re.compile(text)
    matches(text, "ab01")


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("a*" * 120 + "b", "a" * 60_000),
        ("(a|aa)?" * 36 + "b", "a" * 60_000),
        ("(a|a)?(a|a)?(a|a)?" * 10 + "b", "a" * 60_000),
        ("(a?|b)?" * 36, "a" * 37),
    ],
)
def test_no_pattern_takes_time_that_explodes_with_the_value(pattern: str, value: str) -> None:
    assert not matches(pattern, value)


def test_the_largest_programs_still_match() -> None:
    for item in ("[^a]{100}", "[!-\U0010ffff]{0,100}", "[^a]{1,100}"):
        count = MAX_PATTERN // len(item)
        pattern, most = item * count, "é" * (100 * count)
        assert matches(pattern, most)
        assert not matches(pattern, most + "é")


def test_the_refusal_of_a_pattern_does_not_repeat_it() -> None:
    with pytest.raises(MalformedError) as refused:
        check_pattern("secret(")
    assert "secret" not in str(refused.value)
