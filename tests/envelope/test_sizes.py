"""What the size of a sealed answer tells: nothing of options and branches (docs/protocol.md §8)."""

import re
import sys
from typing import Any

import pytest

from apps.envelope import submissions
from apps.envelope.answers import empty_value, problems
from apps.envelope.encoding import INVISIBLE, MAX_BODY, MAX_FIELDS, MAX_ROOM, visible
from apps.envelope.errors import MalformedError
from apps.envelope.fields import Value
from apps.envelope.manifests import MAX_TYPES, Manifest, parse_manifest
from apps.envelope.questions import CHOICES
from apps.envelope.seen import WHITE
from apps.envelope.submissions import dump_submission, rooms, seal_submission
from tests.envelope.operations import Json
from tests.tools.scenarios.manifests import MANIFEST, TYPES, question, written
from tests.tools.scenarios.questions import asked, of
from tests.tools.scenarios.sections import section, when

LONG = ("Yes, " + "and then some " * 12).strip()
SMOKER = question("smoker", "contact", "radio", "no", "yes")
SMOKES = {"when": [when("smoker", "yes")]}
PROOF = 1024  # what static/src/form/sending/submission.js leaves for it


def form(*fields: Json, **changes: Any) -> Manifest:
    return parse_manifest(of(*fields, **changes).encode())


def sizes(manifest: Manifest, given: dict[str, Value]) -> tuple[int, ...]:
    """The sizes that a server sees: of the whole body, and of each sealed value."""
    answers = {field.name: empty_value(field) for field in manifest.fields} | given
    assert problems(manifest, answers) == {}
    records, _ = seal_submission(manifest, answers)
    values = [len(sealed.c) for record in records for sealed in record.fields.values()]
    return len(dump_submission(records)), *values


@pytest.mark.parametrize("kind", ["select", "radio"])
def test_no_size_tells_which_option_was_taken(kind: str) -> None:
    options = ["no", LONG, "é" * 200, "\U0001f600" * 200, '"' * 200]
    manifest = form(question("choice", "contact", kind, *options))

    seen = {sizes(manifest, {"choice": taken}) for taken in ["", *options]}

    assert len(seen) == 1


def test_no_size_tells_how_many_boxes_are_ticked() -> None:
    options = [f"{n} {LONG}" for n in range(9)]
    manifest = form(question("boxes", "contact", "checkboxes", *options))

    seen = {sizes(manifest, {"boxes": options[:ticked]}) for ticked in range(10)}

    assert len(seen) == 1


@pytest.mark.parametrize("kind", ["text", "textarea", "email", "hidden"])
@pytest.mark.parametrize("by_section", [False, True])
def test_no_size_tells_which_branch_was_taken(kind: str, *, by_section: bool) -> None:
    fields = [SMOKER, asked(kind, "more") | ({} if by_section else SMOKES)]
    parts = [section("smoker", page=True), section("more") | SMOKES]
    manifest = form(*fields, **({"sections": parts} if by_section else {}))
    long = f"{'a' * 90}@{'b' * 60}.example" if kind == "email" else "x" * 1021

    shown = {sizes(manifest, {"smoker": "yes", "more": value}) for value in ("", long)}

    assert shown == {sizes(manifest, {"smoker": "no"})}


def test_no_size_tells_what_a_branch_has_besides_text() -> None:
    others: dict[str, Value] = {
        "tel": "+" + "1" * 40, "number": "-" + "1" * 39, "date": "2026-12-31", "time": "23:59",
        "rating": "5", "checkbox": True, "consent": True, "select": LONG, "radio": LONG,
        "checkboxes": [LONG],
    }  # fmt: skip
    options = [{"value": LONG, "label": "Yes"}]
    fields = [
        asked(kind) | SMOKES | ({"options": options} if kind in CHOICES else {}) for kind in others
    ]
    manifest = form(SMOKER, *fields)

    assert sizes(manifest, {**others, "smoker": "yes"}) == sizes(manifest, {"smoker": "no"})


@pytest.mark.parametrize("most", [1, 15, 16, 300, 1023])
def test_a_text_of_a_branch_has_room_for_as_much_as_it_may_say(most: int) -> None:
    manifest = form(SMOKER, asked("textarea", "more", max_length=most) | SMOKES)

    for character in ("x", "\n", '"', "\U0001f600"):
        taken = sizes(manifest, {"smoker": "yes", "more": character * most})
        assert taken == sizes(manifest, {"smoker": "no"})


def test_what_is_longer_than_its_room_is_sealed_as_long_as_it_is() -> None:
    manifest = form(SMOKER, asked("text", "more") | SMOKES, asked("text", "free"))

    none = sizes(manifest, {"smoker": "yes"})

    assert sizes(manifest, {"smoker": "yes", "more": "x" * 1022}) > none
    assert sizes(manifest, {"free": "x" * 62}) > none
    assert rooms(manifest) == {"smoker": 5, "more": 1023, "free": 0}


def test_the_largest_rooms_that_a_form_can_ask_for_fit_into_one_request() -> None:
    types = [TYPES[0] | {"type": f"t{n:063}"} for n in range(MAX_TYPES)]
    fields = [dict(SMOKER)] + [
        asked("textarea", f"f{n:063}", max_length=2**53 - 1) | SMOKES for n in range(1, MAX_FIELDS)
    ]
    for place, field in enumerate(fields):
        field["type"] = types[place % MAX_TYPES]["type"]
    manifest = parse_manifest(written(MANIFEST | {"types": types, "fields": fields}).encode())

    assert sorted(rooms(manifest).values())[1:] == [MAX_ROOM] * (MAX_FIELDS - 1)
    whole, *_ = sizes(manifest, {"smoker": "no"})
    assert whole < MAX_BODY - PROOF


def test_without_room_all_of_this_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "rooms", lambda manifest: {})
    choice = question("choice", "contact", "radio", "no", LONG)
    manifest = form(SMOKER, choice, asked("text", "more") | SMOKES)
    no = sizes(manifest, {"smoker": "no", "choice": "no"})

    assert sizes(manifest, {"smoker": "no", "choice": LONG}) != no
    assert sizes(manifest, {"smoker": "yes", "choice": "no", "more": "x" * 62}) != no


@pytest.mark.slow
def test_python_strips_what_the_protocol_calls_white_space_or_refuses_anywhere() -> None:
    every = "".join(map(chr, [*range(1, 0xD800), *range(0xE000, sys.maxunicode + 1)]))
    unseen = set(INVISIBLE.findall(every))
    spaces = set(re.findall(f"[{WHITE}]", every))
    assert unseen | {one for one in every if not one.strip()} == unseen | spaces

    for one in spaces | unseen:
        assert _refused(f"a{one}")
        assert _refused(f"{one}a")
        assert _refused(f"a{one}a") == (one in unseen)


def _refused(value: str) -> bool:
    try:
        visible(value, "value", 200)
    except MalformedError:
        return True
    return False
