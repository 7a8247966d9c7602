"""Two admins who take one name at the same moment: the second reads so, on the page it posted"""

import html
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory

from apps.console.admin import form_admin
from apps.console.same_moment import looked_at_again
from apps.intake.drafting.draft_store import duplicate_draft, save_draft
from apps.intake.models import Form
from tests.console.drafting import ADD, LIST, complaints, drafted
from tests.intake.people import Person
from tests.vault.threads import SOON, is_waiting, threads

PNG = b"\x89PNG\r\n\x1a\n" + bytes(30)


def taken_slug(owner: Person) -> tuple[str, dict[str, Any]]:
    return ADD, drafted(owner, {}, title="Typed by the second", slug="visit")


def taken_name(owner: Person) -> tuple[str, dict[str, Any]]:
    password = "Typed by the second"
    names = {"username": "visit", "usable_password": "true"}
    return "/admin/auth/user/add/", names | {"password1": password, "password2": password}


def add_form(owner: Person) -> None:
    Form.objects.create(slug="visit", title="The first", owner=owner.row)


def add_user(owner: Person) -> None:
    User.objects.create_user("visit")


@pytest.mark.postgres  # SQLite lets one admin in after the other
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (add_form, taken_slug, "This is an address of The first, or was"),
        (add_user, taken_name, "A user with that username already exists."),
    ],
)
def test_the_second_is_told_on_its_own_page(
    admin_client: Browser,
    acme: Person,
    first: Callable[[Person], None],
    second: Callable[[Person], tuple[str, dict[str, Any]]],
    said: str,
) -> None:
    added, commit = threading.Event(), threading.Event()

    def add_slowly() -> None:
        with transaction.atomic():
            first(acme)
            added.set()
            assert commit.wait(SOON)

    with threads(2) as run:
        adding = run(add_slowly)
        assert added.wait(SOON)
        posting = run(admin_client.post, *second(acme))
        assert is_waiting(posting)
        commit.set()
        adding.result(SOON)
        answer = posting.result(SOON)

    assert answer.status_code == 200
    assert said in html.unescape(answer.content.decode())


@pytest.mark.postgres
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_duplicates_at_once_get_an_address_each(
    admin_client: Browser, acme: Person, form: Form
) -> None:
    added, commit = threading.Event(), threading.Event()

    def duplicate_slowly() -> None:
        with transaction.atomic():
            duplicate_draft(form=form)
            added.set()
            assert commit.wait(SOON)

    act = {"action": "duplicate", "_selected_action": [str(form.pk)]}
    with threads(2) as run:
        adding = run(duplicate_slowly)
        assert added.wait(SOON)
        posting = run(admin_client.post, LIST, act)
        assert is_waiting(posting)
        commit.set()
        adding.result(SOON)
        assert posting.result(SOON).status_code == 302

    assert set(Form.objects.values_list("slug", flat=True)) == {"signup", "signup-2", "signup-3"}


@pytest.mark.django_db
def test_a_post_that_a_constraint_refused_is_looked_at_again_with_its_files(
    admin_client: Browser, acme: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [IntegrityError("taken")]

    def refused_once(**draft: Any) -> bool:
        if refusals:
            raise refusals.pop()
        return save_draft(**draft)

    monkeypatch.setattr(form_admin, "save_draft", refused_once)
    logo = SimpleUploadedFile("logo.png", PNG, "image/png")

    assert complaints(admin_client.post(ADD, drafted(acme, {}, logo_file=logo))) == ""

    assert bytes(Form.objects.get().logo) == PNG


@pytest.mark.parametrize(("method", "times"), [("get", 1), ("post", 2)])
def test_what_is_refused_again_is_an_error(method: str, times: int) -> None:
    asked = []

    def view(request: HttpRequest) -> HttpResponse:
        asked.append(request.method)
        raise IntegrityError("taken")

    with pytest.raises(IntegrityError):
        looked_at_again(view)(getattr(RequestFactory(), method)("/"))

    assert len(asked) == times
