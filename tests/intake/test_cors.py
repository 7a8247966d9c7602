"""Which origins may embed a form, on which paths"""

import pytest
from django.test import Client as Browser

from apps.envelope.encoding import b64
from apps.envelope.manifests import Manifest
from apps.intake.models import Failure, Form
from tests.intake.people import Answer, Publisher

SHOP = "https://shop.example"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture(autouse=True)
def the_shop_may_embed(form: Form) -> None:
    Form.objects.update(origins=[SHOP, "http://localhost:8080"])


def get(path: str, origin: str) -> Answer:
    return Browser().get(path, headers={"origin": origin})


def preflight(path: str, origin: str) -> Answer:
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    return Browser().options(path, headers=headers)


def public_paths(publisher: Publisher, manifest: Manifest) -> list[str]:
    return [
        f"{publisher.path}/manifest",
        f"{publisher.path}/manifests/{b64(manifest.hash)}",
        f"{publisher.path}/owners",
        f"{publisher.path}/submissions",
        f"{publisher.path}/challenge",
        f"{publisher.path}/receipts",
        f"{publisher.path}/failures",
    ]


def test_a_site_that_is_not_listed_is_counted_and_not_kept(
    publisher: Publisher, manifest: Manifest
) -> None:
    path = f"{publisher.path}/manifest"
    for origin in (SHOP, "http://testserver"):
        get(path, origin)
    assert not Failure.objects.exists()

    for _ in range(2):
        get(path, "https://elsewhere.example")

    [failure] = Failure.objects.all()
    assert (failure.code, failure.count) == ("origin", 2)
    assert "elsewhere" not in str(vars(failure))


@pytest.mark.parametrize("origin", [SHOP, "http://localhost:8080"])
def test_an_origin_of_the_list_is_allowed(
    origin: str, publisher: Publisher, manifest: Manifest
) -> None:
    for path in public_paths(publisher, manifest):
        response = get(path, origin)

        assert response.headers[ALLOWED] == origin
        assert "origin" in response.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://mallory.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://www.shop.example",
        "https://shop.example.mallory.example",
        "null",
    ],
)
def test_any_other_origin_is_refused(origin: str, publisher: Publisher, manifest: Manifest) -> None:
    for path in public_paths(publisher, manifest):
        assert ALLOWED not in get(path, origin).headers
        assert ALLOWED not in preflight(path, origin).headers


def test_a_preflight_allows_json_and_no_credentials(
    publisher: Publisher, manifest: Manifest
) -> None:
    response = preflight(f"{publisher.path}/submissions", SHOP)

    assert response.headers[ALLOWED] == SHOP
    assert response.headers["Access-Control-Allow-Headers"] == "content-type"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert not response.cookies


def test_no_answer_ever_allows_credentials(publisher: Publisher, manifest: Manifest) -> None:
    Form.objects.update(origins=["*"])

    for path in public_paths(publisher, manifest):
        assert "Access-Control-Allow-Credentials" not in get(path, SHOP).headers


def test_a_star_allows_every_origin(publisher: Publisher, manifest: Manifest) -> None:
    Form.objects.update(origins=["*"])

    for origin in (SHOP, "https://mallory.example", "null"):
        assert get(f"{publisher.path}/manifest", origin).headers[ALLOWED] == origin


def test_a_page_may_read_when_to_try_again(publisher: Publisher, manifest: Manifest) -> None:
    response = get(f"{publisher.path}/manifest", SHOP)

    assert response.headers["Access-Control-Expose-Headers"] == "Retry-After, X-Request-Id"


def test_the_list_of_one_form_says_nothing_about_another(
    publisher: Publisher, manifest: Manifest
) -> None:
    other = Form.objects.create(slug="other", owner=publisher.owner.row, title="Other")

    assert ALLOWED not in get(f"/api/v1/forms/{other.id}/manifest", SHOP).headers


@pytest.mark.parametrize("path", ["/api/v1/forms", "/api/v1/me", "/api/v1/records", "/admin/"])
def test_no_other_path_is_opened_by_it(path: str, form: Form) -> None:
    Form.objects.update(origins=["*"])

    assert ALLOWED not in get(path, SHOP).headers
    assert ALLOWED not in preflight(path, SHOP).headers


def test_what_only_the_owner_may_ask_stays_closed(publisher: Publisher, form: Form) -> None:
    Form.objects.update(origins=["*"])

    for path in (f"{publisher.path}/draft", f"{publisher.path}/manifests"):
        assert ALLOWED not in get(path, SHOP).headers
        assert ALLOWED not in preflight(path, SHOP).headers
