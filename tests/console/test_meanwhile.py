"""Two admins with one draft open: what the first saved is not overwritten without a word"""

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from apps.intake.models import Form
from tests.console.drafting import LIST, complaints, draft
from tests.console.test_large_drafts import as_shown
from tests.intake.people import Person
from tests.tools.selection import slow

pytestmark = pytest.mark.django_db

SAID = "Somebody saved this form after you opened it, and nothing of yours was saved"
GONE = "Somebody deleted this after you opened the page"


@pytest.fixture
def form(admin_client: Browser, acme: Person) -> Form:
    fields = [{"name": name} for name in "abc"]
    assert draft(admin_client, acme, *fields, sections=[{"order": 1}, {"order": 3}]) == ""
    return Form.objects.get()


def path(form: Form) -> str:
    return f"{LIST}{form.pk}/change/"


def moved(browser: Browser, form: Form) -> None:
    """The last question comes first."""
    shown = as_shown(browser, form) | {"fields-2-order": 0}
    assert complaints(browser.post(path(form), shown)) == ""


def closed(browser: Browser, form: Form) -> None:
    browser.post(LIST, {"action": "close", "_selected_action": [str(form.pk)]})


def listed(browser: Browser, form: Form) -> None:
    Form.objects.filter(pk=form.pk).update(origins=["https://a.example"])


def kept(form: Form) -> tuple[Any, ...]:
    form.refresh_from_db()
    names = [field.name for field in form.fields.all()]
    return names, form.title, form.closed, form.origins


@pytest.mark.parametrize("change", [moved, *slow(closed, listed)])
def test_what_was_saved_meanwhile_is_overwritten_by_nobody_who_has_not_read_so(
    change: Callable[[Browser, Form], None], admin_client: Browser, form: Form
) -> None:
    mine = as_shown(admin_client, form) | {"title": "Mine", "fields-1-order": 9}
    change(admin_client, form)
    theirs = kept(form)

    answer: Any = admin_client.post(path(form), mine)

    page = html.unescape(answer.content.decode())
    assert SAID in page
    assert 'value="Mine"' in page  # what was typed stays
    assert kept(form) == theirs

    again = mine | {"seen": answer.context_data["adminform"].form["seen"].value()}
    assert complaints(admin_client.post(path(form), again)) == ""
    assert kept(form)[1] == "Mine"


def test_a_question_that_was_deleted_meanwhile_is_named(admin_client: Browser, form: Form) -> None:
    mine = as_shown(admin_client, form)
    shown = as_shown(admin_client, form) | {"fields-1-DELETE": "on"}
    assert complaints(admin_client.post(path(form), shown)) == ""

    answer: Any = admin_client.post(path(form), mine)
    assert GONE in html.unescape(answer.content.decode())

    mine |= {"seen": answer.context_data["adminform"].form["seen"].value()}
    assert GONE in complaints(admin_client.post(path(form), mine))
    assert complaints(admin_client.post(path(form), mine | {"fields-1-DELETE": "on"})) == ""
    assert kept(form)[0] == ["a", "c"]


def test_who_saves_twice_is_asked_nothing(admin_client: Browser, form: Form) -> None:
    for title in ("One", "Two"):
        shown = as_shown(admin_client, form) | {"title": title}
        assert complaints(admin_client.post(path(form), shown)) == ""


def test_who_may_only_look_sees_no_mark(viewer: Browser, form: Form) -> None:
    page = viewer.get(path(form)).content.decode()

    assert "field-seen" not in page
