"""No answer is larger than its question allows, and whatever keeps the rules fits."""

from dataclasses import replace
from typing import Any

import pytest

from apps.envelope.answers import problems
from apps.envelope.errors import LimitError
from apps.envelope.fields import MAX_PADDED, Sealed, Value, dump_value, sealed_size
from apps.envelope.formats import MAX_DECIMAL, MAX_EMAIL, MAX_TEL
from apps.envelope.manifests import Manifest, parse_manifest
from apps.envelope.questions import Field, Option
from apps.envelope.submissions import check_sizes, longest_seals, seal_submission
from tests.tools.scenarios.manifests import TEXT

SIGNED = parse_manifest(TEXT.encode())

OPTIONS = tuple(Option(value, value) for value in ("a", "b" * 90, "c"))
LABELS = ".".join(["a" * 63] * 3)
EMAIL = f"{'x' * (MAX_EMAIL - len(LABELS) - 1)}@{LABELS}"

# A question of each kind, and the longest answer that keeps its rules.
LONGEST: dict[str, tuple[dict[str, Any], Value]] = {
    "number": ({}, "-" + "1" * (MAX_DECIMAL - 1)),
    "date": ({}, "9999-12-31"),
    "time": ({}, "23:59"),
    "email": ({}, EMAIL),
    "tel": ({}, "+" + "1" * (MAX_TEL - 1)),
    "text": ({"max_length": 20}, "\U0001f600" * 20),
    "textarea": ({"max_length": 20}, "\n" * 20),
    "hidden": ({"max_length": 20}, "\x01" * 20),
    "select": ({"options": OPTIONS}, "b" * 90),
    "radio": ({"options": OPTIONS}, "b" * 90),
    "checkboxes": ({"options": OPTIONS}, ["a", "b" * 90, "c"]),
    "rating": ({"min": "1", "max": "5"}, "5"),
    "checkbox": ({}, True),
    "consent": ({"text": "yes"}, True),
}


def asking(kind: str, **of: Any) -> Manifest:
    """acme's form with this one question."""
    question = Field("answer", "contact", kind, "Answer", "", False, of.pop("options", ()), **of)
    inbox = next(one for one in SIGNED.types if one.type == "contact")
    return replace(SIGNED, fields=(question,), types=(inbox,), languages=(), sections=())


def resized(manifest: Manifest, size: int) -> tuple[Any, ...]:
    """A submission whose only value has a seal of this size."""
    [record], _ = seal_submission(manifest, {"answer": ""})
    sealed = record.fields["answer"]
    return (replace(record, fields={"answer": Sealed(sealed.k, bytes(size))}),)


@pytest.mark.parametrize("kind", LONGEST)
def test_the_longest_answer_fits_and_the_next_size_does_not(kind: str) -> None:
    of, longest = LONGEST[kind]
    manifest = asking(kind, **of)
    most = longest_seals(manifest)
    records, _ = seal_submission(manifest, {"answer": longest})

    assert problems(manifest, {"answer": longest}) == {}
    check_sizes(records, most)
    check_sizes(resized(manifest, most["answer"]), most)
    with pytest.raises(LimitError, match="answer"):
        check_sizes(resized(manifest, 2 * (most["answer"] - 28) + 28), most)


@pytest.mark.parametrize("kind", LONGEST)
def test_what_a_kind_cannot_be_is_refused_far_below_the_largest_value(kind: str) -> None:
    """A field that takes 64 KiB, whatever it asks, lets strangers fill a disk."""
    of, longest = LONGEST[kind]
    manifest = asking(kind, **of)

    for size in (MAX_PADDED, 16 * max(64, len(dump_value(longest)))):
        with pytest.raises(LimitError, match="answer"):
            check_sizes(resized(manifest, size + 28), longest_seals(manifest))


@pytest.mark.parametrize(("length", "size"), [(0, 64), (63, 64), (64, 128), (65_535, 65_536)])
def test_sizes_are_powers_of_two(length: int, size: int) -> None:
    assert sealed_size(length) == size + 28


def test_a_text_without_a_limit_may_be_as_long_as_any_value() -> None:
    assert longest_seals(asking("textarea"))["answer"] == MAX_PADDED + 28
