"""The questions of a draft in the admin: kinds, limits, conditions"""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from apps.console.drafting.question_forms import ASKED, MORE
from apps.envelope.encoding import MAX_FIELDS
from apps.intake.drafting.composition import draft_of
from apps.intake.models import Form
from apps.intake.rules.validators import validate_fields
from tests.console.drafting import draft
from tests.intake.people import Person, Publisher

pytestmark = pytest.mark.slow

CHOICE = {"name": "smoker", "kind": "radio", "options": "yes\nno\nsometimes, at night"}
BOXES = "\n".join(f"{n:02}{'x' * 194}" for n in range(21))
EVERY_KIND: list[dict[str, Any]] = [
    {"kind": "text", "placeholder": "AB1", "pattern": "[A-Z]{2}\\d", "example": "AB1",
     "min_length": "3", "max_length": "3", "sensitive": None, "autocomplete": "postal-code"},
    {"kind": "textarea", "placeholder": "All of it", "max_length": "2000"},
    {"kind": "email", "sensitive": None, "autocomplete": "email"},
    {"kind": "tel", "pattern": "\\d+", "example": "123"},
    {"kind": "number", "min": "-1.5", "max": "10", "step": "0.5"},
    {"kind": "date", "min": "2020-01-01", "max": "2029-12-31"},
    {"kind": "time", "min": "08:00", "max": "17:30"},
    {"kind": "select", "options": "a | Ay\nb | Bee"},
    CHOICE,
    {"kind": "checkboxes", "options": "a\nb", "required": "on"},
    {"kind": "checkbox", "required": "on"},
    {"kind": "rating", "min": "0", "max": "10", "low": "Never", "high": "Always"},
    {"kind": "consent", "text": "I agree to\r\neverything.", "required": "on"},
    {"kind": "hidden", "max_length": "20"},
]  # fmt: skip


def test_every_kind_with_all_that_it_may_say_can_be_signed(
    admin_client: Browser, acme: Person
) -> None:
    fields = [field | {"name": f"q{place}"} for place, field in enumerate(EVERY_KIND)]

    assert draft(admin_client, acme, *fields) == ""

    manifest = Publisher(acme, Form.objects.get()).publish()
    assert [field.kind for field in manifest.fields] == [field["kind"] for field in EVERY_KIND]
    first, consent = manifest.fields[0], manifest.fields[12]
    assert (first.pattern, first.example) == ("[A-Z]{2}\\d", "AB1")
    assert (first.min_length, first.max_length) == (3, 3)
    assert (first.autocomplete, first.sensitive) == ("postal-code", False)
    assert consent.text == "I agree to\neverything."


def test_spaces_around_an_option_are_not_part_of_it(admin_client: Browser, acme: Person) -> None:
    options = f"No\u3000| Never\t\n\xa0Yes{' ' * 70}| Yes\n"

    assert draft(admin_client, acme, {"kind": "radio", "options": options}) == ""

    [field] = draft_of(form=Form.objects.get())["fields"]
    assert [option["value"] for option in field["options"]] == ["No", "Yes"]
    Publisher(acme, Form.objects.get()).publish()


def test_a_label_may_hold_what_a_value_may_not(admin_client: Browser, acme: Person) -> None:
    zwnj = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"

    assert draft(admin_client, acme, {"kind": "radio", "options": f"yes | {zwnj}"}) == ""

    [field] = Publisher(acme, Form.objects.get()).publish().fields
    assert field.options[0].label == zwnj


def test_a_scale_has_the_usual_ends_unless_it_says_others(
    admin_client: Browser, acme: Person
) -> None:
    assert draft(admin_client, acme, {"kind": "rating"}) == ""

    [field] = draft_of(form=Form.objects.get())["fields"]
    assert (field["min"], field["max"]) == ("1", "5")


@pytest.mark.parametrize(
    ("field", "member", "complaint"),
    [
        ({"kind": "number", "pattern": "a", "example": "a"}, "pattern", "has none"),
        ({"kind": "text", "min": "1"}, "min", "has none"),
        ({"kind": "text", "text": "Agreed?"}, "text", "has none"),
        ({"kind": "checkbox", "placeholder": "x"}, "placeholder", "has none"),
        ({"kind": "hidden", "required": "on"}, "required", "nobody could mend it"),
        ({"kind": "number", "min": "one"}, "min", "in digits"),
        ({"kind": "number", "max": "1,5"}, "max", "in digits"),
        ({"kind": "number", "min": "10", "max": "9.5"}, "max", "below the least"),
        ({"kind": "number", "step": "0"}, "step", "above 0"),
        ({"kind": "number", "step": "-1"}, "step", "above 0"),
        ({"kind": "date", "min": "2021-02-29"}, "min", "YYYY-MM-DD"),
        ({"kind": "date", "min": "2021-03-01", "max": "2021-02-28"}, "max", "below the least"),
        ({"kind": "time", "max": "24:00"}, "max", "HH:MM"),
        ({"kind": "rating", "min": "2"}, "min", "0 or 1"),
        ({"kind": "rating", "max": "11"}, "max", "2 to 10"),
        ({"min_length": "0"}, "min_length", "at least 1"),
        ({"min_length": "3", "max_length": "2"}, "max_length", "below the least"),
        ({"pattern": "a("}, "pattern", "a group does not end"),
        ({"pattern": "\\w+", "example": "a"}, "pattern", "at character 2"),
        ({"pattern": "a+"}, "example", "the whole pattern matches"),
        ({"pattern": "a+", "example": "b"}, "example", "the whole pattern matches"),
        ({"example": "b"}, "pattern", "both or none"),
        ({"autocomplete": "name"}, "autocomplete", "not sensitive"),
        ({"autocomplete": "cc-number", "sensitive": None}, "autocomplete", "valid choice"),
        ({"kind": "rating", "low": "x" * 101}, "low", "at most 100"),
        ({"placeholder": "x" * 201}, "placeholder", "at most 200"),
        ({"kind": "consent", "text": "x" * 4001}, "text", "at most 4000"),
        ({"kind": "radio", "options": "No\nYes\u200b | Yes"}, "options", r"'Yes\u200b' holds"),
        ({"kind": "select", "options": "\ufeffYes"}, "options", r"'\ufeffYes' holds"),
        ({"kind": "checkboxes", "options": "a\xadb"}, "options", r"'a\xadb' holds"),
        ({"kind": "checkboxes", "options": BOXES}, "options", "at most 4095 bytes"),
    ],
)
def test_what_a_kind_may_not_say_is_refused_beside_it(
    field: dict[str, Any], member: str, complaint: str, admin_client: Browser, acme: Person
) -> None:
    shown = draft(admin_client, acme, field)

    assert complaint in errors_of(shown, member)
    assert not Form.objects.exists()


def test_an_error_among_the_further_members_is_not_folded_away(
    admin_client: Browser, acme: Person
) -> None:
    fine = draft(admin_client, acme, {}, title="")
    wrong = draft(admin_client, acme, {"kind": "number", "step": "0"}, title="")

    assert len(re.findall("<details", fine)) == len(re.findall("<details", wrong)) + 1


def errors_of(page: str, member: str, row: str = "fields-0") -> str:
    """The complaints that stand in one member's own row."""
    start = page.index(f'form-row errors field-{member}"', page.index(f'id="{row}"'))
    return page[start : page.index(f'id="id_{row}-{member}"', start)]


def test_conditions_are_kept_in_the_words_of_a_manifest(
    admin_client: Browser, acme: Person
) -> None:
    saved = draft(
        admin_client,
        acme,
        CHOICE,
        {"name": "terms", "kind": "checkbox"},
        {"name": "pain", "kind": "rating"},
        {"name": "more", "when": 'smoker = yes, "sometimes, at night"\r\nterms = Yes\npain=4,5'},
    )

    assert saved == ""
    form = Form.objects.get()
    assert draft_of(form=form)["fields"][-1]["when"] == [
        {"field": "smoker", "in": ["yes", "sometimes, at night"]},
        {"field": "terms", "in": [True]},
        {"field": "pain", "in": ["4", "5"]},
    ]
    Publisher(acme, form).publish()


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        ("smoker", "question = answer"),
        ("smoker =", "question = answer"),
        ("= yes", "question = answer"),
        ("smoker = yes,", "question = answer"),
        ("smoker = maybe", "smoker has no answer maybe. It has: yes, no"),
        ("smoker = yes, yes", "each answer once"),
        ("nobody = yes", "nobody is not a question that comes before this one"),
        ("asked = yes", "asked is not a question that comes before this one"),
        ("later = yes", "later is not a question that comes before this one"),
        ("name = Ada", "only choices, boxes, consents and ratings"),
        ("terms = maybe", "terms has no answer maybe. It has: yes, no"),
        ("terms = yes, no", "Either yes or no"),
        ("pain = 6", "pain has no answer 6. It has: 1, 2, 3, 4, 5"),
        ("smoker = yes\n" * 9, "At most 8 conditions"),
    ],
)
def test_a_condition_that_cannot_be_signed_is_refused_beside_it(
    when: str, complaint: str, admin_client: Browser, acme: Person
) -> None:
    shown = draft(
        admin_client,
        acme,
        {"name": "asked", "when": when, "order": "5"},
        CHOICE | {"order": "1"},
        {"name": "terms", "kind": "checkbox", "order": "2"},
        {"name": "pain", "kind": "rating", "order": "3"},
        {"name": "name", "order": "4"},
        {"name": "later", "kind": "checkbox", "order": "99"},
    )

    assert complaint in errors_of(shown, "when")


def test_conditions_go_with_the_order_and_not_with_the_rows(
    admin_client: Browser, acme: Person
) -> None:
    shown = draft(
        admin_client,
        acme,
        {"name": "asked", "when": "smoker = yes", "order": "2"},
        CHOICE | {"order": "1"},
    )

    assert shown == ""


def test_as_many_questions_as_a_manifest_holds_can_be_drafted(
    admin_client: Browser, acme: Person
) -> None:
    blank = dict.fromkeys((*ASKED, *MORE), "")
    fields = [blank | {"name": f"q{n}", "label": "Q", "kind": "text", "type": "a"}
              for n in range(MAX_FIELDS)]  # fmt: skip

    assert draft(admin_client, acme, *fields) == ""


def test_more_questions_than_a_manifest_holds_are_refused() -> None:
    with pytest.raises(ValidationError, match="at most 128 fields"):
        validate_fields([("a", "b")] * (MAX_FIELDS + 1))
