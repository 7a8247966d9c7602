"""How a form looks, what it asks of who sends it, and what was counted: effective at once"""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client as Browser
from django.utils import timezone

from apps.intake.models import Failure, Form
from apps.intake.visiting.failures import CODES, count_failure
from tests.console.drafting import ADD, LIST, complaints, draft, drafted
from tests.intake.people import Person
from tests.tools.selection import slow

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
WEBP = b"RIFF\x00\x00\x00\x00WEBP" + bytes(40)


def page(browser: Browser, form: Form) -> str:
    return complaints(browser.get(f"{LIST}{form.pk}/change/"))


def upload(content: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def test_colours_font_and_corners_are_kept(admin_client: Browser, acme: Person) -> None:
    look = {"accent": "#5B2A86", "accent_dark": "#d9b8ff", "font": "serif", "radius": 0}

    assert draft(admin_client, acme, {}, **look) == ""

    form = Form.objects.get()
    assert (form.accent, form.accent_dark) == ("#5b2a86", "#d9b8ff")
    assert (form.font, form.radius) == ("serif", 0)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"accent": "teal"}, "six digits"),
        ({"accent": "#ffd400"}, "cannot be read on light pages: its contrast is 1."),
        ({"radius": 25}, "less than or equal to 24"),
        ({"logo_file": upload(b"<svg xmlns='http://www.w3.org/2000/svg'/>")}, "PNG, JPEG or WebP"),
        *slow(
            ({"accent": "#123"}, "six digits"),
            ({"accent": "#1f5f5b;}"}, "at most 7"),
            ({"accent_dark": "#1f5f5b"}, "cannot be read on dark pages"),
            ({"font": "comic"}, "valid choice"),
            ({"min_seconds": 61}, "less than or equal to 60"),
            ({"work_bits": 25}, "less than or equal to 24"),
            ({"work_bits": -1}, "greater than or equal to 0"),
            ({"logo_file": upload(b"GIF89a" + bytes(20))}, "PNG, JPEG or WebP"),
            ({"logo_file": upload(PNG + bytes(100 * 1024))}, "at most 100 KiB"),
            ({"logo_file": upload(b"")}, "empty"),
        ),
    ],
)
def test_what_nobody_could_read_or_render_is_refused(
    changes: dict[str, Any], complaint: str, admin_client: Browser, acme: Person
) -> None:
    assert complaint in draft(admin_client, acme, {}, **changes)
    assert not Form.objects.exists()


@pytest.mark.parametrize(
    ("content", "type"),
    [
        (PNG, "image/png"),
        *slow((b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"), (WEBP, "image/webp")),
    ],
)
def test_a_logo_is_what_its_first_bytes_say(
    content: bytes, type: str, admin_client: Browser, acme: Person
) -> None:
    assert draft(admin_client, acme, {}, logo_file=upload(content, "logo.svg")) == ""

    form = Form.objects.get()
    assert (bytes(form.logo), form.logo_type) == (content, type)
    assert f"src='data:{type};base64," in page(admin_client, form)


@pytest.mark.slow
def test_a_logo_stays_until_it_is_removed(admin_client: Browser, acme: Person) -> None:
    draft(admin_client, acme, {}, logo_file=upload(PNG))
    form = Form.objects.get()
    field = {"id": str(form.fields.get().pk), "form": str(form.pk)}
    data = drafted(acme, field) | {"fields-INITIAL_FORMS": 1}

    admin_client.post(f"{LIST}{form.pk}/change/", data)
    assert bytes(Form.objects.get().logo) == PNG
    admin_client.post(f"{LIST}{form.pk}/change/", data | {"remove_logo": "on"})

    form.refresh_from_db()
    assert (bytes(form.logo), form.logo_type) == (b"", "")
    assert "remove_logo" not in page(admin_client, form)


@pytest.mark.parametrize(
    "changes",
    [
        {"min_seconds": 61},
        {"work_bits": 25},
        {"radius": 25},
        {"font": "comic"},
        {"logo": b"x", "logo_type": ""},
        {"logo": b"x", "logo_type": "image/svg+xml"},
        {"logo": bytes(100 * 1024 + 1), "logo_type": "image/png"},
    ],
)
def test_the_database_refuses_it_too(changes: dict[str, Any], form: Form) -> None:
    with pytest.raises(IntegrityError):
        Form.objects.update(**changes)


def test_a_new_form_asks_for_two_seconds(admin_client: Browser) -> None:
    assert 'name="min_seconds" value="2"' in complaints(admin_client.get(ADD))


@pytest.mark.slow
def test_nothing_failed_is_said(admin_client: Browser, form: Form) -> None:
    assert "None in the last 30 days" in page(admin_client, form)


@pytest.mark.slow
def test_failures_are_told_by_reason_and_number_alone(admin_client: Browser, form: Form) -> None:
    for code in ("noscript", "clock", "clock"):
        count_failure(form=form, code=code)
    today = timezone.now().date()
    Failure.objects.create(form=form, day=today - timedelta(days=29), code="clock", count=5)
    Failure.objects.create(form=form, day=today - timedelta(days=30), code="clock", count=70)

    shown = page(admin_client, form)

    rows = [f"<tr><td>{code}</td><td>{CODES[code]}</td><td>{times}</td></tr>"
            for code, times in (("clock", 7), ("noscript", 1))]  # fmt: skip
    assert "".join(rows) in shown


@pytest.mark.slow
def test_a_new_draft_has_no_failures_to_tell(admin_client: Browser) -> None:
    assert "Failures" not in complaints(admin_client.get(ADD))
