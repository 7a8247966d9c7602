"""What every answer tells the browser."""

from uuid import uuid4

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from apps.intake.visitor_views import LatestManifestView
from apps.web.addresses import client_address

pytestmark = pytest.mark.django_db

EVERYWHERE = ["/admin/login/", "/api/v1/docs", "/static/admin/css/base.css", "/nothing/here"]


@pytest.mark.parametrize("address", EVERYWHERE)
def test_the_policy_is_strict_everywhere(client: Client, address: str) -> None:
    answer = client.get(address)
    answer.close()

    policy = dict(
        part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "Integrity-Policy" not in answer  # the admin's scripts and the schema's come without


def test_pages_cannot_be_framed_sniffed_or_followed(client: Client) -> None:
    answer = client.get("/admin/login/")

    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("address", "status"),
    [("/api/v1/me", 401), ("/api/v1/nothing", 404), ("/api/v1/enrolments", 405)],
)
def test_every_answer_of_the_api_says_what_pages_say(
    client: Client, address: str, status: int
) -> None:
    answer = client.get(address)

    assert answer.status_code == status
    _is_guarded(answer)


@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/admin/", "/f/signup/", "/static/x.css"])
@pytest.mark.parametrize("https", [False, True])
def test_a_wrong_host_is_told_as_much(path: str, https: bool, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = https
    settings.SECURE_HSTS_SECONDS = 60
    answer = Client().get(path, headers={"host": "evil.example"}, secure=https)

    assert answer.status_code in {400, 404}
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert ("Strict-Transport-Security" in answer) is https
    assert len(answer["X-Request-Id"]) == 16


def test_a_wrong_host_is_not_redirected(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer = Client().get("/admin/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_who_has_to_log_in_is_sent_where_one_logs_in(client: Client, settings: Settings) -> None:
    assert client.get("/admin/vault/record/")["Location"].startswith("/admin/login/?next=")
    assert client.get(settings.LOGIN_URL).status_code == 200
    assert settings.LOGIN_REDIRECT_URL == "/admin/"


def test_an_error_of_ours_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(LatestManifestView, "get", fail)

    answer = Client(raise_request_exception=False).get(f"/api/v1/forms/{uuid4()}/manifest")

    assert answer.status_code == 500
    _is_guarded(answer)


def _is_guarded(answer: HttpResponseBase) -> None:
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "no-store"


def test_what_serves_sessions_does_not_run_for_the_api(client: Client) -> None:
    of_the_admin = client.get("/admin/login/").wsgi_request
    of_the_api = client.get("/api/v1/me").wsgi_request

    for name in ("session", "_messages"):
        assert hasattr(of_the_admin, name)
        assert not hasattr(of_the_api, name)


def test_who_logs_in_needs_a_token_against_forged_posts() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "root"})

    assert answer.status_code == 403


def test_any_site_may_load_a_static_file(client: Client) -> None:
    answer = client.get("/static/admin/css/base.css", headers={"origin": "https://acme.example"})
    answer.close()

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_no_site_may_call_the_api_by_default(client: Client) -> None:
    answer = client.get("/api/v1/schema", headers={"origin": "https://mallory.example"})

    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer


def test_https_redirects_and_is_remembered(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 3600

    assert client.get("/admin/login/").status_code == 301
    assert "max-age=3600" in client.get("/admin/login/", secure=True)["Strict-Transport-Security"]


def test_the_sources_of_the_scripts_are_not_served(client: Client) -> None:
    assert client.get("/static/build.js").status_code == 404
    assert client.get("/static/src/form/sealform.js").status_code == 404


@pytest.mark.parametrize(
    ("trusted", "forwarded", "seen"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
    ],
)
def test_a_forged_address_counts_only_as_far_as_proxies_are_trusted(
    trusted: int, forwarded: str, seen: str, settings: Settings, client: Client
) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": trusted}

    request = client.get("/admin/login/", headers={"x-forwarded-for": forwarded}).wsgi_request

    assert client_address(request) == seen


def test_no_cache_keeps_what_the_api_answers(client: Client) -> None:
    for address in ("/api/v1/me", "/api/v1/forms", "/api/v1/nothing"):
        assert client.get(address)["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, nonsense", "127.0.0.1"),
    ],
)
def test_one_ipv6_network_is_one_visitor(
    address: str, seen: str, settings: Settings, client: Client
) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}

    request = client.get("/admin/login/", headers={"x-forwarded-for": address}).wsgi_request

    assert client_address(request) == seen


def test_an_address_without_a_page_is_answered_kindly(client: Client) -> None:
    answer = client.get("/nothing/here")

    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
    assert "<style" not in answer.content.decode()
