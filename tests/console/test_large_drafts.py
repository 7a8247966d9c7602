"""Drafts of many questions in many languages: what can be published can be edited"""

from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from apps.envelope.encoding import MAX_BODY, dump_json
from apps.intake.drafting.composition import stored, texts_of
from apps.intake.models import Form, FormTranslation
from apps.intake.rules.draft_size import MAX_DRAFT, size_of, validate_size
from tests.console.drafting import complaints, draft
from tests.intake.people import Person, Publisher

pytestmark = pytest.mark.django_db

LANGUAGES = ["ar", "de", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr"]


def questions(count: int, length: int) -> list[dict[str, Any]]:
    return [
        {"name": f"q{number}", "label": f"Question {number}", "help": "x" * length}
        for number in range(count)
    ]


def translated(form: Form) -> None:
    """In ten more languages."""
    main = texts_of(stored(form=form))
    for language in LANGUAGES:
        texts = {key: f"{language} {text}"[: len(text)] for key, text in main.items()}
        FormTranslation.objects.create(form=form, language=language, texts=texts)


def as_shown(browser: Browser, form: Form) -> dict[str, Any]:
    """What the page of a form posts when nothing was changed."""
    page: Any = browser.get(f"/admin/intake/form/{form.pk}/change/")
    data: dict[str, Any] = {}
    forms = [page.context_data["adminform"].form]
    for inline in page.context_data["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for each in forms:
        for bound in each:
            value = bound.value()
            shown = bound.field.prepare_value(value)
            if shown is not None and shown is not False and shown != "":
                data[bound.html_name] = "on" if shown is True else shown
    return {name: value for name, value in data.items() if not isinstance(value, bytes)}


def posted_size(data: dict[str, Any]) -> int:
    return sum(len(name) + len(str(value).encode()) for name, value in data.items())


@pytest.mark.slow
def test_52_questions_in_11_languages_are_edited_and_published(
    admin_client: Browser, acme: Person
) -> None:
    assert draft(admin_client, acme, *questions(52, 1000), language="en") == ""
    form = Form.objects.get()
    translated(form)
    data = as_shown(admin_client, form)
    assert posted_size(data) > MAX_BODY + 64 * 1024  # what was refused before

    answer = admin_client.post(f"/admin/intake/form/{form.pk}/change/", data | {"title": "Edited"})

    assert complaints(answer) == ""
    form.refresh_from_db()
    assert form.title == "Edited"
    assert form.translations.count() == len(LANGUAGES)
    assert len(Publisher(acme, form).publish().languages) == 11


@pytest.mark.parametrize("over", [0, 1])
def test_the_most_is_taken_and_a_byte_more_is_not(over: int) -> None:
    empty = {"title": ""}
    wire = {"title": "x" * (MAX_DRAFT - size_of(empty) + over)}

    assert size_of(wire) == MAX_DRAFT + over
    if over:
        with pytest.raises(ValidationError, match="too large to be published"):
            validate_size(wire)
    else:
        validate_size(wire)


@pytest.mark.slow
def test_what_cannot_be_published_is_refused_when_it_is_saved_and_stays_on_the_page(
    admin_client: Browser, acme: Person
) -> None:
    choices = "\n".join(f"{number:03} | {number:03}{'x' * 480}" for number in range(256))
    fields = [{"name": f"q{number}", "kind": "select", "options": choices} for number in range(9)]

    page = draft(admin_client, acme, *fields, description="Typed for an hour")

    assert "too large to be published" in page
    assert "Shorten its texts" in page
    assert "Typed for an hour" in page
    assert page.count(f"255 | 255{'x' * 480}") == 9
    assert not Form.objects.exists()


MOST = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize("path", ["/admin/intake/form/add/", "/admin/login/"])
@pytest.mark.parametrize(
    "data",
    [{"title": "x" * MOST}, dict.fromkeys(map(str, range(5_001)), "")],
    ids=["size", "count"],
)
def test_a_post_above_every_limit_is_answered_with_words_and_a_next_step(
    admin_client: Browser, path: str, data: dict[str, str]
) -> None:
    answer = admin_client.post(path, data)

    assert answer.status_code == 413
    page = answer.content.decode()
    assert "This is more than this server takes at once" in page
    assert "Nothing was saved. Go back in your browser" in page
    assert "8 MiB" in page
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(answer["X-Request-Id"]) == 16


def test_a_post_just_below_is_looked_at(admin_client: Browser) -> None:
    blank = {"title": "", "slug": "visit"}
    room = MOST - sum(len(name) + len(value) + 2 for name, value in blank.items()) - 1024

    answer = admin_client.post("/admin/intake/form/add/", blank | {"description": "x" * room})

    assert answer.status_code == 200
    assert "Ensure this value has at most" in answer.content.decode()


def test_the_rule_is_one_number() -> None:
    assert MAX_DRAFT < MAX_BODY
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 8 * MAX_BODY
    assert size_of({"a": '"'}) == len(dump_json(dump_json({"a": '"'}).decode()))
