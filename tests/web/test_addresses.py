"""An address that is everybody's is said to be, once."""

import logging
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from apps.web import addresses


@pytest.fixture(autouse=True)
def not_said_yet() -> None:
    addresses._warn_of_an_unknown_proxy.cache_clear()


@pytest.mark.parametrize(
    ("request_has", "proxies", "said"),
    [
        ({}, 0, False),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 0, True),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 1, False),
        ({"REMOTE_ADDR": ""}, 0, True),
        ({"REMOTE_ADDR": "localhost"}, 0, True),
        ({"REMOTE_ADDR": "localhost", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 1, False),
        ({"REMOTE_ADDR": "::1"}, 0, False),
    ],
)
def test_a_proxy_that_we_were_not_told_of_is_said_once(
    request_has: dict[str, Any],
    proxies: int,
    said: bool,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": proxies}

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            addresses.client_address(RequestFactory().get("/", **request_has))

    assert len(caplog.records) == said
    assert "203.0.113.9" not in caplog.text


def test_behind_a_socket_the_visitor_is_whom_the_proxy_names(settings: Settings) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    request = RequestFactory().get("/", REMOTE_ADDR="", HTTP_X_FORWARDED_FOR="203.0.113.9")

    assert addresses.client_address(request) == "203.0.113.9"
