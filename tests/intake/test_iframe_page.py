"""GET /f/SLUG/embed/, for the sites alone that the form lists"""

import json

import pytest

from apps.envelope.keys import show_fingerprint
from apps.envelope.manifests import Manifest
from apps.intake.models import Failure, Form
from tests.intake.html import Tags, get, policy
from tests.intake.people import Person

PATH = "/f/signup/embed/"
IN_A_FRAME = {"sec-fetch-dest": "iframe"}
SHOP, CLINIC = "https://shop.example", "http://localhost:8080"


def allow(*origins: str) -> None:
    Form.objects.update(origins=list(origins))


def test_the_listed_origins_may_frame_it_and_nobody_else(manifest: Manifest) -> None:
    allow(SHOP, CLINIC)

    response = get(PATH)

    assert policy(response)["frame-ancestors"] == f"{SHOP} {CLINIC}"
    assert "X-Frame-Options" not in response.headers


def test_with_no_origin_listed_nobody_may_frame_it(manifest: Manifest) -> None:
    response = get(PATH)

    assert policy(response)["frame-ancestors"] == "'none'"
    assert response.headers["X-Frame-Options"] == "DENY"


def test_a_star_lets_every_site_frame_it(manifest: Manifest) -> None:
    allow("*")

    assert policy(get(PATH))["frame-ancestors"] == "*"


def test_the_list_of_one_form_says_nothing_about_another(acme: Person, manifest: Manifest) -> None:
    allow(SHOP)
    Form.objects.create(slug="other", owner=acme.row, title="Other")

    assert policy(get("/f/other/embed/"))["frame-ancestors"] == "'none'"
    assert policy(get("/f/nothing/embed/"))["frame-ancestors"] == "'none'"


def test_otherwise_the_policy_is_that_of_the_hosted_page(manifest: Manifest) -> None:
    allow(SHOP)
    hosted, embedded = policy(get("/f/signup/")), policy(get(PATH))

    assert hosted.pop("frame-ancestors") != embedded.pop("frame-ancestors")
    assert hosted == embedded


def test_the_whole_form_comes_from_the_script(acme: Person, manifest: Manifest) -> None:
    allow(SHOP)
    tags = Tags(get(PATH))
    [host] = tags.having("data-sealform")

    assert host["data-sealform"] == manifest.form
    assert host["data-pin"] == show_fingerprint(acme.card.fingerprint)
    assert "data-sealform-parts" not in host
    assert not tags.named("h1", "form", "input", "header", "footer")
    assert tags.having("data-sealform-manifest")


def test_the_frame_speaks_to_the_listed_origins_only(manifest: Manifest) -> None:
    allow(SHOP, CLINIC)
    [host] = Tags(get(PATH)).having("data-sealform")

    assert json.loads(host["data-sealform-frame-origins"] or "") == [SHOP, CLINIC]


@pytest.mark.parametrize("closed", [True, False])
def test_what_cannot_be_filled_says_so_in_the_frame(closed: bool, manifest: Manifest) -> None:
    allow(SHOP)
    Form.objects.update(closed=closed)

    response = get(PATH)

    assert response.status_code == (410 if closed else 200)
    assert policy(response)["frame-ancestors"] == SHOP


@pytest.mark.parametrize("referer", [f"{CLINIC}/", f"{CLINIC}/a/page?q"])
def test_a_site_that_is_not_listed_is_told_so_in_the_frame(
    referer: str, manifest: Manifest
) -> None:
    allow(SHOP)

    response = get(PATH, referer=referer, **IN_A_FRAME)

    assert response.status_code == 403
    assert policy(response)["frame-ancestors"] == CLINIC
    assert "Referer" in response.headers["Vary"]
    page = response.content.decode()
    assert "cannot be shown inside this site" in page
    assert not Tags(page).named("script", "form", "input")
    assert "/f/signup/" in [link["href"] for link in Tags(page).named("a")]
    assert list(Failure.objects.values_list("code", "count")) == [("origin", 1)]


@pytest.mark.parametrize(
    ("origins", "headers"),
    [
        ([SHOP], {"referer": SHOP}),
        ([SHOP], {"referer": "https://x.example; script-src *"}),
        ([SHOP], {"referer": "https://*.example"}),
        ([SHOP], {"referer": "data:text/html,x"}),
        ([SHOP], {"referer": "http://testserver/f/signup/"}),
        ([SHOP], {}),
        ([SHOP], {"referer": CLINIC, "sec-fetch-dest": "document"}),
        (["*"], {"referer": CLINIC}),
    ],
)
def test_what_a_browser_does_not_say_exactly_changes_nothing(
    origins: list[str], headers: dict[str, str], manifest: Manifest
) -> None:
    allow(*origins)

    response = get(PATH, **IN_A_FRAME | headers)

    assert response.status_code == 200
    assert policy(response)["frame-ancestors"] == " ".join(origins)
    assert not Failure.objects.exists()


def test_it_sets_no_cookie(manifest: Manifest) -> None:
    assert not get(PATH).cookies
