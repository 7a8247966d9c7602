"""The order of a draft: numbers come of themselves, and sections stay with their question"""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.intake.drafting.composition import draft_of
from apps.intake.models import Form, FormField, FormSection
from tests.console.drafting import complaints, draft, drafted, inline
from tests.intake.people import Person
from tests.tools.selection import slow

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def names() -> list[tuple[int, str]]:
    return list(FormField.objects.values_list("order", "name"))


def pages() -> list[list[str]]:
    return [section["fields"] for section in draft_of(form=Form.objects.get())["sections"]]


@pytest.mark.parametrize(
    ("orders", "then"),
    [
        ((10, 20, 15), "acb"), ((5, "", 5), "acb"),
        *slow(
            ((1, 2, 3), "abc"), ((3, 2, 1), "cba"), ((1, 1, 1), "abc"),
            (("", "", ""), "abc"), ((0, 0, 32767), "abc"), ((2, 2, 1), "cab"),
        ),
    ],
)  # fmt: skip
def test_questions_are_numbered_from_one_without_gaps_or_doubles(
    admin_client: Browser, acme: Person, orders: tuple[Any, ...], then: str
) -> None:
    fields = [{"name": name, "order": order} for name, order in zip("abc", orders, strict=True)]

    assert draft(admin_client, acme, *fields) == ""

    assert names() == list(enumerate(then, start=1))


@pytest.mark.parametrize(
    ("sections", "then"),
    [
        ([1, 15, 20], [["a"], [], ["b", "c"]]),
        *slow(
            ([1, 20], [["a"], ["b", "c"]]),
            ([1, 11], [["a"], ["b", "c"]]),
            ([20, 31], [["a"], ["b", "c"], []]),
            ([5, 6], [[], ["a", "b", "c"]]),
        ),
    ],
)
def test_a_section_stays_before_its_question(
    admin_client: Browser, acme: Person, sections: list[int], then: list[list[str]]
) -> None:
    fields = [{"name": name, "order": place * 10} for place, name in enumerate("abc", start=1)]
    rows = [{"order": order, "title": f"At {order}", "page": "on"} for order in sections]

    assert draft(admin_client, acme, *fields, sections=rows) == ""

    assert pages() == then
    orders = list(FormSection.objects.values_list("order", flat=True))
    assert len(set(orders)) == len(orders)
    assert [name for _, name in names()] == ["a", "b", "c"]


def test_a_question_that_moves_renumbers_the_others_that_nobody_touched(
    admin_client: Browser, acme: Person
) -> None:
    draft(admin_client, acme, *({"name": name} for name in "abc"), sections=[{"order": 2}])
    form = Form.objects.get()
    stored = {field.name: field for field in form.fields.all()}
    rows = [
        {"id": field.pk, "form": form.pk, "name": name, "label": "A", "kind": "text",
         "type": "account", "sensitive": "on", "order": 0 if name == "c" else field.order}
        for name, field in stored.items()
    ]  # fmt: skip
    section = {"id": form.sections.get().pk, "form": form.pk, "order": 2}
    data = drafted(acme) | inline("fields", rows, 3) | inline("sections", [section], 1)

    answer = admin_client.post(f"/admin/intake/form/{form.pk}/change/", data)

    assert complaints(answer) == ""
    assert names() == [(1, "c"), (2, "a"), (3, "b")]
    assert pages() == [["c", "a"], ["b"]]
