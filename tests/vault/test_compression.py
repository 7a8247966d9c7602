"""Gzip: for large pages of records and grants, for who asks, and for nothing else."""

import gzip
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from apps.intake.models import Form
from apps.web import compression
from tests.people import API, Person, Type, send, wires

ASKED = {"accept-encoding": "gzip, deflate"}
COMPRESSED = {"records", "grants"}


def asked(person: Person, path: str, accepted: str = "gzip", **query: Any) -> Any:
    headers = {"authorization": person.authorization, "accept-encoding": accepted}
    return Browser().get(API + path, query, headers=headers)


def large(contact: Type) -> None:
    contact.write(*(contact.record({"text": "x" * 4000}) for _ in range(4)))


def test_a_large_page_of_records(acme: Person, contact: Type) -> None:
    large(contact)
    query = {"writer": acme.id, "type": "contact"}
    plain = acme.get("/records", **query)

    answer = asked(acme, "/records", **query)

    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content) == plain.content
    assert len(answer.content) < 0.8 * len(plain.content)
    assert "Content-Encoding" not in plain
    for each in (answer, plain):
        assert "Accept-Encoding" in each["Vary"]
        assert each["Cache-Control"] == "no-store"


@pytest.mark.slow
def test_a_large_page_of_grants(acme: Person, contact: Type, clinic: Person) -> None:
    for type in ("a", "b", "c", "d", "e", "f"):
        Type(acme, type).open().share(clinic)

    answer = asked(acme, "/grants", direction="outgoing")

    assert answer["Content-Encoding"] == "gzip"
    plain = acme.get("/grants", direction="outgoing").content
    assert gzip.decompress(answer.content) == plain


@pytest.mark.parametrize(
    "accepted",
    ["", "identity", "br", "deflate", "gzip;q=0", "gzip; q=0.000", "x-gzip", "*", "notgzip"],
)
def test_it_is_for_who_asks(acme: Person, contact: Type, accepted: str) -> None:
    large(contact)

    answer = asked(acme, "/records", accepted, writer=acme.id, type="contact")

    assert "Content-Encoding" not in answer
    assert answer.json()["items"]


@pytest.mark.parametrize(
    "accepted",
    [
        *("gzip;\tq=0", "gzip\t;q=0", "gzip;q=0;x=1", "gzip;x=1;q=0", "gzip;q=0.", "gzip;q=00"),
        *("GZIP;Q=0.0", "gzip; q = 0", "gzip;q=", "gzip;q=x", "gzip;q=0;q=1", "gzip\n"),
    ],
)
def test_refusing_may_be_written_in_several_ways(accepted: str) -> None:
    assert not compression.asks_for_gzip(accepted)


@pytest.mark.parametrize(
    "accepted",
    [
        *("gzip", "GZIP", "br, gzip;q=0.5", "gzip; q=1.0, *;q=0", "gzip;\tQ=0.001"),
        *("\tgzip\t", "gzip;x=1", "gzip;x=0", "gzip;q=1;x=0", "br;q=0,gzip"),
    ],
)
def test_asking_may_be_written_in_several_ways(accepted: str) -> None:
    assert compression.asks_for_gzip(accepted)


def test_a_small_page_stays_as_it_is(acme: Person, contact: Type) -> None:
    contact.write()

    answer = asked(acme, "/records", writer=acme.id, type="contact")

    assert len(answer.content) <= compression.LEAST
    assert "Content-Encoding" not in answer


@pytest.mark.slow
def test_large_answers_of_other_kinds_stay_as_they_are(acme: Person, contact: Type) -> None:
    """Answers that hold what was asked for by name, or what was sent."""
    record = contact.record({"text": "x" * 20_000})
    batch = [record, *(contact.record() for _ in range(150))]
    ids = [one.id for one in batch]
    headers = {"authorization": acme.authorization, **ASKED}
    second = [contact.record(id=id, rev=2) for id in ids[1:]]

    answers = [
        send("POST", "/records", {"records": wires(batch)}, **headers),
        send("PUT", "/records", {"records": wires(second)}, **headers),
        send("POST", "/records/lookup", {"ids": ids}, **headers),
        asked(acme, f"/records/{record.id}"),
        send("POST", "/deletions", {"deletions": wires([contact.deletion(record)])}, **headers),
    ]

    for answer in answers:
        assert answer.status_code == 200, answer.content
        assert "Content-Encoding" not in answer
    assert [len(answer.content) > compression.LEAST for answer in answers] == [*[True] * 4, False]


def routes(patterns: list[Any], prefix: str = "") -> list[tuple[str, str]]:
    """Every path of the project, as (path, name), with ids in the place of parameters."""
    found = []
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            found.append((path, pattern.name or ""))
    return found


@pytest.mark.slow
@pytest.mark.django_db
def test_no_other_path_is_ever_compressed(
    acme: Person, contact: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it answers: here everything is large enough."""
    monkeypatch.setattr(compression, "LEAST", -1)
    form = Form.objects.create(owner=acme.row, slug="signup", title="Sign-up")
    contact.write()
    paths = [(path, name) for path, name in routes(get_resolver().url_patterns) if "^" not in path]
    assert len(paths) > 40
    headers = {"authorization": acme.authorization, **ASKED}
    queries = {"records": f"?writer={acme.id}&type=contact", "grants": "?direction=incoming"}
    seen = set()
    for path, name in paths:
        known = path.replace("<uuid:id>", str(form.id)).replace("<slug:slug>", "signup")
        url = "/" + re.sub(r"<[^>]+>", str(uuid4()), known)
        for method in ("GET", "POST", "PUT"):
            asks = queries.get(name, "") if method == "GET" else ""
            answer = Browser(raise_request_exception=False).generic(
                method, url + asks, b"{}", "application/json", headers=headers
            )
            if answer.get("Content-Encoding"):
                seen.add((method, name))
    assert seen == {("GET", name) for name in COMPRESSED}
