"""The medical intake form as a draft: what the database makes of it, and its visitors' answers."""

import pytest

from apps.envelope.answers import problems
from apps.intake.drafting.composition import draft_of
from tests.forms.drafting import create_form
from tests.forms.medical_intake import MEDICAL_INTAKE, NAMES, SLUG
from tests.forms.medical_visitors import EMPTY, VISITORS, Visitor
from tests.intake.people import Person, Publisher, enrolled

KINDS = {
    "text", "textarea", "email", "tel", "number", "date", "time", "select", "radio",
    "checkboxes", "checkbox", "rating", "consent", "hidden",
}  # fmt: skip
PAGES = 4


@pytest.fixture
def practice(db: None) -> Person:
    return enrolled("practice")


def test_the_form_asks_forty_questions_of_every_kind() -> None:
    """So that nobody makes the fixture smaller and its tests easier."""
    assert len(NAMES) == 40
    assert sum(section["page"] for section in MEDICAL_INTAKE["sections"]) == PAGES
    assert {field["kind"] for field in MEDICAL_INTAKE["fields"]} == KINDS


def test_a_draft_says_what_was_written_down(practice: Person) -> None:
    form = create_form(owner=practice.row, slug=SLUG, draft=MEDICAL_INTAKE)
    draft = draft_of(form=form)
    assert (draft.pop("form"), draft.pop("slug")) == (str(form.id), SLUG)
    assert draft == MEDICAL_INTAKE


@pytest.mark.parametrize("visitor", VISITORS.values(), ids=VISITORS)
def test_what_visitors_answer_is_in_order(practice: Person, visitor: Visitor) -> None:
    form = create_form(owner=practice.row, slug=SLUG, draft=MEDICAL_INTAKE)
    manifest = Publisher(practice, form).manifest()
    answers = {k: v for values in visitor.expected().values() for k, v in values.items()}
    assert problems(manifest, answers) == {}
    assert set(problems(manifest, EMPTY).values()) == {"required"}
