"""One catalogue, one shape, and bodies that are parsed strictly."""

from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client as Browser

from apps.directory import views
from apps.envelope import errors as envelope
from apps.web.errors import ApiError, catalogue
from tests.people import API, Person, error, send


def subclasses(root: type[Any]) -> list[type[Any]]:
    return [root, *(each for child in root.__subclasses__() for each in subclasses(child))]


def test_each_error_has_a_code_of_its_own() -> None:
    codes = [each.code for each in subclasses(ApiError)[1:]]

    assert len(set(codes)) == len(codes)
    assert catalogue().keys() == set(codes)


def test_each_error_says_what_failed_and_what_to_do() -> None:
    for each in catalogue().values():
        wire = each().to_wire()["error"]
        assert wire.keys() == {"code", "message", "hint"}
        assert wire["message"][0].islower() or wire["message"].startswith("API")
        assert wire["hint"]
        assert 400 <= each.status_code < 500 or each.status_code in {500, 503, 507}


def test_what_the_server_checks_in_the_envelope_is_in_the_catalogue() -> None:
    opening = {"envelope", "open", "commitment", "padding"}

    ours = [
        each
        for each in subclasses(envelope.EnvelopeError)
        if each.__module__.startswith("apps.envelope")
    ]

    assert {each.code for each in ours} - opening <= catalogue().keys()


def test_the_schema_lists_the_catalogue() -> None:
    out = StringIO()

    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)

    for code in catalogue():
        assert f"- {code}\n" in out.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null x",
        b'{"token":NaN}',
        b'{"token":Infinity}',
        b'{"token":"\xff"}',
        b'{"token":"\\ud800"}',
        b'\xef\xbb\xbf{"token":1}',
        b"[" * 100_000,
        b"[" * 300 + b"]" * 300,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b"[1]",
        b'"x"',
        b"1",
    ],
)
def test_a_body_that_is_no_strict_json_is_malformed(db: None, raw: bytes) -> None:
    assert error(send("POST", "/enrolments", raw)) == (400, "malformed")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"token":"a","token":"a","card":1,"api_key":1}',
        b'{"api_key":{"id":1,"\\u0069d":1},"card":1,"token":1}',
        b'{"token":[{"a":1,"a":2}]}',
    ],
)
def test_a_duplicate_key_is_malformed_wherever_it_stands(db: None, raw: bytes) -> None:
    response = send("POST", "/enrolments", raw)

    assert error(response) == (400, "malformed")
    assert "twice" in response.json()["error"]["message"]


def test_white_space_and_the_order_of_keys_are_free(acme: Person) -> None:
    id = str(uuid4())

    response = acme.post("/records/lookup", f'\n{{ "ids" : [\t"{id}" ] }}\r\n'.encode())

    assert response.json() == {"items": []}


def test_a_body_of_more_than_1_mib_is_refused(acme: Person) -> None:
    fits = b'{"ids":"' + b"x" * (1024 * 1024 - 10) + b'"}'

    assert len(fits) == 1024 * 1024
    assert error(acme.post("/records/lookup", fits)) == (400, "malformed")
    assert error(acme.post("/records/lookup", fits + b" ")) == (413, "body_too_large")


def test_other_media_types_are_refused(acme: Person) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        response = Browser().post(
            f"{API}/records/lookup",
            b'{"ids":[]}',
            content_type=media_type,
            headers={"authorization": acme.authorization},
        )
        assert error(response) == (415, "unsupported_media_type")


def test_other_answers_than_json_are_not_to_be_had(acme: Person) -> None:
    response = Browser().get(
        f"{API}/me", headers={"authorization": acme.authorization, "accept": "text/html"}
    )

    assert error(response) == (406, "not_acceptable")


def test_a_path_that_is_not_there_is_answered_in_the_same_way(acme: Person) -> None:
    for path in ("/nothing", "/records/x", "/records/", f"/records/{str(uuid4()).upper()}"):
        for method in ("GET", "POST", "DELETE"):
            assert error(send(method, path, b"")) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("a=1&" * 5_001, {}),
        ("", {"host": "evil.example"}),
        ("", {"host": "no host"}),
    ],
    ids=["parameters", "host", "no host"],
)
def test_what_django_refuses_itself_is_answered_in_the_same_way(
    acme: Person, query: str, headers: dict[str, str]
) -> None:
    for path in ("/me", "/records", "/nothing"):
        for who in ({}, {"authorization": acme.authorization}):
            answer = Browser().get(f"{API}{path}?{query}", headers=headers | who)

            assert answer["Content-Type"] == "application/json"
            assert b"<" not in answer.content
            assert answer.json()["error"].keys() == {"code", "message", "hint"}
            if headers or (path == "/records" and who):
                assert error(answer) == (400, "invalid")
                assert b"evil" not in answer.content


def test_people_are_answered_as_people(db: None) -> None:
    answer = Browser().get("/admin/login/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")


def test_an_unexpected_error_gives_500_and_no_details(
    acme: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("a detail")

    monkeypatch.setattr(views, "calling_client", broken)
    browser = Browser(raise_request_exception=False)

    response = browser.get(f"{API}/me", headers={"authorization": acme.authorization})

    assert response.status_code == 500
    assert b"a detail" not in response.content
