"""What one address does is counted, for a while"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from apps.intake.visiting.form_throttles import ReceiptThrottle, SubmissionThrottle
from apps.web.throttles import WrongSecrets

BACKENDS = {
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "files": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache"},
}
ONE, OTHER = UUID(int=1), UUID(int=2)


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=BACKENDS)
def clock(
    request: pytest.FixtureRequest,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Clock:
    settings.CACHES = {"default": {**BACKENDS[request.param], "LOCATION": str(tmp_path)}}
    settings.SUBMISSION_RATE = settings.RECEIPT_RATE = settings.WRONG_SECRETS_RATE = "3/minute"
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


def visit(address: str = "192.0.2.1") -> Any:
    return RequestFactory().get("/", REMOTE_ADDR=address)


def test_the_time_begins_with_the_first_request_and_nothing_lengthens_it(clock: Clock) -> None:
    found = []
    for _ in range(5):
        found.append(SubmissionThrottle().allows(visit(), id=ONE))
        clock.now += 10

    assert found == [True, True, True, False, False]
    refused = SubmissionThrottle()
    assert not refused.allows(visit(), id=ONE)
    assert refused.wait() == 10

    clock.now += 11
    assert SubmissionThrottle().allows(visit(), id=ONE)


def test_others_are_counted_for_themselves(clock: Clock) -> None:
    for _ in range(4):
        SubmissionThrottle().allows(visit(), id=ONE)

    assert not SubmissionThrottle().allows(visit(), id=ONE)
    assert SubmissionThrottle().allows(visit(), id=OTHER)
    assert SubmissionThrottle().allows(visit("192.0.2.2"), id=ONE)
    assert ReceiptThrottle().allows(visit(), id=ONE)
    assert WrongSecrets().allows(visit())


def test_each_is_counted_however_many_come_at_once(settings: Settings) -> None:
    settings.SUBMISSION_RATE = "50/minute"

    def one(_: int) -> bool:
        return SubmissionThrottle().allows(visit(), id=ONE)

    with ThreadPoolExecutor(8) as many:
        assert sum(many.map(one, range(200))) == 50
