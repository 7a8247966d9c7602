"""GET /api/v1/forms/ID/challenge, and the proof that a submission then needs"""

from typing import Any
from uuid import uuid4

import pytest
from django.core.signing import Signer
from django.test import Client as Browser
from pytest_django import Settings

from apps.envelope.manifests import Manifest
from apps.envelope.proof_of_work import do_work, work_done
from apps.intake.models import Form
from apps.intake.visiting import challenges
from apps.vault.models import Record
from tests.intake.people import Answer, Person, Publisher, error
from tests.intake.test_submit import sealed, submit

pytestmark = pytest.mark.database

BITS = 6
DAY = 24 * 3600
REFUSED = (403, "proof_refused")


class Clock:
    """The server's clock, which tests move."""

    def __init__(self) -> None:
        self.milliseconds = 1_800_000_000_000

    def __call__(self) -> int:
        return self.milliseconds

    def wait(self, seconds: float) -> None:
        self.milliseconds += round(seconds * 1000)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(challenges, "_now", clock)
    return clock


@pytest.fixture
def strict(manifest: Manifest) -> Manifest:
    """The sign-up form, which now asks for work and for five seconds."""
    Form.objects.update(work_bits=BITS, min_seconds=5)
    return manifest


def fetch(publisher: Publisher) -> dict[str, Any]:
    answer: dict[str, Any] = Browser().get(f"{publisher.path}/challenge").json()
    return answer


def proof(challenge: str, body: dict[str, Any], bits: int = BITS) -> dict[str, Any]:
    return {"challenge": challenge, "nonce": do_work(challenge, body["records"][0]["id"], bits)}


def send(publisher: Publisher, body: dict[str, Any], proof: object) -> Answer:
    return submit(publisher, body | {"proof": proof})


def test_it_says_what_the_form_asks(publisher: Publisher, strict: Manifest) -> None:
    response = Browser().get(f"{publisher.path}/challenge")

    assert list(response.json()) == ["challenge", "bits", "wait"]
    assert (response.json()["bits"], response.json()["wait"]) == (BITS, 5)
    assert 1 <= len(response.json()["challenge"]) <= 200
    assert response.json()["challenge"].isascii()
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


def test_a_form_that_asks_nothing_says_so_and_takes_submissions_without_proof(
    publisher: Publisher, manifest: Manifest
) -> None:
    asked = fetch(publisher)

    assert (asked["bits"], asked["wait"]) == (0, 0)
    assert submit(publisher, sealed(manifest)).status_code == 201


def test_an_unknown_form_has_none(db: None) -> None:
    response = Browser().get(f"/api/v1/forms/{uuid4()}/challenge")

    assert error(response) == (404, "form_not_found")


def test_a_proof_is_taken(publisher: Publisher, strict: Manifest, clock: Clock) -> None:
    challenge, body = fetch(publisher)["challenge"], sealed(strict)
    clock.wait(5)

    response = send(publisher, body, proof(challenge, body))

    assert response.status_code == 201
    assert response.json() == {"records": [body["records"][0]["id"]]}


def test_a_program_that_does_no_work_gets_nothing_in(
    publisher: Publisher, manifest: Manifest
) -> None:
    flood = [submit(publisher, sealed(manifest)).status_code for _ in range(5)]
    Form.objects.update(work_bits=BITS)
    stopped = [error(submit(publisher, sealed(manifest))) for _ in range(5)]

    assert flood == [201] * 5
    assert stopped == [REFUSED] * 5
    assert Record.objects.count() == 5


def test_a_refusal_says_what_to_do(publisher: Publisher, strict: Manifest) -> None:
    answer = submit(publisher, sealed(strict)).json()["error"]

    assert "ask for a challenge" in answer["hint"]


@pytest.mark.parametrize(("seconds", "status"), [(4.9, 403), (5, 201), (DAY, 201), (DAY + 1, 403)])
def test_it_serves_from_the_least_time_for_a_day(
    seconds: float, status: int, publisher: Publisher, strict: Manifest, clock: Clock
) -> None:
    challenge, body = fetch(publisher)["challenge"], sealed(strict)
    clock.wait(seconds)

    assert send(publisher, body, proof(challenge, body)).status_code == status
    assert Record.objects.exists() == (status == 201)


def test_too_little_work_is_refused(publisher: Publisher, strict: Manifest, clock: Clock) -> None:
    challenge, body = fetch(publisher)["challenge"], sealed(strict)
    clock.wait(5)
    id = body["records"][0]["id"]
    lazy = next(nonce for nonce in range(99) if not work_done(challenge, id, nonce, BITS))

    assert error(send(publisher, body, {"challenge": challenge, "nonce": lazy})) == REFUSED


def test_work_for_one_submission_is_none_for_another(
    publisher: Publisher, strict: Manifest, clock: Clock
) -> None:
    challenge, body = fetch(publisher)["challenge"], sealed(strict)
    clock.wait(5)
    done = proof(challenge, body)
    other = next(  # by chance one in 64 has it done
        each
        for each in iter(lambda: sealed(strict), None)
        if not work_done(challenge, each["records"][0]["id"], done["nonce"], BITS)
    )

    assert send(publisher, body, done).status_code == 201
    assert error(send(publisher, other, done)) == REFUSED


def test_the_challenge_of_another_form_is_refused(
    acme: Person, publisher: Publisher, strict: Manifest, clock: Clock
) -> None:
    other = Form.objects.create(slug="other", owner=acme.row, title="Other")
    challenge, body = fetch(Publisher(acme, other))["challenge"], sealed(strict)
    clock.wait(5)

    assert error(send(publisher, body, proof(challenge, body))) == REFUSED


def test_a_challenge_that_a_visitor_made_is_refused(
    publisher: Publisher, strict: Manifest, clock: Clock, settings: Settings
) -> None:
    ours, body = fetch(publisher)["challenge"], sealed(strict)
    said, _, seal = ours.rpartition(":")
    id, _, made = said.partition(".")
    earlier = f"{id}.{int(made, 16) - 60_000:x}:{seal}"
    elsewhere = Signer(key="mallory's", salt=challenges.SALT).sign(said)
    otherwise = Signer(salt="another use").sign(said)
    clock.wait(5)

    for forged in (earlier, elsewhere, otherwise, "x", "ü:ü"):
        assert error(send(publisher, body, proof(forged, body))) == REFUSED
    assert send(publisher, body, proof(ours, body)).status_code == 201


def test_the_same_again_needs_no_proof(
    publisher: Publisher, strict: Manifest, clock: Clock
) -> None:
    challenge, body = fetch(publisher)["challenge"], sealed(strict)
    clock.wait(5)
    done = proof(challenge, body)
    send(publisher, body, done)
    clock.wait(2 * DAY)

    assert submit(publisher, body).status_code == 200
    assert send(publisher, body, done).status_code == 200
    assert Record.objects.count() == 1


def test_other_bytes_under_a_known_id_are_no_repetition(
    publisher: Publisher, strict: Manifest, clock: Clock
) -> None:
    challenge, body, other = fetch(publisher)["challenge"], sealed(strict), sealed(strict)
    clock.wait(5)
    send(publisher, body, proof(challenge, body))
    other["records"][0]["id"] = body["records"][0]["id"]

    assert error(submit(publisher, other)) == REFUSED


@pytest.mark.parametrize(
    "proof",
    [
        None,
        [],
        {},
        {"challenge": "x"},
        {"challenge": "x", "nonce": 1, "more": 1},
        {"challenge": 1, "nonce": 1},
        {"challenge": "", "nonce": 1},
        {"challenge": 201 * "x", "nonce": 1},
        {"challenge": "x", "nonce": -1},
        {"challenge": "x", "nonce": 2**53},
        {"challenge": "x", "nonce": True},
        {"challenge": "x", "nonce": "1"},
    ],
)
def test_a_malformed_proof_is_refused_even_where_none_is_asked(
    proof: object, publisher: Publisher, manifest: Manifest
) -> None:
    status, code = error(send(publisher, sealed(manifest), proof))

    assert (status, code) == (400, "malformed")
    assert not Record.objects.exists()
