"""GET /f/SLUG/theme.css and /f/SLUG/logo: how a form's pages look"""

import re

import pytest
from django.test import Client as Browser

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.intake.html import Tags, get, policy

THEME, LOGO = "/f/signup/theme.css", "/f/signup/logo"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


def stylesheets(path: str = "/f/signup/") -> list[str]:
    links = Tags(get(path)).named("link")
    return [each["href"] or "" for each in links if each["rel"] == "stylesheet"]


def test_the_owners_colours_font_and_corners_are_properties(form: Form) -> None:
    Form.objects.update(accent="#7a1f5b", accent_dark="#f0b0d8", font="serif", radius=4)

    response = get(THEME)
    light, _, dark = response.content.decode().partition("@media (prefers-color-scheme: dark)")

    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "--sealform-accent: #7a1f5b; --sealform-accent-text: #ffffff;" in light
    assert "--sealform-radius: 0.25rem;" in light
    assert "serif" in light
    assert "--sealform-accent: #f0b0d8; --sealform-accent-text: #000000;" in dark


def test_no_other_site_is_asked_for_anything(form: Form) -> None:
    assert "url(" not in get(THEME).content.decode()
    assert "@import" not in get(THEME).content.decode()


def test_our_own_look_needs_no_further_file(manifest: Manifest) -> None:
    assert not any("theme.css" in each for each in stylesheets())


@pytest.mark.parametrize("path", ["/f/signup/", "/f/signup/embed/", "/f/signup/receipt/"])
def test_every_page_of_the_form_has_its_look(path: str, manifest: Manifest) -> None:
    Form.objects.update(accent="#7a1f5b", logo=PNG, logo_type="image/png")

    assert re.fullmatch(r"/f/signup/theme\.css\?v=[0-9a-f]{16}", stylesheets(path)[-1])


def test_a_look_is_kept_until_it_changes(manifest: Manifest) -> None:
    Form.objects.update(accent="#7a1f5b")
    first = stylesheets()[-1]
    Form.objects.update(accent="#1f5f5b")
    second = stylesheets()[-1]

    assert first != second
    assert get(first).headers["Cache-Control"] == "no-cache"  # it would now be another's content
    assert "immutable" in get(second).headers["Cache-Control"]


@pytest.mark.parametrize("path", [THEME, LOGO])
def test_who_has_it_already_is_told_so(path: str, form: Form) -> None:
    Form.objects.update(logo=PNG, logo_type="image/png")
    first = get(path)

    again = get(path, if_none_match=first.headers["ETag"])

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert get(path, if_none_match='"another"').status_code == 200


def test_a_logo_is_served_as_the_image_that_it_was_checked_to_be(form: Form) -> None:
    Form.objects.update(logo=PNG, logo_type="image/png")

    response = get(LOGO)

    assert response.content == PNG
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


def test_a_logo_that_were_a_page_could_do_nothing(form: Form) -> None:
    Form.objects.update(logo=PNG + b"<script>alert(1)</script>", logo_type="image/png")

    found = policy(get(LOGO))

    assert found == {"default-src": "'none'", "frame-ancestors": "'none'", "sandbox": ""}


@pytest.mark.parametrize("path", ["/f/signup/", "/f/signup/embed/"])
def test_the_page_shows_it(path: str, manifest: Manifest) -> None:
    def logos() -> list[dict[str, str | None]]:
        return [each for each in Tags(get(path)).named("img") if each.get("class") == "logo"]

    assert logos() == []
    Form.objects.update(logo=PNG, logo_type="image/png")

    [logo] = logos()

    assert get(logo["src"] or "").content == PNG
    assert logo["alt"] == "acme"
    assert policy(get(path))["img-src"] == "'self'"


def test_there_is_none_where_none_was_given(form: Form) -> None:
    assert get(LOGO).status_code == 404
    assert get("/f/nothing/logo").status_code == 404
    assert get("/f/nothing/theme.css").status_code == 404


def test_nobody_posts_here(form: Form) -> None:
    assert Browser().post(LOGO).status_code == 405
    assert Browser().post(THEME).status_code == 405
