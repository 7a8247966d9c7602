"""Sections and further languages of a draft in the admin"""

from collections.abc import Iterable
from typing import Any

import pytest
from django.test import Client as Browser

from apps.intake.drafting.composition import draft_of
from apps.intake.models import Form, FormTranslation
from tests.console.drafting import LIST, Rows, complaints, draft, drafted, inline
from tests.intake.people import Person, Publisher

pytestmark = pytest.mark.slow

FIELDS: Rows = [
    {"order": "1", "name": "fullname", "label": "Full name", "type": "contact", "required": "on"},
    {"order": "2", "name": "smoker", "label": "Do you smoke?", "kind": "radio", "type": "health",
     "options": "yes | Yes\nno | No"},
    {"order": "3", "name": "daily", "label": "How many a day?", "kind": "number", "min": "1",
     "type": "health", "when": "smoker = yes"},
    {"order": "4", "name": "agree", "label": "Consent", "kind": "consent", "text": "I agree.",
     "type": "consent", "required": "on"},
]  # fmt: skip
SECTIONS: Rows = [
    {"order": "1", "title": "You"},
    {"order": "2", "title": "Your health", "text": "As far as you know.", "page": "on"},
    {"order": "4", "title": "Before you send", "when": "smoker = yes, no"},
]
ARABIC = """\
title = زيارة
# a remark
field.fullname.label = الاسم الكامل
field.smoker.label=هل تدخن؟
field.smoker.option.yes = نعم
field.smoker.option.no = لا
field.daily.label =

field.agree.text = أوافق
  على كل شيء.
section.2.title = صحتك
"""


def visit(browser: Browser, owner: Person, **changes: Any) -> str:
    """Draft a form of three sections in two languages."""
    parts: dict[str, Any] = {
        "sections": SECTIONS,
        "translations": [{"language": "ar", "lines": ARABIC.replace("\n", "\r\n")}],
        "language": "en",
    }
    return draft(browser, owner, *FIELDS, **parts | changes)


def test_sections_conditions_and_arabic_are_drafted_and_can_be_signed(
    admin_client: Browser, acme: Person
) -> None:
    assert visit(admin_client, acme) == ""

    manifest = Publisher(acme, Form.objects.get()).publish()
    assert manifest.languages == ("en", "ar")
    assert manifest.title == {"en": "Visit", "ar": "زيارة"}
    fullname, smoker, daily, agree = manifest.fields
    assert fullname.label == {"en": "Full name", "ar": "الاسم الكامل"}
    assert smoker.options[0].label == {"en": "Yes", "ar": "نعم"}
    assert daily.label == "How many a day?"
    assert [(each.field, each.values) for each in daily.when] == [("smoker", ("yes",))]
    assert agree.text == {"en": "I agree.", "ar": "أوافق\nعلى كل شيء."}
    assert [section.fields for section in manifest.sections] == [
        ("fullname",), ("smoker", "daily"), ("agree",),
    ]  # fmt: skip
    assert [section.page for section in manifest.sections] == [True, True, False]
    assert manifest.sections[1].title == {"en": "Your health", "ar": "صحتك"}
    assert manifest.sections[2].when[0].values == ("yes", "no")


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ({"order": "2", "title": "Again"}, "begins before another question"),
        ({"order": "3", "when": "daily = 1"}, "not a question that comes before"),
        ({"order": "3", "when": "fullname = Ada"}, "only choices, boxes, consents and ratings"),
        ({"order": "3", "when": "smoker = maybe"}, "has no answer maybe"),
        ({"order": "1", "when": "smoker = yes"}, "not a question that comes before"),
        ({"order": "3", "title": "x" * 201}, "at most 200"),
        ({"order": "3", "text": "x" * 4001}, "at most 4000"),
        ({"order": ""}, "required"),
    ],
)
def test_a_section_that_cannot_be_signed_is_refused(
    section: dict[str, str], complaint: str, admin_client: Browser, acme: Person
) -> None:
    rows = [{"order": "2", "title": "Your health"}, section]

    assert complaint in visit(admin_client, acme, sections=rows, translations=[])
    assert not Form.objects.exists()


def test_more_sections_than_a_manifest_holds_are_refused(
    admin_client: Browser, acme: Person
) -> None:
    rows = [{"order": str(place), "title": "x"} for place in range(65)]

    assert "at most 64 sections" in visit(admin_client, acme, sections=rows, translations=[])


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([{"language": "arabic"}], "Write a language as its tag"),
        ([{"language": "pt-br"}], "Write a language as its tag"),
        ([{"language": "", "lines": "title = x"}], "required"),
        ([{"language": "en"}], "own not at all"),
        ([{"language": "de"}, {"language": "de"}], "duplicate"),
        ([{"language": "de", "lines": "title = x\n\nheading = y"}], "Line 3: heading is no text"),
        ([{"language": "de", "lines": "field.age.label = y"}], "Line 1: field.age.label is no"),
        ([{"language": "de", "lines": "description = y"}], "Line 1: description is no text"),
        ([{"language": "de", "lines": "no sign"}], "Line 1: no sign is no text"),
        ([{"language": "de", "lines": "title = x\ntitle = y"}], "Line 2: title stands there twice"),
        ([{"language": "de", "lines": "title = " + "x" * 201}], "Line 1: title has at most 200"),
        ([{"language": f"{a}{b}"} for a in "abcd" for b in "abcd"], "at most 16 languages"),
    ],
)
def test_a_translation_that_cannot_be_signed_is_refused(
    rows: Rows, complaint: str, admin_client: Browser, acme: Person
) -> None:
    assert complaint in visit(admin_client, acme, translations=rows)
    assert not Form.objects.exists()


def test_a_translation_needs_the_forms_own_language(admin_client: Browser, acme: Person) -> None:
    assert "which language the form itself" in visit(admin_client, acme, language="")


@pytest.fixture
def visited(admin_client: Browser, acme: Person) -> Form:
    assert visit(admin_client, acme) == ""
    return Form.objects.get()


def again(browser: Browser, form: Form, owner: Person, **changes: dict[str, str]) -> str:
    """Save the draft as it was, but for some members of the fields and sections that are named."""
    data = drafted(owner, *stored(FIELDS, form.fields.all(), changes), language="en")
    data |= {"fields-INITIAL_FORMS": len(FIELDS)}
    data |= inline("sections", stored(SECTIONS, form.sections.all(), changes), len(SECTIONS))
    lines = [{"language": "ar", "lines": ARABIC}]
    data |= inline("translations", stored(lines, form.translations.all(), changes), 1)
    return complaints(browser.post(f"{LIST}{form.pk}/change/", data))


def stored(rows: Rows, existing: Iterable[Any], changes: dict[str, dict[str, str]]) -> Rows:
    """Rows as the page posts them that shows what is stored."""
    return [
        row
        | {"id": str(each.pk), "form": str(each.form_id)}
        | changes.get(row.get("name") or row.get("title") or "", {})
        for row, each in zip(rows, existing, strict=True)
    ]


def test_a_translation_shows_what_is_missing_below_what_it_says_now(
    admin_client: Browser, visited: Form
) -> None:
    shown = complaints(admin_client.get(f"{LIST}{visited.pk}/change/"))

    assert "# How many a day?\nfield.daily.label =\n" in shown
    assert "# Full name\nfield.fullname.label = الاسم الكامل\n" in shown
    assert "# I agree.\nfield.agree.text = أوافق\n  على كل شيء.\n" in shown


def test_a_renamed_question_keeps_its_translation(
    admin_client: Browser, acme: Person, visited: Form
) -> None:
    assert again(admin_client, visited, acme, fullname={"name": "name"}) == ""

    draft = draft_of(form=Form.objects.get())
    assert draft["fields"][0]["label"] == {"en": "Full name", "ar": "الاسم الكامل"}


def test_texts_of_a_question_that_is_deleted_are_forgotten(
    admin_client: Browser, acme: Person, visited: Form
) -> None:
    assert again(admin_client, visited, acme, fullname={"DELETE": "on"}) == ""

    texts = FormTranslation.objects.get().texts
    assert "field.fullname.label" not in texts
    assert texts["field.smoker.label"] == "هل تدخن؟"


def test_a_condition_follows_its_question_to_another_kind(
    admin_client: Browser, acme: Person, visited: Form
) -> None:
    changes = {
        "smoker": {"kind": "checkbox", "options": ""},
        "Before you send": {"when": "smoker = yes"},
    }

    assert again(admin_client, visited, acme, **changes) == ""

    daily = draft_of(form=Form.objects.get())["fields"][2]
    assert daily["when"] == [{"field": "smoker", "in": [True]}]
    assert FormTranslation.objects.get().texts["section.2.title"] == "صحتك"


def test_a_section_that_moves_keeps_its_translation(
    admin_client: Browser, acme: Person, visited: Form
) -> None:
    changes = {"Your health": {"order": "3"}}

    assert again(admin_client, visited, acme, **changes) == ""

    section = draft_of(form=Form.objects.get())["sections"][1]
    assert section["title"] == {"en": "Your health", "ar": "صحتك"}
    assert section["fields"] == ["daily"]
